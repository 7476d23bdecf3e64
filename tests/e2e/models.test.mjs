import assert from "node:assert/strict";
import { mkdir } from "node:fs/promises";
import { dirname, join } from "node:path";
import { after, afterEach, before, test } from "node:test";
import { fileURLToPath } from "node:url";
import { CodeServer } from "./lib/codeServer.mjs";
import { Workbench } from "./lib/workbench.mjs";

const here = dirname(fileURLToPath(import.meta.url));
const isStub = process.env.E2E_MODE === "stub";
const stubOnly = isStub ? {} : { skip: "it needs models that only the stub server claims to have" };
const embedded = isStub ? "stub" : "quicksilver";
const ready = new RegExp(`^DiffusionLsp: ready, Model: ${embedded} on `);
/** A folder that any server can take. */
const modelFolder = join(here, "..", "..", "models", "quicksilver");
const accept = "Accept Licence and Download";

/** @type {CodeServer} */
let server;
/** @type {Workbench} */
let workbench;

before(async () => {
  server = await CodeServer.start({
    entry: process.env.E2E_CODE_SERVER,
    vsix: process.env.E2E_VSIX,
    files: { "notes.txt": "" },
  });
  workbench = await Workbench.open({
    browser: process.env.E2E_BROWSER,
    url: server.url,
    folder: server.workspace,
    pictures: join(here, "out"),
    size: { width: 960, height: 640 },
  });
  await workbench.status(ready);
  await workbench.openFile("notes.txt");
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

test("the list of models begins with those that are here, and says of each what it needs and whether that is there", async () => {
  await workbench.clickStatus();
  const labels = (await workbench.menuLabels()).map((label) => label.trim());
  assert.ok(labels.includes("Download a model…"), `${labels}`);
  await workbench.chooseEntry("Choose a model…");
  const rows = await workbench.rows(embedded);
  await workbench.screenshot("models");
  await workbench.press("Escape");
  assert.match(rows.find((row) => row.includes(embedded)), /in use · 18\.\d MB · licence: MIT.*fits · fast: while you type/);
  assert.match(rows[isStub ? 0 : 1], /licence.*Needs \d+\.\d GB of memory, (fits|does not fit)/);
});

test("a repository that cannot be had is said in one clear line", async () => {
  await downloadModel();
  await workbench.typeInMenu("nosuch/nothing@main", "nosuch/nothing@main");
  const question = await workbench.dialog(/Download nosuch\/nothing@main\?/);
  await workbench.screenshot("models-licence");
  assert.match(question, /Its licence is not known here/);
  await workbench.pressButton(accept);
  const { text, buttons } = await workbench.notification(/nosuch\/nothing@main is not downloaded/);
  await workbench.hasNoSuchNotification(/pulling nosuch/);
  await workbench.screenshot("models-not-downloaded");
  assert.match(text, /^DiffusionLsp: nosuch\/nothing@main is not downloaded: \w[^\n]{20,}$/);
  assert.deepEqual(buttons, ["Try Again"]);
  await clearNotifications();
});

test("a folder with a model is used where it lies, and one without is not", async () => {
  const empty = join(server.workspace, "empty");
  await mkdir(empty);
  await useFolder(empty);
  const { text } = await workbench.notification(/is no model's folder/);
  await workbench.screenshot("models-no-folder");
  assert.match(text, /holds no config\.json and no tokenizer\.json and no weights in safetensors\.$/);
  assert.deepEqual(await server.machineSettings(), {});
  await clearNotifications();

  const [before] = server.languageServers();
  await useFolder(modelFolder);
  await chosen(modelFolder);
  await until(() => server.languageServers().some((id) => id !== before), "no server has started with the folder");
  await workbench.status(/^DiffusionLsp: ready/);
  await chooseModel();
  const rows = await workbench.rows("licence: MIT");
  await workbench.screenshot("models-folder");
  assert.match(rows[0], /A model folder, in use · .*quicksilver/);
  await workbench.chooseEntry("licence: MIT");
  await chosen(undefined);
  await workbench.status(ready);
});

test("the server's own model can be checked and read about", async () => {
  await chooseModel();
  await workbench.pressRowButton("licence: MIT", "Compare Its Files with Their Hashes");
  const { text } = await workbench.notification(/is sound/);
  assert.match(text, new RegExp(`^DiffusionLsp: ${embedded} is sound: \\d files, 18\\.\\d MB, have`));
  await clearNotifications();
  if (!isStub) {
    await chooseModel();
    await workbench.pressRowButton("licence: MIT", "Open Its Model Card");
    await workbench.webview().locator("h1").first().waitFor();
    await workbench.screenshot("models-card");
    await workbench.closeTab();
  }
});

test("a download shows how far it is, and what it brought can be used", stubOnly, async () => {
  await downloadModel();
  await workbench.typeInMenu("half", "half-0.5b");
  const question = await workbench.dialog(/Download half-0\.5b\?/);
  await workbench.screenshot("models-download-question");
  assert.match(question, /1\.0 GB, into \/models/);
  await workbench.pressButton(accept);
  await workbench.notification(/pulling half-0\.5b, 0:00:09 left, [1-9]0 %/);
  assert.equal(await workbench.notificationCount(/half-0\.5b/), 1);
  await workbench.screenshot("models-download");
  const { buttons } = await workbench.notification(/half-0\.5b is downloaded/);
  await workbench.screenshot("models-downloaded");
  assert.deepEqual(buttons, ["Use This Model"]);
  await workbench.pressNotificationButton("Use This Model");
  await workbench.status(/^DiffusionLsp: ready, Model: half-0\.5b/);
  await chosen("half-0.5b");
});

test("a download that is cancelled says so, and the next one goes on from there", stubOnly, async () => {
  await downloadModel();
  await workbench.typeInMenu("slow", "slow-1b");
  await workbench.pressButton(accept);
  await workbench.notification(/pulling slow-1b.*40 %/);
  await workbench.pressNotificationButton("Cancel");
  const { text } = await workbench.notification(/slow-1b is cancelled/);
  await workbench.screenshot("models-cancelled");
  assert.match(text, /What has come is kept, and the next one goes on from there\.$/);
  await workbench.pressNotificationButton("Resume");
  await workbench.notification(/pulling slow-1b, 40 %|pulling slow-1b.*left, 40 %/);

  // Another model means another server: the user is asked, and the download ends with the old one.
  await chooseModel();
  await workbench.chooseEntry("stub");
  await workbench.dialog(/This ends the download of slow-1b/);
  await workbench.screenshot("models-download-ends");
  await workbench.pressButton("Use the Model Now");
  await workbench.notification(/slow-1b ended with the server/);
  await workbench.hasNoSuchNotification(/pulling slow-1b/);
  await workbench.status(ready);
  await chosen(undefined);
  await clearNotifications();
});

test("a model that does not fit is used only after a question with the figures", stubOnly, async () => {
  await chooseModel();
  await workbench.chooseEntry("large-7b");
  const question = await workbench.dialog(/large-7b needs more memory than this machine has/);
  await workbench.screenshot("models-misfit");
  assert.match(question, /It needs 35\.0 GB; 22\.2 GB of 25\.3 GB of memory are free/);
  await workbench.pressButton("Cancel");
  assert.deepEqual(await server.machineSettings(), {});
});

test("files are checked, and a model is removed after a question", stubOnly, async () => {
  await chooseModel();
  await workbench.pressRowButton("large-7b", "Compare Its Files with Their Hashes");
  await workbench.notification(/large-7b is sound: 5 files, 15\.2 GB/);
  await clearNotifications();
  await chooseModel();
  await workbench.pressRowButton("broken-0.5b", "Compare Its Files with Their Hashes");
  await workbench.notification(/broken-0\.5b is damaged/);
  await clearNotifications();

  await chooseModel();
  await workbench.pressRowButton("large-7b", "Remove");
  await workbench.dialog(/Remove the model large-7b\?/);
  await workbench.screenshot("models-remove");
  await workbench.pressButton("Remove");
  await workbench.notification(/large-7b is removed/);
  await chooseModel();
  const rows = await workbench.rows("half-0.5b");
  await workbench.press("Escape");
  assert.doesNotMatch(rows[0], /large-7b/);
});

async function chooseModel() {
  await workbench.runToList("DiffusionLsp: Choose Model…", "Choose a Model");
}

async function downloadModel() {
  await workbench.runToList("DiffusionLsp: Download Model…", "Download a Model");
}

async function clearNotifications() {
  await workbench.dismissNotifications();
  await workbench.hasNoNotification();
}

async function useFolder(path) {
  await chooseModel();
  await workbench.typeInMenu("Use a Model Folder", "Use a Model Folder");
  await workbench.chooseFolder(path);
}

/** Waits until the machine's setting names the model; undefined for the server's own. */
async function chosen(model) {
  await until(async () => {
    // A file that is just being written reads as nothing.
    const settings = await server.machineSettings().catch(() => undefined);
    return settings !== undefined && settings["diffusionlsp.model"] === model;
  }, `the machine's settings do not come to name the model ${model}`);
}

async function until(isSo, otherwise) {
  const end = Date.now() + 30_000;
  while (!(await isSo())) {
    assert.ok(Date.now() < end, otherwise);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}
