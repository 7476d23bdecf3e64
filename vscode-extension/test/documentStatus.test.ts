import { describe, expect, it } from "vitest";
import manifest from "../package.json";
import { defaultSettings, type Settings } from "../src/settings";
import { documentView } from "../src/status/documentStatus";
import type { Status } from "../src/status/status";

const python = { uri: "file:///w/a.py", languageId: "python" };
const ready: Status = { state: "ready", model: "quicksilver" };
const view = (status: Status, changes: Partial<Settings> = {}, document = python, minutesLeft = 0) =>
  documentView(document, { ...defaultSettings, ...changes }, status, minutesLeft);

describe("documentView", () => {
  it("says that suggestions come where nothing is against it", () => {
    expect(view(ready)).toMatchObject({ text: "DiffusionLsp", severity: "information", busy: false });
  });

  it("says where text goes that leaves the machine", () => {
    const engine = "https://engine.example/v1/completions";
    expect(view({ ...ready, engine, leavesMachine: true }).detail).toBe(`Text leaves this machine, for ${engine}`);
    expect(view({ ...ready, engine: "http://127.0.0.1:8000" }).detail).toBe("Suggestions appear while you type");
  });

  it.each<[Status, string, string, boolean]>([
    [{ state: "stopped" }, "The server does not run", "information", false],
    [{ state: "starting" }, "The server starts", "information", true],
    [{ state: "loading" }, "The model is being loaded", "information", true],
    [{ state: "loading", loadedPercent: 42 }, "The model is being loaded, 42 % so far", "information", true],
    [{ state: "failed", message: "No model in /m." }, "No model in /m.", "error", false],
    [{ state: "paused" }, "Suggestions are switched off", "information", false],
  ])("says of %j: %s", (status, detail, severity, busy) => {
    expect(view(status)).toMatchObject({ text: "No suggestions", detail, severity, busy });
  });

  it("says of a secret file why, before anything is asked for, and leads to the setting", () => {
    expect(view(ready, {}, { uri: "file:///w/.env", languageId: "dotenv" })).toEqual({
      text: "No suggestions",
      detail: "May hold secrets: its name matches .env*",
      severity: "information",
      busy: false,
      command: {
        title: "Open Setting",
        command: "workbench.action.openSettings",
        arguments: ["diffusionlsp.secretFiles"],
      },
    });
  });

  it.each<[string, Partial<Settings>, number, string, string]>([
    ["off", { enabled: false }, 0, "Suggestions while typing are off", "diffusionlsp.toggle"],
    ["snoozed", {}, 4, "Snoozed for 4 more min", "diffusionlsp.toggle"],
    [
      "off by language",
      { languages: { python: false } },
      0,
      "Suggestions are off in python files",
      "diffusionlsp.toggleLanguage",
    ],
    [
      "asked for only",
      { trigger: "manual" },
      0,
      "Suggestions are made only when asked for",
      "workbench.action.openSettings",
    ],
  ])("says what the user chose: %s", (_, changes, minutesLeft, detail, command) => {
    expect(view(ready, changes, python, minutesLeft)).toMatchObject({ detail, command: { command } });
  });

  it("says that the model does not know the language", () => {
    const status: Status = {
      ...ready,
      unknownLanguages: { python: "quicksilver was not trained on python; installed for it: x" },
    };
    expect(view(status)).toMatchObject({
      detail: "Quicksilver was not trained on python",
      severity: "warning",
      command: { arguments: ["diffusionlsp.model"] },
    });
  });

  it.each([
    ["the model was not sure enough (setting confidenceFloor)", "information", "confidenceFloor"],
    ["the answer took too long (setting timeBudgetMs)", "warning", "timeBudgetMs"],
    ["suggestions are off, or made only when asked for (settings enabled, trigger)", "information", "enabled"],
  ])("says of this document what the server says: %s", (reason, severity, setting) => {
    const status: Status = { ...ready, documents: { [python.uri]: reason, "file:///w/b.py": "another" } };
    expect(view(status)).toMatchObject({
      text: "Nothing to show last",
      detail: expect.stringMatching(/^(The|Suggestions) .*[a-z]$/),
      severity,
      command: { arguments: [`diffusionlsp.${setting}`] },
    });
    expect(Object.keys(manifest.contributes.configuration.properties)).toContain(`diffusionlsp.${setting}`);
  });
});
