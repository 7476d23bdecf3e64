/** Tabs, and the diffs in them. */
export class Diffs {
  #page;

  /** @param {import("./workbench.mjs").Workbench} workbench */
  constructor({ page }) {
    this.#page = page;
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

  /** How many tabs match. */
  async tabCount(pattern) {
    return this.#page.locator(".tab", { hasText: pattern }).count();
  }

  /** The label of the active tab. */
  async activeTab() {
    return this.#page.locator(".tab.active .monaco-icon-label-container").first().innerText();
  }

  /** Closes the active tab by its cross. */
  async closeTab() {
    await this.#page.locator(".tab.active .tab-actions .action-label").first().click();
  }

  async hasNoTab(pattern) {
    await this.#page.locator(".tab", { hasText: pattern }).first().waitFor({ state: "detached" });
  }

  /** The lines of the new side of the diff whose tab's label matches, once they are others than the given ones. */
  async lines(pattern, others = []) {
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

  /** Presses a button at the right of the tabs. */
  async pressTitleButton(label) {
    await this.#page.locator(`.editor-actions a[aria-label^="${label}"]`).click();
  }

  async refactorPreview() {
    await this.#page.locator(".part.panel", { hasText: "Refactor Preview" }).locator(".monaco-list-row").first().waitFor();
  }
}
