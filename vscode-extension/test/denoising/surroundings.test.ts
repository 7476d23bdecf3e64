import { expect, it } from "vitest";
import { linesNear } from "../../src/denoising/surroundings";

it("shows four lines on each side, and no blank ones at the ends", () => {
  expect(linesNear("1\n2\n3\n4\n5\nx = ", ")\n1\n2\n3\n4\n5")).toEqual({
    before: "2\n3\n4\n5\nx = ",
    after: ")\n1\n2\n3\n4",
  });
  expect(linesNear("\n\na\n  ", "\nb\n\n")).toEqual({ before: "a\n  ", after: "\nb" });
  expect(linesNear("", "")).toEqual({ before: "", after: "" });
});
