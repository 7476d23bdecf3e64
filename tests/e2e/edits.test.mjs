import assert from "node:assert/strict";
import { test } from "node:test";
import {
  diffs,
  editor,
  isStub,
  lists,
  openForTests,
  restore,
  sampleText as spread,
  savedText,
  textOnDisk,
  workbench,
} from "./lib/product.mjs";

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

openForTests(
  { files: { "spread.py": spread, "todo.py": todo, "total.ts": total, "slow.py": spread, "several.py": spread } },
  async () => {
    await editor.openFile("spread.py");
    await workbench.press("Control+b");
  },
);

test("a selection is written again: a diff, the next alternative, and Apply puts on the disk what the diff shows", async () => {
  await selectLine("spread.py", 6);
  await workbench.press("Alt+\\");
  const likeliest = await diffs.lines(first);
  await workbench.picture("edit-diff");
  assert.match(await diffs.activeTab(), first);

  await diffs.pressTitleButton("Next Alternative");
  const next = await diffs.lines(second, likeliest);
  await workbench.screenshot("edit-next-alternative");
  await workbench.press("Alt+[");
  assert.deepEqual(await diffs.lines(first, next), likeliest);
  await workbench.press("Alt+]");
  assert.deepEqual(await diffs.lines(second, likeliest), next);

  await workbench.press("Control+Enter");
  await diffs.hasNoTab(second);
  await workbench.screenshot("edit-applied");
  assertShown(next, await savedText());

  await workbench.press("Control+z");
  assert.equal(await savedText(), spread, "one undo step takes it back");
});

test("a diff that is discarded, by its button, a key or its tab, leaves the file as it was", async () => {
  const ways = [
    () => diffs.pressTitleButton("Discard"),
    () => workbench.press("Escape"),
    () => diffs.closeTab(),
  ];
  for (const discard of ways) {
    await selectLine("spread.py", 6);
    await workbench.run("DiffusionLsp: Regenerate Selection");
    await diffs.lines(first);
    await lists.hasNoNotification();
    await discard();
    await diffs.hasNoTab(first);
    await editor.isSaved("spread.py");
  }
  await workbench.screenshot("edit-discarded");
  assert.equal(await textOnDisk(), spread);
});

test("of two diffs of one file, each puts its own text in its own place", async () => {
  await selectLine("spread.py", 16);
  await workbench.press("Alt+\\");
  const lower = await diffs.lines(ofSpread);
  // Three lines, so that the lower place moves.
  await selectLines("spread.py", 4, 6);
  await workbench.press("Alt+\\");
  const upper = await diffs.lines(ofSpread, lower);
  await workbench.screenshot("edit-two-diffs");
  await lists.hasNoNotification();
  await workbench.press("Control+Enter");
  await editor.isActive("spread.py");
  const withOne = await savedText();
  assertShown(upper, withOne);

  await diffs.openTab(ofSpread);
  const both = await diffs.lines(ofSpread, lower);
  await workbench.screenshot("edit-second-of-two-diffs");
  await diffs.pressTitleButton("Apply");
  await editor.isActive("spread.py");
  const withBoth = await savedText();
  assertShown(both, withBoth);
  const lastLine = (text) => text.trimEnd().split("\n").at(-1);
  assert.equal(lastLine(withBoth), lower.findLast((line) => line !== ""));
  assert.equal(lastLine(withOne), lastLine(spread));
  await restore();
});

test("nothing is put where the file has changed meanwhile, and nothing is lost", async () => {
  await selectLine("spread.py", 6);
  await workbench.press("Alt+\\");
  const proposed = await diffs.lines(first);
  await goTo("spread.py", 6);
  await workbench.type("  # by hand");
  await diffs.openTab(first);
  await diffs.pressTitleButton("Apply");
  const { text, buttons } = await lists.notification(/has changed where this would go/);
  await workbench.screenshot("edit-changed-meanwhile");
  assert.match(text, /^DiffusionLsp: spread\.py has changed where this would go\. Undo that change and apply again/);
  assert.deepEqual(buttons, ["Discard"]);
  await lists.dismissNotifications();

  await goTo("spread.py", 6);
  assert.match(await savedText(), /len\(values\) {2}# by hand\n/);
  await restore();
  await diffs.openTab(first);
  assert.deepEqual(await diffs.lines(first), proposed);
  await diffs.pressTitleButton("Apply");
  await editor.isActive("spread.py");
  assertShown(proposed, await savedText());
  await restore();
});

test("a placeholder is filled in", async () => {
  await goTo("todo.py", 3);
  await workbench.press("Alt+Shift+\\");
  const filled = await diffs.lines(/^todo\.py.*: Fill in$/);
  await workbench.screenshot("edit-fill-in");
  await diffs.pressTitleButton("Apply");
  await editor.isActive("todo.py");
  assertShown(filled, await savedText("todo.py"));
});

test("a diagnostic of another extension is fixed from the light bulb, where all alternatives are one item", async () => {
  await goTo("total.ts", 4);
  await editor.hasSquiggle();
  await workbench.press("ArrowLeft");
  await workbench.press("ArrowLeft");
  const labels = (await lists.lightBulbLabels()).filter((label) => label.startsWith("Fix: "));
  await workbench.screenshot("edit-light-bulb");
  assert.equal(labels.length, 1);
  await lists.chooseInLightBulb(labels[0]);
  const fixed = await diffs.lines(/^total\.ts.*: Fix: /);
  await workbench.screenshot("edit-fix");
  await diffs.pressTitleButton("Apply");
  await editor.isActive("total.ts");
  assertShown(fixed, await savedText("total.ts"));
});

test("a rewrite with an instruction is a diff, or says what to do where the model follows none", async () => {
  await selectLine("spread.py", 6);
  await workbench.press("Alt+Shift+\\");
  if (!isStub) {
    const { text, buttons } = await lists.notification(/does not follow instructions/);
    await workbench.screenshot("edit-no-instructions");
    assert.match(text, /^DiffusionLsp: The model quicksilver does not follow instructions\. Choose one that does/);
    assert.deepEqual(buttons, ["Open Settings"]);
    await lists.dismissNotifications();
    return;
  }
  await lists.inputAsks(/What is to be done to line 6\?/);
  await workbench.screenshot("edit-instruction");
  await lists.answer("handle an empty list");
  const rewritten = await diffs.lines(/^spread\.py.*: Rewrite: handle an empty list$/);
  await workbench.screenshot("edit-instructed");
  assert.deepEqual(rewritten, spread.replace("return sum(values) / len(values)", "return 1  # handle an empty list").split("\n"));
  await workbench.press("Control+Enter");
  await editor.isActive("spread.py");
  assertShown(rewritten, await savedText());
  await restore();
});

test("what cannot be asked for is said in one message, with what to do", async () => {
  await goTo("spread.py", 6);
  await workbench.run("DiffusionLsp: Regenerate Selection");
  const { text } = await lists.notification(/Select the code/);
  await workbench.screenshot("edit-no-selection");
  assert.equal(text, "DiffusionLsp: Select the code that is to be written again.");
  await lists.dismissNotifications();
});

test("the editor's context menu has what can be asked for at a selection", async () => {
  await selectLine("spread.py", 6);
  const labels = await lists.contextMenuLabels("DiffusionLsp");
  await workbench.screenshot("edit-context-menu");
  await workbench.press("Escape");
  await workbench.press("Escape");
  assert.deepEqual(labels, ["Regenerate Selection", "Rewrite with an Instruction…"]);
});

test("what takes too long is cancelled, at the server as well", stubOnly, async () => {
  await selectLine("slow.py", 6);
  await workbench.press("Alt+\\");
  await lists.notification(/Regenerate selection/);
  await workbench.screenshot("edit-progress");
  await lists.pressNotificationButton("Cancel");
  await lists.hasNoNotification();
  await workbench.run("DiffusionLsp: Show Log");
  await workbench.panelShows(/request\s\d+\sis\scancelled/);
  await workbench.run("View: Toggle Panel Visibility");
});

test("an edit in several places goes through the Refactor Preview", stubOnly, async () => {
  await selectLine("several.py", 6);
  await workbench.press("Alt+\\");
  await diffs.refactorPreview();
  await workbench.screenshot("edit-refactor-preview");
  assert.equal(await textOnDisk("several.py"), spread);
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
  if (!(await diffs.openTab(file))) {
    await editor.openFile(file);
  }
  await editor.isActive(file);
  await editor.goToEndOf(line);
}

/** What a diff showed, as much of it as was in sight, is what there is now. */
function assertShown(lines, text) {
  const shown = lines.join("\n");
  assert.ok(`\n${text}\n`.includes(`\n${shown}\n`), `The diff showed:\n${shown}\nThere is:\n${text}`);
}
