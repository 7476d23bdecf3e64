import assert from "node:assert/strict";
import { readFile, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { after, afterEach, before, test } from "node:test";
import { fileURLToPath } from "node:url";
import { CodeServer } from "./lib/codeServer.mjs";
import { Workbench } from "./lib/workbench.mjs";

const here = dirname(fileURLToPath(import.meta.url));
const model = process.env.E2E_MODE === "stub" ? "stub" : "quicksilver";
const ready = new RegExp(`^DiffusionLsp: ready, Model: ${model} on \\w+`);
const sample = "spread.py";
/** The line after which the sample lacks one. */
const gapLine = 11;

/** @type {CodeServer} */
let server;
/** @type {Workbench} */
let workbench;
let original;

before(async () => {
  original = await readFile(join(here, "workspace", sample), "utf8");
  server = await CodeServer.start({
    entry: process.env.E2E_CODE_SERVER,
    vsix: process.env.E2E_VSIX,
    files: { [sample]: original },
    // What is tried is how a suggestion is shown, and neither how sure a model must be of it nor how busy the machine is.
    machineSettings: model === "stub" ? {} : { "diffusionlsp.timeBudgetMs": 20_000, "diffusionlsp.confidenceFloor": 0 },
  });
  workbench = await Workbench.open({
    browser: process.env.E2E_BROWSER,
    url: server.url,
    folder: server.workspace,
    pictures: join(here, "out"),
  });
});

after(async () => {
  await workbench?.close();
  await server?.stop();
});

afterEach(async (context) => {
  if (!context.passed) {
    await workbench?.screenshot(`failed: ${context.name}`);
  }
});

test("the server starts and the status bar says ready", async () => {
  await workbench.status(ready);
  assert.equal(server.languageServers().length, 1);
});

test("ghost text appears while typing, and Tab accepts it between what stands before and after", async () => {
  await workbench.openFile(sample);
  await workbench.press("Control+b");
  // A window that is still settling may take its first request back: whoever sees nothing for long types again.
  const middle = await workbench.ghostTextOf(async () => {
    await restoreSample();
    await workbench.goToEndOf(gapLine);
    await workbench.press("Enter");
  });
  assert.notEqual(middle.trim(), "");
  await workbench.status(/Last suggestion: \d+ ms, Tokens per forward pass: \d/);
  await workbench.picture("ghost-text");

  await workbench.press("Tab");
  await workbench.hasNoGhostText();
  await workbench.screenshot("accepted");
  const lines = original.split("\n");
  const prefix = `${lines.slice(0, gapLine).join("\n")}\n    `;
  const suffix = `\n${lines.slice(gapLine).join("\n")}`;
  assert.equal(await savedText(), prefix + middle + suffix);
});

test("a word is taken by its key, and what is typed of a suggestion keeps the rest of it", async () => {
  await restoreSample();
  await workbench.goToEndOf(gapLine);
  await workbench.press("Enter");
  const middle = await workbench.ghostText();
  await workbench.press("Control+ArrowRight");
  const rest = await workbench.ghostText(middle);
  assert.ok(middle.endsWith(rest), `${rest} is not the rest of ${middle}`);
  await workbench.screenshot("word-accepted");

  await workbench.type(rest[0]);
  assert.equal(await workbench.ghostText(rest), rest.slice(1));
  await workbench.screenshot("typed-through");
});

test("with suggestions off the status bar says so, and the trigger command still asks for one", async () => {
  await restoreSample();
  await workbench.run("DiffusionLsp: Toggle Suggestions");
  await workbench.status(/Suggestions while typing are off$/);
  await workbench.goToEndOf(gapLine);
  await workbench.press("Enter");
  await workbench.run("DiffusionLsp: Trigger Suggestion");
  assert.notEqual((await workbench.ghostText()).trim(), "");
  await workbench.screenshot("triggered");
  await workbench.press("Escape");
  await workbench.run("DiffusionLsp: Toggle Suggestions");
  await workbench.status(/^(?!.*typing are off).*ready/);
});

test("a click on the status bar item opens the menu", async () => {
  await workbench.clickStatus();
  const labels = await workbench.menuLabels();
  await workbench.picture("menu");
  await workbench.press("Escape");
  const shown = labels.map((label) => label.trim());
  for (const expected of ["Turn suggestions off", "Restart server", "Show log", "Open denoising view"]) {
    assert.ok(shown.includes(expected), `${expected} is not in ${shown}`);
  }
});

test("a server that dies comes back and suggests again", async () => {
  await restoreSample();
  const [before] = server.languageServers();
  process.kill(before, "SIGKILL");
  await workbench.status(/^DiffusionLsp: starting/);
  await workbench.status(ready);
  const [now] = server.languageServers();
  assert.notEqual(now, before);
  await workbench.goToEndOf(gapLine);
  await workbench.press("Enter");
  assert.notEqual((await workbench.ghostText()).trim(), "");
});

test("the log tells where the server came from", async () => {
  await workbench.run("DiffusionLsp: Show Log");
  await workbench.panelShows(/Starting\s\//);
  await workbench.screenshot("log");
  await workbench.run("View: Toggle Panel Visibility");
});

test("a server that is not there is said once, with the ways out", async () => {
  await server.writeMachineSettings({ "diffusionlsp.server.path": "/opt/diffusionlsp-of-old" });
  const { text, buttons } = await workbench.notification(/diffusionlsp-of-old/);
  await workbench.status(/^DiffusionLsp: failed/);
  await workbench.screenshot("no-server");
  assert.match(text, /^DiffusionLsp: The server that diffusionlsp\.server\.path names cannot be run/);
  assert.deepEqual(buttons, ["Restart", "Show Log"]);

  await workbench.dismissNotifications();
  await server.writeMachineSettings({});
  await workbench.status(ready);
});

test("a model that is not there is said once, while the server stays", async () => {
  await server.writeMachineSettings({ "diffusionlsp.model": "/opt/model-of-old" });
  const { text, buttons } = await workbench.notification(/model-of-old/);
  await workbench.status(/^DiffusionLsp: failed/);
  await workbench.screenshot("no-model");
  assert.doesNotMatch(text, /\n/);
  assert.deepEqual(buttons, ["Restart", "Show Log"]);
  assert.equal(server.languageServers().length, 1);

  await workbench.dismissNotifications();
  await server.writeMachineSettings({});
  await workbench.status(ready);
});

/** Leaves the sample as it was, whatever was typed into it and saved. */
async function restoreSample() {
  await workbench.press("Escape");
  await writeFile(join(server.workspace, sample), original);
  await workbench.run("File: Revert File");
  await workbench.isSaved(sample);
  await workbench.editorHasLines(original.split("\n").length);
}

/** Saves, and reads what is on the disk then. */
async function savedText() {
  await workbench.press("Control+s");
  await workbench.isSaved(sample);
  return readFile(join(server.workspace, sample), "utf8");
}
