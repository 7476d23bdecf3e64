import type { ServerStatus } from "./protocol";
import { type Settings, suggestsWhileTyping } from "./settings";

/** How things are, seen from the editor: what the server says of itself, and whether there is one at all. */
export type Status = ServerStatus | { readonly state: "stopped" | "starting"; readonly message?: string };

/** Whether suggestions come on their own: they do; they are off; or they are off in this language, perhaps for a reason. */
export type Suggesting =
  | { readonly on: true }
  | { readonly on: false; readonly languageId?: string; readonly reason?: string };

/** What the status bar item shows. */
export interface StatusView {
  readonly text: string;
  /** Markdown, one line a fact. */
  readonly tooltip: string;
  /** For a screen reader: plain words, no icons. */
  readonly label: string;
  readonly severity: "normal" | "error";
}

const name = "DiffusionLsp";

/** Whether suggestions come on their own where this language is typed: as the user has it, and as the model can. */
export function suggestingIn(languageId: string | undefined, settings: Settings, status: Status): Suggesting {
  if (!settings.enabled) {
    return { on: false };
  }
  if (languageId === undefined) {
    return { on: true };
  }
  if (!suggestsWhileTyping(settings, languageId)) {
    return { on: false, languageId };
  }
  const unknown = (isServerStatus(status) && status.unknownLanguages) || {};
  const reason = new Map(Object.entries(unknown)).get(languageId);
  return reason === undefined ? { on: true } : { on: false, languageId, reason };
}

/** Puts a status into the words and icons of the status bar. */
export function viewOf(status: Status, suggesting: Suggesting): StatusView {
  const facts = factsOf(status, suggesting);
  return {
    text: `$(${iconOf(status, suggesting)}) ${shortText(status)}`,
    tooltip: [`**${name}: ${status.state}**`, ...facts.map(escapeMarkdown)].join("\n\n"),
    label: [`${name}: ${status.state}`, ...facts].join(", "),
    severity: status.state === "failed" ? "error" : "normal",
  };
}

function iconOf(status: Status, suggesting: Suggesting): string {
  switch (status.state) {
    case "starting":
    case "loading":
      return "loading~spin";
    case "failed":
      return "error";
    case "stopped":
      return "debug-disconnect";
    case "paused":
      return "debug-pause";
    case "ready":
      return suggesting.on ? "sparkle" : "circle-slash";
  }
}

function shortText(status: Status): string {
  if (!isServerStatus(status)) {
    return name;
  }
  const latency = status.state === "ready" && isNumber(status.lastMs) ? ` ${milliseconds(status)}` : "";
  return `${status.model ?? name}${latency}`;
}

function factsOf(status: Status, suggesting: Suggesting): string[] {
  const facts: string[] = [];
  if (status.message) {
    facts.push(status.message);
  }
  if (isServerStatus(status)) {
    if (status.model) {
      facts.push(`Model: ${status.model}${status.device ? ` on ${status.device}` : ""}`);
    }
    if (isNumber(status.lastMs)) {
      facts.push(`Last suggestion: ${milliseconds(status)}`);
    }
    if (isNumber(status.tokensPerForward)) {
      facts.push(`Tokens per forward pass: ${status.tokensPerForward.toFixed(1)}`);
    }
  }
  if (!suggesting.on) {
    const where = suggesting.languageId === undefined ? "" : ` in ${suggesting.languageId} files`;
    const why = suggesting.reason === undefined ? "" : `: ${suggesting.reason}`;
    facts.push(`Suggestions while typing are off${where}${why}`);
  }
  return facts;
}

function isServerStatus(status: Status): status is ServerStatus {
  return status.state !== "stopped" && status.state !== "starting";
}

function isNumber(value: number | null | undefined): value is number {
  return typeof value === "number" && Number.isFinite(value);
}

function milliseconds(status: ServerStatus): string {
  return `${Math.round(status.lastMs ?? 0)} ms`;
}

/** A server's message is data: a path with underscores in it must not turn into emphasis, nor a link into a link. */
function escapeMarkdown(text: string): string {
  return text.replace(/[\\`*_{}[\]()#+\-.!<>|~$]/g, "\\$&");
}
