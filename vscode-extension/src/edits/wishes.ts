import { type CancellationToken, commands, Range, type TextDocument, type TextEditor, window } from "vscode";
import { editKinds } from "../protocol";
import { isServerStatus, type Status } from "../status/status";
import type { Answer, EditServer } from "./editServer";
import { say } from "./message";
import { instructed, type Offer } from "./offers";

/** Something to be written for a document. */
export interface Wish {
  readonly document: TextDocument;
  /** The document's text when it was wished for. */
  readonly text: string;
  /** What was asked for, as the menu says it. */
  readonly title: string;
  /** Has it written; ranges in the answer are those of the document. */
  write(server: EditServer, token: CancellationToken): Promise<Answer>;
}

const leftAlone =
  "Nothing is written here. Files that may hold secrets are left alone; in others, select at most 200 lines.";
const noPlaceholder =
  "There is nothing to fill in on this line. Put the cursor on an empty body, pass, a thrown NotImplemented or a TODO.";
const noCode = "There is no code to rewrite here. Select some.";

/** Write the selection again. */
export async function regenerate(editor: TextEditor): Promise<Wish | undefined> {
  if (editor.selection.isEmpty) {
    say("Select the code that is to be written again.");
    return undefined;
  }
  return atSelection(editor, "Regenerate selection", editKinds.regenerate, leftAlone);
}

/** Write what the placeholder at the cursor stands for. */
export async function fillIn(editor: TextEditor): Promise<Wish | undefined> {
  return atSelection(editor, "Fill in", editKinds.fill, noPlaceholder);
}

/** What the light bulb offered. */
export function offered(document: TextDocument, title: string, offer: Offer): Wish {
  const write: Wish["write"] = (server, token) => server.write(offer, server.uriOf(document), token);
  return { document, text: document.getText(), title, write };
}

/** Rewrite the selected lines, or the cursor's, as the user says in an input box. */
export async function rewrite(server: EditServer, editor: TextEditor, status: Status): Promise<Wish | undefined> {
  const { document } = editor;
  const range = linesOf(editor);
  if (!canFollow(status)) {
    return undefined;
  }
  if (document.getText(range).trim() === "") {
    say(noCode);
    return undefined;
  }
  if ((await offersAt(server, document, range)).length === 0) {
    say(leftAlone);
    return undefined;
  }
  const [first, last] = [range.start.line + 1, range.end.line + 1];
  const instruction = await window.showInputBox({
    title: "Rewrite with an Instruction",
    prompt: `What is to be done to ${first === last ? `line ${first}` : `lines ${first} to ${last}`}?`,
    placeHolder: "For example: handle an empty list",
  });
  if (instruction === undefined || instruction.trim() === "") {
    return undefined;
  }
  const write: Wish["write"] = async (server, token) => {
    const [offer] = await offersAt(server, document, range);
    return offer === undefined
      ? nothing(leftAlone)
      : server.write(instructed(offer, instruction), server.uriOf(document), token);
  };
  return { document, text: document.getText(), title: `Rewrite: ${instruction.trim()}`, write };
}

function offersAt(server: EditServer, document: TextDocument, range: Range): Promise<Offer[]> {
  return server.offers(
    server.uriOf(document),
    server.client.code2ProtocolConverter.asRange(range),
    editKinds.regenerate,
  );
}

function atSelection({ document, selection }: TextEditor, title: string, kind: string, otherwise: string): Wish {
  const write: Wish["write"] = async (server, token) => {
    const uri = server.uriOf(document);
    const [offer] = await server.offers(uri, server.client.code2ProtocolConverter.asRange(selection), kind);
    return offer === undefined ? nothing(otherwise) : server.write(offer, uri, token);
  };
  return { document, text: document.getText(), title, write };
}

/** Whether the model follows instructions, and if not, tells so. */
function canFollow(status: Status): boolean {
  if (!isServerStatus(status) || status.state === "loading") {
    say("The model is still being loaded. Ask again when the status bar says that it is ready.");
    return false;
  }
  if (status.followsInstructions !== true) {
    void offerAnotherModel(status.model ? `The model ${status.model}` : "The model");
    return false;
  }
  return true;
}

async function offerAnotherModel(model: string): Promise<void> {
  const openSettings = "Open Settings";
  const choice = await window.showInformationMessage(
    `DiffusionLsp: ${model} does not follow instructions. Choose one that does in the settings, or use Regenerate Selection.`,
    openSettings,
  );
  if (choice === openSettings) {
    await commands.executeCommand("workbench.action.openSettings", "diffusionlsp.model");
  }
}

/** What the selection's lines say, whole; one that ends before a line's first character does not mean that line. */
function linesOf({ document, selection: { start, end } }: TextEditor): Range {
  const last = end.line > start.line && end.character === 0 ? end.line - 1 : end.line;
  const from = document.lineAt(start.line).firstNonWhitespaceCharacterIndex;
  return new Range(start.line, from, last, document.lineAt(last).range.end.character);
}

function nothing(reason: string): Answer {
  return { outcome: { kind: "nothing" }, reason };
}
