import assert from "node:assert/strict";
import { readFile, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { after, afterEach, before, test } from "node:test";
import { fileURLToPath } from "node:url";
import { CodeServer } from "./lib/codeServer.mjs";
import { Workbench } from "./lib/workbench.mjs";

const here = dirname(fileURLToPath(import.meta.url));
const isStub = process.env.E2E_MODE === "stub";
const stubOnly = isStub ? {} : { skip: "only the stub server can be told to do that" };
const first = /^spread\.py \(1 of \d, (likeliest|\d+ % likely)\): Regenerate selection$/;
const second = /^spread\.py \(2 of \d(, \d+ % likely)?\): Regenerate selection$/;
const ofSpread = /^spread\.py.*: Regenerate selection$/;
const todo = 'def add(left, right):\n    """The sum of two numbers."""\n    pass\n';
const total = `export function total(values: number[]): number {
    let sum = 0;
    for (const value of values) {
        sum += valu;
    }
    return sum;
}
`;

/** @type {CodeServer} */
let server;
/** @type {Workbench} */
let workbench;
let spread;

before(async () => {
  spread = await readFile(join(here, "workspace", "spread.py"), "utf8");
  const files = { "spread.py": spread, "todo.py": todo, "total.ts": total, "slow.py": spread, "several.py": spread };
  server = await CodeServer.start({ entry: process.env.E2E_CODE_SERVER, vsix: process.env.E2E_VSIX, files });
  workbench = await Workbench.open({
    browser: process.env.E2E_BROWSER,
    url: server.url,
    folder: server.workspace,
    pictures: join(here, "out"),
  });
  await workbench.status(/^DiffusionLsp: ready/);
  await workbench.openFile("spread.py");
  await workbench.press("Control+b");
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

test("a selection is written again: a diff, the next alternative, and Apply puts on the disk what the diff shows", async () => {
  await selectLine("spread.py", 6);
  await workbench.press("Alt+\\");
  const likeliest = await workbench.diffLines(first);
  await workbench.picture("edit-diff");
  assert.match(await workbench.activeTab(), first);

  await workbench.pressTitleButton("Next Alternative");
  const next = await workbench.diffLines(second, likeliest);
  await workbench.screenshot("edit-next-alternative");
  await workbench.press("Alt+[");
  assert.deepEqual(await workbench.diffLines(first, next), likeliest);
  await workbench.press("Alt+]");
  assert.deepEqual(await workbench.diffLines(second, likeliest), next);

  await workbench.press("Control+Enter");
  await workbench.hasNoTab(second);
  await workbench.screenshot("edit-applied");
  assertShown(next, await savedText("spread.py"));

  await workbench.press("Control+z");
  assert.equal(await savedText("spread.py"), spread, "one undo step takes it back");
});

test("a diff that is discarded, by its button, a key or its tab, leaves the file as it was", async () => {
  const ways = [
    () => workbench.pressTitleButton("Discard"),
    () => workbench.press("Escape"),
    () => workbench.closeTab(),
  ];
  for (const discard of ways) {
    await selectLine("spread.py", 6);
    await workbench.run("DiffusionLsp: Regenerate Selection");
    await workbench.diffLines(first);
    await workbench.hasNoNotification();
    await discard();
    await workbench.hasNoTab(first);
    await workbench.isSaved("spread.py");
  }
  await workbench.screenshot("edit-discarded");
  assert.equal(await readFile(join(server.workspace, "spread.py"), "utf8"), spread);
});

test("of two diffs of one file, each puts its own text in its own place", async () => {
  await selectLine("spread.py", 16);
  await workbench.press("Alt+\\");
  const lower = await workbench.diffLines(ofSpread);
  // Three lines, so that the lower place moves.
  await selectLines("spread.py", 4, 6);
  await workbench.press("Alt+\\");
  const upper = await workbench.diffLines(ofSpread, lower);
  await workbench.screenshot("edit-two-diffs");
  await workbench.hasNoNotification();
  await workbench.press("Control+Enter");
  await workbench.isActive("spread.py");
  const withOne = await savedText("spread.py");
  assertShown(upper, withOne);

  await workbench.openTab(ofSpread);
  const both = await workbench.diffLines(ofSpread, lower);
  await workbench.screenshot("edit-second-of-two-diffs");
  await workbench.pressTitleButton("Apply");
  await workbench.isActive("spread.py");
  const withBoth = await savedText("spread.py");
  assertShown(both, withBoth);
  const lastLine = (text) => text.trimEnd().split("\n").at(-1);
  assert.equal(lastLine(withBoth), lower.findLast((line) => line !== ""));
  assert.equal(lastLine(withOne), lastLine(spread));
  await restore("spread.py", spread);
});

test("nothing is put where the file has changed meanwhile, and nothing is lost", async () => {
  await selectLine("spread.py", 6);
  await workbench.press("Alt+\\");
  const proposed = await workbench.diffLines(first);
  await goTo("spread.py", 6);
  await workbench.type("  # by hand");
  await workbench.openTab(first);
  await workbench.pressTitleButton("Apply");
  const { text, buttons } = await workbench.notification(/has changed where this would go/);
  await workbench.screenshot("edit-changed-meanwhile");
  assert.match(text, /^DiffusionLsp: spread\.py has changed where this would go\. Undo that change and apply again/);
  assert.deepEqual(buttons, ["Discard"]);
  await workbench.dismissNotifications();

  await goTo("spread.py", 6);
  assert.match(await savedText("spread.py"), /len\(values\) {2}# by hand\n/);
  await restore("spread.py", spread);
  await workbench.openTab(first);
  assert.deepEqual(await workbench.diffLines(first), proposed);
  await workbench.pressTitleButton("Apply");
  await workbench.isActive("spread.py");
  assertShown(proposed, await savedText("spread.py"));
  await restore("spread.py", spread);
});

test("a placeholder is filled in", async () => {
  await goTo("todo.py", 3);
  await workbench.press("Alt+Shift+\\");
  const filled = await workbench.diffLines(/^todo\.py.*: Fill in$/);
  await workbench.screenshot("edit-fill-in");
  await workbench.pressTitleButton("Apply");
  await workbench.isActive("todo.py");
  assertShown(filled, await savedText("todo.py"));
});

test("a diagnostic of another extension is fixed from the light bulb, where all alternatives are one item", async () => {
  await goTo("total.ts", 4);
  await workbench.hasSquiggle();
  await workbench.press("ArrowLeft");
  await workbench.press("ArrowLeft");
  const labels = (await workbench.lightBulbLabels()).filter((label) => label.startsWith("Fix: "));
  await workbench.screenshot("edit-light-bulb");
  assert.equal(labels.length, 1);
  await workbench.chooseInLightBulb(labels[0]);
  const fixed = await workbench.diffLines(/^total\.ts.*: Fix: /);
  await workbench.screenshot("edit-fix");
  await workbench.pressTitleButton("Apply");
  await workbench.isActive("total.ts");
  assertShown(fixed, await savedText("total.ts"));
});

test("a rewrite with an instruction is a diff, or says what to do where the model follows none", async () => {
  await selectLine("spread.py", 6);
  await workbench.press("Alt+Shift+\\");
  if (!isStub) {
    const { text, buttons } = await workbench.notification(/does not follow instructions/);
    await workbench.screenshot("edit-no-instructions");
    assert.match(text, /^DiffusionLsp: The model quicksilver does not follow instructions\. Choose one that does/);
    assert.deepEqual(buttons, ["Open Settings"]);
    await workbench.dismissNotifications();
    return;
  }
  await workbench.inputAsks(/What is to be done to line 6\?/);
  await workbench.screenshot("edit-instruction");
  await workbench.answer("handle an empty list");
  const rewritten = await workbench.diffLines(/^spread\.py.*: Rewrite: handle an empty list$/);
  await workbench.screenshot("edit-instructed");
  assert.deepEqual(rewritten, spread.replace("return sum(values) / len(values)", "return 1").split("\n"));
  await workbench.press("Control+Enter");
  await workbench.isActive("spread.py");
  assertShown(rewritten, await savedText("spread.py"));
  await restore("spread.py", spread);
});

test("what cannot be asked for is said in one message, with what to do", async () => {
  await goTo("spread.py", 6);
  await workbench.run("DiffusionLsp: Regenerate Selection");
  const { text } = await workbench.notification(/Select the code/);
  await workbench.screenshot("edit-no-selection");
  assert.equal(text, "DiffusionLsp: Select the code that is to be written again.");
  await workbench.dismissNotifications();
});

test("the editor's context menu has what can be asked for at a selection", async () => {
  await selectLine("spread.py", 6);
  const labels = await workbench.contextMenuLabels("DiffusionLsp");
  await workbench.screenshot("edit-context-menu");
  await workbench.press("Escape");
  await workbench.press("Escape");
  assert.deepEqual(labels, ["Regenerate Selection", "Rewrite with an Instruction…"]);
});

test("what takes too long is cancelled, at the server as well", stubOnly, async () => {
  await selectLine("slow.py", 6);
  await workbench.press("Alt+\\");
  await workbench.notification(/Regenerate selection/);
  await workbench.screenshot("edit-progress");
  await workbench.pressNotificationButton("Cancel");
  await workbench.hasNoNotification();
  await workbench.run("DiffusionLsp: Show Log");
  await workbench.panelShows(/request\s\d+\sis\scancelled/);
  await workbench.run("View: Toggle Panel Visibility");
});

test("an edit in several places goes through the Refactor Preview", stubOnly, async () => {
  await selectLine("several.py", 6);
  await workbench.press("Alt+\\");
  await workbench.refactorPreview();
  await workbench.screenshot("edit-refactor-preview");
  assert.equal(await readFile(join(server.workspace, "several.py"), "utf8"), spread);
});

async function selectLine(file, line) {
  await selectLines(file, line, line);
}

/** Selects what lines of a file say. */
async function selectLines(file, from, to) {
  await goTo(file, from);
  await workbench.press("Home");
  for (let line = from; line < to; line++) {
    await workbench.press("Shift+ArrowDown");
  }
  await workbench.press("Shift+End");
}

/** Puts the cursor at the end of a line of a file. */
async function goTo(file, line) {
  // A diff of the file is found under the same name, so a file that is open is gone to by its tab.
  if (!(await workbench.openTab(file))) {
    await workbench.openFile(file);
  }
  await workbench.isActive(file);
  await workbench.goToEndOf(line);
}

/** What a diff showed, as much of it as was in sight, is what there is now. */
function assertShown(lines, text) {
  const shown = lines.join("\n");
  assert.ok(`\n${text}\n`.includes(`\n${shown}\n`), `The diff showed:\n${shown}\nThere is:\n${text}`);
}

/** Saves, and reads what is on the disk then. */
async function savedText(file) {
  await workbench.press("Control+s");
  await workbench.isSaved(file);
  return readFile(join(server.workspace, file), "utf8");
}

/** Leaves a file as it was, whatever was put into it and saved. */
async function restore(file, text) {
  await writeFile(join(server.workspace, file), text);
  await workbench.run("File: Revert File");
  await workbench.isSaved(file);
  await workbench.press("Control+Home");
  await workbench.editorHasLines(text.split("\n").length);
}
