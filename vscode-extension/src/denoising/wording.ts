import type { DenoisingCell, DenoisingStep } from "../protocol";
import type { Infill } from "./infills";

/** What stands for a token that is not yet written. */
export const mask = "░";

/** How sure the model was, in three words: each has a colour and a line of its own. */
export type Certainty = "sure" | "likely" | "unsure";

/** What the view says about one step. */
export interface StepFigures {
  /** `3 of 7`, by the server's count. */
  readonly step: string;
  /** `14 of 24` are written. */
  readonly tokens: string;
  /** How many tokens each forward pass has written so far, on average. */
  readonly perForward: string;
  readonly time: string;
  /** The share of the gap that is still masked, 0 to 1. */
  readonly noise: number;
}

export function figuresOf(infill: Infill, index: number): StepFigures {
  const step = infill.steps[index];
  const last = infill.steps.at(-1);
  if (step === undefined || last === undefined) {
    return { step: "", tokens: "", perForward: "", time: "", noise: 0 };
  }
  const total = step.cells.length;
  const written = writtenIn(step);
  return {
    step: `${step.step} of ${last.step}${infill.isOver ? "" : " …"}`,
    tokens: `${written} of ${total}`,
    perForward: (written / Math.max(step.step, 1)).toFixed(1),
    time: `${Math.round(step.milliseconds)} ms`,
    noise: total === 0 ? 0 : (total - written) / total,
  };
}

export function certaintyOf({ confidence }: DenoisingCell): Certainty {
  return confidence >= 0.9 ? "sure" : confidence >= 0.5 ? "likely" : "unsure";
}

/** One token for a tooltip and a screen reader. */
export function describeCell(cell: DenoisingCell): string {
  if (cell.state === "masked") {
    return `Not yet written; the best guess is ${percent(cell.confidence)} sure`;
  }
  const since = cell.state === "fresh" ? "in this step" : "in an earlier step";
  return `“${visible(cell.text)}” written ${since}, ${percent(cell.confidence)} sure`;
}

/** An infill in a list: where it is, and how it begins. */
export function titleOf(infill: Infill): string {
  const text = finalText(infill).trim().split("\n")[0] ?? "";
  const beginning = text.length > 40 ? `${text.slice(0, 39)}…` : text;
  return `${infill.name}:${infill.position.line + 1}${beginning === "" ? "" : `  ${beginning}`}`;
}

/** What is written when all is said; of an infill that was broken off, as much as was written. */
export function finalText({ steps }: Infill): string {
  return steps.at(-1)?.cells.map(writtenText).join("") ?? "";
}

/** All steps as lines of text, as `diffusionlsp infill` writes them, with the time of each. */
export function stepsText(infill: Infill): string {
  const lines = infill.steps.map((step) => {
    const written = `${writtenIn(step)}/${step.cells.length}`.padEnd(7);
    const time = `${Math.round(step.milliseconds)} ms`.padStart(8);
    const text = step.cells.map((cell) => (cell.state === "masked" ? mask : visible(writtenText(cell)))).join("");
    return `${String(step.step).padStart(3)}  ${written}${time}  ${text}`.trimEnd();
  });
  return `${[`${infill.name}:${infill.position.line + 1}`, ...lines].join("\n")}\n`;
}

/** The gap on one line, for where there is room for no more. */
export function gapLine({ cells }: DenoisingStep, longest = 120): string {
  const text = cells.map((cell) => (cell.state === "masked" ? mask : visible(writtenText(cell)))).join("");
  return text.length > longest ? `${text.slice(0, longest - 1)}…` : text;
}

export function percent(share: number): string {
  return `${Math.round(share * 100)} %`;
}

function writtenIn({ cells }: DenoisingStep): number {
  return cells.filter(({ state }) => state !== "masked").length;
}

function writtenText({ state, text }: DenoisingCell): string {
  return state === "masked" ? "" : text;
}

function visible(text: string): string {
  return text.replace(/\r\n?|\n/g, "↵").replaceAll("\t", "⇥");
}
