/** The most lines of a definition, and the most characters. */
const mostLines = 20;
const mostCharacters = 2_000;

/** A piece of a text: its lines, and what stands in them. */
export interface Piece {
  readonly startLine: number;
  readonly endLine: number;
  readonly text: string;
}

/**
 * What to show of a definition that another server places at some lines. Many give the line of its name alone: then what
 * is indented below it belongs to it. It ends early where it grows too long, with its head, which says the most.
 */
export function definitionText(lines: readonly string[], startLine: number, endLine: number): Piece | undefined {
  const head = lines[startLine];
  if (head === undefined || head.trim() === "") {
    return undefined;
  }
  const end = endLine > startLine ? Math.min(endLine, lines.length - 1) : endOfBlock(lines, startLine);
  return bounded(lines, startLine, end);
}

/** As many of the lines as there is room for; undefined where there is room for none. */
export function bounded(lines: readonly string[], startLine: number, endLine: number): Piece | undefined {
  const chosen: string[] = [];
  let characters = 0;
  for (const line of lines.slice(startLine, Math.min(endLine + 1, startLine + mostLines))) {
    characters += line.length + 1;
    if (characters > mostCharacters) {
      break;
    }
    chosen.push(line);
  }
  return chosen.length === 0
    ? undefined
    : { startLine, endLine: startLine + chosen.length - 1, text: chosen.join("\n") };
}

function endOfBlock(lines: readonly string[], startLine: number): number {
  const indentation = indentOf(lines[startLine] ?? "");
  let end = startLine;
  for (let line = startLine + 1; line < lines.length && line - startLine < mostLines; line++) {
    const text = lines[line] ?? "";
    if (text.trim() === "") {
      continue;
    }
    if (indentOf(text) > indentation) {
      end = line;
      continue;
    }
    // What closes the block, or opens it on a line of its own.
    if (indentOf(text) === indentation && /^[{})\]]/.test(text.trim())) {
      end = line;
      continue;
    }
    break;
  }
  return end;
}

function indentOf(text: string): number {
  return text.length - text.trimStart().length;
}
