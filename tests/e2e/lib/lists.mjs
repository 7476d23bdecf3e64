/** What opens above the editor to choose from or to answer: lists, menus, input boxes, dialogs and notifications. */
export class Lists {
  #workbench;
  #page;

  /** @param {import("./workbench.mjs").Workbench} workbench */
  constructor(workbench) {
    this.#workbench = workbench;
    this.#page = workbench.page;
  }

  /** The text of the labels in the open menu, those at its end that must be scrolled to among them. */
  async menuLabels() {
    const rows = this.#page.locator(".quick-input-widget .monaco-list-row .label-name");
    await rows.first().waitFor();
    const atBegin = await rows.allInnerTexts();
    await this.#workbench.press("ArrowUp");
    await this.#page.locator('.quick-input-widget .monaco-list-row.focused[data-last-element="true"]').waitFor();
    const atEnd = await rows.allInnerTexts();
    await this.#workbench.press("ArrowDown");
    await this.#page.locator('.quick-input-widget .monaco-list-row.focused[data-index="0"]').waitFor();
    return [...new Set([...atBegin, ...atEnd])];
  }

  /** Takes an entry of the open menu by its label. */
  async chooseEntry(label) {
    await this.#page.locator(".quick-input-widget .monaco-list-row", { hasText: label }).first().click();
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

  /** Runs a command by its full title, which opens a list with a title of its own. */
  async runToList(title, listTitle) {
    await this.#workbench.press("F1");
    await this.#page.keyboard.insertText(title);
    await this.#page.locator(".quick-input-list .monaco-list-row.focused", { hasText: title }).waitFor();
    await this.#workbench.press("Enter");
    await this.#page.locator(".quick-input-title", { hasText: listTitle }).waitFor();
  }

  /** Types into the list that is open, in place of what stands there, and takes the entry that matches. */
  async typeInMenu(text, label) {
    const input = this.#page.locator(".quick-input-widget:visible input[type=text]");
    await input.waitFor();
    await input.fill(text);
    await this.#page.locator(".quick-input-list .monaco-list-row.focused", { hasText: label }).waitFor();
    await this.#workbench.press("Enter");
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

  async inputAsks(pattern) {
    await this.#page.locator(".quick-input-widget:visible", { hasText: pattern }).waitFor();
  }

  /** Answers the input box that is open. */
  async answer(text) {
    await this.#page.keyboard.insertText(text);
    await this.#workbench.press("Enter");
  }

  /** Opens the light bulb's menu at the cursor, once there is a light bulb. */
  async lightBulbLabels() {
    await this.#page.waitForSelector('.monaco-editor [class*="lightbulb"]');
    await this.#workbench.press("Control+.");
    const rows = this.#page.locator(".action-widget .monaco-list-row.action");
    await rows.first().waitFor();
    return (await rows.allInnerTexts()).map((label) => label.trim());
  }

  async chooseInLightBulb(label) {
    await this.#page.locator(".action-widget .monaco-list-row.action", { hasText: label }).first().click();
  }

  /** Opens the context menu at the cursor, and a submenu of it by its label. */
  async contextMenuLabels(submenu) {
    await this.#workbench.press("Shift+F10");
    await this.#page.locator(".monaco-menu .action-label", { hasText: submenu }).last().hover();
    const items = this.#page.locator(".monaco-submenu .action-label");
    await items.first().waitFor();
    return (await items.allInnerTexts()).map((label) => label.trim());
  }

  /** What the open dialog says, once it matches. */
  async dialog(pattern) {
    const box = this.#page.locator(".monaco-dialog-box", { hasText: pattern });
    await box.waitFor();
    return box.innerText();
  }

  /** Presses a button of the open dialog. */
  async pressButton(label) {
    await this.#page.locator(".monaco-dialog-box .monaco-button", { hasText: label }).first().click();
  }

  /** A notification's text and buttons, once one matches. */
  async notification(pattern) {
    const toast = this.#page.locator(".notification-toast", { hasText: pattern }).first();
    await toast.waitFor();
    const buttons = await toast.locator(".monaco-button").allInnerTexts();
    return { text: await toast.locator(".notification-list-item-message").innerText(), buttons };
  }

  /** How many notifications match now. */
  async notificationCount(pattern) {
    return this.#page.locator(".notification-toast", { hasText: pattern }).count();
  }

  async dismissNotifications() {
    await this.#workbench.run("Notifications: Clear All Notifications");
  }

  async pressNotificationButton(label) {
    await this.#page.locator(".notification-toast .monaco-button", { hasText: label }).first().click();
  }

  async hasNoNotification() {
    await this.#page.waitForSelector(".notification-toast", { state: "detached" });
  }

  async hasNoSuchNotification(pattern) {
    await this.#page.locator(".notification-toast", { hasText: pattern }).waitFor({ state: "detached" });
  }
}
