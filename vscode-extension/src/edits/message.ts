import { window } from "vscode";

/** Tells something that the user asked for and did not get, with what to do where they can do something. */
export function say(line: string): void {
  void window.showInformationMessage(`DiffusionLsp: ${line}`);
}

/** Tells something that is not as it should be, unasked. */
export function warn(line: string): void {
  void window.showWarningMessage(`DiffusionLsp: ${line}`);
}
