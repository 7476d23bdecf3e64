/** What a progress of the server's says of a pull, as far as it is shown. */
export interface PullStep {
  readonly message?: string;
  /** 0 to 100. */
  readonly percentage?: number;
}

/** Puts the steps of one pull into the words and the increments of VS Code's progress. */
export class PullSteps {
  #shown = 0;

  next({ message, percentage }: PullStep): { message: string; increment: number } {
    const reached = Math.min(100, Math.max(this.#shown, percentage ?? 0));
    const increment = reached - this.#shown;
    this.#shown = reached;
    // The bar alone does not say how far it is.
    return { message: [message, `${Math.round(reached)} %`].filter(Boolean).join(", "), increment };
  }
}
