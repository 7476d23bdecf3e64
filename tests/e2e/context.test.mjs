import assert from "node:assert/strict";
import { access } from "node:fs/promises";
import { describe, test } from "node:test";
import { setTimeout as wait } from "node:timers/promises";
import {
  diffs,
  editor,
  gapLine,
  isStub,
  lists,
  model,
  openForTests,
  patientSettings,
  ready,
  sample,
  sampleText,
  server,
  workbench,
} from "./lib/product.mjs";

const onlyStub = isStub ? false : "only the stub server shows what it was told";
const rates = "export function rateFor(region) {\n  return region === 'north' ? 2 : 3;\n}\n";
const bill = "import { rateFor } from './rates.js';\n\nexport function bill(region) {\n  const rate = rateFor(region);\n\n}\n";
const files = { [sample]: sampleText, "rates.js": rates, "bill.js": bill, ".env": "TOKEN=\n" };

describe("in a workspace", () => {
  openForTests({
    files: { ...files, "again.py": sampleText, "jsconfig.json": '{ "compilerOptions": { "module": "es2022" } }' },
    machineSettings: patientSettings,
  });

  test("a secret file's language status says why nothing is suggested in it", async () => {
    await editor.openFile(".env");
    await workbench.press("Control+b");
    const text = await editor.documentStatus(/May hold secrets/);
    await workbench.screenshot("secret-file");
    assert.match(text, /No suggestions.*May hold secrets: its name matches \.env\*/s);
    assert.match(text, /Open Setting/);
    if (!isStub) {
      // What the server leaves alone, the stub does not.
      await editor.goToEndOf(1);
      await workbench.type("a");
      await wait(1_000);
      await editor.hasNoGhostText();
    }
  });

  test("the language status of another file says that suggestions come", async () => {
    await editor.openFile(sample);
    await editor.documentStatus(/Suggestions appear while you type/);
    await workbench.screenshot("document-status");
  });

  test("a snooze keeps suggestions away, says how long, and ends with the toggle", async () => {
    await workbench.run("DiffusionLsp: Snooze for 5 Minutes");
    await workbench.status(/Suggestions while typing are off for 5 more min$/);
    await editor.goToEndOf(gapLine);
    await workbench.press("Enter");
    await wait(1_500);
    await editor.hasNoGhostText();
    await editor.documentStatus(/Snoozed for 5 more min/);
    await workbench.screenshot("snoozed");
    await workbench.run("DiffusionLsp: Toggle Suggestions");
    await workbench.status(/^(?!.*typing are off).*ready/);
    await workbench.press("Control+z");
    await editor.goToEndOf(gapLine);
    await workbench.press("Enter");
    assert.notEqual((await editor.ghostText()).trim(), "");
    await workbench.press("Escape");
  });

  test("suggestions can be turned off and on in one language", async () => {
    await workbench.run("DiffusionLsp: Toggle Suggestions in This Language");
    await workbench.status(/Suggestions while typing are off in python files$/);
    await workbench.clickStatus();
    const labels = (await lists.menuLabels()).map((label) => label.trim());
    await workbench.screenshot("menu-language-off");
    await workbench.press("Escape");
    assert.ok(labels.includes("Turn on in python files"), `${labels}`);
    await workbench.run("DiffusionLsp: Toggle Suggestions in This Language");
    await workbench.status(/^(?!.*typing are off).*ready/);
  });

  test("the last requests are shown with what came of them", async () => {
    await workbench.run("DiffusionLsp: Show Last Requests");
    const text = await editor.shows(/The\slatest\srequests/);
    await workbench.screenshot("last-requests");
    assert.match(text, /\d\d:\d\d:\d\d +spread\.py +typing +\w+/);
  });

  test("the last requests are shown anew when they are shown again", async () => {
    await diffs.closeTab();
    await editor.openFile("again.py");
    await editor.goToEndOf(gapLine);
    await workbench.press("Enter");
    await editor.ghostText();
    await workbench.press("Escape");
    await workbench.press("Control+z");
    for (const times of [1, 2]) {
      await workbench.run("DiffusionLsp: Show Last Requests");
      const text = await editor.shows(/The\slatest\srequests/);
      assert.match(text.split("\n").find((line) => /^\d\d:/.test(line)), /^\S+ +again\.py +typing/, `shown ${times} times`);
      assert.equal(await diffs.tabCount("Last requests"), 1);
    }
    await diffs.closeTab();
  });

  test("the acceptance figures can be read, and erased", async () => {
    await workbench.run("DiffusionLsp: Show Acceptance Figures");
    const labels = (await lists.menuLabels()).map((label) => label.trim());
    await workbench.screenshot("figures");
    assert.equal(labels[0], "all languages");
    assert.ok(labels.includes("Erase all figures"), `${labels}`);
    if (!isStub) {
      // The product's figures are those of whoever runs the tests.
      await workbench.press("Escape");
      return;
    }
    await access(server.stubFigures);
    await lists.chooseEntry("Erase all figures");
    await lists.pressButton("Erase");
    await workbench.run("DiffusionLsp: Show Acceptance Figures");
    const { text } = await lists.notification(/no figures yet/);
    assert.match(text, /They begin with the next suggestion/);
    await assert.rejects(access(server.stubFigures));
    await lists.dismissNotifications();
  });

  test("a report of an issue is a text to complete, with what we know filled in", async () => {
    await workbench.run("DiffusionLsp: Report an Issue");
    const text = await editor.shows(/An\sissue\sof\sDiffusionLsp/);
    await workbench.screenshot("issue");
    assert.match(text, /Nothing of this is sent anywhere/);
    assert.match(text, /- Extension: \d+\.\d+\.\d+/);
    assert.match(text, new RegExp(`- Model: ${model}`));
  });

  test("the server is told what the user looks at, and what names there stand for", { skip: onlyStub }, async () => {
    await editor.openFile("bill.js");
    await editor.goToEndOf(4);
    const told = await eventually(async () => {
      const latest = (await server.toldToStub("diffusion/editorContext")).at(-1);
      return latest?.definitions.length > 0 ? latest : undefined;
    });
    const [definition] = told.definitions;
    assert.equal(definition.name, "rateFor");
    assert.match(definition.uri, /rates\.js$/);
    assert.match(definition.text, /^export function rateFor\(region\) \{\n.*\n\}$/);
    assert.match(told.visibleEditors[0].uri, /bill\.js$/);
    assert.ok(told.recentPlaces.some(({ uri }) => uri.endsWith(sample)));
    assert.doesNotMatch(JSON.stringify(await server.toldToStub("diffusion/editorContext")), /\.env|TOKEN/);
  });

  test("a server that keeps crashing is said once, with the ways out", async () => {
    const ended = new Set();
    const given = /DiffusionLsp: The server (stopped|did not start)/;
    await eventually(async () => {
      for (const id of server.languageServers().filter((id) => !ended.has(id))) {
        ended.add(id);
        process.kill(id, "SIGKILL");
      }
      return (await lists.notificationCount(given)) > 0 || undefined;
    });
    const { buttons } = await lists.notification(given);
    await workbench.status(/^DiffusionLsp: failed/);
    await workbench.screenshot("crashed");
    assert.deepEqual(buttons, ["Restart", "Show Log"]);
    assert.equal(ended.size, 5);
    await wait(1_000);
    assert.equal(await lists.notificationCount(/DiffusionLsp/), 1);
    await lists.dismissNotifications();
    await workbench.run("DiffusionLsp: Restart Server");
    await workbench.status(ready);
  });
});

describe("in a workspace that is not trusted", () => {
  openForTests({
    trust: "asked",
    machineSettings: patientSettings,
    files: {
      ...files,
      ".vscode/settings.json": JSON.stringify({
        "diffusionlsp.server.path": "/opt/server-of-a-stranger",
        "diffusionlsp.model": "/opt/model-of-a-stranger",
        "diffusionlsp.device": "cuda:7",
        "diffusionlsp.secretFiles": [],
        "diffusionlsp.maxTokens": 1,
        "diffusionlsp.timeBudgetMs": 600_000,
        "diffusionlsp.ignore": ["*.md"],
      }),
    },
  });

  test("suggestions work", async () => {
    await editor.openFile(sample);
    await workbench.press("Control+b");
    await editor.goToEndOf(gapLine);
    await workbench.press("Enter");
    assert.notEqual((await editor.ghostText()).trim(), "");
    await workbench.screenshot("untrusted");
    await workbench.press("Escape");
  });

  test("a file is as secret as ever", async () => {
    await editor.openFile(".env");
    await editor.documentStatus(/May hold secrets/);
    await workbench.screenshot("untrusted-secret");
  });

  test("what the workspace may not choose is not taken from it", { skip: onlyStub }, async () => {
    const [{ initializationOptions }] = await server.toldToStub("initialize");
    assert.equal(initializationOptions.model, "");
    assert.equal(initializationOptions.device, "auto");
    assert.equal(initializationOptions.maxTokens, null);
    assert.equal(initializationOptions.timeBudgetMs, 400);
    assert.ok(initializationOptions.secretFiles.includes(".env*"));
    assert.deepEqual(initializationOptions.ignore, ["*.md"]);
  });

  test("no other extension is asked for definitions", { skip: onlyStub }, async () => {
    await editor.openFile("bill.js");
    await editor.goToEndOf(4);
    const told = await eventually(async () => {
      const latest = (await server.toldToStub("diffusion/editorContext")).at(-1);
      return latest?.visibleEditors[0]?.uri.endsWith("bill.js") ? latest : undefined;
    });
    await wait(2_000);
    assert.deepEqual(told.definitions, []);
    const all = await server.toldToStub("diffusion/editorContext");
    assert.ok(all.every(({ definitions }) => definitions.length === 0));
  });
});

/** What the function returns, once that is something. */
async function eventually(find) {
  for (const end = Date.now() + 60_000; Date.now() < end; await wait(200)) {
    const found = await find();
    if (found !== undefined) {
      return found;
    }
  }
  throw new Error(`Nothing came of ${find}`);
}
