import type { CodeAction, Range, TextEdit, WorkspaceEdit } from "vscode-languageclient";
import type { EditActionData } from "../protocol";

/** What a person chooses: actions that differ only in which of the alternatives for one place they stand for. */
export type Offer<T = CodeAction> = readonly [T, ...T[]];

/** One of the texts that the model writes for a place. */
export interface Alternative {
  readonly newText: string;
  /** Whether the model holds none for likelier. */
  readonly isLikeliest: boolean;
  /** How likely it is by the model's own account, 0 to 1; undefined where the server does not say. */
  readonly likelihood: number | undefined;
}

/** What comes of an offer: texts to choose from for one place, an edit in several places, or nothing. */
export type Outcome =
  | { readonly kind: "alternatives"; readonly range: Range; readonly alternatives: readonly Alternative[] }
  | { readonly kind: "several places"; readonly edit: WorkspaceEdit }
  | { readonly kind: "nothing" };

/** Puts the alternatives of an offer together; the server lists them one after another, from the first. */
export function groupOffers<T extends object>(actions: readonly T[]): Offer<T>[] {
  const offers: [T, ...T[]][] = [];
  for (const action of actions) {
    const last = offers.at(-1);
    if (last === undefined || alternativeOf(action) === 0) {
      offers.push([action]);
    } else {
      last.push(action);
    }
  }
  return offers;
}

/** The offer with what the user says is to be done, which its actions carry to the server. */
export function instructed([first, ...others]: Offer, instruction: string): Offer {
  const add = (action: CodeAction): CodeAction => ({ ...action, data: { ...action.data, instruction } });
  return [add(first), ...others.map(add)];
}

/** What comes of an offer whose actions were resolved, for the document of this URI. */
export function outcomeOf(resolved: readonly CodeAction[], uri: string): Outcome {
  const alternatives: Alternative[] = [];
  let range: Range | undefined;
  for (const action of resolved) {
    const changes = changesOf(action.edit ?? {});
    if (action.edit === undefined || changes.length === 0) {
      continue;
    }
    const place = onlyPlace(changes, uri);
    if (place === undefined) {
      return { kind: "several places", edit: action.edit };
    }
    range ??= place.range;
    alternatives.push({
      newText: place.newText,
      isLikeliest: alternativeOf(action) === 0,
      likelihood: dataOf(action)?.likelihood,
    });
  }
  return range === undefined ? { kind: "nothing" } : { kind: "alternatives", range, alternatives };
}

/** One thing that an edit does: a change of a document's text, or something else to do with a file. */
interface Change {
  readonly uri: string | undefined;
  readonly change: object;
}

function changesOf(edit: WorkspaceEdit): Change[] {
  const inFiles = (edit.documentChanges ?? []).flatMap((change): Change[] =>
    "edits" in change
      ? change.edits.map((text) => ({ uri: change.textDocument.uri, change: text }))
      : [{ uri: undefined, change }],
  );
  const inTexts = Object.entries(edit.changes ?? {}).flatMap(([uri, edits]) =>
    edits.map((change): Change => ({ uri, change })),
  );
  return [...inFiles, ...inTexts];
}

/** The one change, where there is one and it is one of this document's text. */
function onlyPlace([only, ...others]: Change[], uri: string): TextEdit | undefined {
  return only?.uri === uri && others.length === 0 && "newText" in only.change ? (only.change as TextEdit) : undefined;
}

function alternativeOf(action: object): number {
  return dataOf(action)?.alternative ?? 0;
}

function dataOf(action: { data?: EditActionData }): EditActionData | undefined {
  return action.data;
}
