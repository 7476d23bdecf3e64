import type { Infill } from "./infills";
import { speeds } from "./playback";
import { isCount, membersOf, readInfill } from "./validation";

/** What outlives the page: VS Code keeps it while the panel is hidden and over a reload of the window. */
export interface SavedState {
  readonly infill: Infill;
  readonly index: number;
  readonly speed: number;
  readonly isPinned: boolean;
}

/** Reads a saved state; undefined for anything else, such as one that another version saved. */
export function readSaved(value: unknown): SavedState | undefined {
  const { infill, index, speed, isPinned } = membersOf(value);
  const read = readInfill(infill);
  const knownSpeed = speeds.find((known) => known === speed);
  return read && knownSpeed && isCount(index)
    ? // The request of a page that was reloaded is long over, and if not, the extension says so.
      { infill: { ...read, isOver: true }, index, speed: knownSpeed, isPinned: isPinned === true }
    : undefined;
}
