import { commands, type Disposable, window } from "vscode";
import { commandIds } from "./commandIds";

/** What these commands act on. */
export interface SuggestionTargets {
  snooze(minutes: number): void;
  toggleLanguage(languageId: string): Promise<void>;
}

/** Registers the commands about suggestions: pauses, languages, and VS Code's own ways between alternatives. */
export function registerSuggestionCommands(targets: SuggestionTargets): Disposable[] {
  return [
    commands.registerCommand(commandIds.snooze5, () => targets.snooze(5)),
    commands.registerCommand(commandIds.snooze30, () => targets.snooze(30)),
    commands.registerCommand(commandIds.toggleLanguage, async () => {
      const document = window.activeTextEditor?.document;
      if (document === undefined) {
        void window.showInformationMessage("DiffusionLsp: Open a file of the language first.");
      } else {
        await targets.toggleLanguage(document.languageId);
      }
    }),
    commands.registerCommand(commandIds.showNext, () =>
      commands.executeCommand("editor.action.inlineSuggest.showNext"),
    ),
    commands.registerCommand(commandIds.showPrevious, () =>
      commands.executeCommand("editor.action.inlineSuggest.showPrevious"),
    ),
  ];
}
