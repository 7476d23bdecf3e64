import { homedir } from "node:os";
import { commands, type Disposable, env, version, window, workspace } from "vscode";
import { commandIds } from "../commandIds";
import { type AcceptanceReport, type RequestEntry, serverCommands } from "../protocol";
import type { Settings } from "../settings";
import type { Status } from "../status/status";
import { showFigures } from "./figuresPicker";
import { issueReport } from "./issueReport";
import { ReportDocuments } from "./reportDocuments";
import { requestsReport } from "./requestsReport";

/** What these commands ask. */
export interface ReportSources {
  /** Runs a command of the server's; rejects with a message for the user where that fails. */
  ask(command: string): Promise<unknown>;
  status(): Status;
  settings(): Settings;
  /** What the server calls itself. */
  server(): string | undefined;
  /** The end of the log. */
  log(): readonly string[];
  readonly extensionVersion: string;
}

/** Registers the commands that show what the server has been doing. Nothing of it is sent anywhere. */
export function registerReportCommands(sources: ReportSources): Disposable[] {
  const documents = new ReportDocuments();
  return [
    documents,
    commands.registerCommand(commandIds.showRequests, () =>
      orTell(async () => {
        const entries = (await sources.ask(serverCommands.requests)) as RequestEntry[];
        await documents.show("Last requests", requestsReport(entries));
      }),
    ),
    commands.registerCommand(commandIds.showFigures, () =>
      orTell(async () => showFigures((await sources.ask(serverCommands.figures)) as AcceptanceReport)),
    ),
    commands.registerCommand(commandIds.reportIssue, () => reportIssue(sources)),
  ];
}

/** The extension has no address to report to; what its user does with the text is theirs to decide. */
async function reportIssue(sources: ReportSources): Promise<void> {
  const content = issueReport({
    extensionVersion: sources.extensionVersion,
    editor: `${env.appName} ${version}`,
    platform: `${process.platform} ${process.arch}${env.remoteName === undefined ? "" : ", in a remote window"}`,
    server: sources.server(),
    status: sources.status(),
    settings: sources.settings(),
    log: sources.log(),
    home: homedir(),
  });
  const document = await workspace.openTextDocument({ language: "markdown", content });
  await window.showTextDocument(document);
}

async function orTell(act: () => Promise<void>): Promise<void> {
  try {
    await act();
  } catch (error) {
    void window.showErrorMessage(`DiffusionLsp: ${error instanceof Error ? error.message : error}`);
  }
}
