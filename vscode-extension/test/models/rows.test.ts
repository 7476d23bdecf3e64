import { describe, expect, it } from "vitest";
import { folderInUse, isCurrent, type ModelRow, modelGroups } from "../../src/models/rows";
import type { ModelEntry } from "../../src/protocol";
import { embedded, installed, known, report } from "./models";

const rowOf = (model: ModelEntry, setting = ""): ModelRow => {
  const [group] = modelGroups({ ...report, models: [model] }, { model: setting, device: "cpu" });
  return group?.rows[0] as ModelRow;
};

describe("the list of models", () => {
  it("begins with what is installed, then the server's own, then what can be had", () => {
    const groups = modelGroups(report, { model: "", device: "cpu" });
    expect(groups.map(({ title, rows }) => [title, ...rows.map(({ model }) => model.name)])).toEqual([
      ["On this machine", "half"],
      ["Comes with the server", "quicksilver"],
      ["To download", "dream-7b"],
    ]);
  });

  it("has no heading over nothing", () => {
    const groups = modelGroups({ ...report, models: [embedded] }, { model: "", device: "cpu" });
    expect(groups).toHaveLength(1);
  });
});

describe("a row", () => {
  it("says size, licence, memory and speed, and which is in use", () => {
    expect(rowOf(embedded)).toMatchObject({
      label: "$(check) quicksilver",
      description: "in use · 18.1 MB · licence: MIT",
      detail: "Needs 174.9 MB of memory, fits · fast: while you type",
    });
    expect(rowOf(known)).toMatchObject({
      label: "$(cloud-download) dream-7b",
      description: "15.2 GB · licence not known",
      detail: "Needs 34.4 GB of memory, does not fit · very slow",
    });
  });

  it("says why a model cannot be used", () => {
    expect(rowOf({ ...installed, state: "damaged", note: "config.json is missing." })).toMatchObject({
      label: "$(warning) half",
      detail: "Cannot be used: config.json is missing.",
    });
    expect(rowOf({ ...known, support: "unsupported" }).detail).toMatch(/not supported yet/);
  });

  it.each([
    ["what is installed", rowOf(installed), ["verify", "remove", "openPage"]],
    ["what is in use", rowOf(installed, "half"), ["verify", "openPage"]],
    ["what is damaged", rowOf({ ...installed, state: "damaged", repository: null }), ["verify", "remove"]],
    ["the server's own, in use or not", rowOf(embedded, "half"), ["verify", "openReadme"]],
    ["what is not here", rowOf(known), ["openPage"]],
  ])("offers for %s what can be done to it", (_, row, acts) => {
    expect(row.acts).toEqual(acts);
  });
});

describe("the model in use", () => {
  const choice = (model: string) => ({ model, device: "cpu" });

  it.each([
    ["", embedded, true],
    ["quicksilver", embedded, true],
    ["half", embedded, false],
    ["half", installed, true],
    ["/models/half", installed, true],
    ["", installed, false],
    ["dream-7b", known, false],
  ])("of the setting '%s' is %j: %s", (setting, model, expected) => {
    expect(isCurrent(model, choice(setting))).toBe(expected);
  });

  it("may lie in a folder of its own", () => {
    expect(folderInUse(report, choice("/disk/model"))).toBe("/disk/model");
    expect(folderInUse(report, choice("C:\\model"))).toBe("C:\\model");
    expect(folderInUse(report, choice("/models/half"))).toBeUndefined();
    expect(folderInUse(report, choice("half"))).toBeUndefined();
    expect(folderInUse(report, choice(""))).toBeUndefined();
  });
});
