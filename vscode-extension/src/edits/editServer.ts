import { type CancellationToken, type TextDocument, Uri } from "vscode";
import {
  type CodeAction,
  CodeActionRequest,
  CodeActionResolveRequest,
  DidCloseTextDocumentNotification,
  DidOpenTextDocumentNotification,
  type LanguageClient,
  MessageType,
  type Range,
  ShowMessageNotification,
} from "vscode-languageclient/node";
import { HeldMessages } from "./heldMessages";
import { warn } from "./message";
import { groupOffers, type Offer, type Outcome, outcomeOf } from "./offers";

/** The scheme of texts that only the server knows. */
const copyScheme = "diffusionlsp-copy";

/** What came of an offer, and where nothing did, why. */
export interface Answer {
  readonly outcome: Outcome;
  readonly reason: string | undefined;
}

/** One run of the server, asked for edits. It shows nothing but what the server says unasked: warnings at once. */
export class EditServer {
  readonly client: LanguageClient;
  readonly #messages: HeldMessages;
  #lastCopy = 0;

  constructor(client: LanguageClient, show: (line: string) => void) {
    this.client = client;
    this.#messages = new HeldMessages(show);
    client.onNotification(ShowMessageNotification.type, ({ type, message }) =>
      type === MessageType.Warning ? warn(message) : this.#messages.receive(message),
    );
  }

  /** The offers of one kind at a range of a document that the server knows. */
  async offers(uri: string, range: Range, kind: string): Promise<Offer[]> {
    const params = { textDocument: { uri }, range, context: { diagnostics: [], only: [kind] } };
    const actions = (await this.client.sendRequest(CodeActionRequest.type, params)) ?? [];
    return groupOffers(actions.filter((action): action is CodeAction => !("command" in action && action.command)));
  }

  /** Has the model write all alternatives of an offer; the server makes them together, so that the first costs the time. */
  async write(offer: Offer, uri: string, token: CancellationToken): Promise<Answer> {
    return this.#messages.during(async (lines) => {
      const resolved: CodeAction[] = [];
      for (const action of offer) {
        resolved.push(await this.client.sendRequest(CodeActionResolveRequest.type, action, token));
      }
      return { outcome: outcomeOf(resolved, uri), reason: lines[0] };
    });
  }

  /** Has the server know another text under a document's name, which its rules go by, while some work is done. */
  async withDocument<T>(document: TextDocument, text: string, work: (uri: string) => Promise<T>): Promise<T> {
    this.#lastCopy++;
    const uri = Uri.from({ scheme: copyScheme, path: document.uri.path, query: `${this.#lastCopy}` }).toString();
    const textDocument = { uri, languageId: document.languageId, version: 1, text };
    await this.client.sendNotification(DidOpenTextDocumentNotification.type, { textDocument });
    try {
      return await work(uri);
    } finally {
      await this.client.sendNotification(DidCloseTextDocumentNotification.type, { textDocument: { uri } });
    }
  }

  uriOf(document: TextDocument): string {
    return this.client.code2ProtocolConverter.asUri(document.uri);
  }
}
