import assert from "node:assert/strict";
import { readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { writeAnimation } from "./lib/animation.mjs";
import {
  editor,
  gapLine,
  isStub,
  openForTests,
  pictures,
  restore,
  sample,
  sampleText,
  savedText,
  server,
  workbench,
} from "./lib/product.mjs";
import { imagesFolder } from "./lib/workbench.mjs";

/** A line after which one more is possible. */
const otherGapLine = 5;
/** What the picture is of: a file of the samples in which a line is blank. */
const pictured = "inventory.py";
const missingLine = " ".repeat(4);
/** By a picture's name, a theme, and the classes that the workbench and a webview have with it. */
const themes = {
  dark: ["Default Dark Modern", "vs-dark", "vscode-dark"],
  light: ["Default Light Modern", "vs", "vscode-light"],
  contrast: ["Default High Contrast", "hc-black", "vscode-high-contrast"],
};

const whole = await readFile(fileURLToPath(new URL(`../../samples/${pictured}`, import.meta.url)), "utf8");
const pictureText = whole
  .replace(/^ {4}inventory\.take.*$/m, missingLine)
  .replace("total += \n", "total += count * self.prices[name]\n");

openForTests({
  files: { [sample]: sampleText, [pictured]: pictureText },
  settings: { "workbench.reduceMotion": "off" },
  size: { width: 1280, height: 640 },
});

test("the denoising view opens beside the code, says how to begin, and leaves the focus in the editor", async () => {
  await editor.openFile(sample);
  await workbench.press("Control+b");
  await workbench.run("DiffusionLsp: Open Denoising View");
  await view("#empty h1").waitFor();
  await editor.hasFocus();
  await workbench.screenshot("denoising-empty");
});

test("what is typed brings a suggestion that plays to its end", async () => {
  await writeOne();
  await view("#gap [role=option]").first().waitFor();
  await playsToItsEnd();
  assert.equal(await view("#noiseValue").innerText(), "0 %");
  assert.equal(await view("#gap .mask").count(), 0);
  assert.match(await view("#before").innerText(), /center = mean\(values\)\n {4}$/);
  assert.match(await view("#time").innerText(), /^\d+ ms$/);
});

test("the steps are gone through by keyboard", async () => {
  const last = await lastStep();
  await view("#slider").focus();
  await workbench.press("Home");
  const first = await shownStep();
  assert.equal(await view("#slider").getAttribute("aria-valuetext"), `Step ${first} of ${last}`);
  await workbench.press("ArrowRight");
  const second = await shownStep();
  assert.ok(last === first ? second === first : second > first, `step ${second} after ${first} of ${last}`);
  await view("#gap").focus();
  await workbench.press("ArrowLeft");
  assert.equal(await shownStep(), first);
  await workbench.press("ArrowDown");
  assert.match(await view("#detail").innerText(), /sure$/);
  await workbench.press("Space");
  await playsToItsEnd();
});

test("the final text and all steps are copied", async () => {
  const text = await view("#gap").evaluate((gap) => gap.textContent);
  await view("#copyText").press("Enter");
  await view("#detail", "The text is copied.").waitFor();
  assert.equal(await copied((found) => found === text), text);
  await view("#copySteps").press("Enter");
  const lines = (await copied((found) => found.startsWith(sample))).trimEnd().split("\n");
  assert.equal(lines[0], `${sample}:${gapLine + 1}`);
  assert.equal(lines.length - 1, Number(await view("#slider").getAttribute("max")) + 1);
  assert.ok(lines.at(-1).endsWith(text.trim().replaceAll("\n", "↵")), lines.at(-1));
});

test("a pin holds what is shown while the next suggestion comes", async () => {
  await view("#pin").press("Enter");
  const held = await view("#infills").inputValue();
  await editor.focus();
  await restore();
  // At the same place the server knows the suggestion already, and makes no steps.
  await writeOne(otherGapLine);
  await view("#infills option").nth(1).waitFor({ state: "attached" });
  assert.equal(await view("#infills").inputValue(), held);
  await view("#infills").selectOption({ index: 0 });
  await playsToItsEnd();
  await view("#pin").press("Enter");
  assert.equal(await view("#pin").getAttribute("aria-pressed"), "false");
});

test("the view is readable in every theme, and its picture is taken", async () => {
  await server.writeMachineSettings({ "workbench.reduceMotion": "on" });
  await editor.focus();
  await restore();
  await editor.openFile(pictured);
  await editor.goToEndOf(1 + pictureText.split("\n").indexOf(missingLine));
  // Asked for, a suggestion has time for more steps than while typing.
  await workbench.run("DiffusionLsp: Trigger Suggestion");
  await view("#infills option:first-child", pictured).waitFor({ state: "attached" });
  await playsToItsEnd();
  for (const [name, [theme, kind, bodyClass]] of Object.entries(themes)) {
    await server.writeMachineSettings({ "workbench.reduceMotion": "on", "workbench.colorTheme": theme });
    await workbench.hasTheme(kind);
    await view(`body.${bodyClass}.vscode-reduce-motion`).waitFor();
    await view("#gap").focus();
    await workbench.press("Home");
    const count = 1 + Number(await view("#slider").getAttribute("max"));
    for (let step = 1; step < count / 2; step++) {
      await workbench.press("ArrowRight");
    }
    await (name === "dark" ? workbench.picture("denoising") : workbench.screenshot(`denoising-${name}`));
    await workbench.press("End");
    await workbench.screenshot(`denoising-${name}-end`);
    if (name === "dark") {
      await animate(count);
    }
  }
  await server.writeMachineSettings({ "workbench.reduceMotion": "on" });
  await workbench.hasTheme("vs-dark");
});

test("the view comes back as it was when it was hidden, and when the window is loaded anew", async () => {
  await view("#gap").focus();
  await workbench.press("Home");
  const step = await view("#step").innerText();
  const text = await view("#gap").innerText();
  await editor.openFile(sample);
  await workbench.hasNoWebview();
  await workbench.run("DiffusionLsp: Open Denoising View");
  await view("#step", step).waitFor();
  assert.equal(await view("#gap").innerText(), text);

  await workbench.reload();
  await view("#step", step).waitFor();
  assert.equal(await view("#gap").innerText(), text);
});

const onlyStub = isStub ? false : "only the stub is known to take more than 300 ms";
test("a suggestion that takes long shows in the editor while it is written", { skip: onlyStub }, async () => {
  await server.writeMachineSettings({ "diffusionlsp.showMasksWhileWriting": true });
  await editor.focus();
  await editor.openFile(sample);
  await editor.goToEndOf(gapLine);
  const drawn = editor.drawn(/░/);
  await workbench.press("Enter");
  assert.match(await drawn, /return|sum|values|center/);
  await editor.ghostText();
  await editor.drawsNothing(/░/);

  // What is typed meanwhile takes it away at once, and none of it is in the document.
  await restore();
  await editor.goToEndOf(gapLine);
  const again = editor.drawn(/░/);
  await workbench.press("Enter");
  await again;
  await workbench.screenshot("denoising-in-editor");
  await workbench.press("Escape");
  await workbench.press("x");
  await editor.drawsNothing(/░/);
  const lines = sampleText.split("\n");
  assert.equal(await savedText(), [...lines.slice(0, gapLine), "    x", ...lines.slice(gapLine)].join("\n"));
});

/** An element of the view, with this text where one is given. */
function view(selector, text) {
  const element = workbench.webview().locator(selector);
  return text === undefined ? element : element.filter({ hasText: text });
}

/** Has a suggestion written behind a line: where the sample lacks one, or elsewhere. */
async function writeOne(line = gapLine) {
  await editor.goToEndOf(line);
  await workbench.press("Enter");
}

async function playsToItsEnd() {
  await view("#step").filter({ hasNotText: "…" }).waitFor();
  await view("#play[aria-label=Play]").waitFor();
  await view("#forward[aria-disabled=true]").waitFor();
  assert.equal(await shownStep(), await lastStep());
}

/** The number of the step that is shown, and of the last one. */
async function shownStep() {
  return Number.parseInt(await view("#step").innerText(), 10);
}

async function lastStep() {
  return Number(/of (\d+)/.exec(await view("#step").innerText())[1]);
}

/** What is in the clipboard, once it is what was meant or has had its time. */
async function copied(isMeant) {
  let text;
  for (let tries = 0; tries < 100 && !isMeant(text ?? ""); tries++) {
    text = await workbench.clipboard();
  }
  return text;
}

/** Every step of the suggestion that is shown, one after the other; the README shows it where it is not the stub's. */
async function animate(count) {
  await workbench.press("Home");
  const frames = [];
  for (let step = 1; step <= count; step++) {
    const picture = await workbench.screenshot(`denoising-step-${step}`);
    frames.push({ picture, milliseconds: step === count ? 3_000 : 600 });
    await workbench.press("ArrowRight");
  }
  const path = join(imagesFolder ?? pictures, "denoising.gif");
  await writeAnimation(path, frames);
  const { size } = await stat(path);
  assert.ok(size < 1_000_000, `${path} has ${size} bytes`);
}
