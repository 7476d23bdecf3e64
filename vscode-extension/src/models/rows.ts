import type { ModelEntry, ModelReport } from "../protocol";
import { licenceOf, memoryOf, sizeOf, speedOf } from "./wording";

/** What the small buttons of a row do. */
export type ModelAct = "verify" | "remove" | "openPage" | "openReadme";

/** A line of the list of models. */
export interface ModelRow {
  readonly model: ModelEntry;
  readonly isCurrent: boolean;
  readonly label: string;
  readonly description: string;
  readonly detail: string;
  readonly acts: readonly ModelAct[];
}

/** Rows under one heading. */
export interface ModelGroup {
  readonly title: string;
  readonly rows: readonly ModelRow[];
}

/** What the list depends on beside the models themselves. */
export interface ModelChoice {
  /** The setting: a name or a folder; empty for the embedded model. */
  readonly model: string;
  /** Where the model runs now, which is where the next one will. */
  readonly device: string | null | undefined;
}

/** The models to choose from: those that were installed, the one that comes with the server, those to download. */
export function modelGroups(report: ModelReport, choice: ModelChoice): ModelGroup[] {
  const group = (title: string, ...states: ModelEntry["state"][]) => ({
    title,
    rows: report.models.filter(({ state }) => states.includes(state)).map((model) => rowOf(model, choice)),
  });
  return [
    group("On this machine", "installed", "damaged"),
    group("Comes with the server", "embedded"),
    group("To download", "known"),
  ].filter(({ rows }) => rows.length > 0);
}

/** The folder that the setting names, where it is none of a listed model. */
export function folderInUse({ models }: ModelReport, { model }: ModelChoice): string | undefined {
  const isListed = models.some((entry) => entry.state !== "known" && (entry.name === model || entry.folder === model));
  return /[\\/]/.test(model) && !isListed ? model : undefined;
}

export function isCurrent({ name, state, folder }: ModelEntry, { model }: ModelChoice): boolean {
  if (state === "known") {
    return false;
  }
  return model === "" ? state === "embedded" : model === name || model === folder;
}

function rowOf(model: ModelEntry, choice: ModelChoice): ModelRow {
  const current = isCurrent(model, choice);
  const parts = [current ? "in use" : "", model.bytes ? sizeOf(model.bytes) : "", licenceOf(model)];
  return {
    model,
    isCurrent: current,
    label: `$(${iconOf(model, current)}) ${model.name}`,
    description: parts.filter((part) => part !== "").join(" · "),
    detail: detailOf(model, choice.device),
    acts: actsOf(model, current),
  };
}

function iconOf({ state }: ModelEntry, current: boolean): string {
  if (state === "damaged") {
    return "warning";
  }
  return current ? "check" : state === "known" ? "cloud-download" : "blank";
}

function detailOf(model: ModelEntry, device: ModelChoice["device"]): string {
  if (model.state === "damaged") {
    return `Cannot be used${model.note ? `: ${model.note}` : "."}`;
  }
  if (model.support === "unsupported") {
    return "Cannot be loaded: models of its kind are not supported yet.";
  }
  const facts = [memoryOf(model), speedOf(model.parameters, device)].filter((fact) => fact !== undefined).join(" · ");
  return facts.charAt(0).toUpperCase() + facts.slice(1);
}

/** What is in use, or came with the server, stays. */
function actsOf({ state, repository, folder }: ModelEntry, current: boolean): ModelAct[] {
  const acts: ModelAct[] = [];
  if (state !== "known") {
    acts.push("verify");
  }
  if ((state === "installed" || state === "damaged") && !current) {
    acts.push("remove");
  }
  if (repository) {
    acts.push("openPage");
  } else if (state === "embedded" && folder) {
    acts.push("openReadme");
  }
  return acts;
}
