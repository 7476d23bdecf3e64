import { commands, window } from "vscode";
import { commandIds } from "./commandIds";

const restart = "Restart";
const showLog = "Show Log";

/** Tells, once, that there will be no suggestions and why, with the ways out as buttons. */
export async function showFailure(reason: string): Promise<void> {
  const choice = await window.showErrorMessage(`DiffusionLsp: ${reason}`, restart, showLog);
  if (choice === restart) {
    await commands.executeCommand(commandIds.restart);
  } else if (choice === showLog) {
    await commands.executeCommand(commandIds.showLog);
  }
}
