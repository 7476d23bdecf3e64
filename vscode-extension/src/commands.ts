import { commands, type Disposable, type QuickPickItem, window } from "vscode";
import { commandIds } from "./commandIds";
import { section } from "./settings";

/** What the commands act on. */
export interface CommandTargets {
  isEnabled(): boolean;
  toggle(): Promise<void>;
  /** Starts the server where it does not run. */
  start(): Promise<void>;
  restart(): Promise<void>;
  showLog(): void;
}

/** Registers every command. */
export function registerCommands(targets: CommandTargets): Disposable[] {
  return [
    commands.registerCommand(commandIds.trigger, async () => {
      await targets.start();
      await commands.executeCommand("editor.action.inlineSuggest.trigger");
    }),
    commands.registerCommand(commandIds.toggle, () => targets.toggle()),
    commands.registerCommand(commandIds.restart, () => targets.restart()),
    commands.registerCommand(commandIds.showLog, () => targets.showLog()),
    commands.registerCommand(commandIds.showMenu, () => showMenu(targets)),
  ];
}

async function showMenu(targets: CommandTargets): Promise<void> {
  const items: (QuickPickItem & { command: string; argument?: string })[] = [
    targets.isEnabled()
      ? { label: "$(circle-slash) Turn suggestions off", command: commandIds.toggle }
      : { label: "$(sparkle) Turn suggestions on", command: commandIds.toggle },
    { label: "$(debug-restart) Restart server", command: commandIds.restart },
    { label: "$(output) Show log", command: commandIds.showLog },
    { label: "$(play-circle) Open denoising view", command: commandIds.openDenoisingView },
    { label: "$(gear) Open settings", command: "workbench.action.openSettings", argument: `${section}.` },
  ];
  const choice = await window.showQuickPick(items, { title: "DiffusionLsp" });
  if (choice !== undefined) {
    await commands.executeCommand(choice.command, ...(choice.argument === undefined ? [] : [choice.argument]));
  }
}
