// Measures what a person waits for in a real VS Code: from the last key to ghost text that can be seen, with the server's
// share of it, and how long the extension takes to activate beside one that does nothing. Run by `run.sh --measure` on an
// idle machine; figures of another machine or another run do not compare. Prints tables in Markdown, and JSON as the last
// line; `run.sh --measure KEYS WINDOWS` takes fewer or more figures.
import { readdir, readFile } from "node:fs/promises";
import { cpus, loadavg } from "node:os";
import { extname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { activationTimes, emptyExtension, withEmptyExtension } from "./lib/activation.mjs";
import { close, diffs, editor, open, workbench } from "./lib/product.mjs";

const samples = fileURLToPath(new URL("../../samples", import.meta.url));
const ours = "diffusionlsp.diffusionlsp";
/** How many keys are timed, and how often the window is loaded to see the extensions activate. */
const [trials = 50, windows = 7] = process.argv.slice(2).map(Number);
/** How long a suggestion is waited for, in milliseconds; while a person types, the server gives one up after two seconds. */
const patience = 3_000;

const places = await placesOf(samples);
const settings = {
  // How sure the model is of a suggestion has no bearing on how long it takes.
  "diffusionlsp.confidenceFloor": 0,
  // A person's next file is not the last one with another line cut off, so what was looked at before is no help here.
  "diffusionlsp.editorContext": false,
  "editor.autoClosingBrackets": "never",
  "editor.autoClosingQuotes": "never",
  "editor.quickSuggestions": { other: "off", comments: "off", strings: "off" },
  "editor.suggestOnTriggerCharacters": false,
};
await withEmptyExtension(async (vsix) => {
  const files = Object.fromEntries(places.map(({ name, text }) => [name, text]));
  await open({ files, settings, others: [vsix], size: { width: 1600, height: 900 } });
  try {
    report(await timeActivations(), await timeKeys());
  } catch (error) {
    await workbench.screenshot("failed: to measure");
    throw error;
  } finally {
    await close();
  }
});

async function timeActivations() {
  const times = [];
  for (let count = 0; count < windows; count++) {
    times.push(await activationTimes(workbench, [ours, emptyExtension]));
  }
  return times;
}

/** Types a key in one place after another, until as many as are wanted brought ghost text. */
async function timeKeys() {
  const timed = [];
  const others = {};
  await workbench.press("Control+b");
  await workbench.run("View: Close All Editors");
  for (const place of places) {
    if (timed.length === trials) {
      break;
    }
    await editor.openFile(place.name);
    await editor.goToEndOf(place.line);
    const milliseconds = await editor.timeToGhostText(place.next, patience);
    const request = await latestRequest(place.name);
    await workbench.run("View: Revert and Close Editor");
    await diffs.hasNoTab(place.name);
    // What the server had at hand already is not what it takes to write something.
    if (milliseconds === undefined || request.outcome !== "shown") {
      const why = milliseconds === undefined && request.outcome === "shown" ? "shown too late" : request.outcome;
      others[why] = (others[why] ?? 0) + 1;
    } else {
      timed.push({ milliseconds, server: request.milliseconds, model: request.model });
    }
    console.error(`${timed.length} of ${trials}: ${place.name}, ${request.outcome}, ${milliseconds?.toFixed(0) ?? "-"} ms`);
  }
  return { timed, others };
}

/** What the server says of its latest request for this file; the file is in front again then. */
async function latestRequest(name) {
  await workbench.run("DiffusionLsp: Show Last Requests");
  const text = await editor.shows(/The\slatest\srequests/);
  const row = text.split("\n").find((line) => /^\d\d:/.test(line))?.split(/ {2,}/);
  await diffs.closeTab();
  await diffs.hasNoTab("Last requests");
  await editor.hasFocus();
  if (row?.[1] !== name) {
    return { outcome: "not asked for" };
  }
  const [, , , outcome, milliseconds, model] = row;
  return { outcome, milliseconds: Number(milliseconds), model: Number(model) };
}

function report(activations, { timed, others }) {
  const notShown = Object.values(others).reduce((sum, count) => sum + count, 0);
  const activation = (id, what) => at(0.5, activations.map((times) => times[id][what]));
  const figures = {
    keys: timed.length,
    notShown: others,
    ghostTextMs: quantiles(timed.map(({ milliseconds }) => milliseconds)),
    serverMs: quantiles(timed.map(({ server }) => server)),
    modelMs: quantiles(timed.map(({ model }) => model)),
    windows,
    activationMs: activation(ours, "activation"),
    emptyActivationMs: activation(emptyExtension, "activation"),
    finishedMs: activation(ours, "finished"),
    emptyFinishedMs: activation(emptyExtension, "finished"),
    processors: cpus().length,
    load: Number(loadavg()[0].toFixed(2)),
  };
  const row = (what, { p50, p95 }) => `| ${what} | ${p50} | ${p95} |`;
  const ratio = (one, other) => (one / Math.max(1, other)).toFixed(1);
  const reasons = Object.entries(others).map(([why, count]) => `${count} ${why}`);
  console.log(`From the last key to ghost text that can be seen, ${timed.length} keys; ${notShown} more brought none\
${notShown > 0 ? ` (${reasons.join(", ")})` : ""}:

| ms | p50 | p95 |
|---|---|---|
${row("from the key to the frame that shows it", figures.ghostTextMs)}
${row("of that the server, from the request to its answer", figures.serverMs)}
${row("of that the model", figures.modelMs)}

Activation, the median of ${windows} windows:

| ms | DiffusionLsp | an empty extension | times |
|---|---|---|---|
| code loaded and called | ${figures.activationMs} | ${figures.emptyActivationMs} | ${ratio(figures.activationMs, figures.emptyActivationMs)} |
| and what it promised kept | ${figures.finishedMs} | ${figures.emptyFinishedMs} | ${ratio(figures.finishedMs, figures.emptyFinishedMs)} |

${figures.processors} processors, load ${figures.load} at the end.
`);
  console.log(JSON.stringify(figures));
}

function quantiles(values) {
  return { p50: Math.round(at(0.5, values)), p95: Math.round(at(0.95, values)) };
}

/** The value that this share of them do not exceed. */
function at(share, values) {
  return [...values].sort((one, other) => one - other)[Math.max(0, Math.ceil(share * values.length) - 1)];
}

/**
 * Places in real code where somebody may be typing: each a file of its own in which the rest of one line is cut off, after
 * a third and after two thirds of what the line says, and the character to type next. In an order that mixes the files.
 */
async function placesOf(folder) {
  const found = [];
  for (const file of (await readdir(folder)).sort()) {
    const lines = (await readFile(join(folder, file), "utf8")).split("\n");
    for (const [index, line] of lines.entries()) {
      const begin = line.search(/\S/);
      const cuts = [1 / 3, 2 / 3].map((share) => begin + Math.round(share * (line.length - begin)));
      for (const cut of line.length - begin < 8 ? [] : cuts.filter((cut) => /\S/.test(line[cut]))) {
        const text = lines.with(index, line.slice(0, cut)).join("\n");
        found.push({ text, line: index + 1, next: line[cut], extension: extname(file) });
      }
    }
  }
  // A step that has no divisor in common with their number comes by each once.
  const step = 37;
  const order = found.map((_, index) => (index * step) % found.length);
  return [...new Set(order)].map((index, place) => ({ ...found[index], name: `place${place}${found[index].extension}` }));
}
