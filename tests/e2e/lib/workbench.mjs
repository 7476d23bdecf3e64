import { copyFile, mkdir } from "node:fs/promises";
import { dirname, join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { chromium } from "playwright-core";

const arguments_ = [
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];

/** The most that anything is waited for, in milliseconds: long, since it costs time only where something is wrong. */
const patience = 120_000;

/** How long the browser may take to end, in milliseconds. */
const closing = 10_000;

/** Where the pictures go that users are shown; undefined where none are to be made, of the stub in any case. */
export const imagesFolder =
  process.env.UPDATE_IMAGES === "1" && process.env.E2E_MODE !== "stub"
    ? fileURLToPath(new URL("../../../vscode-extension/images", import.meta.url))
    : undefined;

/** VS Code's window, worked as a person does: by keyboard, command palette and mouse. Waits for what is seen. */
export class Workbench {
  #browser;
  /** What the parts of the window look at. */
  page;
  #pictures;

  /** Opens the window; `pictures` is the folder for screenshots. */
  static async open({ browser, url, folder, pictures, size = { width: 960, height: 540 } }) {
    const workbench = new Workbench();
    workbench.#pictures = pictures;
    workbench.#browser = await chromium.launch({ executablePath: browser, args: arguments_ });
    try {
      workbench.page = await workbench.#browser.newPage({ viewport: size, deviceScaleFactor: 2 });
      workbench.page.setDefaultTimeout(patience);
      await workbench.page.goto(`${url}?folder=${encodeURIComponent(folder)}`);
      await workbench.page.waitForSelector(".monaco-workbench .statusbar-item");
    } catch (error) {
      await workbench.close();
      throw error;
    }
    return workbench;
  }

  /** Closes the window. A browser that will not end is left to end with this process. */
  async close() {
    await Promise.race([this.#browser.close(), wait(closing, undefined, { ref: false })]);
  }

  async press(key) {
    await this.page.keyboard.press(key);
  }

  async type(text) {
    await this.page.keyboard.type(text, { delay: 30 });
  }

  /** Runs a command by its full title. */
  async run(title) {
    await this.choose("F1", title, title);
  }

  /** Opens a quick input by its key, types, and takes the entry with the given label, or what was typed. */
  async choose(key, text, label) {
    await this.press(key);
    const input = this.page.locator(".quick-input-widget:visible input[type=text]");
    await input.waitFor();
    await this.page.keyboard.insertText(text);
    if (label !== undefined) {
      await this.page.locator(".quick-input-list .monaco-list-row.focused", { hasText: label }).waitFor();
    }
    await this.press("Enter");
    await input.waitFor({ state: "hidden" });
  }

  /** What the status bar says of us to a screen reader, once it matches. */
  async status(pattern) {
    const item = this.page.locator(".statusbar-item[id^='diffusionlsp']").and(this.page.getByLabel(pattern));
    await item.first().waitFor();
    return item.first().getAttribute("aria-label");
  }

  async clickStatus() {
    await this.page.locator(".statusbar-item[id^='diffusionlsp'] a").click();
  }

  /** Waits until the visible panel shows the text. */
  async panelShows(pattern) {
    await this.page.locator(".part.panel .view-line", { hasText: pattern }).first().waitFor();
  }

  /** The page inside the visible webview. */
  webview() {
    return this.page.frameLocator("iframe.webview.ready").frameLocator("#active-frame");
  }

  async hasNoWebview() {
    await this.page.locator("iframe.webview.ready:visible").waitFor({ state: "detached" });
  }

  /** Loads the window anew, by the command, which saves what is to be saved before. */
  async reload() {
    await this.page.evaluate(() => {
      window.isOld = true;
    });
    await this.run("Developer: Reload Window");
    await this.page.waitForFunction(
      () => !window.isOld && document.querySelector(".monaco-workbench .statusbar-item") !== null,
    );
  }

  /** Waits until the theme is of this kind: `vs-dark`, `vs`, `hc-black` or `hc-light`. */
  async hasTheme(kind) {
    await this.page.waitForSelector(`.monaco-workbench.${kind}`);
  }

  /** What was copied last. */
  async clipboard() {
    await this.page.context().grantPermissions(["clipboard-read", "clipboard-write"]);
    return this.page.evaluate(() => navigator.clipboard.readText());
  }

  async screenshot(name) {
    const path = join(this.#pictures, `${name}.png`);
    await mkdir(dirname(path), { recursive: true });
    await this.page.screenshot({ path });
    return path;
  }

  /** A screenshot that users are shown, in a README or the walkthrough. */
  async picture(name) {
    const path = await this.screenshot(name);
    if (imagesFolder !== undefined) {
      await copyFile(path, join(imagesFolder, `${name}.png`));
    }
    return path;
  }
}
