import assert from "node:assert/strict";
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { diffs, editor, isStub, lists, model, openForTests, ready, server, workbench } from "./lib/product.mjs";

const stubOnly = isStub ? {} : { skip: "it needs models that only the stub server claims to have" };
/** A folder that any server can take. */
const modelFolder = fileURLToPath(new URL("../../models/quicksilver", import.meta.url));
const accept = "Accept Licence and Download";

openForTests({ files: { "notes.txt": "" }, size: { width: 960, height: 640 } }, async () => {
  await editor.openFile("notes.txt");
  await workbench.press("Control+b");
});

test("the list of models begins with those that are here, and says of each what it needs and whether that is there", async () => {
  await workbench.clickStatus();
  const labels = (await lists.menuLabels()).map((label) => label.trim());
  assert.ok(labels.includes("Download a model…"), `${labels}`);
  await lists.chooseEntry("Choose a model…");
  const rows = await lists.rows(model);
  await workbench.screenshot("models");
  await workbench.press("Escape");
  assert.match(rows.find((row) => row.includes(model)), /in use · 18\.\d MB · licence: MIT.*fits · fast: while you type/);
  assert.match(rows[isStub ? 0 : 1], /licence.*Needs \d+\.\d GB of memory, (fits|does not fit)/);
});

test("a repository that cannot be had is said in one clear line", async () => {
  await downloadModel();
  await lists.typeInMenu("nosuch/nothing@main", "nosuch/nothing@main");
  const question = await lists.dialog(/Download nosuch\/nothing@main\?/);
  await workbench.screenshot("models-licence");
  assert.match(question, /Its licence is not known here/);
  await lists.pressButton(accept);
  const { text, buttons } = await lists.notification(/nosuch\/nothing@main is not downloaded/);
  await lists.hasNoSuchNotification(/pulling nosuch/);
  await workbench.screenshot("models-not-downloaded");
  assert.match(text, /^DiffusionLsp: nosuch\/nothing@main is not downloaded: \w[^\n]{20,}$/);
  assert.deepEqual(buttons, ["Try Again"]);
  await clearNotifications();
});

test("a folder with a model is used where it lies, and one without is not", async () => {
  const empty = join(server.workspace, "empty");
  await mkdir(empty);
  await useFolder(empty);
  const { text } = await lists.notification(/is no model's folder/);
  await workbench.screenshot("models-no-folder");
  assert.match(text, /holds no config\.json and no tokenizer\.json and no weights in safetensors\.$/);
  assert.deepEqual(await server.machineSettings(), {});
  await clearNotifications();

  await newServer(async () => {
    await useFolder(modelFolder);
    await chosen(modelFolder);
  }, /^DiffusionLsp: ready/);
  await chooseModel();
  const rows = await lists.rows("licence: MIT");
  await workbench.screenshot("models-folder");
  assert.match(rows[0], /A model folder, in use · .*quicksilver/);
  await newServer(async () => {
    await lists.chooseEntry("licence: MIT");
    await chosen(undefined);
  }, ready);
});

test("the server's own model can be checked and read about", async () => {
  await chooseModel();
  await lists.pressRowButton("licence: MIT", "Compare Its Files with Their Hashes");
  const { text } = await lists.notification(/is sound/);
  assert.match(text, new RegExp(`^DiffusionLsp: ${model} is sound: \\d files, 18\\.\\d MB, have`));
  await clearNotifications();
  if (!isStub) {
    await chooseModel();
    await lists.pressRowButton("licence: MIT", "Open Its Model Card");
    await workbench.webview().locator("h1").first().waitFor();
    await workbench.screenshot("models-card");
    await diffs.closeTab();
  }
});

test("a download shows how far it is, and what it brought can be used", stubOnly, async () => {
  await downloadModel();
  await lists.typeInMenu("half", "half-0.5b");
  const question = await lists.dialog(/Download half-0\.5b\?/);
  await workbench.screenshot("models-download-question");
  assert.match(question, /1\.0 GB, into \/models/);
  await lists.pressButton(accept);
  await lists.notification(/pulling half-0\.5b, 0:00:09 left, [1-9]0 %/);
  assert.equal(await lists.notificationCount(/half-0\.5b/), 1);
  await workbench.screenshot("models-download");
  const { buttons } = await lists.notification(/half-0\.5b is downloaded/);
  await workbench.screenshot("models-downloaded");
  assert.deepEqual(buttons, ["Use This Model"]);
  await lists.pressNotificationButton("Use This Model");
  await workbench.status(/^DiffusionLsp: ready, Model: half-0\.5b/);
  await chosen("half-0.5b");
});

test("a download that is cancelled says so, and the next one goes on from there", stubOnly, async () => {
  await downloadModel();
  await lists.typeInMenu("slow", "slow-1b");
  const question = await lists.dialog(/Download slow-1b\?/);
  await workbench.screenshot("models-free-licence");
  assert.doesNotMatch(question, /Accept/, "its licence leaves everybody free");
  await lists.pressButton("Download");
  await lists.notification(/pulling slow-1b.*40 %/);
  await lists.pressNotificationButton("Cancel");
  const { text } = await lists.notification(/slow-1b is cancelled/);
  await workbench.screenshot("models-cancelled");
  assert.match(text, /What has come is kept, and the next one goes on from there\.$/);
  await lists.pressNotificationButton("Resume");
  await lists.notification(/pulling slow-1b, 40 %|pulling slow-1b.*left, 40 %/);

  // Another model means another server: the user is asked, and the download ends with the old one.
  await chooseModel();
  await lists.chooseEntry("stub");
  await lists.dialog(/This ends the download of slow-1b/);
  await workbench.screenshot("models-download-ends");
  await lists.pressButton("Use the Model Now");
  await lists.notification(/slow-1b ended with the server/);
  await lists.hasNoSuchNotification(/pulling slow-1b/);
  await workbench.status(ready);
  await chosen(undefined);
  await clearNotifications();
});

test("a model that does not fit is used only after a question with the figures", stubOnly, async () => {
  await chooseModel();
  await lists.chooseEntry("large-7b");
  const question = await lists.dialog(/large-7b needs more memory than this machine has/);
  await workbench.screenshot("models-misfit");
  assert.match(question, /It needs 35\.0 GB; 22\.2 GB of 25\.3 GB of memory are free/);
  await lists.pressButton("Cancel");
  assert.deepEqual(await server.machineSettings(), {});
});

test("files are checked, and a model is removed after a question", stubOnly, async () => {
  await chooseModel();
  await lists.pressRowButton("large-7b", "Compare Its Files with Their Hashes");
  await lists.notification(/large-7b is sound: 5 files, 15\.2 GB/);
  await clearNotifications();
  await chooseModel();
  await lists.pressRowButton("broken-0.5b", "Compare Its Files with Their Hashes");
  await lists.notification(/broken-0\.5b is damaged/);
  await clearNotifications();

  await chooseModel();
  await lists.pressRowButton("large-7b", "Remove");
  await lists.dialog(/Remove the model large-7b\?/);
  await workbench.screenshot("models-remove");
  await lists.pressButton("Remove");
  await lists.notification(/large-7b is removed/);
  await chooseModel();
  const rows = await lists.rows("half-0.5b");
  await workbench.press("Escape");
  assert.doesNotMatch(rows[0], /large-7b/);
});

async function chooseModel() {
  await lists.runToList("DiffusionLsp: Choose Model…", "Choose a Model");
}

async function downloadModel() {
  await lists.runToList("DiffusionLsp: Download Model…", "Download a Model");
}

async function clearNotifications() {
  await lists.dismissNotifications();
  await lists.hasNoNotification();
}

async function useFolder(path) {
  await chooseModel();
  await lists.typeInMenu("Use a Model Folder", "Use a Model Folder");
  await lists.chooseFolder(path);
}

/** Waits until the machine's setting names the model; undefined for the server's own. */
async function chosen(model) {
  await until(async () => {
    // A file that is just being written reads as nothing.
    const settings = await server.machineSettings().catch(() => undefined);
    return settings !== undefined && settings["diffusionlsp.model"] === model;
  }, `the machine's settings do not come to name the model ${model}`);
}

/** Does what has the server replaced, and waits for the new one: until then the status is the old one's. */
async function newServer(act, status) {
  const before = server.languageServers();
  await act();
  await until(() => server.languageServers().some((id) => !before.includes(id)), "no new server has started");
  await workbench.status(status);
}

async function until(isSo, otherwise) {
  const end = Date.now() + 30_000;
  while (!(await isSo())) {
    assert.ok(Date.now() < end, otherwise);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}
