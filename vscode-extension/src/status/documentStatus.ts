import { commandIds } from "../commandIds";
import { whyLeftAlone } from "../context/documentRules";
import { type Settings, section } from "../settings";
import { isServerStatus, type Status, suggestingIn } from "./status";

/** What a document's language status says: whether suggestions come in it, and else why not and what can be done. */
export interface DocumentView {
  readonly text: string;
  readonly detail: string;
  readonly severity: "information" | "warning" | "error";
  readonly busy: boolean;
  readonly command?: DocumentCommand;
}

/** What the status offers to do. */
export interface DocumentCommand {
  readonly title: string;
  readonly command: string;
  readonly arguments?: readonly string[];
}

/** The document that the status is about. */
export interface StatusDocument {
  readonly uri: string;
  readonly languageId: string;
}

const restart: DocumentCommand = { title: "Restart Server", command: commandIds.restart };
const showLog: DocumentCommand = { title: "Show Log", command: commandIds.showLog };
const turnOn: DocumentCommand = { title: "Turn On", command: commandIds.toggle };

/** Words a document's state: first what keeps all documents from suggestions, then what keeps this one. */
export function documentView(
  document: StatusDocument,
  settings: Settings,
  status: Status,
  minutesLeft: number,
): DocumentView {
  return (
    serverView(status) ??
    ruleView(document, settings) ??
    offView(document, settings, status, minutesLeft) ??
    lastView(document, status)
  );
}

function serverView(status: Status): DocumentView | undefined {
  switch (status.state) {
    case "stopped":
      return quiet("The server does not run", "information", { ...restart, title: "Start Server" });
    case "starting":
      return { ...quiet(status.message ?? "The server starts", "information", showLog), busy: true };
    case "failed":
      return quiet(status.message ?? "The model could not be loaded", "error", restart);
    case "loading": {
      const percent = isServerStatus(status) ? status.loadedPercent : undefined;
      const howFar = typeof percent === "number" ? `, ${percent} % so far` : "";
      return { ...quiet(`The model is being loaded${howFar}`, "information"), busy: true };
    }
    default:
      return undefined;
  }
}

function ruleView({ uri }: StatusDocument, settings: Settings): DocumentView | undefined {
  const reason = whyLeftAlone(settings, uri);
  return reason === undefined ? undefined : quiet(short(reason), "information", settingIn(reason));
}

function offView(
  { languageId }: StatusDocument,
  settings: Settings,
  status: Status,
  minutesLeft: number,
): DocumentView | undefined {
  const suggesting = suggestingIn(languageId, settings, status, minutesLeft);
  if (suggesting.on) {
    return status.state === "paused" ? quiet("Suggestions are switched off", "information", turnOn) : undefined;
  }
  if (suggesting.minutesLeft !== undefined) {
    return quiet(`Snoozed for ${suggesting.minutesLeft} more min`, "information", { ...turnOn, title: "End Snooze" });
  }
  if (suggesting.reason !== undefined) {
    return quiet(short(suggesting.reason), "warning", openSetting("model"));
  }
  if (suggesting.languageId !== undefined) {
    const command = { title: "Turn On", command: commandIds.toggleLanguage };
    return quiet(`Suggestions are off in ${languageId} files`, "information", command);
  }
  return settings.enabled
    ? quiet("Suggestions are made only when asked for", "information", openSetting("trigger"))
    : quiet("Suggestions while typing are off", "information", turnOn);
}

function lastView({ uri }: StatusDocument, status: Status): DocumentView {
  const documents = (isServerStatus(status) && status.documents) || {};
  const reason = new Map(Object.entries(documents)).get(uri);
  if (reason !== undefined) {
    const severity = reason.includes("too long") ? "warning" : "information";
    return { ...quiet(short(reason), severity, settingIn(reason)), text: "Nothing to show last" };
  }
  const command = { title: "Last Requests", command: commandIds.showRequests };
  const elsewhere = isServerStatus(status) && status.leavesMachine;
  const detail = elsewhere ? `Text leaves this machine, for ${status.engine}` : "Suggestions appear while you type";
  return { text: "DiffusionLsp", detail, severity: "information", busy: false, command };
}

function quiet(detail: string, severity: DocumentView["severity"], command?: DocumentCommand): DocumentView {
  const view = { text: "No suggestions", detail, severity, busy: false };
  return command === undefined ? view : { ...view, command };
}

/** The way to the setting that a reason names at its end, as the server's do. */
function settingIn(reason: string): DocumentCommand {
  const name = /\(settings? (\w+)[^)]*\)$/.exec(reason)?.[1];
  return name === undefined ? showLog : openSetting(name);
}

function openSetting(name: string): DocumentCommand {
  return { title: "Open Setting", command: "workbench.action.openSettings", arguments: [`${section}.${name}`] };
}

/** A reason's first part, as a sentence: there is room for a line, and the setting is a click away. */
function short(reason: string): string {
  const first = (/^(.*?)(?:;| \(settings? .*\)$|$)/.exec(reason) as RegExpExecArray)[1] as string;
  return first.charAt(0).toUpperCase() + first.slice(1);
}
