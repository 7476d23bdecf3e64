import { describe, expect, it } from "vitest";
import { bounded, definitionText } from "../src/context/definitionText";
import { boundedContext, type EditorContext, emptyContext, mostBytes, mostEntries } from "../src/context/editorContext";
import { namesAround } from "../src/context/namesAround";
import { isJump, RecentPlaces } from "../src/context/recentPlaces";

const range = (first: number, last: number) => ({
  start: { line: first, character: 0 },
  end: { line: last, character: 0 },
});

describe("boundedContext", () => {
  const nothing = () => false;
  const place = (uri: string, text = "x") => ({ uri, range: range(0, 1), text });

  it("keeps within the server's bounds, with room for each kind", () => {
    const many = <T>(make: (index: number) => T) => Array.from({ length: 100 }, (_, index) => make(index));
    const context: EditorContext = {
      visibleEditors: many((index) => ({ uri: `file:///${index}`, ranges: many(() => range(0, 1)) })),
      recentPlaces: many((index) => place(`file:///${index}`)),
      definitions: many((index) => ({ ...place(`file:///${index}`), name: "name" })),
    };
    const { visibleEditors, recentPlaces, definitions } = boundedContext(context, nothing);
    expect(visibleEditors.length + recentPlaces.length + definitions.length).toBeLessThanOrEqual(mostEntries);
    expect(Math.min(visibleEditors.length, recentPlaces.length, definitions.length)).toBeGreaterThan(0);
    expect(visibleEditors[0]?.ranges.length).toBeLessThan(100);
    expect(recentPlaces[0]?.uri).toBe("file:///0");
  });

  it("leaves out what is too large, in bytes", () => {
    const recentPlaces = [place("file:///a", "ä".repeat(mostBytes / 2)), place("file:///b")];
    expect(boundedContext({ ...emptyContext, recentPlaces }, nothing).recentPlaces).toEqual([place("file:///b")]);
  });

  it("leaves out documents that are left alone, in each list", () => {
    const context: EditorContext = {
      visibleEditors: [{ uri: "file:///.env", ranges: [] }],
      recentPlaces: [place("file:///.env")],
      definitions: [{ ...place("file:///.env"), name: "TOKEN" }],
    };
    expect(boundedContext(context, (uri) => uri.endsWith(".env"))).toEqual(emptyContext);
    expect(boundedContext(context, nothing)).toEqual(context);
  });
});

describe("RecentPlaces", () => {
  const place = (uri: string, first: number) => ({ uri, range: range(first, first + 10) });

  it("has the latest place first, and one of those that overlap", () => {
    const recent = new RecentPlaces();
    for (const [uri, first] of [
      ["a", 0],
      ["b", 0],
      ["a", 100],
      ["a", 5],
    ] as const) {
      recent.add(place(uri, first));
    }
    expect(recent.places).toEqual([place("a", 5), place("a", 100), place("b", 0)]);
  });

  it("keeps no more than a few", () => {
    const recent = new RecentPlaces();
    for (let index = 0; index < 100; index++) {
      recent.add(place(`${index}`, 0));
    }
    expect(recent.places.length).toBeLessThan(20);
    expect(recent.places[0]?.uri).toBe("99");
  });

  it("forgets on request", () => {
    const recent = new RecentPlaces();
    recent.add(place("a", 0));
    recent.add(place("b", 0));
    recent.forget((uri) => uri === "a");
    expect(recent.places.map(({ uri }) => uri)).toEqual(["b"]);
  });
});

it("tells a jump from a step", () => {
  expect([isJump(10, 11), isJump(10, 60), isJump(60, 10)]).toEqual([false, true, true]);
});

describe("namesAround", () => {
  const lines = ["total = subtotal(items)", "rate = rate_for(region)", "return total + rou"];
  const at = (line: number, character: number, most = 4) =>
    namesAround((index) => lines[index] ?? "", { line, character }, most).map(({ name }) => name);

  it("takes the nearest names before the cursor first, each once, and not the one being typed", () => {
    expect(at(2, 18, 10)).toEqual(["total", "return", "region", "rate_for", "rate", "items", "subtotal"]);
  });

  it("stops at as many as are wanted, and sees nothing behind the cursor", () => {
    expect(at(1, 7, 2)).toEqual(["rate", "items"]);
  });

  it("says where a name is", () => {
    const [name] = namesAround((index) => lines[index] ?? "", { line: 0, character: 17 }, 1);
    expect(name).toEqual({ name: "subtotal", line: 0, character: 8 });
  });

  it("passes over lines of data", () => {
    const data = [`values = "${"word ".repeat(200)}"`, "print(values, "];
    expect(namesAround((index) => data[index] ?? "", { line: 1, character: 14 }, 9).map(({ name }) => name)).toEqual([
      "values",
      "print",
    ]);
  });
});

describe("definitionText", () => {
  const lines = [
    "class Rate:",
    "    def of(self, region):",
    "        table = load()",
    "",
    "        return table[region]",
    "",
    "def next():",
  ];

  it("takes the range that it is given", () => {
    expect(definitionText(lines, 1, 2)).toEqual({ startLine: 1, endLine: 2, text: lines.slice(1, 3).join("\n") });
  });

  it("takes what is indented below a name alone", () => {
    expect(definitionText(lines, 1, 1)).toMatchObject({ startLine: 1, endLine: 4 });
    expect(definitionText(lines, 6, 6)).toMatchObject({ startLine: 6, endLine: 6 });
  });

  it("takes the braces of a block", () => {
    const code = ["int Of(Region region)", "{", "    return 1;", "}", "int Next()"];
    expect(definitionText(code, 0, 0)).toMatchObject({ endLine: 3 });
  });

  it("ends early where it is long, with whole lines", () => {
    const long = ["def long():", ...Array.from({ length: 100 }, (_, index) => `    line_${index}()`)];
    expect(definitionText(long, 0, 100)?.text.split("\n")).toHaveLength(20);
    expect(bounded(["x".repeat(1_500), "y".repeat(1_500)], 0, 1)).toMatchObject({ endLine: 0 });
    expect(bounded(["x".repeat(5_000)], 0, 0)).toBeUndefined();
  });

  it("finds nothing where there is nothing", () => {
    expect(definitionText(lines, 3, 3)).toBeUndefined();
    expect(definitionText(lines, 99, 99)).toBeUndefined();
  });
});
