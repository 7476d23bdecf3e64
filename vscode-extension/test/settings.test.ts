import { describe, expect, it } from "vitest";
import manifest from "../package.json";
import {
  defaultSettings,
  needsRestart,
  readSettings,
  type Settings,
  serverSettings,
  settingNames,
  suggestsWhileTyping,
} from "../src/settings";

const keys = Object.keys(settingNames) as (keyof Settings)[];

describe("package.json and the settings that the code reads", () => {
  const declared = manifest.contributes.configuration.properties as Record<
    string,
    { default: unknown; scope?: string }
  >;

  it("name the same settings", () => {
    expect(Object.keys(declared).sort()).toEqual(keys.map((key) => `diffusionlsp.${settingNames[key]}`).sort());
  });

  it.each(keys)("give %s the same default", (key) => {
    expect(declared[`diffusionlsp.${settingNames[key]}`]?.default).toEqual(defaultSettings[key]);
  });

  it("keep a workspace from choosing what runs", () => {
    const machineScoped = keys
      .map((key) => `diffusionlsp.${settingNames[key]}`)
      .filter((name) => declared[name]?.scope === "machine");
    expect(machineScoped.sort()).toEqual(["diffusionlsp.device", "diffusionlsp.model", "diffusionlsp.server.path"]);
    expect([...manifest.capabilities.untrustedWorkspaces.restrictedConfigurations].sort()).toEqual(machineScoped);
  });
});

describe("readSettings", () => {
  const reading = (values: Record<string, unknown>) => readSettings((name) => values[name]);

  it("falls back to the defaults where nothing is set", () => {
    expect(reading({})).toEqual(defaultSettings);
  });

  it("reads each setting by its name", () => {
    const chosen: Settings = {
      enabled: false,
      languages: { "*": false, python: true },
      model: "/models/mine",
      device: "cuda:1",
      maxTokens: 12,
      serverPath: "/opt/diffusionlsp",
      showMasksWhileWriting: true,
    };
    expect(reading(Object.fromEntries(keys.map((key) => [settingNames[key], chosen[key]])))).toEqual(chosen);
  });

  it.each([
    ["enabled", "yes"],
    ["languages", null],
    ["languages", { python: "no" }],
    ["maxTokens", "64"],
    ["maxTokens", 0],
    ["maxTokens", 1.5],
    ["server.path", 1],
    ["showMasksWhileWriting", "yes"],
  ])("ignores %s where its value is %j", (name, value) => {
    expect(reading({ [name]: value })).toEqual(defaultSettings);
  });
});

describe("suggestsWhileTyping", () => {
  it.each<[string, Partial<Settings>, boolean]>([
    ["by default", {}, true],
    ["not when off", { enabled: false }, false],
    ["not when off, whatever the language says", { enabled: false, languages: { python: true } }, false],
    ["not where the language is off", { languages: { "*": true, python: false } }, false],
    ["where the language alone is on", { languages: { "*": false, python: true } }, true],
    ["not where all others are off", { languages: { "*": false, csharp: true } }, false],
    ["where the setting says nothing of it", { languages: {} }, true],
  ])("%s", (_, changes, expected) => {
    expect(suggestsWhileTyping({ ...defaultSettings, ...changes }, "python")).toBe(expected);
  });
});

it("tells the server what it reads, and not what is decided here", () => {
  expect(serverSettings(defaultSettings)).toEqual({ model: "", device: "auto", maxTokens: null });
});

describe("needsRestart", () => {
  it.each<[keyof Settings, Partial<Settings>, boolean]>([
    ["enabled", { enabled: false }, false],
    ["languages", { languages: { python: false } }, false],
    ["model", { model: "other" }, true],
    ["device", { device: "cpu" }, true],
    ["maxTokens", { maxTokens: 8 }, false],
    ["serverPath", { serverPath: "/opt/diffusionlsp" }, true],
    ["showMasksWhileWriting", { showMasksWhileWriting: true }, false],
  ])("knows what a change of %s takes", (_, changes, expected) => {
    expect(needsRestart(defaultSettings, { ...defaultSettings, ...changes })).toBe(expected);
  });
});
