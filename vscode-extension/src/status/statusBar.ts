import { type Disposable, MarkdownString, StatusBarAlignment, ThemeColor, window } from "vscode";
import type { Settings } from "../settings";
import { type Status, suggestingIn, viewOf } from "./status";

/** The status bar item: shows what status.ts words, and follows the active editor's language. */
export class StatusBar implements Disposable {
  readonly #item = window.createStatusBarItem("diffusionlsp.status", StatusBarAlignment.Right, 100);
  readonly #settings: () => Settings;
  readonly #minutesLeft: () => number;
  readonly #editorChange: Disposable;
  #status: Status = { state: "stopped" };

  /** @param minutesLeft The rest of a snooze. */
  constructor(settings: () => Settings, minutesLeft: () => number, command: string) {
    this.#settings = settings;
    this.#minutesLeft = minutesLeft;
    this.#item.name = "DiffusionLsp";
    this.#item.command = command;
    this.#editorChange = window.onDidChangeActiveTextEditor(() => this.refresh());
    this.refresh();
    this.#item.show();
  }

  show(status: Status): void {
    this.#status = status;
    this.refresh();
  }

  /** Words the status anew, after a setting or the active editor changed. */
  refresh(): void {
    const languageId = window.activeTextEditor?.document.languageId;
    const suggesting = suggestingIn(languageId, this.#settings(), this.#status, this.#minutesLeft());
    const view = viewOf(this.#status, suggesting);
    this.#item.text = view.text;
    this.#item.tooltip = new MarkdownString(view.tooltip);
    this.#item.accessibilityInformation = { label: view.label };
    this.#item.backgroundColor =
      view.severity === "error" ? new ThemeColor("statusBarItem.errorBackground") : undefined;
  }

  dispose(): void {
    this.#editorChange.dispose();
    this.#item.dispose();
  }
}
