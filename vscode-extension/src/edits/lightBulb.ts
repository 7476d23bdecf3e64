import { CodeAction } from "vscode";
import type { LanguageClient } from "vscode-languageclient/node";
import { groupOffers } from "./offers";

/** What a chosen item of the light bulb's menu runs; it needs a document and an offer, so it is in no menu of its own. */
export const openOffer = "diffusionlsp.openOffer";

/**
 * Makes one item of all alternatives for a place in the light bulb's menu, and has it open the diff in which one goes
 * through them. Left to VS Code, each would be an item, and choosing one would open the Refactor Preview: a box to tick
 * first, in a panel, for what is one change in one place.
 */
export function openDiffsFromLightBulb(client: LanguageClient): void {
  client.middleware.provideCodeActions = async (document, range, context, token, next) => {
    const actions = (await next(document, range, context, token)) ?? [];
    return groupOffers(actions.filter((action) => action instanceof CodeAction)).map((actions) => {
      const [item] = actions;
      const offer = actions.map((action) => client.code2ProtocolConverter.asCodeActionSync(action));
      item.command = { title: item.title, command: openOffer, arguments: [document, item.title, offer] };
      return item;
    });
  };
  // VS Code has an action without an edit resolved before it runs the command, and here the command does that.
  client.middleware.resolveCodeAction = (action) => action;
}
