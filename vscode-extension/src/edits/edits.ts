import { commands, Disposable, ProgressLocation, type TextDocument, type TextEditor, window, workspace } from "vscode";
import type { LanguageClient } from "vscode-languageclient/node";
import { commandIds } from "../commandIds";
import type { Status } from "../status/status";
import { EditServer } from "./editServer";
import { openDiffsFromLightBulb, openOffer } from "./lightBulb";
import { say } from "./message";
import type { Offer } from "./offers";
import { Proposal } from "./proposal";
import { ProposalDiffs } from "./proposalDiffs";
import { fillIn, offered, regenerate, rewrite, type Wish } from "./wishes";

/** What the edits need of the rest. */
export interface EditTargets {
  /** Starts the server where it does not run. */
  start(): Promise<void>;
  status(): Status;
}

/**
 * The edits that the model writes when it is asked to: by a command, or by an item of the light bulb's menu. What it
 * writes opens as a diff and changes nothing until it is applied; an edit in several places goes through VS Code's own
 * Refactor Preview.
 */
export class Edits implements Disposable {
  readonly #targets: EditTargets;
  readonly #diffs = new ProposalDiffs();
  readonly #commands: Disposable;
  #server: EditServer | undefined;

  constructor(targets: EditTargets) {
    this.#targets = targets;
    this.#commands = Disposable.from(
      commands.registerCommand(commandIds.regenerate, () => this.#wish((_, editor) => regenerate(editor))),
      commands.registerCommand(commandIds.fillIn, () => this.#wish((_, editor) => fillIn(editor))),
      commands.registerCommand(commandIds.rewrite, () =>
        this.#wish((server, editor) => rewrite(server, editor, this.#targets.status())),
      ),
      commands.registerCommand(openOffer, (document: TextDocument, title: string, offer: Offer) =>
        this.#carefully((server) => this.#fulfil(server, offered(document, title, offer))),
      ),
    );
  }

  /** Asks this run of the server from now on. */
  attach(client: LanguageClient): void {
    this.#server = new EditServer(client, say);
    openDiffsFromLightBulb(client);
  }

  dispose(): void {
    this.#commands.dispose();
    this.#diffs.dispose();
  }

  /** Finds out what is wished for in the editor in front, if anything can be, and fulfils it. */
  async #wish(find: (server: EditServer, editor: TextEditor) => Promise<Wish | undefined>): Promise<void> {
    const editor = window.activeTextEditor;
    if (editor === undefined || !["file", "untitled"].includes(editor.document.uri.scheme)) {
      say("Open a file on disk or an untitled one first, and put the cursor where code is to be written.");
      return;
    }
    await this.#targets.start();
    const status = this.#targets.status();
    if (status.state === "failed") {
      say(`There is no model to write anything. ${status.message ?? ""}`.trim());
      return;
    }
    await this.#carefully(async (server) => {
      const wish = await find(server, editor);
      if (wish !== undefined) {
        await this.#fulfil(server, wish);
      }
    });
  }

  /** Has a wish written, while the user may cancel it, and shows what comes of it. */
  async #fulfil(server: EditServer, { document, text, title, write }: Wish): Promise<void> {
    const options = { location: ProgressLocation.Notification, title: `DiffusionLsp: ${title}`, cancellable: true };
    const answer = await window.withProgress(options, async (_, token) => {
      try {
        return await write(server, token);
      } catch (error) {
        // A request that was cancelled ends with an error, which is what was asked for.
        if (token.isCancellationRequested) {
          return undefined;
        }
        throw error;
      }
    });
    if (answer === undefined) {
      return;
    }
    const { outcome, reason } = answer;
    if (outcome.kind === "nothing") {
      say(reason ?? "The model has nothing to put here.");
    } else if (document.getText() !== text) {
      say("The document has changed while this was written. Ask again.");
    } else if (outcome.kind === "several places") {
      const edit = await server.client.protocol2CodeConverter.asWorkspaceEdit(outcome.edit);
      await workspace.applyEdit(edit, { isRefactoring: true });
    } else {
      const { start, end } = server.client.protocol2CodeConverter.asRange(outcome.range);
      const proposal = new Proposal({
        name: document.uri.path.replace(/^.*\//, ""),
        title,
        text,
        start: document.offsetAt(start),
        end: document.offsetAt(end),
        alternatives: outcome.alternatives,
      });
      await this.#diffs.open(document, proposal);
    }
  }

  /** A server that stops in the middle of it is the supervisor's affair; here it costs the edit alone. */
  async #carefully(act: (server: EditServer) => Promise<void>): Promise<void> {
    const server = this.#server;
    try {
      if (server !== undefined) {
        await act(server);
      }
    } catch (error) {
      server?.client.warn(`No edit: ${error instanceof Error ? error.message : error}`);
      say("The server gave no answer. Try again, or look into the log with the command DiffusionLsp: Show Log.");
    }
  }
}
