import { type ExtensionContext, window } from "vscode";
import type { LanguageClient } from "vscode-languageclient/node";
import { commandIds } from "./commandIds";
import { registerCommands } from "./commands";
import { Configuration } from "./configuration";
import { editorContextMethod } from "./context/editorContext";
import { EditorContextFeed } from "./context/editorContextFeed";
import { Infills } from "./denoising/infills";
import { registerDenoising, surroundingsOf } from "./denoising/registration";
import { Edits } from "./edits/edits";
import { EngineKey } from "./engineKey";
import { showFailure } from "./failureMessage";
import { LanguageServerRun } from "./languageServer";
import { Models } from "./models/models";
import { tellOfOtherProviders } from "./otherProvidersMessage";
import { LogTail } from "./reports/logTail";
import { recordedLog } from "./reports/recordedLog";
import { registerReportCommands } from "./reports/reportCommands";
import { locateServer } from "./serverLocation";
import { ServerSupervisor } from "./serverSupervisor";
import { isLanguageOn, needsRestart, type Settings, suggestsWhileTyping } from "./settings";
import { DocumentStatusItem } from "./status/documentStatusItem";
import { Snooze } from "./status/snooze";
import { StatusBar } from "./status/statusBar";
import { registerSuggestionCommands } from "./suggestionCommands";

let supervisor: ServerSupervisor | undefined;

/** Wires the parts together: what is made here is all there is. */
export function activate(context: ExtensionContext): void {
  const tail = new LogTail();
  const log = recordedLog(window.createOutputChannel("DiffusionLsp", { log: true }), tail);
  const configuration = new Configuration(applySettings);
  const settings = () => configuration.current;
  const snooze = new Snooze(refresh);
  const minutesLeft = () => snooze.minutesLeft;
  const suggests = (languageId: string) => minutesLeft() === 0 && suggestsWhileTyping(settings(), languageId);
  const statusBar = new StatusBar(settings, minutesLeft, commandIds.showMenu);
  const documentStatus = new DocumentStatusItem(settings, minutesLeft);
  const infills = new Infills(surroundingsOf);
  const server = new ServerSupervisor({
    newRun: (events) =>
      new LanguageServerRun(
        { location: locate(), settings, suggests, log, infills, environment: engineKey.environment, onClient: attach },
        events,
      ),
    onStatus: (status) => {
      statusBar.show(status);
      documentStatus.show(status);
      feed.show(status);
    },
    onFailure: (reason) => void showFailure(reason),
  });
  const engineKey = new EngineKey(context.secrets, () => {
    if (settings().engineUrl !== "" && server.status.state !== "stopped") {
      void server.restart();
    }
  });
  const feed = new EditorContextFeed({
    settings,
    suggests,
    send: (told) => server.notify(editorContextMethod, told),
  });
  supervisor = server;
  const edits = new Edits({ start: () => server.start(), status: () => server.status });
  const models = new Models({
    start: () => server.start(),
    execute: (command, argument, token) => server.execute(command, argument, token),
    status: () => server.status,
    settings,
    use: (model) => configuration.useModel(model),
  });
  context.subscriptions.push(log, configuration, snooze, statusBar, documentStatus, feed, edits, models, engineKey);
  context.subscriptions.push(
    ...registerDenoising(context.extensionUri, infills, () => settings().showMasksWhileWriting),
  );
  context.subscriptions.push(tellOfOtherProviders(context.globalState));
  context.subscriptions.push(
    ...registerCommands({
      isEnabled: () => settings().enabled,
      minutesLeft,
      isLanguageOn: (languageId) => isLanguageOn(settings(), languageId),
      toggle: async () => (minutesLeft() > 0 ? snooze.end() : configuration.toggle()),
      start: () => server.start(),
      restart: () => server.restart(),
      showLog: () => log.show(),
    }),
    ...registerSuggestionCommands({
      snooze: (minutes) => snooze.start(minutes),
      toggleLanguage: (languageId) => configuration.toggleLanguage(languageId),
    }),
    ...registerReportCommands({
      ask: (command) => server.execute(command),
      status: () => server.status,
      settings,
      server: () => server.server,
      log: () => tail.lines,
      extensionVersion: String(context.extension.packageJSON.version),
    }),
  );
  void engineKey.load().then(startIfEnabled);

  function attach(client: LanguageClient) {
    edits.attach(client);
    models.attach(client);
  }

  function locate() {
    return locateServer({
      setting: settings().serverPath,
      environment: process.env,
      extensionFolder: context.extensionPath,
      platform: process.platform,
    });
  }

  function refresh() {
    statusBar.refresh();
    documentStatus.refresh();
    feed.refresh();
  }

  function applySettings(before: Settings) {
    refresh();
    if (needsRestart(before, settings()) && server.status.state !== "stopped") {
      void server.restart();
      return;
    }
    server.reconfigure();
    if (!before.enabled) {
      startIfEnabled();
    }
  }

  function startIfEnabled() {
    if (settings().enabled) {
      void server.start();
    }
  }
}

/** Ends the server with the window. */
export async function deactivate(): Promise<void> {
  await supervisor?.stop();
}
