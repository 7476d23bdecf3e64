import { describe, expect, it } from "vitest";
import { instruct, withoutInstruction } from "../src/edits/instruction";

describe("instruct", () => {
  it("puts the instruction above the lines, as deep as they are", () => {
    const document = { text: "def f():\n    a = 1\n    return a\n", languageId: "python" };
    const { text, range } = instruct(document, 1, 2, "name it better");
    expect(text).toBe("def f():\n    # name it better\n    a = 1\n    return a\n");
    expect(range).toEqual({ start: { line: 1, character: 4 }, end: { line: 3, character: 12 } });
  });

  it.each([
    ["python", "# to do"],
    ["ruby", "# to do"],
    ["csharp", "// to do"],
    ["typescript", "// to do"],
    ["brainfuck", "// to do"],
  ])("writes a comment of %s", (languageId, comment) => {
    expect(instruct({ text: "x", languageId }, 0, 0, "to do").text).toBe(`${comment}\nx`);
  });

  it("keeps the document's line ends, and the instruction on one line", () => {
    const { text, range } = instruct({ text: "a;\r\n\tb;\r\n", languageId: "csharp" }, 1, 1, " mind\nthe  gap ");
    expect(text).toBe("a;\r\n\t// mind the gap\r\n\tb;\r\n");
    expect(range.end).toEqual({ line: 2, character: 3 });
  });

  it("takes a line feed, a carriage return and both for one line end each", () => {
    expect(instruct({ text: "a\rb\nc\r\nd", languageId: "c" }, 3, 3, "x").text).toBe("a\rb\nc\r\n// x\rd");
  });
});

it("withoutInstruction goes back to the document without the comment", () => {
  const range = { start: { line: 2, character: 4 }, end: { line: 3, character: 12 } };
  expect(withoutInstruction(range)).toEqual({ start: { line: 1, character: 4 }, end: { line: 2, character: 12 } });
});
