import { type ExtensionContext, window } from "vscode";
import { commandIds } from "./commandIds";
import { registerCommands } from "./commands";
import { Configuration } from "./configuration";
import { Infills } from "./denoising/infills";
import { registerDenoising, surroundingsOf } from "./denoising/registration";
import { showFailure } from "./failureMessage";
import { LanguageServerRun } from "./languageServer";
import { locateServer } from "./serverLocation";
import { ServerSupervisor } from "./serverSupervisor";
import { needsRestart, type Settings } from "./settings";
import { StatusBar } from "./statusBar";

let supervisor: ServerSupervisor | undefined;

/** Wires the parts together: what is made here is all there is. */
export function activate(context: ExtensionContext): void {
  const log = window.createOutputChannel("DiffusionLsp", { log: true });
  const configuration = new Configuration(applySettings);
  const settings = () => configuration.current;
  const statusBar = new StatusBar(settings, commandIds.showMenu);
  const infills = new Infills(surroundingsOf);
  const server = new ServerSupervisor({
    newRun: (events) => new LanguageServerRun(locate(), settings, log, events, infills),
    onStatus: (status) => statusBar.show(status),
    onFailure: (reason) => void showFailure(reason),
  });
  supervisor = server;
  const commands = registerCommands({
    isEnabled: () => settings().enabled,
    toggle: () => configuration.toggle(),
    start: () => server.start(),
    restart: () => server.restart(),
    showLog: () => log.show(),
  });
  const denoising = registerDenoising(context.extensionUri, infills, () => settings().showMasksWhileWriting);
  context.subscriptions.push(log, configuration, statusBar, ...commands, ...denoising);
  startIfEnabled();

  function locate() {
    return locateServer({
      setting: settings().serverPath,
      environment: process.env,
      extensionFolder: context.extensionPath,
      platform: process.platform,
    });
  }

  function applySettings(before: Settings) {
    statusBar.refresh();
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
