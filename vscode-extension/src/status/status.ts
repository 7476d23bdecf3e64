import type { ServerStatus } from "../protocol";
import { isLanguageOn, type Settings } from "../settings";

/** How things are, seen from the editor: what the server says of itself, and whether there is one at all. */
export type Status = ServerStatus | { readonly state: "stopped" | "starting"; readonly message?: string };

/**
 * Whether suggestions come on their own: they do; they are off, perhaps for some minutes only; or they are off in this
 * language, perhaps for a reason.
 */
export type Suggesting =
  | { readonly on: true }
  | { readonly on: false; readonly minutesLeft?: number; readonly languageId?: string; readonly reason?: string };

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

/**
 * Whether suggestions come on their own where this language is typed: as the user has it, and as the model can.
 * `minutesLeft` is the rest of a snooze.
 */
export function suggestingIn(
  languageId: string | undefined,
  settings: Settings,
  status: Status,
  minutesLeft = 0,
): Suggesting {
  if (minutesLeft > 0) {
    return { on: false, minutesLeft };
  }
  if (!settings.enabled || settings.trigger === "manual") {
    return { on: false };
  }
  if (languageId === undefined) {
    return { on: true };
  }
  if (!isLanguageOn(settings, languageId)) {
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
    text: `$(${iconOf(status, suggesting)}) ${shortText(status, suggesting)}`,
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
      return suggesting.on ? "sparkle" : suggesting.minutesLeft === undefined ? "circle-slash" : "bell-slash";
  }
}

function shortText(status: Status, suggesting: Suggesting): string {
  if (!isServerStatus(status)) {
    return name;
  }
  const model = status.model ?? name;
  if (status.state === "loading" && isNumber(status.loadedPercent)) {
    return `${model} ${percent(status.loadedPercent)}`;
  }
  if (status.state !== "ready") {
    return model;
  }
  if (!suggesting.on && suggesting.minutesLeft !== undefined) {
    return `${model} snoozed ${suggesting.minutesLeft} min`;
  }
  return isNumber(status.lastMs) ? `${model} ${milliseconds(status.lastMs)}` : model;
}

function factsOf(status: Status, suggesting: Suggesting): string[] {
  const facts: string[] = [];
  if (status.message) {
    facts.push(status.message);
  }
  if (isServerStatus(status)) {
    if (status.state === "loading" && isNumber(status.loadedPercent)) {
      facts.push(`Loaded: ${percent(status.loadedPercent)}`);
    }
    if (status.leavesMachine) {
      facts.push(`The text around the cursor goes to another machine: ${status.engine}`);
    }
    if (status.model) {
      facts.push(`Model: ${status.model}${status.device ? ` on ${status.device}` : ""}`);
    }
    if (isNumber(status.lastMs)) {
      facts.push(`Last suggestion: ${milliseconds(status.lastMs)}`);
    }
    if (isNumber(status.tokensPerForward)) {
      facts.push(`Tokens per forward pass: ${status.tokensPerForward.toFixed(1)}`);
    }
    if (isNumber(status.forwardMs)) {
      facts.push(
        `A forward pass takes: ${status.forwardMs < 10 ? status.forwardMs.toFixed(1) : Math.round(status.forwardMs)} ms`,
      );
    }
  }
  if (!suggesting.on) {
    facts.push(describeOff(suggesting));
  }
  return facts;
}

/** That no suggestions come on their own, and where, for how long or why. */
function describeOff({ languageId, minutesLeft, reason }: Suggesting & { readonly on: false }): string {
  const where = languageId === undefined ? "" : ` in ${languageId} files`;
  const forHowLong = minutesLeft === undefined ? "" : ` for ${minutesLeft} more min`;
  return `Suggestions while typing are off${where}${forHowLong}${reason === undefined ? "" : `: ${reason}`}`;
}

/** Whether the server itself said so. */
export function isServerStatus(status: Status): status is ServerStatus {
  return status.state !== "stopped" && status.state !== "starting";
}

function isNumber(value: number | null | undefined): value is number {
  return typeof value === "number" && Number.isFinite(value);
}

function milliseconds(value: number): string {
  return `${Math.round(value)} ms`;
}

function percent(value: number): string {
  return `${Math.min(100, Math.max(0, Math.round(value)))} %`;
}

/** A server's message is data: a path with underscores in it must not turn into emphasis, nor a link into a link. */
function escapeMarkdown(text: string): string {
  return text.replace(/[\\`*_{}[\]()#+\-.!<>|~$]/g, "\\$&");
}
