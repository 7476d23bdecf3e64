import type { DenoisingCell, DenoisingStep, GapPosition } from "../protocol";
import type { Infill } from "./infills";

/**
 * Reads what came from elsewhere: from the server, from between the extension and its view, and from a state that was
 * saved. Each answers undefined for what is not of the shape, and takes nothing over that is not part of it.
 */
export function readStep(value: unknown): DenoisingStep | undefined {
  const { uri, position, request, step, cells, milliseconds } = membersOf(value);
  const place = readPosition(position);
  if (!isString(uri) || !isCount(request) || !isCount(step) || !isNumber(milliseconds) || place === undefined) {
    return undefined;
  }
  const read = readList(cells, readCell);
  return read && { uri, position: place, request, step, cells: read, milliseconds };
}

/** Reads an infill; see {@link readStep}. */
export function readInfill(value: unknown): Infill | undefined {
  const { id, uri, name, before, after, position, steps, isOver } = membersOf(value);
  const place = readPosition(position);
  const read = readList(steps, readStep);
  return isString(id) && isString(uri) && isString(name) && isString(before) && isString(after) && place && read?.length
    ? { id, uri, name, before, after, position: place, steps: read, isOver: isOver === true }
    : undefined;
}

/** Reads a list of which every entry is of the shape. */
export function readList<T>(value: unknown, read: (entry: unknown) => T | undefined): T[] | undefined {
  const entries = Array.isArray(value) ? value.map(read) : [undefined];
  return entries.every((entry) => entry !== undefined) ? entries : undefined;
}

/** The members of an object; none of anything else. */
export function membersOf(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null ? (value as Record<string, unknown>) : {};
}

export function isString(value: unknown): value is string {
  return typeof value === "string";
}

/** Whether it is a whole number that is not negative. */
export function isCount(value: unknown): value is number {
  return Number.isInteger(value) && Number(value) >= 0;
}

function readCell(value: unknown): DenoisingCell | undefined {
  const { text, state, confidence } = membersOf(value);
  const isKnown = state === "masked" || state === "fresh" || state === "committed";
  return isString(text) && isKnown && isNumber(confidence)
    ? { text, state, confidence: Math.min(Math.max(confidence, 0), 1) }
    : undefined;
}

function readPosition(value: unknown): GapPosition | undefined {
  const { line, character } = membersOf(value);
  return isCount(line) && isCount(character) ? { line, character } : undefined;
}

function isNumber(value: unknown): value is number {
  return Number.isFinite(value);
}
