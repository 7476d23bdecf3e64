/** A name in a document's text. */
export interface NameAt {
  readonly name: string;
  readonly line: number;
  readonly character: number;
}

/** Shorter ones are loop variables and keywords, which no definition helps with. */
const shortest = 4;
/** How many lines before the cursor are looked at. */
const lookBack = 8;

/**
 * The names that a definition may help with: those nearest before the cursor first, each once. Knows no language: that a
 * word is a keyword or within a comment is found out by asking for its definition, and there is none.
 */
export function namesAround(
  lineAt: (line: number) => string,
  cursor: { line: number; character: number },
  most: number,
) {
  const names = new Map<string, NameAt>();
  for (let line = cursor.line; line >= Math.max(0, cursor.line - lookBack); line--) {
    const text = line === cursor.line ? lineAt(line).slice(0, cursor.character) : lineAt(line);
    // A line of that length is data.
    const found = text.length > 500 ? [] : [...text.matchAll(/[\p{L}_$][\p{L}\p{N}_$]*/gu)];
    for (const match of found.reverse()) {
      const name = match[0];
      const isTyped = line === cursor.line && match.index + name.length === cursor.character;
      if (name.length >= shortest && !isTyped && !names.has(name)) {
        names.set(name, { name, line, character: match.index });
        if (names.size === most) {
          return [...names.values()];
        }
      }
    }
  }
  return [...names.values()];
}
