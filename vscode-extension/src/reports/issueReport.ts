import type { ServerStatus } from "../protocol";
import type { Settings } from "../settings";
import { isServerStatus, type Status } from "../status/status";

/** What a report is filled in with. */
export interface IssueFacts {
  readonly extensionVersion: string;
  readonly editor: string;
  readonly platform: string;
  /** What the server calls itself when it starts; undefined before that. */
  readonly server: string | undefined;
  readonly status: Status;
  readonly settings: Settings;
  readonly log: readonly string[];
  /** The user's home folder, whose name is left out. */
  readonly home: string;
}

/**
 * A report of an issue for its user to complete and to send, or not. It holds no source text and no name of a document:
 * of the status, what the server says of single documents is left out.
 */
export function issueReport(facts: IssueFacts): string {
  const { status, settings } = facts;
  const lines = [
    "# An issue of DiffusionLsp",
    "",
    "<!-- Nothing of this is sent anywhere. Read it, complete it, and post it where you like. -->",
    "",
    "## What happened, and what should have",
    "",
    "",
    "## What to do to see it",
    "",
    "1. ",
    "",
    "## Versions",
    "",
    `- Extension: ${facts.extensionVersion}`,
    `- Editor: ${facts.editor}`,
    `- Platform: ${facts.platform}`,
    `- Server: ${facts.server ?? "has not started"}`,
    "",
    "## State",
    "",
    `- State: ${status.state}${status.message ? `, ${status.message}` : ""}`,
    ...(isServerStatus(status) ? figuresOf(status) : []),
    `- Settings: enabled ${settings.enabled}, trigger ${settings.trigger}, device ${settings.device}, time ${settings.timeBudgetMs} ms`,
    "",
    "## The end of the log",
    "",
    "```text",
    ...facts.log.map((line) => line.replaceAll("```", "'''")),
    "```",
    "",
  ];
  const text = lines.join("\n");
  return facts.home.length > 1 ? text.replaceAll(facts.home, "~") : text;
}

function figuresOf({ model, device, forwardMs, lastMs, tokensPerForward }: ServerStatus): string[] {
  const figures = {
    Model: model,
    Device: device,
    "A forward pass, in ms": forwardMs,
    "Last suggestion, in ms": lastMs,
    "Tokens per forward pass": tokensPerForward,
  };
  return Object.entries(figures)
    .filter(([, value]) => value !== null && value !== undefined)
    .map(([name, value]) => `- ${name}: ${typeof value === "number" ? Number(value.toFixed(1)) : value}`);
}
