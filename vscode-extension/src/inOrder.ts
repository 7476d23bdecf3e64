/**
 * Does one thing after another: each begins when the one before it has ended, and at once where there is none. It knows
 * nothing of what is done.
 */
export class InOrder {
  #last: Promise<unknown> | undefined;

  do<T>(act: () => Promise<T>): Promise<T> {
    const mine = this.#last === undefined ? act() : this.#last.then(act, act);
    this.#last = mine;
    const end = () => {
      if (this.#last === mine) {
        this.#last = undefined;
      }
    };
    mine.then(end, end);
    return mine;
  }
}
