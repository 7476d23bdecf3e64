import assert from "node:assert/strict";
import { test } from "node:test";
import {
  diffs,
  editor,
  gapLine,
  lists,
  openForTests,
  patientSettings,
  ready,
  restore,
  sample,
  sampleText,
  savedText,
  server,
  workbench,
} from "./lib/product.mjs";

openForTests({ files: { [sample]: sampleText }, machineSettings: patientSettings });

test("the server starts and the status bar says ready", async () => {
  await workbench.status(ready);
  assert.equal(server.languageServers().length, 1);
});

test("ghost text appears while typing, and Tab accepts it between what stands before and after", async () => {
  await editor.openFile(sample);
  await workbench.press("Control+b");
  await editor.goToEndOf(gapLine);
  await workbench.press("Enter");
  const middle = await editor.ghostText();
  assert.notEqual(middle.trim(), "");
  await workbench.status(/Last suggestion: \d+ ms, Tokens per forward pass: \d/);
  await workbench.picture("ghost-text");

  await workbench.press("Tab");
  await editor.hasNoGhostText();
  await workbench.screenshot("accepted");
  const lines = sampleText.split("\n");
  const prefix = `${lines.slice(0, gapLine).join("\n")}\n    `;
  const suffix = `\n${lines.slice(gapLine).join("\n")}`;
  assert.equal(await savedText(), prefix + middle + suffix);
});

test("a word is taken by its key, and what is typed of a suggestion keeps the rest of it", async () => {
  await restore();
  await editor.goToEndOf(gapLine);
  await workbench.press("Enter");
  const middle = await editor.ghostText();
  await workbench.press("Control+ArrowRight");
  const rest = await editor.ghostText(middle);
  assert.ok(middle.endsWith(rest), `${rest} is not the rest of ${middle}`);
  await workbench.screenshot("word-accepted");

  await workbench.type(rest[0]);
  assert.equal(await editor.ghostText(rest), rest.slice(1));
  await workbench.screenshot("typed-through");
});

test("with suggestions off the status bar says so, and the trigger command still asks for one", async () => {
  await restore();
  await workbench.run("DiffusionLsp: Toggle Suggestions");
  await workbench.status(/Suggestions while typing are off$/);
  await editor.goToEndOf(gapLine);
  await workbench.press("Enter");
  await workbench.run("DiffusionLsp: Trigger Suggestion");
  assert.notEqual((await editor.ghostText()).trim(), "");
  await workbench.screenshot("triggered");
  await workbench.press("Escape");
  await workbench.run("DiffusionLsp: Toggle Suggestions");
  await workbench.status(/^(?!.*typing are off).*ready/);
});

test("a click on the status bar item opens the menu", async () => {
  await workbench.clickStatus();
  const labels = await lists.menuLabels();
  await workbench.picture("menu");
  await workbench.press("Escape");
  const shown = labels.map((label) => label.trim());
  for (const expected of ["Turn suggestions off", "Restart server", "Show log", "Open denoising view"]) {
    assert.ok(shown.includes(expected), `${expected} is not in ${shown}`);
  }
});

test("a server that dies comes back and suggests again", async () => {
  await restore();
  const [before] = server.languageServers();
  process.kill(before, "SIGKILL");
  await workbench.status(/^DiffusionLsp: starting/);
  await workbench.status(ready);
  const [now] = server.languageServers();
  assert.notEqual(now, before);
  await editor.goToEndOf(gapLine);
  await workbench.press("Enter");
  assert.notEqual((await editor.ghostText()).trim(), "");
});

test("a file that is reverted and closed costs nothing", async () => {
  const [before] = server.languageServers();
  await workbench.run("View: Revert and Close Editor");
  await diffs.hasNoTab(sample);
  await editor.openFile(sample);
  await editor.goToEndOf(gapLine);
  await workbench.press("Enter");
  assert.notEqual((await editor.ghostText()).trim(), "");
  assert.deepEqual(server.languageServers(), [before]);
});

test("the log tells where the server came from", async () => {
  await workbench.run("DiffusionLsp: Show Log");
  await workbench.panelShows(/Starting\s\//);
  await workbench.screenshot("log");
  await workbench.run("View: Toggle Panel Visibility");
});

test("a server that is not there is said once, with the ways out", async () => {
  await server.writeMachineSettings({ "diffusionlsp.server.path": "/opt/diffusionlsp-of-old" });
  const { text, buttons } = await lists.notification(/diffusionlsp-of-old/);
  await workbench.status(/^DiffusionLsp: failed/);
  await workbench.screenshot("no-server");
  assert.match(text, /^DiffusionLsp: The server that diffusionlsp\.server\.path names cannot be run/);
  assert.deepEqual(buttons, ["Restart", "Show Log"]);

  await lists.dismissNotifications();
  await server.writeMachineSettings({});
  await workbench.status(ready);
});

test("a model that is not there is said once, while the server stays", async () => {
  await server.writeMachineSettings({ "diffusionlsp.model": "/opt/model-of-old" });
  const { text, buttons } = await lists.notification(/model-of-old/);
  await workbench.status(/^DiffusionLsp: failed/);
  await workbench.screenshot("no-model");
  assert.doesNotMatch(text, /\n/);
  assert.deepEqual(buttons, ["Restart", "Show Log"]);
  assert.equal(server.languageServers().length, 1);

  await lists.dismissNotifications();
  await server.writeMachineSettings({});
  await workbench.status(ready);
});
