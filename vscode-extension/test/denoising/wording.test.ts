import { describe, expect, it } from "vitest";
import {
  certaintyOf,
  describeCell,
  figuresOf,
  finalText,
  gapLine,
  stepsText,
  titleOf,
} from "../../src/denoising/wording";
import { infill, step } from "./steps";

const written = infill("i", "░░░░", "^a░░░", "a^\n░^b", "a\n^ b");

describe("figuresOf", () => {
  it("counts what a step has brought", () => {
    expect(figuresOf(written, 2)).toEqual({
      step: "3 of 4",
      tokens: "3 of 4",
      perForward: "1.0",
      time: "300 ms",
      noise: 0.25,
    });
  });

  it("counts steps as the server does, also those that it did not send", () => {
    const steps = [step("░░", { step: 2 }), step("^a^b", { step: 5 })];
    expect(figuresOf({ ...written, steps }, 0).step).toBe("2 of 5");
    expect(figuresOf({ ...written, steps }, 1).perForward).toBe("0.4");
  });

  it("says that there is more to come", () => {
    expect(figuresOf({ ...written, isOver: false }, 3).step).toBe("4 of 4 …");
  });

  it("knows no noise in a gap that has closed", () => {
    expect(figuresOf({ ...written, steps: [step("")] }, 0)).toMatchObject({ noise: 0, tokens: "0 of 0" });
  });
});

it.each([
  [1, "sure"],
  [0.9, "sure"],
  [0.89, "likely"],
  [0.5, "likely"],
  [0.49, "unsure"],
] as const)("calls a token of confidence %d %s", (confidence, certainty) => {
  expect(certaintyOf({ text: "a", state: "fresh", confidence })).toBe(certainty);
});

it("describes a token in words", () => {
  const [masked, fresh, old] = step("░^\na").cells.map(describeCell);
  expect(masked).toBe("Not yet written; the best guess is 50 % sure");
  expect(fresh).toBe("“↵” written in this step, 50 % sure");
  expect(old).toBe("“a” written in an earlier step, 50 % sure");
});

describe("as text", () => {
  it("the end is what was written, with its line ends", () => {
    expect(finalText(written)).toBe("a\n b");
    expect(finalText(infill("i", "^a░"))).toBe("a");
  });

  it("the steps are lines, one each", () => {
    expect(stepsText(written)).toBe(
      [
        "a.py:4",
        "  1  0/4      100 ms  ░░░░",
        "  2  1/4      200 ms  a░░░",
        "  3  3/4      300 ms  a↵░b",
        "  4  4/4      400 ms  a↵ b",
        "",
      ].join("\n"),
    );
  });

  it("a title is where it is and how it begins", () => {
    expect(titleOf(written)).toBe("a.py:4  a");
    expect(titleOf(infill("i", "░"))).toBe("a.py:4");
    expect(titleOf(infill("i", "x".repeat(50)))).toBe(`a.py:4  ${"x".repeat(39)}…`);
  });

  it("a gap fits into one line", () => {
    expect(gapLine(step("a\n\t░"))).toBe("a↵⇥░");
    expect(gapLine(step("abcdef"), 4)).toBe("abc…");
  });
});
