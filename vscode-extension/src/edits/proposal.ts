import type { Alternative } from "./offers";

/** The scheme of the documents that show what a proposal would make of a file; package.json names it in conditions. */
export const proposalScheme = "diffusionlsp-proposal";

/** A change of a document, as VS Code tells it: offsets are those before the change. */
export interface TextChange {
  readonly rangeOffset: number;
  readonly rangeLength: number;
  readonly text: string;
}

/** What a proposal is about. */
export interface ProposalOptions {
  /** The file's name. */
  readonly name: string;
  /** What was asked for, as the menu says it. */
  readonly title: string;
  /** The document when it was asked for. */
  readonly text: string;
  /** What is replaced of it. */
  readonly start: number;
  readonly end: number;
  readonly alternatives: readonly Alternative[];
}

const longestTitle = 60;

/**
 * Texts for a place in a document, one of them at hand, until one is taken or all are thrown away. It keeps to its place
 * while the document changes around it; where the place itself changes, nothing may be put there any more, unless the
 * document goes back to what it was. Knows no editor.
 */
export class Proposal {
  readonly #options: ProposalOptions;
  readonly #oldText: string;
  #text: string;
  #start: number;
  #isLost = false;
  #index = 0;

  constructor(options: ProposalOptions) {
    this.#options = options;
    this.#oldText = options.text.slice(options.start, options.end);
    this.#text = options.text;
    this.#start = options.start;
  }

  get hasSeveral(): boolean {
    return this.#options.alternatives.length > 1;
  }

  /** What the alternative at hand puts in its place. */
  get newText(): string {
    return this.#options.alternatives[this.#index]?.newText ?? "";
  }

  /** The whole document with the alternative at hand in it. */
  get proposedText(): string {
    const end = this.#start + this.#oldText.length;
    return this.#text.slice(0, this.#start) + this.newText + this.#text.slice(end);
  }

  /** Says which file, which of how many alternatives, how likely, and what was asked for. */
  get title(): string {
    const { name, title, alternatives } = this.#options;
    const facts: string[] = [];
    if (this.hasSeveral) {
      facts.push(`${this.#index + 1} of ${alternatives.length}`);
    }
    const alternative = alternatives[this.#index];
    if (alternative?.likelihood !== undefined) {
      facts.push(`${Math.round(alternative.likelihood * 100)} % likely`);
    } else if (this.hasSeveral && alternative?.isLikeliest) {
      facts.push("likeliest");
    }
    const short = title.length > longestTitle ? `${title.slice(0, longestTitle)}…` : title;
    return `${name}${facts.length === 0 ? "" : ` (${facts.join(", ")})`}: ${short}`;
  }

  /** Goes on to another alternative; behind the last one comes the first. */
  step(by: 1 | -1): void {
    const count = this.#options.alternatives.length;
    this.#index = (this.#index + by + count) % count;
  }

  /** Takes note of a change of the document, whose text is now this. */
  follow(changes: readonly TextChange[], text: string): void {
    const { start } = this.#options;
    if (text === this.#options.text) {
      this.#keep(start, text);
      return;
    }
    const end = this.#start + this.#oldText.length;
    const before = changes.filter((change) => change.rangeOffset + change.rangeLength < this.#start);
    const behind = changes.filter((change) => change.rangeOffset > end);
    if (this.#isLost || before.length + behind.length < changes.length) {
      this.#isLost = true;
      return;
    }
    this.#keep(
      before.reduce((shifted, change) => shifted + change.text.length - change.rangeLength, this.#start),
      text,
    );
  }

  /** Where the new text goes in the document, whose text is now this; undefined where it cannot go there any more. */
  placeIn(text: string): { readonly start: number; readonly end: number } | undefined {
    const end = this.#start + this.#oldText.length;
    return !this.#isLost && text === this.#text ? { start: this.#start, end } : undefined;
  }

  #keep(start: number, text: string): void {
    this.#isLost = false;
    this.#start = start;
    this.#text = text;
  }
}
