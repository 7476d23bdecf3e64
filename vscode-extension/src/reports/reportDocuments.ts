import { type Disposable, TabInputText, type TextDocumentContentProvider, Uri, window, workspace } from "vscode";

const scheme = "diffusionlsp-report";

/**
 * Texts to read and not to write, one tab for each name. Each time that a text is shown it is another virtual document:
 * VS Code keeps one that was closed for some minutes, and shows it again as it was.
 */
export class ReportDocuments implements TextDocumentContentProvider, Disposable {
  /** By name, what was given last. */
  readonly #texts = new Map<string, string>();
  readonly #registration = workspace.registerTextDocumentContentProvider(scheme, this);
  #lastDocument = 0;

  provideTextDocumentContent({ path }: Uri): string {
    return this.#texts.get(path) ?? "";
  }

  /** Opens the document of a name, in place of an earlier one, with this text in it. */
  async show(name: string, text: string): Promise<void> {
    this.#lastDocument++;
    const uri = Uri.from({ scheme, path: name, query: `${this.#lastDocument}` });
    this.#texts.set(uri.path, text);
    const earlier = window.tabGroups.all
      .flatMap(({ tabs }) => tabs)
      .filter(
        ({ input }) => input instanceof TabInputText && input.uri.scheme === scheme && input.uri.path === uri.path,
      );
    await window.showTextDocument(await workspace.openTextDocument(uri));
    await window.tabGroups.close(earlier, true);
  }

  dispose(): void {
    this.#registration.dispose();
  }
}
