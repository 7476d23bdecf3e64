/**
 * The lines that the server has for the user. While an edit is being written they say why nothing comes of an
 * alternative, and most often another one is there: so they are handed to whoever waits for it, and shown otherwise.
 */
export class HeldMessages {
  readonly #show: (line: string) => void;
  readonly #waiting = new Set<string[]>();

  constructor(show: (line: string) => void) {
    this.#show = show;
  }

  /** Takes a line from the server. */
  receive(line: string): void {
    for (const lines of this.#waiting) {
      lines.push(line);
    }
    if (this.#waiting.size === 0) {
      this.#show(line);
    }
  }

  /** Holds lines back during some work, which is handed the list that they come into. */
  async during<T>(work: (lines: readonly string[]) => Promise<T>): Promise<T> {
    const lines: string[] = [];
    this.#waiting.add(lines);
    try {
      return await work(lines);
    } finally {
      this.#waiting.delete(lines);
    }
  }
}
