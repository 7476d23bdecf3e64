#!/usr/bin/env node
// A language server that answers every inline completion with the same text, and every edit with the same three: a
// model's place-holder, with which the extension is tested in seconds. It counts nothing and checks nothing; the product's
// own server is tested elsewhere.
import { appendFileSync, existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import process from "node:process";
import { StubModels } from "./stub-models.mjs";

const suggestion = "return sum((value - center) ** 2 for value in values) / len(values)";
const alternatives = ["return 1", "return 2", "return 3"];
/** Where it notes what it was told, for tests to read. */
const folder = process.env.DIFFUSIONLSP_STUB_FOLDER;
const noted = ["initialize", "workspace/didChangeConfiguration", "diffusion/editorContext"];
const requests = [];
/** Its tokens as a model writes them, a share of them in each step and not from left to right. */
const tokens = suggestion.match(/ ?\w+| ?[^\w\s]+/g);
const stepsOfInfill = 8;
const stepTime = 60;
const models = new StubModels(folder, send);
let chosenModel = "";
let showsSteps = false;
let infills = 0;
let buffer = Buffer.alloc(0);

process.stdin.on("data", (bytes) => {
  buffer = Buffer.concat([buffer, bytes]);
  for (let message = takeMessage(); message !== undefined; message = takeMessage()) {
    answer(message);
  }
});

function takeMessage() {
  const headerEnd = buffer.indexOf("\r\n\r\n");
  if (headerEnd < 0) {
    return undefined;
  }
  const length = Number(/Content-Length: (\d+)/i.exec(buffer.toString("latin1", 0, headerEnd))[1]);
  const end = headerEnd + 4 + length;
  if (buffer.length < end) {
    return undefined;
  }
  const message = JSON.parse(buffer.toString("utf8", headerEnd + 4, end));
  buffer = buffer.subarray(end);
  return message;
}

function answer({ id, method, params }) {
  if (folder !== undefined && noted.includes(method)) {
    appendFileSync(join(folder, "told.jsonl"), `${JSON.stringify({ method, params })}\n`);
  }
  switch (method) {
    case "initialize":
      chosenModel = params.initializationOptions.model;
      showsSteps = params.initializationOptions.denoisingSteps === true;
      send({
        id,
        result: {
          serverInfo: { name: "stub" },
          capabilities: {
            textDocumentSync: { openClose: true, change: 2 },
            inlineCompletionProvider: {},
            codeActionProvider: { resolveProvider: true },
          },
        },
      });
      break;
    case "initialized":
      process.stderr.write("00:00:00.000 Information stub: ready\n");
      status(chosenModel && !models.has(chosenModel) ? { state: "failed", message: `There is no model ${chosenModel}.` } : {});
      break;
    case "textDocument/inlineCompletion":
      infill(id, params, ++infills);
      break;
    case "window/workDoneProgress/cancel":
      models.cancel(params.token);
      break;
    case "workspace/executeCommand":
      if (params.command.startsWith("diffusionlsp.models")) {
        models.answer(id, params);
        break;
      }
      send({ id, result: params.command === "diffusionlsp.requests" ? requests : figures() });
      break;
    case "textDocument/codeAction":
      send({ id, result: offers(params) });
      break;
    case "codeAction/resolve":
      // What is written in a slow file takes until it is cancelled.
      if (!params.data.uri.includes("slow")) {
        send({ id, result: { ...params, edit: editOf(params.data) } });
      }
      break;
    case "$/cancelRequest":
      process.stderr.write(`00:00:00.000 Information stub: request ${params.id} is cancelled\n`);
      send({ id: params.id, error: { code: -32800, message: "cancelled" } });
      break;
    case "shutdown":
      send({ id, result: null });
      break;
    case "exit":
      process.exit(0);
  }
}

/** Figures of two days, which come from a file and go with it. */
function figures() {
  const file = join(folder, "figures.json");
  if (requests.length > 0 && !existsSync(file)) {
    const days = { "2026-01-01": { python: { shown: 8, accepted: 2 } }, "2026-01-02": { python: { shown: 4, accepted: 1 } } };
    writeFileSync(file, JSON.stringify(days));
    requests.length = 0;
  }
  return { file, days: existsSync(file) ? JSON.parse(readFileSync(file, "utf8")) : {} };
}

/** Three alternatives for each diagnostic, for a selection, and for each other kind that is asked for by its name. */
function offers({ textDocument: { uri }, range, context: { diagnostics, only } }) {
  const action = (title, kind, place, diagnostic) =>
    alternatives.map((_, alternative) => ({
      title,
      kind,
      ...(diagnostic && { diagnostics: [diagnostic] }),
      data: { uri, range: place, alternative, likelihood: 0.8 / (alternative + 1) },
    }));
  const isEmpty = range.start.line === range.end.line && range.start.character === range.end.character;
  const wants = (kind) => only === undefined || only.some((wanted) => kind.startsWith(wanted));
  const [regenerate, fill] = ["regenerate", "fill"].map((end) => `refactor.rewrite.diffusionlsp.${end}`);
  return [
    ...(wants("quickfix.diffusionlsp") ? diagnostics : []).flatMap((diagnostic) =>
      action(`Fix: ${diagnostic.message}`, "quickfix.diffusionlsp", diagnostic.range, diagnostic),
    ),
    ...(wants(regenerate) && !isEmpty ? action("Regenerate selection", regenerate, range) : []),
    ...(only?.includes(fill) ? action("Fill in", fill, range) : []),
  ];
}

/** The text at its place, with the instruction where there is one; in a file that says so, at the file's beginning as well. */
function editOf({ uri, range, alternative, instruction }) {
  const newText = instruction === undefined ? alternatives[alternative] : `${alternatives[alternative]}  # ${instruction}`;
  const start = { line: 0, character: 0 };
  const edits = [{ range, newText, annotationId: "stub" }];
  if (uri.includes("several")) {
    edits.unshift({ range: { start, end: start }, newText: `${newText}\n`, annotationId: "stub" });
  }
  return {
    documentChanges: [{ textDocument: { uri, version: null }, edits }],
    changeAnnotations: { stub: { label: "DiffusionLsp", needsConfirmation: true } },
  };
}

function infill(id, { textDocument: { uri }, position, context }, request, step = 1) {
  const invoked = context.triggerKind === 1;
  if (showsSteps && step <= stepsOfInfill) {
    const params = { uri, position, request, step, cells: cellsAfter(step), milliseconds: step * stepTime };
    send({ method: "diffusion/denoisingStep", params });
    setTimeout(() => infill(id, { textDocument: { uri }, position, context }, request, step + 1), stepTime);
    return;
  }
  send({ id, result: { items: [{ insertText: suggestion, range: { start: position, end: position } }] } });
  status({ lastMs: 42, tokensPerForward: 3.5 });
  requests.unshift({ uri, at: new Date(), invoked, outcome: "shown", ms: 42 });
}

function cellsAfter(step) {
  return tokens.map((text, index) => {
    const writtenIn = 1 + (((index * 5) % tokens.length) * stepsOfInfill) / tokens.length;
    const confidence = 0.4 + ((index * 7) % 13) / 21;
    const isWritten = Math.floor(writtenIn) <= step;
    const state = !isWritten ? "masked" : Math.floor(writtenIn) === step ? "fresh" : "committed";
    return { text: isWritten ? text : "", state, confidence: isWritten ? confidence : confidence / 2 };
  });
}

function status(figures) {
  send({ method: "diffusion/status", params: { state: "ready", model: chosenModel || "stub", device: "cpu", followsInstructions: true, ...figures } });
}

function send(message) {
  const body = JSON.stringify({ jsonrpc: "2.0", ...message });
  process.stdout.write(`Content-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`);
}
