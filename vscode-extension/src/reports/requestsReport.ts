import type { RequestEntry } from "../protocol";

/** Lays out the latest requests for people, a line each: when, where, what came of it, and how long it took. */
export function requestsReport(entries: readonly RequestEntry[]): string {
  const intro = "The latest requests for a suggestion, the newest first. They hold no source text.";
  if (entries.length === 0) {
    return `${intro}\n\nThere were none yet.\n`;
  }
  const rows = [
    ["Time", "File", "Asked", "Outcome", "ms", "Model ms", "Passes", "Tokens/pass", "Likelihood", "Why"],
    ...entries.map(rowOf),
  ];
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => (row[column] ?? "").length)));
  const lines = rows.map((row) =>
    row
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join("  ")
      .trimEnd(),
  );
  return `${intro}\n\n${lines.join("\n")}\n`;
}

function rowOf(entry: RequestEntry): string[] {
  return [
    timeOf(entry.at),
    fileOf(entry.uri),
    entry.invoked ? "by you" : "typing",
    entry.outcome,
    figure(entry.ms, 0),
    figure(entry.engineMs, 0),
    figure(entry.forwards, 0),
    figure(entry.tokensPerForward, 1),
    figure(entry.likelihood, 2),
    entry.reason ?? "",
  ];
}

function timeOf(at: string): string {
  const time = new Date(at);
  return Number.isNaN(time.getTime()) ? at : time.toTimeString().slice(0, 8);
}

function fileOf(uri: string): string {
  const name = uri.split(/[/:]/).at(-1) ?? uri;
  try {
    return decodeURIComponent(name);
  } catch {
    return name;
  }
}

function figure(value: number | null | undefined, digits: number): string {
  return typeof value === "number" ? value.toFixed(digits) : "";
}
