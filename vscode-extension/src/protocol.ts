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
