import type { Infill } from "../../src/denoising/infills";
import type { DenoisingCell, DenoisingStep } from "../../src/protocol";

/** A step in which each character of the text is a token: `░` is masked, what stands behind `^` is fresh. */
export function step(text: string, rest: Partial<DenoisingStep> = {}): DenoisingStep {
  const cells = [...text.matchAll(/(\^?)([\s\S])/g)].map(([, fresh, token]): DenoisingCell => {
    const state = token === "░" ? "masked" : fresh ? "fresh" : "committed";
    return { text: state === "masked" ? "" : (token as string), state, confidence: 0.5 };
  });
  const position = { line: 3, character: 4 };
  return { uri: "file:///w/a.py", position, request: 1, step: 1, milliseconds: 100, cells, ...rest };
}

/** An infill that has ended, of steps 100 ms apart. */
export function infill(id: string, ...texts: string[]): Infill {
  const steps = texts.map((text, index) => step(text, { step: index + 1, milliseconds: 100 * (index + 1) }));
  const { uri, position } = step("");
  return { id, uri, position, name: "a.py", before: "def f():\n    ", after: "\n", steps, isOver: true };
}
