import type { DenoisingStep, GapPosition } from "../protocol";
import { readStep } from "./validation";

/** What stands around a gap, so that it can be shown where it is. */
export interface Surroundings {
  /** The document's name, without its folder. */
  readonly name: string;
  /** The last lines before the gap, up to it. */
  readonly before: string;
  /** The first lines after the gap, from it on. */
  readonly after: string;
}

/** One infill: its steps as far as the server has reported them. */
export interface Infill extends Surroundings {
  readonly id: string;
  readonly uri: string;
  readonly position: GapPosition;
  readonly steps: readonly DenoisingStep[];
  /** Whether its request has been answered or taken back. */
  readonly isOver: boolean;
}

/** What is told of infills while they run. */
export interface InfillListener {
  onBegin?(infill: Infill): void;
  onStep?(infill: Infill): void;
  onEnd?(infill: Infill): void;
}

/** More than that nobody looks back at; the view and we keep the same number. */
export const keptInfills = 10;

/**
 * The last infills, put together from the server's steps and kept in memory only. The steps are asked for always, since
 * the server can be told only when it starts, and a restart for the view's sake would cost a second without
 * suggestions. Measured with and without in turns, the difference is lost in the noise: they are one to seven messages of
 * 0.3 to 3 KB for an infill, beside forward passes of 80 ms. In return the view shows the last infill also when it is opened after it.
 */
export class Infills {
  readonly #surroundings: (uri: string, position: GapPosition) => Surroundings;
  readonly #newId: () => string;
  readonly #listeners = new Set<InfillListener>();
  /** By request, what the server that runs now has reported: another one counts anew. */
  readonly #byRequest = new Map<number, string>();
  #all: readonly Infill[] = [];

  constructor(
    surroundings: (uri: string, position: GapPosition) => Surroundings,
    newId: () => string = () => crypto.randomUUID(),
  ) {
    this.#surroundings = surroundings;
    this.#newId = newId;
  }

  /** The newest first. */
  get all(): readonly Infill[] {
    return this.#all;
  }

  /** Listens until the answer is disposed of. */
  listen(listener: InfillListener): { dispose(): void } {
    this.#listeners.add(listener);
    return { dispose: () => this.#listeners.delete(listener) };
  }

  /** Another server runs from here on; what the one before it had begun will not go on. */
  serverStarted(): void {
    this.#byRequest.clear();
    for (const infill of this.#all) {
      this.#end(infill);
    }
  }

  /** Takes in what came as a step; what is none is passed over. */
  step(message: unknown): void {
    const step = readStep(message);
    if (step === undefined) {
      return;
    }
    const known = this.#all.find(({ id }) => id === this.#byRequest.get(step.request));
    if (known === undefined) {
      this.#begin(step);
      return;
    }
    const infill = { ...known, steps: [...known.steps, step] };
    this.#replace(infill);
    this.#tell((listener) => listener.onStep?.(infill));
  }

  /** The request for the gap at this place has been answered or taken back. */
  ended(uri: string, { line, character }: GapPosition): void {
    for (const infill of this.#all) {
      if (infill.uri === uri && infill.position.line === line && infill.position.character === character) {
        this.#end(infill);
      }
    }
  }

  #begin(step: DenoisingStep): void {
    const { uri, position } = step;
    const around = this.#surroundings(uri, position);
    const infill: Infill = { ...around, id: this.#newId(), uri, position, steps: [step], isOver: false };
    this.#all = [infill, ...this.#all].slice(0, keptInfills);
    this.#byRequest.set(step.request, infill.id);
    this.#tell((listener) => listener.onBegin?.(infill));
  }

  #end(infill: Infill): void {
    if (!infill.isOver) {
      const ended = { ...infill, isOver: true };
      this.#replace(ended);
      this.#tell((listener) => listener.onEnd?.(ended));
    }
  }

  #replace(infill: Infill): void {
    this.#all = this.#all.map((other) => (other.id === infill.id ? infill : other));
  }

  #tell(event: (listener: InfillListener) => void): void {
    for (const listener of this.#listeners) {
      event(listener);
    }
  }
}
