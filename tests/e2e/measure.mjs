// Measures what a person waits for in a real VS Code: from the last key to ghost text that can be seen, and how long the
// extension takes to activate beside one that does nothing. Run by `run.sh --measure` on an idle machine; figures of
// another machine or another run do not compare. The last line is JSON.
import { spawnSync } from "node:child_process";
import { mkdtemp, readFile, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { CodeServer } from "./lib/codeServer.mjs";
import { Workbench } from "./lib/workbench.mjs";

const here = dirname(fileURLToPath(import.meta.url));
const repository = join(here, "..", "..");
const samples = ["inventory.py", "shapes.py", "eventEmitter.ts"];
const trials = 50;
/** Characters typed before the key that is measured, so that it is a key in the middle of typing. */
const burst = 3;
/** After how many lines of a sample the rest of it is typed. */
const typedFrom = 12;

const server = await CodeServer.start({
  entry: process.env.E2E_CODE_SERVER,
  vsix: process.env.E2E_VSIX,
  others: [await emptyExtension()],
  files: Object.fromEntries(await Promise.all(samples.map(async (name) => [name, await beginningOf(name)]))),
  // What the model is not sure of is waited for as long as what it is sure of.
  settings: {
    "diffusionlsp.confidenceFloor": 0,
    "editor.autoClosingBrackets": "never",
    "editor.autoClosingQuotes": "never",
    "editor.autoIndent": "none",
    "editor.quickSuggestions": { other: "off", comments: "off", strings: "off" },
    "editor.suggestOnTriggerCharacters": false,
  },
});
const workbench = await Workbench.open({
  browser: process.env.E2E_BROWSER,
  url: server.url,
  folder: server.workspace,
  pictures: join(here, "out"),
});
try {
  await workbench.status(/^DiffusionLsp: ready/);
  const activation = await workbench.activationTimes(["diffusionlsp", "empty"]);
  const { waits, shares, unanswered } = await typeOn();
  report({ activation, waits, shares, unanswered });
} finally {
  await workbench.close();
  await server.stop();
}

/** Types the rest of the samples and measures at every few characters, until there are enough figures. */
async function typeOn() {
  const waits = [];
  const shares = [];
  let unanswered = 0;
  for (const name of samples) {
    const lines = (await readFile(join(repository, "samples", name), "utf8")).split("\n");
    await workbench.openFile(name);
    await workbench.goToEndOf(typedFrom);
    await workbench.press("Enter");
    const rest = lines.slice(typedFrom).filter((line) => line.trim() !== "");
    for (const line of rest) {
      for (let at = line.search(/\S/); at + burst < line.length && waits.length < trials; at += burst + 1) {
        await workbench.press("Escape");
        await workbench.type(line.slice(at === line.search(/\S/) ? 0 : at, at + burst));
        const milliseconds = await workbench.timeToGhostText(line[at + burst]);
        if (milliseconds === undefined) {
          unanswered++;
        } else {
          waits.push(milliseconds);
          shares.push(Number(/Last suggestion: (\d+) ms/.exec(await workbench.status(/Last suggestion/))[1]));
        }
      }
      await workbench.press("Escape");
      await workbench.press("End");
      await workbench.press("Enter");
    }
  }
  return { waits, shares, unanswered };
}

function report({ activation, waits, shares, unanswered }) {
  const at = (values, share) => [...values].sort((a, b) => a - b)[Math.min(values.length - 1, Math.floor(share * values.length))];
  const figures = {
    keys: waits.length,
    unanswered,
    ghost_text_p50_ms: Math.round(at(waits, 0.5)),
    ghost_text_p95_ms: Math.round(at(waits, 0.95)),
    model_p50_ms: at(shares, 0.5),
    model_p95_ms: at(shares, 0.95),
    activation_ms: activation.diffusionlsp,
    empty_activation_ms: activation.empty,
    activation_over_empty: Number((activation.diffusionlsp / activation.empty).toFixed(2)),
  };
  console.log(`From the last key to ghost text, ${figures.keys} keys (${unanswered} more had no suggestion):`);
  console.log(`  p50 ${figures.ghost_text_p50_ms} ms, p95 ${figures.ghost_text_p95_ms} ms`);
  console.log(`  of that the model p50 ${figures.model_p50_ms} ms, p95 ${figures.model_p95_ms} ms`);
  console.log(`Activation: ${figures.activation_ms} ms, an empty extension ${figures.empty_activation_ms} ms`);
  console.log(JSON.stringify(figures));
}

async function beginningOf(name) {
  return (await readFile(join(repository, "samples", name), "utf8")).split("\n").slice(0, typedFrom).join("\n");
}

/** A VSIX that activates when ours does and does nothing. */
async function emptyExtension() {
  const folder = await mkdtemp(join(tmpdir(), "diffusionlsp-empty-"));
  process.once("exit", () => spawnSync("rm", ["-rf", folder]));
  const manifest = { name: "empty", publisher: "diffusionlsp-e2e", version: "1.0.0", engines: { vscode: "^1.91.0" } };
  const rest = { main: "./extension.js", activationEvents: ["onStartupFinished"], extensionKind: ["workspace"] };
  await writeFile(join(folder, "package.json"), JSON.stringify({ ...manifest, ...rest }));
  await writeFile(join(folder, "extension.js"), "exports.activate = () => {};\n");
  await writeFile(join(folder, "README.md"), "An extension that does nothing.\n");
  await writeFile(join(folder, "LICENSE"), "None.\n");
  const vsce = join(repository, "vscode-extension", "node_modules", "@vscode", "vsce", "vsce");
  const vsix = join(folder, "empty.vsix");
  const { status, stderr } = spawnSync(process.execPath, [vsce, "package", "--allow-missing-repository", "--out", vsix], { cwd: folder });
  if (status !== 0) {
    throw new Error(`The empty extension cannot be packaged: ${stderr}`);
  }
  return vsix;
}
