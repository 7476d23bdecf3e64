/** The latest lines of the log, kept for a report of an issue: VS Code does not give back what an output channel shows. */
export class LogTail {
  static readonly capacity = 20;
  #lines: string[] = [];

  add(level: string, text: string): void {
    const lines = text.split(/\r?\n/).filter((line) => line.trim() !== "");
    this.#lines = [...this.#lines, ...lines.map((line) => `[${level}] ${line}`)].slice(-LogTail.capacity);
  }

  get lines(): readonly string[] {
    return this.#lines;
  }
}
