import { commands, type Disposable, extensions, type Memento, window } from "vscode";
import { activeProvider, describeOther } from "./otherProviders";

const told = "toldOfOtherProvider";
const show = "Show in Extensions";
const enough = "Don't Show Again";

/**
 * Tells, once ever, that another extension suggests inline as well. Changes nothing of the other's: which of the two
 * suggests is the user's choice.
 */
export function tellOfOtherProviders(memory: Memento): Disposable {
  const isTold = () => memory.get(told, false);
  const look = async () => {
    const other = isTold() ? undefined : activeProvider(extensions.all);
    if (other === undefined) {
      return;
    }
    await memory.update(told, true);
    const choice = await window.showInformationMessage(`DiffusionLsp: ${describeOther(other)}`, show, enough);
    if (choice === show) {
      await commands.executeCommand("workbench.extensions.search", `@id:${other.id}`);
    }
  };
  // Others start when a file of a language of theirs is opened, and nobody says when they have.
  const editorChange = window.onDidChangeActiveTextEditor(() => void look());
  void look();
  return editorChange;
}
