/** The editor in front, as a person sees it: its text, what is drawn beside it, and what is said of its document. */
export class Editor {
  #workbench;
  #page;

  /** @param {import("./workbench.mjs").Workbench} workbench */
  constructor(workbench) {
    this.#workbench = workbench;
    this.#page = workbench.page;
  }

  /** Opens a file of the workspace by its name. */
  async openFile(name) {
    await this.#workbench.choose("Control+p", name, name);
    await this.#page.waitForSelector(`.tab.active[data-resource-name="${name}"]`);
    await this.#page.waitForSelector(".monaco-editor.focused .view-line");
    // VS Code makes what asks for suggestions in an editor when the window is idle, and at the latest in five seconds: what
    // is typed before brings none. Idle callbacks are called in order, so that it is there when ours is called.
    await this.#page.evaluate(() => new Promise((resolve) => requestIdleCallback(resolve, { timeout: 5_000 })));
  }

  /** Waits until the file's tab says that nothing is unsaved. */
  async isSaved(name) {
    await this.#page.waitForSelector(`.tab.active:not(.dirty)[data-resource-name="${name}"]`);
  }

  /** Waits until the editor, which must be tall enough to show them all, shows this many lines. */
  async hasLines(count) {
    await this.#page.waitForFunction(
      (expected) => document.querySelectorAll(".editor-instance .view-line").length === expected,
      count,
    );
  }

  /** Puts the cursor behind the last character of a line, counted from 1. */
  async goToEndOf(line) {
    await this.#workbench.choose("Control+g", `${line}`, undefined);
    await this.#page.waitForSelector(".monaco-editor.focused");
    await this.#workbench.press("End");
    await this.#page.locator("#status\\.editor\\.selection", { hasText: `Ln ${line}, Col ` }).waitFor();
  }

  /** The text that the editor shows, once it matches; it must not need scrolling. */
  async shows(pattern) {
    const lines = this.#page.locator(".editor-instance .view-lines", { hasText: pattern }).first();
    await lines.waitFor();
    // The page holds them in the order in which they were drawn.
    const texts = await lines.locator(".view-line").evaluateAll((elements) =>
      elements
        .sort((one, other) => Number.parseFloat(one.style.top) - Number.parseFloat(other.style.top))
        .map((line) => line.innerText),
    );
    return texts.join("\n").replaceAll("\u00a0", " ");
  }

  /** Puts the focus into the first group's editor. */
  async focus() {
    await this.#workbench.press("Control+1");
    await this.hasFocus();
  }

  async hasFocus() {
    await this.#page.waitForSelector(".monaco-editor.focused");
  }

  /** Waits until the file itself is in front, and not a diff of it, with the cursor in it. */
  async isActive(name) {
    const label = new RegExp(`^${RegExp.escape(name)}$`);
    await this.#page.locator(".tab.active .monaco-icon-label-container", { hasText: label }).waitFor();
    await this.#page.waitForSelector(".monaco-editor.focused .view-line");
    await this.#page.waitForFunction(() => document.activeElement?.closest(".monaco-diff-editor") === null);
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

  /**
   * Types a character and waits for ghost text, of which there may be none before: the milliseconds from the key to the
   * frame that shows it, as the page has them, or undefined where none comes within the given time.
   */
  async timeToGhostText(character, most) {
    await this.hasNoGhostText();
    // In two steps: the page must listen before the key is pressed.
    const shown = await this.#page.evaluateHandle((patience) => {
      const time = new Promise((resolve) => {
        let pressed;
        document.addEventListener("keydown", (event) => (pressed = event.timeStamp), { capture: true, once: true });
        const observer = new MutationObserver(() => {
          const texts = [...document.querySelectorAll(".ghost-text-decoration")].map((element) => element.textContent);
          if (pressed !== undefined && texts.join("") !== "") {
            observer.disconnect();
            requestAnimationFrame(() => resolve(performance.now() - pressed));
          }
        });
        observer.observe(document.body, { subtree: true, childList: true, characterData: true });
        setTimeout(() => {
          observer.disconnect();
          resolve(undefined);
        }, patience);
      });
      return { time };
    }, most);
    await this.#workbench.press(character);
    return shown.evaluate(({ time }) => time);
  }

  async hasNoGhostText() {
    await this.#page.waitForSelector(".ghost-text-decoration", { state: "detached" });
  }

  /** Waits until what is drawn into the editor, beside its text, matches, and answers it. */
  async drawn(pattern) {
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

  /** What the language status of the active document says of us, once it matches; it stays open for a picture. */
  async documentStatus(pattern) {
    // A mouse that is there already opens nothing.
    await this.#page.mouse.move(200, 200);
    await this.#page.locator("#status\\.languageStatus").hover();
    const item = this.#page.locator(".hover-language-status", { hasText: pattern }).first();
    await item.waitFor();
    return item.innerText();
  }

  async hasSquiggle() {
    await this.#page.waitForSelector(".squiggly-error");
  }
}
