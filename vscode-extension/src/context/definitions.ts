import { commands, type Location, type LocationLink, Position, type TextDocument, type Uri, workspace } from "vscode";
import { definitionText } from "./definitionText";
import type { Definition } from "./editorContext";
import { type NameAt, namesAround } from "./namesAround";

/** The most names that are asked about at a cursor. */
const mostNames = 4;
/** How long an answer to one of them is waited for, and to all, in milliseconds. */
const patience = 400;
const patienceInAll = 1_000;
/** The largest file that is read for a definition, in bytes. */
const mostBytes = 1_000_000;

/**
 * What other extensions know of the names around a cursor. They are asked one name after the other and never while they
 * still owe an answer; what they said of a document holds until it changes.
 */
export class Definitions {
  readonly #isLeftAlone: (uri: string) => boolean;
  readonly #onLate: () => void;
  #known = new Map<string, Definition | undefined>();
  #knownOf = "";
  #isOwed = false;

  /**
   * @param isLeftAlone Whether a document is secret or ignored, and so not to be read.
   * @param onLate Told when an answer came after it was waited for: it is known from then on.
   */
  constructor(isLeftAlone: (uri: string) => boolean, onLate: () => void) {
    this.#isLeftAlone = isLeftAlone;
    this.#onLate = onLate;
  }

  /** The definitions of the names before a cursor, as far as they are given in time; those of other documents alone. */
  async around(document: TextDocument, cursor: { line: number; character: number }): Promise<Definition[]> {
    const version = `${document.version} ${document.uri}`;
    if (version !== this.#knownOf) {
      this.#known = new Map();
      this.#knownOf = version;
    }
    const known = this.#known;
    const names = namesAround((line) => document.lineAt(line).text, cursor, mostNames);
    const end = Date.now() + patienceInAll;
    for (const name of names.filter(({ name }) => !known.has(name))) {
      if (this.#isOwed || Date.now() >= end || this.#known !== known) {
        break;
      }
      const learned = this.#learn(document, name, known);
      const inTime = await Promise.race([learned.then(() => true), wait(patience)]);
      if (inTime === undefined) {
        void learned.then(this.#onLate);
      }
    }
    return names.map(({ name }) => known.get(name)).filter((definition) => definition !== undefined);
  }

  /** Asks about a name, and keeps the answer. Never rejects. */
  async #learn(document: TextDocument, at: NameAt, known: Map<string, Definition | undefined>): Promise<void> {
    this.#isOwed = true;
    try {
      known.set(at.name, await this.#ask(document, at));
    } catch {
      // An extension that fails, or a file that cannot be read, costs a hint and no more.
      known.set(at.name, undefined);
    } finally {
      this.#isOwed = false;
    }
  }

  async #ask(document: TextDocument, { name, line, character }: NameAt): Promise<Definition | undefined> {
    const [place] =
      (await commands.executeCommand<(Location | LocationLink)[] | undefined>(
        "vscode.executeDefinitionProvider",
        document.uri,
        new Position(line, character),
      )) ?? [];
    if (place === undefined) {
      return undefined;
    }
    const [uri, range] = "targetUri" in place ? [place.targetUri, place.targetRange] : [place.uri, place.range];
    const key = uri.toString();
    if (uri.scheme !== "file" || key === document.uri.toString() || this.#isLeftAlone(key)) {
      return undefined;
    }
    const lines = await linesOf(uri);
    const piece = lines && definitionText(lines, range.start.line, range.end.line);
    if (piece === undefined) {
      return undefined;
    }
    const { startLine, endLine, text } = piece;
    const lineRange = { start: { line: startLine, character: 0 }, end: { line: endLine + 1, character: 0 } };
    return { name, uri: key, range: lineRange, text };
  }
}

/** The lines of a file: as it is open, or else as it lies on the disk. To open it would tell every extension of it. */
async function linesOf(uri: Uri): Promise<string[] | undefined> {
  const open = workspace.textDocuments.find((document) => document.uri.toString() === uri.toString());
  if (open !== undefined) {
    return open.getText().split(/\r\n|\r|\n/);
  }
  const { size } = await workspace.fs.stat(uri);
  return size > mostBytes ? undefined : new TextDecoder().decode(await workspace.fs.readFile(uri)).split(/\r\n|\r|\n/);
}

function wait(milliseconds: number): Promise<undefined> {
  return new Promise((resolve) => setTimeout(() => resolve(undefined), milliseconds).unref());
}
