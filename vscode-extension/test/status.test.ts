import { describe, expect, it } from "vitest";
import { defaultSettings } from "../src/settings";
import { type Status, type Suggesting, suggestingIn, viewOf } from "../src/status/status";

const on: Suggesting = { on: true };
const ready: Status = {
  state: "ready",
  model: "quicksilver",
  device: "cpu",
  lastMs: 83.6,
  tokensPerForward: 3.24,
  forwardMs: 12.6,
};

describe("viewOf", () => {
  it("tells everything about a ready server", () => {
    expect(viewOf(ready, on)).toEqual({
      text: "$(sparkle) quicksilver 84 ms",
      tooltip: [
        "**DiffusionLsp: ready**",
        "Model: quicksilver on cpu",
        "Last suggestion: 84 ms",
        "Tokens per forward pass: 3\\.2",
        "A forward pass takes: 13 ms",
      ].join("\n\n"),
      label:
        "DiffusionLsp: ready, Model: quicksilver on cpu, Last suggestion: 84 ms, Tokens per forward pass: 3.2, A forward pass takes: 13 ms",
      severity: "normal",
    });
  });

  it.each<[Status, string]>([
    [{ state: "stopped" }, "$(debug-disconnect) DiffusionLsp"],
    [{ state: "starting" }, "$(loading~spin) DiffusionLsp"],
    [{ state: "loading", model: "quicksilver" }, "$(loading~spin) quicksilver"],
    [{ state: "loading", loadedPercent: 42 }, "$(loading~spin) DiffusionLsp 42 %"],
    [{ state: "loading", loadedPercent: null }, "$(loading~spin) DiffusionLsp"],
    [{ state: "loading", loadedPercent: 101 }, "$(loading~spin) DiffusionLsp 100 %"],
    [{ state: "ready", model: "quicksilver", loadedPercent: 100 }, "$(sparkle) quicksilver"],
    [{ state: "ready", model: "quicksilver", lastMs: null }, "$(sparkle) quicksilver"],
    [{ state: "paused", model: "quicksilver", lastMs: 12 }, "$(debug-pause) quicksilver"],
    [{ state: "failed", message: "No model." }, "$(error) DiffusionLsp"],
  ])("puts %j as %s", (status, text) => {
    expect(viewOf(status, on).text).toBe(text);
  });

  it("says where text goes that leaves the machine", () => {
    const engine = "https://engine.example/v1/completions";
    const label = "The text around the cursor goes to another machine: https://engine.example/v1/completions";
    expect(viewOf({ ...ready, engine, leavesMachine: true }, on).label).toContain(label);
    expect(viewOf({ ...ready, engine: "http://127.0.0.1:8000/v1/completions" }, on).label).not.toContain("machine");
  });

  it("shows a failure as one, with its reason", () => {
    const view = viewOf({ state: "failed", message: "No model in /m_1." }, on);
    expect(view.severity).toBe("error");
    expect(view.label).toBe("DiffusionLsp: failed, No model in /m_1.");
    expect(view.tooltip).toContain("/m\\_1");
  });

  it.each<[Suggesting, string]>([
    [{ on: false }, "Suggestions while typing are off"],
    [{ on: false, languageId: "markdown" }, "Suggestions while typing are off in markdown files"],
    [
      { on: false, languageId: "rust", reason: "quicksilver was not trained on rust" },
      "Suggestions while typing are off in rust files: quicksilver was not trained on rust",
    ],
  ])("says that suggestions are off: %j", (suggesting, fact) => {
    const view = viewOf(ready, suggesting);
    expect(view.text).toMatch(/^\$\(circle-slash\)/);
    expect(view.label).toMatch(new RegExp(`, ${fact}$`));
  });

  it("shows a snooze and how long it lasts", () => {
    const view = viewOf(ready, { on: false, minutesLeft: 4 });
    expect(view.text).toBe("$(bell-slash) quicksilver snoozed 4 min");
    expect(view.label).toMatch(/, Suggestions while typing are off for 4 more min$/);
  });

  it("tells a screen reader how much is loaded", () => {
    expect(viewOf({ state: "loading", loadedPercent: 7 }, on).label).toBe("DiffusionLsp: loading, Loaded: 7 %");
  });

  it("leaves out what the server does not say", () => {
    expect(viewOf({ state: "ready" }, on).label).toBe("DiffusionLsp: ready");
  });
});

describe("suggestingIn", () => {
  const reason = "quicksilver was not trained on rust";
  const choosy: Status = { ...ready, unknownLanguages: { rust: reason } };

  it.each<[string | undefined, Suggesting]>([
    ["rust", { on: false, languageId: "rust", reason }],
    ["python", { on: true }],
    ["constructor", { on: true }],
    [undefined, { on: true }],
  ])("follows the model in %s", (languageId, suggesting) => {
    expect(suggestingIn(languageId, defaultSettings, choosy)).toEqual(suggesting);
  });

  it("puts what the user switched off before what the model does not know", () => {
    expect(suggestingIn("rust", { ...defaultSettings, enabled: false }, choosy)).toEqual({ on: false });
    expect(suggestingIn("rust", { ...defaultSettings, languages: { rust: false } }, choosy)).toEqual({
      on: false,
      languageId: "rust",
    });
  });

  it("puts a snooze before all else, and has manual mean off", () => {
    const settings = { ...defaultSettings, enabled: false };
    expect(suggestingIn("rust", settings, choosy, 4)).toEqual({ on: false, minutesLeft: 4 });
    expect(suggestingIn("rust", { ...defaultSettings, trigger: "manual" }, choosy)).toEqual({ on: false });
  });

  it.each<Status>([ready, { ...ready, unknownLanguages: null }, { state: "starting" }])(
    "suggests where nothing is said against it: %j",
    (status) => {
      expect(suggestingIn("rust", defaultSettings, status)).toEqual({ on: true });
    },
  );
});
