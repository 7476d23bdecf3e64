import { Gallery } from "../src/denoising/gallery";
import { readToView } from "../src/denoising/messages";
import { Playback } from "../src/denoising/playback";
import { readSaved } from "../src/denoising/savedState";
import { finalText, stepsText } from "../src/denoising/wording";
import { Drawing } from "./drawing";
import { byId, vscode } from "./page";

/**
 * The denoising view's script: brings together what there is (the gallery), where in it we are (the playback) and how it
 * looks (the drawing), and obeys mouse and keyboard.
 */
const gallery = new Gallery();
const playback = new Playback();
const drawing = new Drawing();
let lastFrame: number | undefined;

restore();
listen();
vscode.postMessage({ type: "ready" });

/** Goes on where the view was left, be it hidden or the window reloaded. */
function restore() {
  const saved = readSaved(vscode.getState());
  if (saved !== undefined) {
    gallery.restore(saved.infill, saved.isPinned);
    playback.speed = saved.speed;
    playback.load(saved.infill.steps, saved.infill.isOver);
    playback.goTo(saved.index);
  }
  draw();
}

function listen() {
  window.addEventListener("message", ({ data }) => receive(data));
  document.addEventListener("keydown", onKey);
  byId("infills", HTMLSelectElement).addEventListener("change", ({ currentTarget }) => {
    gallery.select((currentTarget as HTMLSelectElement).value);
    begin();
  });
  byId("slider", HTMLInputElement).addEventListener("input", ({ currentTarget }) => {
    act(() => playback.goTo(Number((currentTarget as HTMLInputElement).value)));
  });
  byId("speed", HTMLSelectElement).addEventListener("change", ({ currentTarget }) => {
    act(() => {
      playback.speed = Number((currentTarget as HTMLSelectElement).value);
    });
  });
  onClick("pin", () => {
    gallery.isPinned = !gallery.isPinned;
  });
  onClick("play", togglePlay);
  onClick("back", () => playback.goTo(playback.index - 1));
  onClick("forward", () => playback.goTo(playback.index + 1));
  onClick("copyText", () => copy("The text is copied.", finalText));
  onClick("copySteps", () => copy("The steps are copied.", stepsText));
}

function receive(data: unknown) {
  const message = readToView(data);
  if (message === undefined) {
    return;
  }
  const isOther = gallery.receive(message);
  if (isOther) {
    begin();
    return;
  }
  const shown = gallery.shown;
  if (shown !== undefined) {
    const wasAtEnd = playback.isAtEnd;
    playback.extend(shown.steps, shown.isOver);
    // Without motion, the newest step is shown at once instead of played to.
    if (isStill() && wasAtEnd) {
      playback.goTo(shown.steps.length - 1);
    }
  }
  draw();
  save();
}

/** Another infill is shown: it is played from its beginning, or stands there finished for who wants no motion. */
function begin() {
  const shown = gallery.shown;
  if (shown !== undefined) {
    playback.load(shown.steps, shown.isOver);
    act(() => (isStill() ? playback.goTo(shown.steps.length - 1) : playback.play()));
  }
}

function onKey(event: KeyboardEvent) {
  if (event.ctrlKey || event.altKey || event.metaKey || gallery.shown === undefined) {
    return;
  }
  const target = event.target as HTMLElement;
  // Lists and the slider know their keys themselves, and a button its Space.
  if (target.matches("select, input, button") && !(target.matches("input") && event.key === " ")) {
    return;
  }
  const action = keys[event.key];
  if (action !== undefined) {
    event.preventDefault();
    act(action);
  }
}

const keys: Readonly<Record<string, () => void>> = {
  " ": togglePlay,
  ArrowLeft: () => playback.goTo(playback.index - 1),
  ArrowRight: () => playback.goTo(playback.index + 1),
  Home: () => playback.goTo(0),
  End: () => playback.goTo(Number.POSITIVE_INFINITY),
  ArrowUp: () => drawing.moveToToken(-1),
  ArrowDown: () => drawing.moveToToken(1),
};

function togglePlay() {
  if (playback.isPlaying) {
    playback.pause();
  } else {
    playback.play();
  }
}

function onClick(id: string, action: () => void) {
  byId(id, HTMLButtonElement).addEventListener("click", () => act(action));
}

/** Does something, shows it, keeps it, and lets the clock run where it is wanted. */
function act(action: () => void) {
  action();
  draw();
  save();
  if (playback.isPlaying && lastFrame === undefined) {
    lastFrame = performance.now();
    requestAnimationFrame(onFrame);
  }
}

function onFrame(now: number) {
  const before = playback.index;
  playback.tick(now - (lastFrame ?? now));
  lastFrame = playback.isPlaying ? now : undefined;
  if (playback.index !== before || !playback.isPlaying) {
    draw();
    save();
  }
  if (playback.isPlaying) {
    requestAnimationFrame(onFrame);
  }
}

function draw() {
  drawing.show(gallery, playback);
}

function save() {
  if (gallery.shown !== undefined) {
    const { index, speed } = playback;
    vscode.setState({ infill: gallery.shown, index, speed, isPinned: gallery.isPinned });
  }
}

function copy(done: string, textOf: typeof finalText) {
  if (gallery.shown !== undefined) {
    vscode.postMessage({ type: "copy", text: textOf(gallery.shown) });
    drawing.say(done);
  }
}

/** Whether the system, or VS Code, is set to little motion. */
function isStill(): boolean {
  return (
    matchMedia("(prefers-reduced-motion: reduce)").matches || document.body.classList.contains("vscode-reduce-motion")
  );
}
