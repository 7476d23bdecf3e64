/**
 * What the user looks at beside the document at hand, within bounds: the message `diffusion/editorContext` and how it is
 * kept small. The server has the same bounds and drops what goes over them; here nothing is made that it would drop.
 */

/** The notification's method. */
export const editorContextMethod = "diffusion/editorContext";

/** The most entries of a message, all three lists together. */
export const mostEntries = 32;
/** The most bytes of an entry. */
export const mostBytes = 4_096;
/** The most visible editors, and the most ranges of one. */
const mostEditors = 8;
const mostRanges = 8;
/** The most places. */
const mostPlaces = 12;
/** The most definitions. */
const mostDefinitions = 8;

export interface Position {
  readonly line: number;
  readonly character: number;
}

export interface Range {
  readonly start: Position;
  readonly end: Position;
}

export interface VisibleEditor {
  readonly uri: string;
  readonly ranges: readonly Range[];
}

export interface Place {
  readonly uri: string;
  readonly range: Range;
  /** The text there; undefined where the server has the document. */
  readonly text?: string;
}

export interface Definition {
  readonly name: string;
  readonly uri: string;
  readonly range: Range;
  readonly text: string;
}

export interface EditorContext {
  readonly visibleEditors: readonly VisibleEditor[];
  readonly recentPlaces: readonly Place[];
  readonly definitions: readonly Definition[];
}

/** Says nothing: it takes back what was said before. */
export const emptyContext: EditorContext = { visibleEditors: [], recentPlaces: [], definitions: [] };

/** Makes a message out of what there is, without the documents that are left alone. */
export function boundedContext(context: EditorContext, isLeftAlone: (uri: string) => boolean): EditorContext {
  const fits = (entry: { readonly uri: string }) =>
    !isLeftAlone(entry.uri) && Buffer.byteLength(JSON.stringify(entry)) <= mostBytes;
  return {
    visibleEditors: context.visibleEditors
      .map(({ uri, ranges }) => ({ uri, ranges: ranges.slice(0, mostRanges) }))
      .filter(fits)
      .slice(0, mostEditors),
    recentPlaces: context.recentPlaces.filter(fits).slice(0, mostPlaces),
    definitions: context.definitions.filter(fits).slice(0, mostDefinitions),
  };
}
