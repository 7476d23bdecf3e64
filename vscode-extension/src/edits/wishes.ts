import { type CancellationToken, commands, type TextDocument, type TextEditor, window } from "vscode";
import { editKinds } from "../protocol";
import type { Status } from "../status/status";
import type { Answer, EditServer } from "./editServer";
import { instruct, withoutInstruction } from "./instruction";
import { say } from "./message";
import type { Offer } from "./offers";

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
const onlyComments = "There is no code to rewrite here. Select some, and not comments alone.";

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

/**
 * Rewrite the selected lines, or the cursor's, as the user says in an input box. Models read instructions in comments, so
 * the server is shown the document with one above the lines; the document itself gets none.
 */
export async function rewrite(server: EditServer, editor: TextEditor, status: Status): Promise<Wish | undefined> {
  const { document } = editor;
  if (!(await canFollow(server, document, status))) {
    return undefined;
  }
  const text = document.getText();
  const { first, last } = linesOf(editor);
  const lines = first === last ? `line ${first + 1}` : `lines ${first + 1} to ${last + 1}`;
  const instruction = await window.showInputBox({
    title: "Rewrite with an Instruction",
    prompt: `What is to be done to ${lines}?`,
    placeHolder: "For example: handle an empty list",
  });
  if (instruction === undefined || instruction.trim() === "") {
    return undefined;
  }
  const instructed = instruct({ text, languageId: document.languageId }, first, last, instruction);
  const write: Wish["write"] = async (server, token) => {
    const { outcome, reason } = await server.withDocument(document, instructed.text, async (uri) => {
      const [offer] = await server.offers(uri, instructed.range, editKinds.comment);
      return offer === undefined ? nothing(onlyComments) : server.write(offer, uri, token);
    });
    return outcome.kind === "alternatives"
      ? { outcome: { ...outcome, range: withoutInstruction(outcome.range) }, reason }
      : { outcome, reason };
  };
  return { document, text, title: `Rewrite: ${instruction.trim()}`, write };
}

function atSelection({ document, selection }: TextEditor, title: string, kind: string, otherwise: string): Wish {
  const write: Wish["write"] = async (server, token) => {
    const uri = server.uriOf(document);
    const [offer] = await server.offers(uri, server.client.code2ProtocolConverter.asRange(selection), kind);
    return offer === undefined ? nothing(otherwise) : server.write(offer, uri, token);
  };
  return { document, text: document.getText(), title, write };
}

/**
 * Whether the model follows instructions, and if not, tells so. The server offers to do as a comment says where the model
 * can, so it is asked what it offers for the smallest document that has a comment, under this one's name.
 */
async function canFollow(server: EditServer, document: TextDocument, status: Status): Promise<boolean> {
  if (status.state === "starting" || status.state === "loading") {
    say("The model is still being loaded. Ask again when the status bar says that it is ready.");
    return false;
  }
  const probe = instruct({ text: "x", languageId: document.languageId }, 0, 0, "x");
  return server.withDocument(document, probe.text, async (uri) => {
    if ((await server.offers(uri, probe.range, editKinds.comment)).length > 0) {
      return true;
    }
    if ((await server.offers(uri, probe.range, editKinds.regenerate)).length > 0) {
      void offerAnotherModel("model" in status && status.model ? `The model ${status.model}` : "The model");
    } else {
      say(leftAlone);
    }
    return false;
  });
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

/** The lines of the selection; one that ends before a line's first character does not mean that line. */
function linesOf({ selection }: TextEditor): { first: number; last: number } {
  const first = selection.start.line;
  const last = selection.end.line;
  return { first, last: last > first && selection.end.character === 0 ? last - 1 : last };
}

function nothing(reason: string): Answer {
  return { outcome: { kind: "nothing" }, reason };
}
