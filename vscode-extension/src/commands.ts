import { commands, type Disposable, window } from "vscode";
import { commandIds } from "./commandIds";
import { type MenuEntry, menuEntries } from "./status/menu";

/** What the commands act on. */
export interface CommandTargets {
  isEnabled(): boolean;
  /** The minutes that are left of a snooze. */
  minutesLeft(): number;
  /** Whether suggestions in a language are on. */
  isLanguageOn(languageId: string): boolean;
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
  const languageId = window.activeTextEditor?.document.languageId;
  const entries = menuEntries({
    isEnabled: targets.isEnabled(),
    minutesLeft: targets.minutesLeft(),
    language: languageId === undefined ? undefined : { id: languageId, isOn: targets.isLanguageOn(languageId) },
  });
  const choice: MenuEntry | undefined = await window.showQuickPick(entries, { title: "DiffusionLsp" });
  if (choice !== undefined) {
    await commands.executeCommand(choice.command, ...(choice.argument === undefined ? [] : [choice.argument]));
  }
}
