// The product in a VS Code of its own, for the tests of one file or one `describe`: opened before them and closed after
// them, with a screenshot of whatever failed. What is exported is what is open now; the files of tests run in a process each.
import { readFile, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { after, afterEach, before } from "node:test";
import { fileURLToPath } from "node:url";
import { CodeServer } from "./codeServer.mjs";
import { Diffs } from "./diffs.mjs";
import { Editor } from "./editor.mjs";
import { Lists } from "./lists.mjs";
import { Workbench } from "./workbench.mjs";

const here = join(dirname(fileURLToPath(import.meta.url)), "..");

/** Whether the extension is tried against the stub server. */
export const isStub = process.env.E2E_MODE === "stub";
/** The model that answers where nothing else is chosen. */
export const model = isStub ? "stub" : "quicksilver";
/** What the status bar says when it does. */
export const ready = new RegExp(`^DiffusionLsp: ready, Model: ${model} on \\w+`);
/** The machine's settings where a test is of what is shown, and neither of how sure a model must be nor of how busy it is. */
export const patientSettings = isStub ? {} : { "diffusionlsp.timeBudgetMs": 20_000, "diffusionlsp.confidenceFloor": 0 };
/** A file of the workspace that lacks a line, and the line after which it does. */
export const sample = "spread.py";
export const gapLine = 11;
export const sampleText = await readFile(join(here, "workspace", sample), "utf8");
/** Where screenshots go. */
export const pictures = join(here, "out");

/** @type {CodeServer} */
export let server;
/** @type {Workbench} */
export let workbench;
/** @type {Editor} */
export let editor;
/** @type {Lists} */
export let lists;
/** @type {Diffs} */
export let diffs;
/** The files of the workspace as they were at first. */
let files;

/**
 * Opens the product and waits until it is ready. `size` is the window's; the other options are those of `CodeServer.start`.
 */
export async function open({ size, ...options }) {
  files = options.files;
  server = await CodeServer.start({ entry: process.env.E2E_CODE_SERVER, vsix: process.env.E2E_VSIX, ...options });
  const window = { browser: process.env.E2E_BROWSER, url: server.url, folder: server.workspace, pictures };
  workbench = await Workbench.open({ ...window, ...(size && { size }) });
  editor = new Editor(workbench);
  lists = new Lists(workbench);
  diffs = new Diffs(workbench);
  try {
    await workbench.status(ready);
  } catch (error) {
    await workbench.screenshot("failed: to become ready");
    throw error;
  }
}

export async function close() {
  await workbench?.close();
  await server?.stop();
}

/** Opens the product for the tests of this file or `describe`; `begin` is what is done in it before the first of them. */
export function openForTests(options, begin = async () => undefined) {
  before(async () => {
    await open(options);
    await begin();
  });
  after(close);
  afterEach(async (context) => {
    if (!context.passed) {
      await workbench?.screenshot(`failed: ${context.name}`);
    }
  });
}

/** Saves the file in front, and reads what is on the disk then. */
export async function savedText(name = sample) {
  await workbench.press("Control+s");
  await editor.isSaved(name);
  return textOnDisk(name);
}

export async function textOnDisk(name = sample) {
  return readFile(join(server.workspace, name), "utf8");
}

/** Leaves the file in front as it was at first, whatever was typed into it and saved. */
export async function restore(name = sample) {
  await workbench.press("Escape");
  await writeFile(join(server.workspace, name), files[name]);
  await workbench.run("File: Revert File");
  await editor.isSaved(name);
  await workbench.press("Control+Home");
  await editor.hasLines(files[name].split("\n").length);
}
