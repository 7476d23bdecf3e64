/** A line that the server wrote to standard error. */
export interface ServerLine {
  readonly level: "info" | "warn" | "error";
  readonly text: string;
  /** Should the server end now, then this line says why. */
  readonly isLastWord: boolean;
}

const levels = { Information: "info", Warning: "warn", Error: "error", Critical: "error" } as const;

/**
 * Tells the server's own log records, which begin with a time and a level, from what a dying process leaves behind:
 * the runtime's word on an exception, or the loader's on a library. A stack trace's frames, which are indented, are
 * neither.
 */
export function readServerLine(line: string): ServerLine {
  const record = /^\d\d:\d\d:\d\d\.\d{3} (Information|Warning|Error|Critical) (.*)$/.exec(line);
  if (record !== null) {
    const [, level, text] = record as unknown as [string, keyof typeof levels, string];
    return { level: levels[level], text, isLastWord: false };
  }
  return { level: "info", text: line, isLastWord: /^\S/.test(line) };
}
