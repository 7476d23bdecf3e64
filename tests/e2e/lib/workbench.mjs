import { copyFile, mkdir } from "node:fs/promises";
import { dirname, join } from "node:path";
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

/** Where the pictures go that users are shown; undefined where none are to be made, of the stub in any case. */
export const imagesFolder =
  process.env.UPDATE_IMAGES === "1" && process.env.E2E_MODE !== "stub"
    ? fileURLToPath(new URL("../../../vscode-extension/images", import.meta.url))
    : undefined;

/** VS Code's window, worked as a person does: by keyboard, command palette and mouse. Waits for what is seen. */
export class Workbench {
  #browser;
  #page;
  #pictures;

  /** Opens the window; `pictures` is the folder for screenshots. */
  static async open({ browser, url, folder, pictures, size = { width: 960, height: 540 } }) {
    const workbench = new Workbench();
    workbench.#pictures = pictures;
    workbench.#browser = await chromium.launch({ executablePath: browser, args: arguments_ });
    try {
      workbench.#page = await workbench.#browser.newPage({ viewport: size, deviceScaleFactor: 2 });
      workbench.#page.setDefaultTimeout(patience);
      await workbench.#page.goto(`${url}?folder=${encodeURIComponent(folder)}`);
      await workbench.#page.waitForSelector(".monaco-workbench .statusbar-item");
    } catch (error) {
      await workbench.close();
      throw error;
    }
    return workbench;
  }

  async close() {
    await this.#browser.close();
  }

  async press(key) {
    await this.#page.keyboard.press(key);
  }

  async type(text) {
    await this.#page.keyboard.type(text, { delay: 30 });
  }

  /** Opens a file of the workspace by its name. */
  async openFile(name) {
    await this.#choose("Control+p", name, name);
    await this.#page.waitForSelector(`.tab.active[data-resource-name="${name}"]`);
    await this.#page.waitForSelector(".monaco-editor.focused .view-line");
  }

  /** Waits until the file's tab says that nothing is unsaved. */
  async isSaved(name) {
    await this.#page.waitForSelector(`.tab.active:not(.dirty)[data-resource-name="${name}"]`);
  }

  /** Waits until the editor, which must be tall enough to show them all, shows this many lines. */
  async editorHasLines(count) {
    await this.#page.waitForFunction(
      (expected) => document.querySelectorAll(".editor-instance .view-line").length === expected,
      count,
    );
  }

  /** Puts the cursor behind the last character of a line, counted from 1. */
  async goToEndOf(line) {
    await this.#choose("Control+g", `${line}`, undefined);
    await this.#page.waitForSelector(".monaco-editor.focused");
    await this.press("End");
    await this.#page.locator("#status\\.editor\\.selection", { hasText: `Ln ${line}, Col ` }).waitFor();
  }

  /** Runs a command by its full title. */
  async run(title) {
    await this.#choose("F1", title, title);
  }

  /** What the status bar says of us to a screen reader, once it matches. */
  async status(pattern) {
    const item = this.#page.locator(".statusbar-item[id^='diffusionlsp']").and(this.#page.getByLabel(pattern));
    await item.first().waitFor();
    return item.first().getAttribute("aria-label");
  }

  async clickStatus() {
    await this.#page.locator(".statusbar-item[id^='diffusionlsp'] a").click();
  }

  /** The ghost text at the cursor, once there is any, and another than the given one; a line's end is a line feed. */
  async ghostText(unlike = "") {
    const read = (before) => {
      const textOf = (selector) => [...document.querySelectorAll(selector)].map((element) => element.textContent);
      const firstLine = textOf(".ghost-text-decoration").join("");
      const text = [firstLine, ...textOf(".suggest-preview-text .view-line, .ghost-text .view-line")]
        .join("\n")
        .replaceAll("\u00a0", " ");
      return firstLine !== "" && text !== before && text;
    };
    return (await this.#page.waitForFunction(read, unlike)).jsonValue();
  }

  /** The ghost text that comes of what is done, which is done again, twice at most, where none has come for long. */
  async ghostTextOf(act) {
    for (let tries = 0; ; tries++) {
      await act();
      try {
        await this.#page.waitForSelector(".ghost-text-decoration", { timeout: patience / 4 });
        return await this.ghostText();
      } catch (error) {
        if (tries === 2) {
          throw error;
        }
      }
    }
  }

  async hasNoGhostText() {
    await this.#page.waitForSelector(".ghost-text-decoration", { state: "detached" });
  }

  /** The text of the labels in the open menu, those at its end that must be scrolled to among them. */
  async menuLabels() {
    const rows = this.#page.locator(".quick-input-widget .monaco-list-row .label-name");
    await rows.first().waitFor();
    const atBegin = await rows.allInnerTexts();
    await this.press("ArrowUp");
    await this.#page.locator('.quick-input-widget .monaco-list-row.focused[data-last-element="true"]').waitFor();
    const atEnd = await rows.allInnerTexts();
    await this.press("ArrowDown");
    await this.#page.locator('.quick-input-widget .monaco-list-row.focused[data-index="0"]').waitFor();
    return [...new Set([...atBegin, ...atEnd])];
  }

  /** A notification's text and buttons, once one matches. */
  async notification(pattern) {
    const toast = this.#page.locator(".notification-toast", { hasText: pattern }).first();
    await toast.waitFor();
    const buttons = await toast.locator(".monaco-button").allInnerTexts();
    return { text: await toast.locator(".notification-list-item-message").innerText(), buttons };
  }

  async dismissNotifications() {
    await this.run("Notifications: Clear All Notifications");
  }

  /** Waits until the visible panel shows the text. */
  async panelShows(pattern) {
    await this.#page.locator(".part.panel .view-line", { hasText: pattern }).first().waitFor();
  }

  async screenshot(name) {
    const path = join(this.#pictures, `${name}.png`);
    await mkdir(dirname(path), { recursive: true });
    await this.#page.screenshot({ path });
    return path;
  }

  /** What the language status of the active document says of us, once it matches; it stays open for a picture. */
  async documentStatus(pattern) {
    // A mouse that is there already opens nothing.
    await this.#page.mouse.move(200, 200);
    await this.#page.locator("#status\\.languageStatus").hover();
    const item = this.#page.locator(".hover-language-status", { hasText: pattern }).first();
    await item.waitFor();
    return item.innerText();
  }

  /** The text that the editor shows, once it matches; it must not need scrolling. */
  async editorShows(pattern) {
    const lines = this.#page.locator(".editor-instance .view-lines", { hasText: pattern }).first();
    await lines.waitFor();
    return (await lines.locator(".view-line").allInnerTexts()).join("\n").replaceAll("\u00a0", " ");
  }

  /** Takes an entry of the open menu by its label. */
  async chooseEntry(label) {
    await this.#page.locator(".quick-input-widget .monaco-list-row", { hasText: label }).first().click();
  }

  /** Presses a button of the open dialog. */
  async pressButton(label) {
    await this.#page.locator(".monaco-dialog-box .monaco-button", { hasText: label }).first().click();
  }

  /** How many notifications match now. */
  async notificationCount(pattern) {
    return this.#page.locator(".notification-toast", { hasText: pattern }).count();
  }

  /** A screenshot that users are shown, in a README or the walkthrough. */
  async picture(name) {
    const path = await this.screenshot(name);
    if (imagesFolder !== undefined) {
      await copyFile(path, join(imagesFolder, `${name}.png`));
    }
    return path;
  }

  /** Opens a quick input by its key, types, and takes the entry with the given label, or what was typed. */
  async #choose(key, text, label) {
    await this.press(key);
    const input = this.#page.locator(".quick-input-widget:visible input[type=text]");
    await input.waitFor();
    await this.#page.keyboard.insertText(text);
    if (label !== undefined) {
      await this.#page.locator(".quick-input-list .monaco-list-row.focused", { hasText: label }).waitFor();
    }
    await this.press("Enter");
    await input.waitFor({ state: "hidden" });
  }

  /** Brings the tab with this label, or one that matches, to the front; answers whether there is one. */
  async openTab(label) {
    const pattern = typeof label === "string" ? new RegExp(`^${RegExp.escape(label)}$`) : label;
    const tab = this.#page.locator(".tab", { hasText: pattern }).first();
    if ((await tab.count()) === 0) {
      return false;
    }
    await tab.click();
    await this.#page.locator(".tab.active", { hasText: pattern }).waitFor();
    return true;
  }

  /** Closes the active tab by its cross. */
  async closeTab() {
    await this.#page.locator(".tab.active .tab-actions .action-label").first().click();
  }

  async hasNoTab(pattern) {
    await this.#page.locator(".tab", { hasText: pattern }).first().waitFor({ state: "detached" });
  }

  /** The lines of the new side of the diff whose tab's label matches, once they are others than the given ones. */
  async diffLines(pattern, others = []) {
    await this.#page.locator(".tab.active", { hasText: pattern }).waitFor();
    await this.#page.waitForSelector(".monaco-diff-editor .modified.focused, .monaco-diff-editor .modified .focused");
    await this.#page.waitForSelector(".monaco-diff-editor .modified .line-insert, .monaco-diff-editor .modified .char-insert");
    const read = (before) => {
      const lines = [...document.querySelectorAll(".monaco-diff-editor .modified .lines-content > .view-lines > .view-line")]
        .sort((one, other) => Number.parseFloat(one.style.top) - Number.parseFloat(other.style.top))
        .map((line) => line.textContent.replaceAll("\u00a0", " "));
      return lines.length > 0 && lines.join("\n") !== before ? lines : false;
    };
    return (await this.#page.waitForFunction(read, others.join("\n"))).jsonValue();
  }

  /** The label of the active tab. */
  async activeTab() {
    return this.#page.locator(".tab.active .monaco-icon-label-container").first().innerText();
  }

  /** Presses a button at the right of the tabs. */
  async pressTitleButton(label) {
    await this.#page.locator(`.editor-actions a[aria-label^="${label}"]`).click();
  }

  async hasSquiggle() {
    await this.#page.waitForSelector(".squiggly-error");
  }

  /** Opens the light bulb's menu at the cursor, once there is a light bulb. */
  async lightBulbLabels() {
    await this.#page.waitForSelector('.monaco-editor [class*="lightbulb"]');
    await this.press("Control+.");
    const rows = this.#page.locator(".action-widget .monaco-list-row.action");
    await rows.first().waitFor();
    return (await rows.allInnerTexts()).map((label) => label.trim());
  }

  async chooseInLightBulb(label) {
    await this.#page.locator(".action-widget .monaco-list-row.action", { hasText: label }).first().click();
  }

  async inputAsks(pattern) {
    await this.#page.locator(".quick-input-widget:visible", { hasText: pattern }).waitFor();
  }

  /** Answers the input box that is open. */
  async answer(text) {
    await this.#page.keyboard.insertText(text);
    await this.press("Enter");
  }

  async pressNotificationButton(label) {
    await this.#page.locator(".notification-toast .monaco-button", { hasText: label }).first().click();
  }

  async hasNoNotification() {
    await this.#page.waitForSelector(".notification-toast", { state: "detached" });
  }

  /** Opens the context menu at the cursor, and a submenu of it by its label. */
  async contextMenuLabels(submenu) {
    await this.press("Shift+F10");
    await this.#page.locator(".monaco-menu .action-label", { hasText: submenu }).last().hover();
    const items = this.#page.locator(".monaco-submenu .action-label");
    await items.first().waitFor();
    return (await items.allInnerTexts()).map((label) => label.trim());
  }

  /** Waits until the file itself is in front, and not a diff of it, with the cursor in it. */
  async isActive(name) {
    const label = new RegExp(`^${RegExp.escape(name)}$`);
    await this.#page.locator(".tab.active .monaco-icon-label-container", { hasText: label }).waitFor();
    await this.#page.waitForSelector(".monaco-editor.focused .view-line");
    await this.#page.waitForFunction(() => document.activeElement?.closest(".monaco-diff-editor") === null);
  }

  async refactorPreview() {
    await this.#page.locator(".part.panel", { hasText: "Refactor Preview" }).locator(".monaco-list-row").first().waitFor();
  }

  /** The page inside the visible webview. */
  webview() {
    return this.#page.frameLocator("iframe.webview.ready").frameLocator("#active-frame");
  }

  async hasNoWebview() {
    await this.#page.locator("iframe.webview.ready:visible").waitFor({ state: "detached" });
  }

  /** Loads the window anew, by the command, which saves what is to be saved before. */
  async reload() {
    await this.#page.evaluate(() => {
      window.isOld = true;
    });
    await this.run("Developer: Reload Window");
    await this.#page.waitForFunction(
      () => !window.isOld && document.querySelector(".monaco-workbench .statusbar-item") !== null,
    );
  }

  /** Waits until the theme is of this kind: `vs-dark`, `vs`, `hc-black` or `hc-light`. */
  async hasTheme(kind) {
    await this.#page.waitForSelector(`.monaco-workbench.${kind}`);
  }

  /** Puts the focus into the first group's editor. */
  async focusEditor() {
    await this.press("Control+1");
    await this.editorHasFocus();
  }

  async editorHasFocus() {
    await this.#page.waitForSelector(".monaco-editor.focused");
  }

  /** What was copied last. */
  async clipboard() {
    await this.#page.context().grantPermissions(["clipboard-read", "clipboard-write"]);
    return this.#page.evaluate(() => navigator.clipboard.readText());
  }

  /** Waits until what is drawn into the editor, beside its text, matches, and answers it. */
  async drawnInEditor(pattern) {
    const found = await this.#page.waitForFunction(
      ({ source, flags }) =>
        [...document.querySelectorAll(".editor-instance .view-line span")]
          .map((element) => getComputedStyle(element, "::after").content)
          .find((content) => new RegExp(source, flags).test(content)),
      { source: pattern.source, flags: pattern.flags },
      { polling: "raf" },
    );
    return found.jsonValue();
  }

  /** Waits until nothing that matches is drawn into the editor. */
  async drawsNothing(pattern) {
    await this.#page.waitForFunction(
      ({ source, flags }) =>
        [...document.querySelectorAll(".editor-instance .view-line span")].every(
          (element) => !new RegExp(source, flags).test(getComputedStyle(element, "::after").content),
        ),
      { source: pattern.source, flags: pattern.flags },
    );
  }

  /** All that the rows of the open list say, once one has this text; those that can be seen without scrolling. */
  async rows(text) {
    const rows = this.#page.locator(".quick-input-widget .monaco-list-row");
    await rows.filter({ hasText: text }).first().waitFor();
    return rows.evaluateAll((elements) => elements.map((element) => element.getAttribute("aria-label")));
  }

  /** Presses a small button at the right of a row of the open list. */
  async pressRowButton(row, label) {
    const line = this.#page.locator(".quick-input-widget .monaco-list-row", { hasText: row }).first();
    await line.hover();
    await line.locator(`.action-label[aria-label="${label}"]`).click();
  }

  /** What the open dialog says, once it matches. */
  async dialog(pattern) {
    const box = this.#page.locator(".monaco-dialog-box", { hasText: pattern });
    await box.waitFor();
    return box.innerText();
  }

  /** Runs a command by its full title, which opens a list with a title of its own. */
  async runToList(title, listTitle) {
    await this.press("F1");
    await this.#page.keyboard.insertText(title);
    await this.#page.locator(".quick-input-list .monaco-list-row.focused", { hasText: title }).waitFor();
    await this.press("Enter");
    await this.#page.locator(".quick-input-title", { hasText: listTitle }).waitFor();
  }

  /** Types into the list that is open, in place of what stands there, and takes the entry that matches. */
  async typeInMenu(text, label) {
    const input = this.#page.locator(".quick-input-widget:visible input[type=text]");
    await input.waitFor();
    await input.fill(text);
    await this.#page.locator(".quick-input-list .monaco-list-row.focused", { hasText: label }).waitFor();
    await this.press("Enter");
  }

  async hasNoSuchNotification(pattern) {
    await this.#page.locator(".notification-toast", { hasText: pattern }).waitFor({ state: "detached" });
  }

  /** Answers the dialog that asks for a folder on the server's machine. */
  async chooseFolder(path) {
    const input = this.#page.locator(".quick-input-widget:visible input[type=text]");
    await this.#page.locator(".quick-input-title", { hasText: "Folder" }).waitFor();
    // The dialog begins with a folder of its own, and what is typed before that is mixed with it.
    await this.#page.waitForFunction(() => document.querySelector(".quick-input-widget input[type=text]")?.value.endsWith("/"));
    await this.#page.locator(".quick-input-widget .monaco-list-row").first().waitFor();
    await input.fill(path);
    // It goes to the folder first, which it may still be doing when the button is pressed.
    const use = this.#page.locator(".quick-input-widget:visible .quick-input-action .monaco-button").first();
    while (await input.isVisible()) {
      await use.click({ timeout: 1_000 }).catch(() => undefined);
      await input.waitFor({ state: "hidden", timeout: 1_000 }).catch(() => undefined);
    }
  }
}
