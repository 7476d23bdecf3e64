/**
 * The language client, and all of its library that runs: a bundle of its own, seven times as large as the rest, which is
 * loaded when the server is started. Others import types of the library and nothing else.
 */
import { type InitializeParams, LanguageClient } from "vscode-languageclient/node";

export { CloseAction, ErrorAction, RevealOutputChannelOn } from "vscode-languageclient/node";

/**
 * The client, with two habits of ours: it leaves messages to the supervisor, which says one thing once where the client's
 * own would come with every attempt, and it has inline completion announced early.
 */
export class OurClient extends LanguageClient {
  override error(message: string, data?: unknown): void {
    super.error(message, data, false);
  }

  /**
   * Asks for inline completion to be announced at the start. A server that may announce it late does so when the model
   * is ready, and the trigger command, which waits for the model, would find nobody to ask until then.
   */
  protected override fillInitializeParams(params: InitializeParams): void {
    super.fillInitializeParams(params);
    const inlineCompletion = params.capabilities.textDocument?.inlineCompletion;
    if (inlineCompletion !== undefined) {
      inlineCompletion.dynamicRegistration = false;
    }
  }
}
