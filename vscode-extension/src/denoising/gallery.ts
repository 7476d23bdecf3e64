import { type Infill, keptInfills } from "./infills";
import type { ToView } from "./messages";

/**
 * The infills that the view has and the one that it shows: the newest, unless the user chose or pinned another. It knows
 * nothing of how they are drawn.
 */
export class Gallery {
  #all: readonly Infill[] = [];
  #shownId: string | undefined;
  isPinned = false;

  /** The newest first. */
  get all(): readonly Infill[] {
    return this.#all;
  }

  get shown(): Infill | undefined {
    return this.#all.find(({ id }) => id === this.#shownId);
  }

  /** Shows what was shown when the view was left; the extension may have forgotten it since. */
  restore(infill: Infill, isPinned: boolean): void {
    this.#all = [infill];
    this.#shownId = infill.id;
    this.isPinned = isPinned;
  }

  select(id: string): void {
    this.#shownId = id;
  }

  /** Takes in a message; answers whether another infill is shown now. */
  receive(message: ToView): boolean {
    const before = this.#shownId;
    switch (message.type) {
      case "infills":
        this.#put(message.infills);
        this.#shownId = this.shown?.id ?? this.#all[0]?.id;
        break;
      case "begin":
        if (!this.isPinned || this.#shownId === undefined) {
          this.#shownId = message.infill.id;
        }
        this.#put([message.infill]);
        break;
      case "step":
        this.#change(message.id, (infill) => ({ ...infill, steps: [...infill.steps, message.step] }));
        break;
      case "end":
        this.#change(message.id, (infill) => ({ ...infill, isOver: true }));
        break;
    }
    return this.#shownId !== before;
  }

  /** Puts the newest in front; the oldest leave, but never the one that is shown. */
  #put(newest: readonly Infill[]): void {
    const others = this.#all.filter((old) => newest.every(({ id }) => id !== old.id));
    const all = [...newest, ...others];
    const kept = all.slice(0, keptInfills);
    const shown = all.find(({ id }) => id === this.#shownId);
    this.#all = shown === undefined || kept.includes(shown) ? kept : [...kept.slice(0, -1), shown];
  }

  #change(id: string, change: (infill: Infill) => Infill): void {
    this.#all = this.#all.map((infill) => (infill.id === id ? change(infill) : infill));
  }
}
