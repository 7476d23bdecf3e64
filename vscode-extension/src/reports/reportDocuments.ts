import { type Disposable, EventEmitter, type TextDocumentContentProvider, Uri, window, workspace } from "vscode";

const scheme = "diffusionlsp-report";

/** Texts to read and not to write: one virtual document for each name, which shows what it was given last. */
export class ReportDocuments implements TextDocumentContentProvider, Disposable {
  readonly #texts = new Map<string, string>();
  readonly #changes = new EventEmitter<Uri>();
  readonly #registration = workspace.registerTextDocumentContentProvider(scheme, this);
  readonly onDidChange = this.#changes.event;

  provideTextDocumentContent({ path }: Uri): string {
    return this.#texts.get(path) ?? "";
  }

  /** Opens the document of a name, or comes back to it, with this text in it. */
  async show(name: string, text: string): Promise<void> {
    const uri = Uri.from({ scheme, path: name });
    this.#texts.set(uri.path, text);
    this.#changes.fire(uri);
    await window.showTextDocument(await workspace.openTextDocument(uri));
  }

  dispose(): void {
    this.#registration.dispose();
    this.#changes.dispose();
  }
}
