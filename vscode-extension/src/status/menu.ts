import { commandIds } from "../commandIds";
import { section } from "../settings";

/** An entry of the menu that a click on the status bar item opens. */
export interface MenuEntry {
  readonly label: string;
  readonly command: string;
  readonly argument?: string;
}

/** What the menu depends on. */
export interface MenuState {
  readonly isEnabled: boolean;
  /** The minutes that are left of a snooze. */
  readonly minutesLeft: number;
  /** The active editor's language; undefined where there is no editor. */
  readonly language: { readonly id: string; readonly isOn: boolean } | undefined;
}

/** The menu's entries: what is off offers to be turned on, and what is on the reverse. */
export function menuEntries({ isEnabled, minutesLeft, language }: MenuState): MenuEntry[] {
  const entries: MenuEntry[] = [];
  if (minutesLeft > 0) {
    entries.push({ label: `$(bell) End the snooze, ${minutesLeft} min early`, command: commandIds.toggle });
  } else if (isEnabled) {
    entries.push({ label: "$(circle-slash) Turn suggestions off", command: commandIds.toggle });
  } else {
    entries.push({ label: "$(sparkle) Turn suggestions on", command: commandIds.toggle });
  }
  if (language !== undefined) {
    const [icon, verb] = language.isOn ? ["circle-slash", "off"] : ["sparkle", "on"];
    entries.push({ label: `$(${icon}) Turn ${verb} in ${language.id} files`, command: commandIds.toggleLanguage });
  }
  if (isEnabled && minutesLeft === 0) {
    entries.push({ label: "$(bell-slash) Snooze for 5 minutes", command: commandIds.snooze5 });
    entries.push({ label: "$(bell-slash) Snooze for 30 minutes", command: commandIds.snooze30 });
  }
  return [
    ...entries,
    { label: "$(history) Show last requests", command: commandIds.showRequests },
    { label: "$(play-circle) Open denoising view", command: commandIds.openDenoisingView },
    { label: "$(library) Choose a model…", command: commandIds.chooseModel },
    { label: "$(cloud-download) Download a model…", command: commandIds.downloadModel },
    { label: "$(graph) Show acceptance figures", command: commandIds.showFigures },
    { label: "$(debug-restart) Restart server", command: commandIds.restart },
    { label: "$(output) Show log", command: commandIds.showLog },
    { label: "$(report) Report an issue", command: commandIds.reportIssue },
    { label: "$(gear) Open settings", command: "workbench.action.openSettings", argument: `${section}.` },
  ];
}
