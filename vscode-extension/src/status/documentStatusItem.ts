import { type Disposable, type LanguageStatusItem, LanguageStatusSeverity, languages, window } from "vscode";
import { documentSelector } from "../documentSelector";
import type { Settings } from "../settings";
import { type DocumentView, documentView } from "./documentStatus";
import type { Status } from "./status";

const severities: Readonly<Record<DocumentView["severity"], LanguageStatusSeverity>> = {
  information: LanguageStatusSeverity.Information,
  warning: LanguageStatusSeverity.Warning,
  error: LanguageStatusSeverity.Error,
};

/** The language status item: shows what documentStatus.ts words, of the document at hand. */
export class DocumentStatusItem implements Disposable {
  readonly #item: LanguageStatusItem = languages.createLanguageStatusItem("diffusionlsp.document", documentSelector);
  readonly #settings: () => Settings;
  readonly #minutesLeft: () => number;
  readonly #editorChange: Disposable;
  #status: Status = { state: "stopped" };

  /** @param minutesLeft The rest of a snooze. */
  constructor(settings: () => Settings, minutesLeft: () => number) {
    this.#settings = settings;
    this.#minutesLeft = minutesLeft;
    this.#item.name = "DiffusionLsp";
    this.#editorChange = window.onDidChangeActiveTextEditor(() => this.refresh());
  }

  show(status: Status): void {
    this.#status = status;
    this.refresh();
  }

  /** Words the status anew, after a setting or the active editor changed. */
  refresh(): void {
    const document = window.activeTextEditor?.document;
    if (document === undefined) {
      return;
    }
    const about = { uri: document.uri.toString(), languageId: document.languageId };
    const view = documentView(about, this.#settings(), this.#status, this.#minutesLeft());
    this.#item.text = view.text;
    this.#item.detail = view.detail;
    this.#item.severity = severities[view.severity];
    this.#item.busy = view.busy;
    this.#item.command = view.command && { ...view.command, arguments: [...(view.command.arguments ?? [])] };
    this.#item.accessibilityInformation = { label: `DiffusionLsp: ${view.text}, ${view.detail}` };
  }

  dispose(): void {
    this.#editorChange.dispose();
    this.#item.dispose();
  }
}
