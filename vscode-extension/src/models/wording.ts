import type { ModelEntry, ModelEvent, ModelReport } from "../protocol";

/** The words about models, their sizes and what they need. Whatever is not known is left out or said to be unknown. */

const units = ["B", "kB", "MB", "GB", "TB"];

/** A number of bytes as hubs and disks give it: in powers of a thousand. */
export function sizeOf(bytes: number): string {
  let size = bytes;
  let unit = 0;
  while (size >= 999.95 && unit < units.length - 1) {
    size /= 1_000;
    unit++;
  }
  return `${size.toFixed(unit === 0 ? 0 : 1)} ${units[unit]}`;
}

/**
 * How fast a model is here, by the number of its weights: a forward pass takes time in proportion to them, and a GPU takes
 * some fifty times more of them in the same time. The bounds are rough, and so are the words.
 */
export function speedOf(parameters: number | null | undefined, device: string | null | undefined): string | undefined {
  if (!parameters) {
    return undefined;
  }
  const weights = device?.startsWith("cuda") ? parameters / 50 : parameters;
  if (weights <= 60e6) {
    return "fast: while you type";
  }
  return weights <= 250e6 ? "slow: when you ask" : "very slow";
}

const verdicts = { fits: "fits", fitsWhenFree: "fits once enough is free", tooLarge: "does not fit" };

/** What a model needs of the machine's memory. Short, since a line of the list is. */
export function memoryOf({ neededBytes, fit }: ModelEntry): string {
  if (!neededBytes) {
    return "memory need not known";
  }
  return `needs ${sizeOf(neededBytes)} of memory${fit ? `, ${verdicts[fit]}` : ""}`;
}

/** The memory of this machine. */
export function memoryHere({ availableMemoryBytes, totalMemoryBytes }: ModelReport): string {
  return `${sizeOf(availableMemoryBytes)} of ${sizeOf(totalMemoryBytes)} of memory are free`;
}

export function licenceOf({ licence }: ModelEntry): string {
  return licence ? `licence: ${licence}` : "licence not known";
}

/** Why a model that is not sure to fit should not be used without a second thought; undefined where it fits. */
export function misfitOf(model: ModelEntry, report: ModelReport): { message: string; detail: string } | undefined {
  if (!model.neededBytes || (model.fit !== "tooLarge" && model.fit !== "fitsWhenFree")) {
    return undefined;
  }
  const what = model.fit === "tooLarge" ? "this machine has" : "is free now";
  return {
    message: `${model.name} needs more memory than ${what}. Use it anyway?`,
    detail: `It needs ${sizeOf(model.neededBytes)}; ${memoryHere(report)}. A model that does not fit is not loaded, and there are no suggestions.`,
  };
}

/** What is to be known before a model is downloaded. Of a repository that is on no list, little is. */
export function downloadFacts(repository: string, model: ModelEntry | undefined, report: ModelReport): string {
  const facts = [
    `From ${repository}${model?.bytes ? `, ${sizeOf(model.bytes)}` : ""}, into ${report.folder}.`,
    model?.neededBytes
      ? `It needs ${sizeOf(model.neededBytes)} of memory; ${memoryHere(report)}.${model.fit ? ` It ${verdicts[model.fit]}.` : ""}`
      : "",
    model?.note ?? "",
    model?.licence
      ? `The licence of its weights is given as ${model.licence}.${model.licenceMustBeAccepted ? " Read it on the model's page." : ""}`
      : "Its licence is not known here. Read it on the model's page.",
  ];
  return facts.filter((fact) => fact !== "").join("\n\n");
}

/** What came of comparing a model's files with their hashes. */
export function verifiedLine({ name, files, bytes }: ModelEvent): string {
  if (!files) {
    return `${name} can be used, but no hashes of its files are known.`;
  }
  return `${name} is sound: ${files} files${bytes ? `, ${sizeOf(bytes)},` : ""} have their recorded hashes.`;
}
