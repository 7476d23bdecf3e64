import type { DenoisingStep } from "../protocol";

/** How fast it can be played, 1 being as fast as it happened, and what is chosen until the user chooses. */
export const speeds = [1, 0.5, 0.25, 0.125] as const;
export const defaultSpeed = 0.25;

/** Steps that came in a burst are shown one by one: this far apart at least, in milliseconds. */
const shortestStep = 50;

/**
 * Plays the steps of an infill in the pace in which they were made, or slower. It knows no clock: the caller says how
 * much time has passed. An infill that still runs is waited for at its newest step.
 */
export class Playback {
  #times: readonly number[] = [];
  #isOver = true;
  #playhead = 0;
  #index = 0;
  #isPlaying = false;
  speed: number = defaultSpeed;

  /** Which step is shown, from 0. */
  get index(): number {
    return this.#index;
  }

  get isPlaying(): boolean {
    return this.#isPlaying;
  }

  get isAtEnd(): boolean {
    return this.#index >= this.#times.length - 1;
  }

  /** Takes another infill, and stands still at its first step. */
  load(steps: readonly DenoisingStep[], isOver: boolean): void {
    this.extend(steps, isOver);
    this.goTo(0);
  }

  /** The same infill has gone on or ended. */
  extend(steps: readonly DenoisingStep[], isOver: boolean): void {
    const times: number[] = [];
    for (const { milliseconds } of steps) {
      times.push(Math.max(milliseconds, (times.at(-1) ?? Number.NEGATIVE_INFINITY) + shortestStep));
    }
    this.#times = times;
    this.#isOver = isOver;
  }

  /** Plays from the step shown, or from the first one where the last one is. */
  play(): void {
    if (this.isAtEnd && this.#isOver) {
      this.goTo(0);
    }
    this.#isPlaying = true;
  }

  pause(): void {
    this.#isPlaying = false;
  }

  /** Shows a step, and stands still. */
  goTo(index: number): void {
    this.pause();
    this.#index = Math.max(0, Math.min(index, this.#times.length - 1));
    this.#playhead = this.#times[this.#index] ?? 0;
  }

  /** So much time has passed, in milliseconds. */
  tick(elapsed: number): void {
    if (!this.#isPlaying) {
      return;
    }
    this.#playhead += elapsed * this.speed;
    const next = this.#times.findIndex((time) => time > this.#playhead);
    if (next >= 0) {
      this.#index = Math.max(this.#index, next - 1);
      return;
    }
    this.#index = Math.max(0, this.#times.length - 1);
    this.#playhead = this.#times.at(-1) ?? 0;
    this.#isPlaying = !this.#isOver;
  }
}
