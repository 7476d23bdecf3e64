/** How often, and how fast, a server that stopped by itself is started again. */
export interface RestartLimits {
  /** How long to wait before the first, second, … restart, in milliseconds. Their number is the most restarts. */
  readonly delays: readonly number[];
  /** A crash that is older than this no longer counts, in milliseconds. */
  readonly memory: number;
}

/** Four restarts, each later than the one before, within three minutes; then it takes a person. */
export const defaultLimits: RestartLimits = { delays: [500, 2_000, 5_000, 15_000], memory: 180_000 };

/**
 * Decides whether a crashed server is started again. It knows no clock and no process: the caller says when a crash
 * was, and acts on the answer.
 */
export class RestartPolicy {
  readonly #limits: RestartLimits;
  #crashes: number[] = [];

  constructor(limits: RestartLimits = defaultLimits) {
    this.#limits = limits;
  }

  /** Notes a crash; answers how many milliseconds to wait before the restart, or undefined to give up. */
  crashedAt(now: number): number | undefined {
    this.#crashes = this.#crashes.filter((crash) => now - crash < this.#limits.memory);
    this.#crashes.push(now);
    return this.#limits.delays[this.#crashes.length - 1];
  }

  /** Forgets what was, because a person asked for a start. */
  forget(): void {
    this.#crashes = [];
  }
}
