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
  /** Whether the model does what an instruction says. */
  readonly followsInstructions?: boolean | null;
  /** The address of the serving engine that makes the suggestions; missing where the model runs here. */
  readonly engine?: string | null;
  /** True where that engine is on another machine: the text around the cursor goes there. */
  readonly leavesMachine?: boolean | null;
  /** One line for the user, above all why the state is `failed`. */
  readonly message?: string | null;
  /** How much of the model is loaded, 0 to 100; only while it is being loaded. */
  readonly loadedPercent?: number | null;
  /** What one pass through the model takes on this machine, in milliseconds. */
  readonly forwardMs?: number | null;
  /** How long the last suggestion took. */
  readonly lastMs?: number | null;
  /** How many tokens the last suggestion settled in one pass through the model, on average. */
  readonly tokensPerForward?: number | null;
  /** By language id, why the model suggests nothing while that language is typed. */
  readonly unknownLanguages?: Readonly<Record<string, string>> | null;
  /** By URI, why nothing was shown in that document last. */
  readonly documents?: Readonly<Record<string, string>> | null;
}

/** The server's commands that the extension runs for its user. */
export const serverCommands = {
  requests: "diffusionlsp.requests",
  figures: "diffusionlsp.figures",
  models: "diffusionlsp.models",
  pullModel: "diffusionlsp.models.pull",
  verifyModel: "diffusionlsp.models.verify",
  removeModel: "diffusionlsp.models.remove",
} as const;

/** One of the latest requests. */
export interface RequestEntry {
  readonly uri: string;
  /** When it came, as ISO 8601. */
  readonly at: string;
  /** Whether the user asked for it. */
  readonly invoked: boolean;
  readonly outcome: string;
  /** In words what the outcome leaves open. */
  readonly reason?: string | null;
  readonly ms: number;
  readonly engineMs?: number | null;
  readonly forwards?: number | null;
  readonly tokensPerForward?: number | null;
  readonly likelihood?: number | null;
}

/** How many suggestions were shown and taken, by day and by language identifier. */
export interface AcceptanceReport {
  /** The file that holds the figures, and all there is of them. */
  readonly file?: string | null;
  readonly days: Readonly<
    Record<string, Readonly<Record<string, { readonly shown: number; readonly accepted: number }>>>
  >;
}

/** The models of this machine and those that are known elsewhere. */
export interface ModelReport {
  /** Where models are put that are pulled. */
  readonly folder: string;
  readonly totalMemoryBytes: number;
  readonly availableMemoryBytes: number;
  readonly models: readonly ModelEntry[];
}

/** One model; what is not known of it is null. */
export interface ModelEntry {
  /** As the setting `model` takes it. */
  readonly name: string;
  readonly state: "embedded" | "installed" | "damaged" | "known";
  /** Whether the engine loads models of its kind. */
  readonly support: "supported" | "unsupported";
  readonly folder?: string | null;
  /** Its id on the hub. */
  readonly repository?: string | null;
  /** The licence of its weights. */
  readonly licence?: string | null;
  /** Whether a download begins only once its licence is accepted. */
  readonly licenceMustBeAccepted: boolean;
  /** The number of its weights. */
  readonly parameters?: number | null;
  /** What they take on the disk. */
  readonly bytes?: number | null;
  /** The memory that it needs here. */
  readonly neededBytes?: number | null;
  readonly fit?: "fits" | "fitsWhenFree" | "tooLarge" | null;
  /** One line: what is wrong where it is damaged, else what is worth knowing. */
  readonly note?: string | null;
}

/** What became of a model that something was to be done to. */
export interface ModelEvent {
  readonly name: string;
  /** The number of files that were checked. */
  readonly files?: number | null;
  readonly bytes?: number | null;
}

/** What the token of a pull's progress begins with. */
export const pullTokenPrefix = "diffusionlsp/models/";

/** The kinds of the edits that the server offers as code actions. */
export const editKinds = {
  fix: "quickfix.diffusionlsp",
  fill: "refactor.rewrite.diffusionlsp.fill",
  regenerate: "refactor.rewrite.diffusionlsp.regenerate",
} as const;

/** What an offered edit carries until it is resolved, as far as it is read here. */
export interface EditActionData {
  /** Which of the alternatives for its place, from 0; the likeliest comes first. */
  readonly alternative: number;
  /** How likely all of the text is by the model's own account, 0 to 1; from servers that say so. */
  readonly likelihood?: number;
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
