/**
 * What the server says beyond the Language Server Protocol. The same shapes are in the server's Protocol folder;
 * nothing here but data.
 */

/** The notification that tells how the server and its model are. */
export const statusMethod = "diffusion/status";

/** The parameters of `diffusion/status`. */
export interface ServerStatus {
  readonly state: "loading" | "ready" | "failed" | "paused";
  /** The model's short name. */
  readonly model?: string | null;
  /** Where it runs: `cpu`, `cuda:0`. */
  readonly device?: string | null;
  /** One line for the user, above all why the state is `failed`. */
  readonly message?: string | null;
  /** How long the last suggestion took. */
  readonly lastMs?: number | null;
  /** How many tokens the last suggestion settled in one pass through the model, on average. */
  readonly tokensPerForward?: number | null;
  /** By language id, why the model suggests nothing while that language is typed. */
  readonly unknownLanguages?: Readonly<Record<string, string>> | null;
}

/** The notification that shows the gap after one step of denoising; sent because we ask for it when the server starts. */
export const denoisingStepMethod = "diffusion/denoisingStep";

/** The parameters of `diffusion/denoisingStep`. */
export interface DenoisingStep {
  readonly uri: string;
  /** Where the gap is. */
  readonly position: GapPosition;
  /** Which request the step is for; counts up from 1 while one server runs. */
  readonly request: number;
  /** The step's number, from 1; numbers that are missing were not sent. */
  readonly step: number;
  /** The gap from left to right, token by token. */
  readonly cells: readonly DenoisingCell[];
  /** How long ago the request reached the server's queue. */
  readonly milliseconds: number;
}

/** One token of the gap. */
export interface DenoisingCell {
  /** Empty while it is masked. */
  readonly text: string;
  readonly state: "masked" | "fresh" | "committed";
  /** How sure the model was when it wrote the token; while masked, how sure it is of its best guess. 0 to 1. */
  readonly confidence: number;
}

/** A line and a character, from 0. */
export interface GapPosition {
  readonly line: number;
  readonly character: number;
}
