const minute = 60_000;

/** A pause in the suggestions that come on their own, which ends by itself. Lasts no longer than the window. */
export class Snooze {
  readonly #onChange: () => void;
  #end = 0;
  #tick: NodeJS.Timeout | undefined;

  /** @param onChange Told whenever the minutes left are others. */
  constructor(onChange: () => void) {
    this.#onChange = onChange;
  }

  /** How many minutes are left, the one that has begun among them; 0 where there is no pause. */
  get minutesLeft(): number {
    return Math.max(0, Math.ceil((this.#end - Date.now()) / minute));
  }

  start(minutes: number): void {
    this.#end = Date.now() + minutes * minute;
    this.#changed();
  }

  end(): void {
    this.#end = 0;
    this.#changed();
  }

  dispose(): void {
    clearTimeout(this.#tick);
  }

  #changed(): void {
    clearTimeout(this.#tick);
    const left = this.#end - Date.now();
    if (left > 0) {
      this.#tick = setTimeout(() => this.#changed(), left % minute || minute);
    }
    this.#onChange();
  }
}
