import { Disposable, type TextDocument, type TextEditor, window, workspace } from "vscode";
import { isOurs } from "../documentSelector";
import type { Settings } from "../settings";
import type { Status } from "../status/status";
import { Definitions } from "./definitions";
import { bounded } from "./definitionText";
import { whyLeftAlone } from "./documentRules";
import { boundedContext, type EditorContext, emptyContext, type Place } from "./editorContext";
import { isJump, RecentPlaces } from "./recentPlaces";

/** How long the user must have been at rest, in milliseconds: nobody waits for this, and typing goes before it. */
const rest = 400;
/** How many lines on each side of the cursor make a place. */
const reach = 6;

/** What the feed is made of. */
export interface FeedParts {
  settings(): Settings;
  /** Whether suggestions come while a language is typed; where they do not, nobody is asked for definitions. */
  suggests(languageId: string): boolean;
  send(context: EditorContext): void;
}

/**
 * Tells the server what the user looks at, when that has changed and the user is at rest. Reads no document that is
 * secret or ignored, and asks other extensions for definitions in a trusted workspace only.
 */
export class EditorContextFeed {
  readonly #parts: FeedParts;
  readonly #places = new RecentPlaces();
  readonly #definitions = new Definitions(
    (uri) => this.#isLeftAlone(uri),
    () => this.#schedule(),
  );
  readonly #listeners: Disposable;
  #cursor: { readonly document: TextDocument; readonly line: number } | undefined;
  #timer: NodeJS.Timeout | undefined;
  #isHeard = false;
  #sent = JSON.stringify(emptyContext);

  constructor(parts: FeedParts) {
    this.#parts = parts;
    this.#listeners = Disposable.from(
      window.onDidChangeActiveTextEditor((editor) => this.#moved(editor)),
      window.onDidChangeTextEditorSelection(({ textEditor }) => this.#moved(textEditor)),
      window.onDidChangeVisibleTextEditors(() => this.#schedule()),
      window.onDidChangeTextEditorVisibleRanges(() => this.#schedule()),
      workspace.onDidGrantWorkspaceTrust(() => this.#schedule()),
    );
    this.#moved(window.activeTextEditor);
  }

  /** Follows the server: a new one has been told nothing. */
  show({ state }: Status): void {
    const isHeard = state !== "stopped" && state !== "starting";
    if (isHeard && !this.#isHeard) {
      this.#sent = JSON.stringify(emptyContext);
      this.#schedule();
    }
    this.#isHeard = isHeard;
  }

  /** Follows the settings. */
  refresh(): void {
    this.#places.forget((uri) => this.#isLeftAlone(uri));
    this.#schedule();
  }

  dispose(): void {
    clearTimeout(this.#timer);
    this.#listeners.dispose();
  }

  #moved(editor: TextEditor | undefined): void {
    const left = this.#cursor;
    const line = editor?.selection.active.line ?? 0;
    if (left !== undefined && (editor?.document !== left.document || isJump(left.line, line))) {
      this.#leave(left.document, left.line);
    }
    this.#cursor = editor && this.#isReadable(editor.document) ? { document: editor.document, line } : undefined;
    this.#schedule();
  }

  #leave(document: TextDocument, line: number): void {
    if (!this.#parts.settings().editorContext || document.isClosed || !this.#isReadable(document)) {
      return;
    }
    const first = Math.max(0, Math.min(line, document.lineCount - 1) - reach);
    const last = Math.min(document.lineCount - 1, line + reach);
    const lines = Array.from({ length: last - first + 1 }, (_, index) => document.lineAt(first + index).text);
    const piece = bounded(lines, 0, lines.length - 1);
    if (piece !== undefined && piece.text.trim() !== "") {
      const end = first + piece.endLine + 1;
      const range = { start: { line: first, character: 0 }, end: { line: end, character: 0 } };
      this.#places.add({ uri: document.uri.toString(), range, text: piece.text });
    }
  }

  /** Waits until nothing has happened for a while: what comes with every key begins the wait anew. */
  #schedule(): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => void this.#tell(), rest);
  }

  async #tell(): Promise<void> {
    if (!this.#isHeard) {
      return;
    }
    const timer = this.#timer;
    const context = this.#parts.settings().editorContext ? await this.#gather() : emptyContext;
    // Something has happened meanwhile, and will be told with what is new.
    if (timer !== this.#timer) {
      return;
    }
    const message = JSON.stringify(context);
    if (message !== this.#sent) {
      this.#sent = message;
      this.#parts.send(context);
    }
  }

  async #gather(): Promise<EditorContext> {
    const visibleEditors = window.visibleTextEditors
      .filter(({ document }) => this.#isReadable(document))
      .map(({ document, visibleRanges }) => ({ uri: document.uri.toString(), ranges: visibleRanges.map(plain) }));
    const open = new Set(workspace.textDocuments.map(({ uri }) => uri.toString()));
    const recentPlaces = this.#places.places.map((place) => (open.has(place.uri) ? withoutText(place) : place));
    const definitions = await this.#definitionsAtCursor();
    return boundedContext({ visibleEditors, recentPlaces, definitions }, (uri) => this.#isLeftAlone(uri));
  }

  async #definitionsAtCursor() {
    const editor = window.activeTextEditor;
    return workspace.isTrusted &&
      editor !== undefined &&
      this.#isReadable(editor.document) &&
      this.#parts.suggests(editor.document.languageId)
      ? this.#definitions.around(editor.document, editor.selection.active)
      : [];
  }

  #isReadable({ uri }: TextDocument): boolean {
    return isOurs(uri.scheme) && !this.#isLeftAlone(uri.toString());
  }

  #isLeftAlone(uri: string): boolean {
    return whyLeftAlone(this.#parts.settings(), uri) !== undefined;
  }
}

function withoutText({ uri, range }: Place): Place {
  return { uri, range };
}

function plain({
  start,
  end,
}: {
  start: { line: number; character: number };
  end: { line: number; character: number };
}) {
  return {
    start: { line: start.line, character: start.character },
    end: { line: end.line, character: end.character },
  };
}
