import type { Gallery } from "../src/denoising/gallery";
import type { Infill } from "../src/denoising/infills";
import { type Playback, speeds } from "../src/denoising/playback";
import { certaintyOf, describeCell, figuresOf, mask, percent, titleOf } from "../src/denoising/wording";
import type { DenoisingCell } from "../src/protocol";
import { byId } from "./page";

const speedNames: Readonly<Record<number, string>> = { 1: "1×", 0.5: "½×", 0.25: "¼×", 0.125: "⅛×" };

/** Puts the view's state into the page. Text gets there as text only. */
export class Drawing {
  readonly #gap = byId("gap", HTMLElement);
  readonly #detail = byId("detail", HTMLElement);
  #token: number | undefined;
  #drawn: { infill: Infill; index: number } | undefined;

  constructor() {
    byId("speed", HTMLSelectElement).append(...speeds.map((speed) => new Option(speedNames[speed], String(speed))));
    this.#gap.addEventListener("blur", () => this.#inspect(undefined));
  }

  show(gallery: Gallery, playback: Playback): void {
    const infill = gallery.shown;
    byId("empty", HTMLElement).hidden = infill !== undefined;
    byId("view", HTMLElement).hidden = infill === undefined;
    if (infill === undefined) {
      return;
    }
    showList(gallery);
    byId("pin", HTMLButtonElement).ariaPressed = String(gallery.isPinned);
    showTransport(infill, playback);
    this.#showStep(infill, playback.index);
  }

  /** Goes to the token before or after the one that is explained. */
  moveToToken(by: number): void {
    const count = this.#gap.children.length;
    const from = this.#token ?? (by > 0 ? -1 : count);
    this.#inspect(Math.max(0, Math.min(from + by, count - 1)));
  }

  /** Says something in the line below, to who sees it and who hears it. */
  say(text: string): void {
    this.#detail.textContent = text;
  }

  #showStep(infill: Infill, index: number): void {
    if (this.#drawn?.infill === infill && this.#drawn.index === index) {
      return;
    }
    this.#drawn = { infill, index };
    const figures = figuresOf(infill, index);
    for (const name of ["step", "tokens", "perForward", "time"] as const) {
      byId(name, HTMLElement).textContent = figures[name];
    }
    const noise = byId("noise", HTMLElement);
    noise.ariaValueNow = String(Math.round(figures.noise * 100));
    noise.ariaValueText = percent(figures.noise);
    byId("noiseValue", HTMLElement).textContent = percent(figures.noise);
    byId("noiseLeft", HTMLElement).style.width = `${figures.noise * 100}%`;
    byId("slider", HTMLInputElement).ariaValueText = `Step ${figures.step}`;
    byId("before", HTMLElement).textContent = infill.before;
    byId("after", HTMLElement).textContent = infill.after;
    this.#gap.replaceChildren(...(infill.steps[index]?.cells ?? []).map(elementOf));
    this.#inspect(undefined);
  }

  /** Explains one token, or none. */
  #inspect(token: number | undefined): void {
    this.#token = token;
    const elements = [...this.#gap.children] as HTMLElement[];
    for (const [index, element] of elements.entries()) {
      element.ariaSelected = String(index === token);
    }
    const element = token === undefined ? undefined : elements[token];
    this.#gap.setAttribute("aria-activedescendant", element?.id ?? "");
    this.#detail.textContent = element?.title ?? "";
    element?.scrollIntoView({ block: "nearest", inline: "nearest" });
  }
}

function elementOf(cell: DenoisingCell, index: number): HTMLElement {
  const element = document.createElement("span");
  element.id = `token${index}`;
  element.role = "option";
  element.title = describeCell(cell);
  element.ariaLabel = element.title;
  element.style.setProperty("--confidence", String(cell.confidence));
  if (cell.state === "masked") {
    element.className = "mask";
    element.textContent = mask;
    element.style.setProperty("--place", String(index));
  } else {
    element.className = `token ${certaintyOf(cell)} ${cell.state}`;
    element.textContent = cell.text;
  }
  return element;
}

function showList({ all, shown }: Gallery): void {
  const list = byId("infills", HTMLSelectElement);
  const titles = all.map((infill) => ({ id: infill.id, title: titleOf(infill) }));
  const isSame = titles.length === list.options.length && titles.every(({ id }, i) => list.options[i]?.value === id);
  if (!isSame) {
    list.replaceChildren(...titles.map(({ id, title }) => new Option(title, id)));
  }
  for (const [index, { title }] of titles.entries()) {
    const option = list.options[index];
    if (option !== undefined && option.text !== title) {
      option.text = title;
    }
  }
  list.value = shown?.id ?? "";
}

function showTransport({ steps }: Infill, playback: Playback): void {
  const slider = byId("slider", HTMLInputElement);
  slider.max = String(steps.length - 1);
  slider.value = String(playback.index);
  slider.style.setProperty("--played", String(steps.length > 1 ? playback.index / (steps.length - 1) : 1));
  // Not disabled at the ends: a button that is loses the focus.
  byId("back", HTMLButtonElement).ariaDisabled = String(playback.index === 0);
  byId("forward", HTMLButtonElement).ariaDisabled = String(playback.isAtEnd);
  const play = byId("play", HTMLButtonElement);
  play.classList.toggle("playing", playback.isPlaying);
  play.ariaLabel = playback.isPlaying ? "Pause" : "Play";
  byId("speed", HTMLSelectElement).value = String(playback.speed);
}
