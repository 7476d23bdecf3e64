#!/usr/bin/env node
// A language server that answers every inline completion with the same text: a model's place-holder, with which the
// extension is tested in seconds. It counts nothing and checks nothing; the product's own server is tested elsewhere.
import process from "node:process";

const suggestion = "return sum((value - center) ** 2 for value in values) / len(values)";
/** Its tokens as a model writes them, a share of them in each step and not from left to right. */
const tokens = suggestion.match(/ ?\w+| ?[^\w\s]+/g);
const stepsOfInfill = 8;
const stepTime = 60;
let missingModel = "";
let showsSteps = false;
let requests = 0;
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
  switch (method) {
    case "initialize":
      missingModel = params.initializationOptions.model;
      showsSteps = params.initializationOptions.denoisingSteps === true;
      send({ id, result: { capabilities: { textDocumentSync: { openClose: true, change: 2 }, inlineCompletionProvider: {} } } });
      break;
    case "initialized":
      process.stderr.write("00:00:00.000 Information stub: ready\n");
      status(missingModel ? { state: "failed", message: `There is no model ${missingModel}.` } : {});
      break;
    case "textDocument/inlineCompletion":
      infill(id, params, ++requests);
      break;
    case "shutdown":
      send({ id, result: null });
      break;
    case "exit":
      process.exit(0);
  }
}

function infill(id, { textDocument: { uri }, position }, request, step = 1) {
  if (showsSteps && step <= stepsOfInfill) {
    const params = { uri, position, request, step, cells: cellsAfter(step), milliseconds: step * stepTime };
    send({ method: "diffusion/denoisingStep", params });
    setTimeout(() => infill(id, { textDocument: { uri }, position }, request, step + 1), stepTime);
    return;
  }
  send({ id, result: { items: [{ insertText: suggestion, range: { start: position, end: position } }] } });
  status({ lastMs: 42, tokensPerForward: 3.5 });
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
  send({ method: "diffusion/status", params: { state: "ready", model: "stub", device: "cpu", ...figures } });
}

function send(message) {
  const body = JSON.stringify({ jsonrpc: "2.0", ...message });
  process.stdout.write(`Content-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`);
}
