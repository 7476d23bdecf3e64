import { describe, expect, it } from "vitest";
import { downloadFacts, memoryOf, misfitOf, sizeOf, speedOf, verifiedLine } from "../../src/models/wording";
import { embedded, installed, known, report } from "./models";

it.each([
  [0, "0 B"],
  [999, "999 B"],
  [18_105_058, "18.1 MB"],
  [999_960, "1.0 MB"],
  [15_231_233_024, "15.2 GB"],
  [2e15, "2000.0 TB"],
])("says %d bytes as %s", (bytes, text) => {
  expect(sizeOf(bytes)).toBe(text);
});

describe("the speed of a model", () => {
  it.each([
    [9e6, "cpu", "fast: while you type"],
    [9e6, undefined, "fast: while you type"],
    [200e6, "cpu", "slow: when you ask"],
    [494e6, "cpu", "very slow"],
    [494e6, "cuda:0", "fast: while you type"],
    [7.6e9, "cuda:1", "slow: when you ask"],
    [70e9, "cuda", "very slow"],
  ])("with %d weights on %s is: %s", (parameters, device, words) => {
    expect(speedOf(parameters, device)).toBe(words);
  });

  it.each([null, undefined, 0])("is not guessed where the server says %s of its size", (parameters) => {
    expect(speedOf(parameters, "cpu")).toBeUndefined();
  });
});

describe("the memory of a model", () => {
  it.each([
    ["fits", "needs 174.9 MB of memory, fits"],
    ["fitsWhenFree", "needs 174.9 MB of memory, fits once enough is free"],
    ["tooLarge", "needs 174.9 MB of memory, does not fit"],
    [null, "needs 174.9 MB of memory"],
  ] as const)("that %s", (fit, words) => {
    expect(memoryOf({ ...embedded, fit })).toBe(words);
  });

  it("may be unknown", () => {
    expect(memoryOf({ ...embedded, neededBytes: null })).toBe("memory need not known");
  });
});

describe("a model that does not fit", () => {
  it("is asked about with the figures", () => {
    const { message, detail } = misfitOf(known, report) ?? {};
    expect(message).toBe("dream-7b needs more memory than this machine has. Use it anyway?");
    expect(detail).toContain("It needs 34.4 GB; 22.2 GB of 25.3 GB of memory are free.");
    expect(misfitOf({ ...known, fit: "fitsWhenFree" }, report)?.message).toContain("than is free now");
  });

  it.each([embedded, { ...known, fit: null }, { ...known, neededBytes: null }])("is not %j", (model) => {
    expect(misfitOf(model, report)).toBeUndefined();
  });
});

describe("what is said before a download", () => {
  it("is where from, how large, what it needs, and whose licence", () => {
    const facts = downloadFacts("org/half", { ...installed, note: "Small." }, report).split("\n\n");
    expect(facts).toEqual([
      "From org/half, 988.1 MB, into /models.",
      "It needs 2.4 GB of memory; 22.2 GB of 25.3 GB of memory are free. It fits.",
      "Small.",
      "The licence of its weights is given as Apache-2.0.",
    ]);
  });

  it("invents nothing of a repository that nobody knows", () => {
    expect(downloadFacts("org/new", undefined, report).split("\n\n")).toEqual([
      "From org/new, into /models.",
      "Its licence is not known here. Read it on the model's page.",
    ]);
  });
});

it("tells what was checked, and where nothing could be", () => {
  expect(verifiedLine({ name: "half", files: 5, bytes: 988_065_536 })).toBe(
    "half is sound: 5 files, 988.1 MB, have their recorded hashes.",
  );
  expect(verifiedLine({ name: "half", files: 0 })).toMatch(/^half can be used, but no hashes/);
});
