#!/usr/bin/env node
// A language server that answers every inline completion with the same text: a model's place-holder, with which the
// extension is tested in seconds. It counts nothing and checks nothing; the product's own server is tested elsewhere.
import { appendFileSync, existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import process from "node:process";

const suggestion = "return sum((value - center) ** 2 for value in values) / len(values)";
/** Where it notes what it was told, for tests to read. */
const folder = process.env.DIFFUSIONLSP_STUB_FOLDER;
const noted = ["initialize", "workspace/didChangeConfiguration", "diffusion/editorContext"];
const requests = [];
let missingModel = "";
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
      missingModel = params.initializationOptions.model;
      send({ id, result: { serverInfo: { name: "stub" }, capabilities: { textDocumentSync: { openClose: true, change: 2 }, inlineCompletionProvider: {} } } });
      break;
    case "initialized":
      process.stderr.write("00:00:00.000 Information stub: ready\n");
      status(missingModel ? { state: "failed", message: `There is no model ${missingModel}.` } : {});
      break;
    case "textDocument/inlineCompletion":
      send({ id, result: { items: [{ insertText: suggestion, range: { start: params.position, end: params.position } }] } });
      status({ lastMs: 42, tokensPerForward: 3.5 });
      requests.unshift({ uri: params.textDocument.uri, at: new Date(), invoked: params.context.triggerKind === 1, outcome: "shown", ms: 42 });
      break;
    case "workspace/executeCommand":
      send({ id, result: params.command === "diffusionlsp.requests" ? requests : figures() });
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

function status(figures) {
  send({ method: "diffusion/status", params: { state: "ready", model: "stub", device: "cpu", ...figures } });
}

function send(message) {
  const body = JSON.stringify({ jsonrpc: "2.0", ...message });
  process.stdout.write(`Content-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`);
}
