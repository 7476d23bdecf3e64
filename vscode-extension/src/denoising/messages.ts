import type { DenoisingStep } from "../protocol";
import type { Infill } from "./infills";
import { isString, membersOf, readInfill, readList, readStep } from "./validation";

/** What the extension tells its view. */
export type ToView =
  /** All that there are, the newest first: the answer to `ready`. */
  | { readonly type: "infills"; readonly infills: readonly Infill[] }
  | { readonly type: "begin"; readonly infill: Infill }
  | { readonly type: "step"; readonly id: string; readonly step: DenoisingStep }
  | { readonly type: "end"; readonly id: string };

/** What the view tells the extension. */
export type FromView =
  /** The view listens from here on. */
  | { readonly type: "ready" }
  /** The user wants this in the clipboard, which a webview cannot always reach. */
  | { readonly type: "copy"; readonly text: string };

/** Reads a message to the view; undefined for anything else. */
export function readToView(value: unknown): ToView | undefined {
  const { type, id, ...rest } = membersOf(value);
  switch (type) {
    case "infills": {
      const infills = readList(rest.infills, readInfill);
      return infills && { type, infills };
    }
    case "begin": {
      const infill = readInfill(rest.infill);
      return infill && { type, infill };
    }
    case "step": {
      const step = readStep(rest.step);
      return step && isString(id) ? { type, id, step } : undefined;
    }
    case "end":
      return isString(id) ? { type, id } : undefined;
    default:
      return undefined;
  }
}

/** Reads a message from the view; undefined for anything else. */
export function readFromView(value: unknown): FromView | undefined {
  const { type, text } = membersOf(value);
  switch (type) {
    case "ready":
      return { type };
    case "copy":
      return isString(text) ? { type, text } : undefined;
    default:
      return undefined;
  }
}
