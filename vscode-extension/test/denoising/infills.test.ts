import { beforeEach, describe, expect, it } from "vitest";
import { type Infill, Infills, keptInfills } from "../../src/denoising/infills";
import { step } from "./steps";

describe("Infills", () => {
  let infills: Infills;
  let told: string[];
  const note = (event: string) => (infill: Infill) => told.push(`${event} ${infill.id}:${infill.steps.length}`);

  beforeEach(() => {
    let ids = 0;
    told = [];
    infills = new Infills(
      (uri) => ({ name: uri.slice(-4), before: "x = ", after: "" }),
      () => `i${++ids}`,
    );
    infills.listen({ onBegin: note("begin"), onStep: note("step"), onEnd: note("end") });
  });

  it("puts the steps of a request together, and the newest infill first", () => {
    infills.step(step("░░"));
    infills.step(step("^a░", { step: 2 }));
    infills.step(step("░", { request: 2 }));
    expect(infills.all.map(({ id, steps }) => [id, steps.length])).toEqual([
      ["i2", 1],
      ["i1", 2],
    ]);
    expect(infills.all[0]).toMatchObject({ name: "a.py", before: "x = ", isOver: false });
    expect(told).toEqual(["begin i1:1", "step i1:2", "begin i2:1"]);
  });

  it("takes in the last step of a request that another one overtook", () => {
    infills.step(step("░░"));
    infills.step(step("░", { request: 2 }));
    infills.step(step("^a^b", { step: 2 }));
    expect(infills.all.map(({ steps }) => steps.length)).toEqual([1, 2]);
  });

  it("ends what was written at a place, once", () => {
    infills.step(step("^a"));
    infills.step(step("^a", { request: 2, position: { line: 9, character: 0 } }));
    infills.ended("file:///w/a.py", { line: 3, character: 4 });
    infills.ended("file:///w/a.py", { line: 3, character: 4 });
    infills.ended("file:///w/b.py", { line: 9, character: 0 });
    expect(infills.all.map(({ isOver }) => isOver)).toEqual([false, true]);
    expect(told.at(-1)).toBe("end i1:1");
    expect(told).toHaveLength(3);
  });

  it("does not take another server's request for its forerunner's of the same number", () => {
    infills.step(step("░░"));
    infills.serverStarted();
    infills.step(step("░"));
    expect(infills.all.map(({ id, isOver }) => [id, isOver])).toEqual([
      ["i2", false],
      ["i1", true],
    ]);
  });

  it("keeps no more than the last ten", () => {
    for (let request = 1; request <= 12; request++) {
      infills.step(step("^a", { request }));
    }
    expect(infills.all).toHaveLength(keptInfills);
    expect(infills.all[0]?.steps[0]?.request).toBe(12);
  });

  it("tells nobody who has stopped listening", () => {
    const listener = infills.listen({ onBegin: note("again") });
    listener.dispose();
    infills.step(step("░"));
    expect(told).toEqual(["begin i1:1"]);
  });

  it.each([null, "step", { ...step("a"), cells: null }, { ...step("a"), request: "1" }])(
    "passes over %j",
    (message) => {
      infills.step(message);
      expect(infills.all).toEqual([]);
    },
  );
});
