import type { Place } from "./editorContext";

/** The most places kept. */
const capacity = 12;
/** A step of fewer lines than this is no change of place. */
const near = 12;

/** Whether the cursor, going from one line to another of a document, leaves a place behind. */
export function isJump(from: number, to: number): boolean {
  return Math.abs(to - from) > near;
}

/** Where the user has been, the latest place first. A place that overlaps an earlier one takes its place. */
export class RecentPlaces {
  #places: readonly Place[] = [];

  get places(): readonly Place[] {
    return this.#places;
  }

  add(place: Place): void {
    this.#places = [place, ...this.#places.filter((other) => !overlap(place, other))].slice(0, capacity);
  }

  /** Forgets the places of documents, such as those that are left alone from now on. */
  forget(isGone: (uri: string) => boolean): void {
    this.#places = this.#places.filter(({ uri }) => !isGone(uri));
  }
}

function overlap(one: Place, other: Place): boolean {
  return (
    one.uri === other.uri &&
    one.range.start.line <= other.range.end.line &&
    other.range.start.line <= one.range.end.line
  );
}
