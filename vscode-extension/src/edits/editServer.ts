import type { CancellationToken, TextDocument } from "vscode";
import type { CodeAction, LanguageClient, Range, ShowMessageParams } from "vscode-languageclient/node";
import { HeldMessages } from "./heldMessages";
import { warn } from "./message";
import { groupOffers, type Offer, type Outcome, outcomeOf } from "./offers";

/** The protocol's type of messages that say that something is not as it should be. */
const warning = 2;

/** What came of an offer, and where nothing did, why. */
export interface Answer {
  readonly outcome: Outcome;
  readonly reason: string | undefined;
}

/** One run of the server, asked for edits. It shows nothing but what the server says unasked: warnings at once. */
export class EditServer {
  readonly client: LanguageClient;
  readonly #messages: HeldMessages;

  constructor(client: LanguageClient, show: (line: string) => void) {
    this.client = client;
    this.#messages = new HeldMessages(show);
    client.onNotification("window/showMessage", ({ type, message }: ShowMessageParams) =>
      type === warning ? warn(message) : this.#messages.receive(message),
    );
  }

  /** The offers of one kind at a range of a document that the server knows. */
  async offers(uri: string, range: Range, kind: string): Promise<Offer[]> {
    const params = { textDocument: { uri }, range, context: { diagnostics: [], only: [kind] } };
    const actions = await this.client.sendRequest<CodeAction[] | null>("textDocument/codeAction", params);
    return groupOffers((actions ?? []).filter((action) => !action.command));
  }

  /** Has the model write all alternatives of an offer; the server makes them together, so that the first costs the time. */
  async write(offer: Offer, uri: string, token: CancellationToken): Promise<Answer> {
    return this.#messages.during(async (lines) => {
      const resolved: CodeAction[] = [];
      for (const action of offer) {
        resolved.push(await this.client.sendRequest<CodeAction>("codeAction/resolve", action, token));
      }
      return { outcome: outcomeOf(resolved, uri), reason: lines[0] };
    });
  }

  uriOf(document: TextDocument): string {
    return this.client.code2ProtocolConverter.asUri(document.uri);
  }
}
