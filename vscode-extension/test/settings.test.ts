import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import manifest from "../package.json";
import { usualSecretFiles } from "../src/context/documentRules";
import {
  defaultSettings,
  isLanguageOn,
  mergeIgnored,
  needsRestart,
  readSettings,
  type Settings,
  serverSettings,
  settingNames,
  suggestsWhileTyping,
} from "../src/settings";

const keys = Object.keys(settingNames) as (keyof Settings)[];

interface Declaration {
  readonly type: string | string[];
  readonly default: unknown;
  readonly scope?: string;
  readonly order: number;
  readonly markdownDescription: string;
}

const declared = manifest.contributes.configuration.properties as Record<string, Declaration>;
const declaration = (key: keyof Settings): Declaration => {
  const found = declared[`diffusionlsp.${settingNames[key]}`];
  expect(found, key).toBeDefined();
  return found as Declaration;
};

describe("package.json and the settings that the code reads", () => {
  it("name the same settings", () => {
    expect(Object.keys(declared).sort()).toEqual(keys.map((key) => `diffusionlsp.${settingNames[key]}`).sort());
  });

  it.each(keys)("give %s the same default", (key) => {
    expect(declaration(key).default).toEqual(defaultSettings[key]);
  });

  it("put each in a place of its own, and describe it in whole sentences", () => {
    const orders = Object.values(declared).map(({ order }) => order);
    expect(new Set(orders).size).toBe(orders.length);
    for (const { markdownDescription } of Object.values(declared)) {
      expect(markdownDescription).toMatch(/^[A-Z].*[.]$/);
    }
  });

  it.each(keys.filter((key) => key.endsWith("Ms")))("say what %s is measured in", (key) => {
    expect(declaration(key).markdownDescription).toContain("in milliseconds");
  });
});

describe("what a workspace may choose", () => {
  const scoped = (scope: string) => keys.filter((key) => declaration(key).scope === scope).sort();
  const restricted = manifest.capabilities.untrustedWorkspaces.restrictedConfigurations;

  it("is not what runs", () => {
    expect(scoped("machine")).toEqual([
      "device",
      "dtype",
      "engineConfirmed",
      "engineModel",
      "engineTemplate",
      "engineUrl",
      "model",
      "serverPath",
    ]);
  });

  it("is not which files hold secrets", () => {
    expect(scoped("application")).toEqual(["secretFiles"]);
  });

  it("is, where it is not trusted, only what does no harm", () => {
    const harmless = [
      "confidenceFloor",
      "enabled",
      "fillMarkers",
      "ignore",
      "languages",
      "maxLines",
      "showMasksWhileWriting",
      "trigger",
    ];
    const free = keys.filter((key) => !restricted.includes(`diffusionlsp.${settingNames[key]}`));
    expect(free.sort()).toEqual(harmless);
    expect(restricted).toHaveLength(keys.length - harmless.length);
  });
});

/** The server's settings that are none of the extension's, and why. */
const notOffered: Record<string, string> = {
  enabled: "the extension decides it, so that a suggestion can still be asked for where they are off",
  announceCommands: "the extension registers commands of these names itself",
  completionFallback: "VS Code has inline completion",
  denoisingSteps: "no choice of the user's: whatever shows the steps asks for them",
};

describe("the server's settings, as its page lists them", () => {
  const page = readFileSync(new URL("../../docs/protocol.md", import.meta.url), "utf8");
  const table = page.slice(page.indexOf("## Settings"), page.indexOf("## Commands"));
  const listed = [...table.matchAll(/^\| `(\w+)` \| ([^|]*) \| ([^|]*) \|/gm)].map(([, name, type, value]) => ({
    name: name as string,
    type: type as string,
    value: value as string,
  }));
  const offered = listed.filter(({ name }) => !(name in notOffered));
  const told = serverSettings(defaultSettings) as Record<string, unknown>;

  it("are all offered, or left out for a reason", () => {
    expect(offered.map(({ name }) => name).sort()).toEqual(Object.keys(told).sort());
    expect(listed.length - offered.length).toBe(Object.keys(notOffered).length);
  });

  it.each(offered)("have the type of $name", ({ name, type }) => {
    const types = [declaration(name as keyof Settings).type].flat();
    const known = type.replace("array of string", "array").split(" or ");
    expect(known).toEqual(expect.arrayContaining(types));
  });

  it.each(offered)("have the default of $name", ({ name, value }) => {
    const inWords: Record<string, unknown> = {
      "the usual secret-bearing files": usualSecretFiles,
      "the embedded model": "",
    };
    const quoted = /^`(.*)`$/.exec(value)?.[1];
    expect(told[name]).toEqual(value in inWords ? inWords[value] : (quoted ?? JSON.parse(value)));
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
      trigger: "manual",
      confidenceFloor: 0.5,
      maxLines: 1,
      timeBudgetMs: 150,
      invokedTimeBudgetMs: 900.5,
      fillMarkers: ["FILL ME"],
      secretFiles: ["*.vault"],
      ignore: ["**/generated/**"],
      relatedFiles: false,
      editorContext: false,
      model: "/models/mine",
      device: "cuda:1",
      dtype: "bf16",
      spanLength: "packed",
      maxTokens: 12,
      engineUrl: "https://engine.example",
      engineModel: "big",
      engineTemplate: "<P>{prefix}<S>{suffix}<M>",
      engineConfirmed: "https://engine.example",
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
    ["trigger", "sometimes"],
    ["confidenceFloor", 1.1],
    ["timeBudgetMs", 0],
    ["timeBudgetMs", null],
    ["fillMarkers", "FILL ME"],
    ["secretFiles", null],
    ["secretFiles", "*.vault"],
    ["ignore", {}],
    ["showMasksWhileWriting", "yes"],
  ])("ignores %s where its value is %j", (name, value) => {
    expect(reading({ [name]: value })).toEqual(defaultSettings);
  });
});

it("hands a list of globs on as it was written, for the server to tell what is none", () => {
  const secretFiles = ["*.vault", "", "a/../b", 1];
  expect(readSettings((name) => ({ secretFiles })[name]).secretFiles).toEqual(secretFiles);
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
    ["not when only asked for", { trigger: "manual" }, false],
  ])("%s", (_, changes, expected) => {
    expect(suggestsWhileTyping({ ...defaultSettings, ...changes }, "python")).toBe(expected);
  });
});

describe("mergeIgnored", () => {
  it.each<[unknown, unknown, unknown[]]>([
    [["*.g.cs"], ["build/"], ["*.g.cs", "build/"]],
    [["*.g.cs"], [], ["*.g.cs"]],
    [undefined, ["build/"], ["build/"]],
    [["*.g.cs"], ["*.g.cs"], ["*.g.cs"]],
    [["*.g.cs"], ["", "a/../b"], ["*.g.cs", "", "a/../b"]],
    [["*.g.cs"], null, ["*.g.cs"]],
    [["*.g.cs"], "build/", ["*.g.cs"]],
  ])("adds to the user's %j the workspace's %j", (user, inWorkspace, expected) => {
    expect(mergeIgnored(user, inWorkspace)).toEqual(expected);
  });
});

it("knows which languages are on", () => {
  expect(isLanguageOn(defaultSettings, "python")).toBe(true);
  expect(isLanguageOn({ languages: { "*": false } }, "python")).toBe(false);
});

describe("needsRestart", () => {
  it.each<[keyof Settings, Partial<Settings>, boolean]>([
    ["enabled", { enabled: false }, false],
    ["languages", { languages: { python: false } }, false],
    ["model", { model: "other" }, true],
    ["device", { device: "cpu" }, true],
    ["dtype", { dtype: "int8" }, true],
    ["spanLength", { spanLength: "cal" }, false],
    ["engineUrl", { engineUrl: "http://127.0.0.1:8000" }, true],
    ["engineConfirmed", { engineConfirmed: "https://engine.example" }, true],
    ["maxTokens", { maxTokens: 8 }, false],
    ["secretFiles", { secretFiles: [] }, false],
    ["timeBudgetMs", { timeBudgetMs: 1 }, false],
    ["serverPath", { serverPath: "/opt/diffusionlsp" }, true],
    ["showMasksWhileWriting", { showMasksWhileWriting: true }, false],
  ])("knows what a change of %s takes", (_, changes, expected) => {
    expect(needsRestart(defaultSettings, { ...defaultSettings, ...changes })).toBe(expected);
  });
});
