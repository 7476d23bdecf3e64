import type { Range } from "vscode-languageclient";

/** A document that says in a comment what is to be done to lines of it. */
export interface InstructedText {
  readonly text: string;
  /** The comment and the lines. */
  readonly range: Range;
}

/** Languages whose line comments begin with a hash; the server takes two slashes for a comment in all others. */
const hashLanguages = new Set([
  "coffeescript",
  "dockerfile",
  "elixir",
  "julia",
  "makefile",
  "perl",
  "powershell",
  "python",
  "r",
  "ruby",
  "shellscript",
  "toml",
  "yaml",
]);

/**
 * Puts an instruction above lines of a document as a comment: models that follow instructions read them there.
 *
 * @param firstLine The first line, from 0.
 * @param lastLine The last one, which is rewritten too.
 */
export function instruct(
  document: { readonly text: string; readonly languageId: string },
  firstLine: number,
  lastLine: number,
  instruction: string,
): InstructedText {
  const lines = document.text.split(/(?<=\r\n|\n|\r(?!\n))/);
  const content = (lines[firstLine] ?? "").replace(/[\r\n]+$/, "");
  const indentation = /^\s*/.exec(content)?.[0] ?? "";
  const lineEnd = /\r\n|\n|\r/.exec(document.text)?.[0] ?? "\n";
  const mark = hashLanguages.has(document.languageId) ? "#" : "//";
  const comment = `${indentation}${mark} ${instruction.replace(/\s+/g, " ").trim()}${lineEnd}`;
  const last = (lines[lastLine] ?? "").replace(/[\r\n]+$/, "");
  return {
    text: [...lines.slice(0, firstLine), comment, ...lines.slice(firstLine)].join(""),
    range: {
      start: { line: firstLine, character: indentation.length },
      end: { line: lastLine + 1, character: last.length },
    },
  };
}

/** The same range in the document without the comment, which was one line above it. */
export function withoutInstruction({ start, end }: Range): Range {
  return { start: { ...start, line: start.line - 1 }, end: { ...end, line: end.line - 1 } };
}
