import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { usualSecretFiles, whyLeftAlone } from "../src/context/documentRules";

/** The server's tests of the same rules: their cases are ours, so that the two sides cannot part. */
const serverTests = read("tests/DiffusionLsp.Server.Tests/Trust/DocumentRulesTests.cs");
const rows = (method: string): string[][] => {
  const end = serverTests.indexOf(`public void ${method}(`);
  const block = serverTests.slice(serverTests.lastIndexOf("[Theory]", end), end);
  return [...block.matchAll(/\[InlineData\((.*)\)\]/g)].map(([, list]) =>
    [...(list as string).matchAll(/(@?)"([^"]*)"|true|false/g)].map(([all, , text]) => text ?? all),
  );
};
const usual = { secretFiles: usualSecretFiles, ignore: [] };

it("the usual secret files are the server's", () => {
  const source = read("server/DiffusionLsp.Server/Trust/DocumentRules.cs");
  const list = /UsualSecretFiles \{ get; \} =\s*\[([^\]]*)\]/.exec(source)?.[1] ?? "";
  expect([...list.matchAll(/"([^"]*)"/g)].map(([, glob]) => glob)).toEqual(usualSecretFiles);
});

describe("whyLeftAlone, on the server's own cases", () => {
  const secret = rows("What_a_name_says_to_be_secret_is_left_alone") as [string, string][];
  const open = rows("Any_other_document_is_not") as [string][];
  const ignored = rows("What_the_user_has_us_ignore_is_left_alone") as [string, string, string][];

  it("has found them", () => {
    expect(secret.length).toBeGreaterThan(30);
    expect(open.length).toBeGreaterThan(10);
    expect(ignored.length).toBeGreaterThan(10);
  });

  it.each(secret)("leaves %s alone for %s", (uri, glob) => {
    expect(whyLeftAlone(usual, uri)).toBe(`may hold secrets: its name matches ${glob} (setting secretFiles)`);
  });

  it.each(open)("does not leave %j alone", (uri) => {
    expect(whyLeftAlone(usual, uri)).toBeUndefined();
  });

  it.each(ignored)("judges by %s that %s is ignored: %s", (glob, uri, expected) => {
    const reason = expected === "true" ? `is ignored: its name matches ${glob} (setting ignore)` : undefined;
    expect(whyLeftAlone({ ...usual, ignore: [glob] }, uri)).toBe(reason);
  });
});

describe("whyLeftAlone", () => {
  it.each([
    ["**.g.cs", "file:///w/a/x.g.cs", true],
    ["*.*", "file:///w/Makefile", true],
    ["./build/", "file:///w/build/a.py", true],
    ["/a/**/b", "file:///a/b", true],
    ["/a/**/b", "file:///a/x/y/b", true],
    ["a*b*c", "file:///w/abbc", true],
    ["a*a", "file:///w/a", false],
    ["a?", "file:///w/ab", false],
    ["a//b", "file:///a/b", false],
    ["*.key", "file:///w/%FF%2Ekey", true],
    ["ÄRGER", "file:///w/%C3%A4rger", true],
  ])("judges by %s that %s is ignored: %s", (glob, uri, expected) => {
    expect(whyLeftAlone({ ...usual, secretFiles: [], ignore: [glob] }, uri) !== undefined).toBe(expected);
  });

  it("takes no time to speak of for a glob that is made to take it", () => {
    const uri = `file:///${`${"a".repeat(200)}/`.repeat(20)}x`;
    const glob = `${"**/*a".repeat(60)}*b`;
    const started = performance.now();
    expect(whyLeftAlone({ ...usual, ignore: [glob] }, uri)).toBeUndefined();
    expect(performance.now() - started).toBeLessThan(2_000);
  });
});

it.each([[""], [" "], ["/"], ["a/../b"], ["/../b"], [1], [null]])(
  "keeps the other globs beside %j, which is none, and in secretFiles the usual ones as well",
  (slip) => {
    const rules = { secretFiles: [slip, "*.txt"], ignore: [slip, "*.g.cs"] };
    expect(whyLeftAlone(rules, "file:///w/a.txt")).toContain("its name matches *.txt (setting secretFiles)");
    expect(whyLeftAlone(rules, "file:///w/.env")).toContain("its name matches .env* (setting secretFiles)");
    expect(whyLeftAlone(rules, "file:///w/a.g.cs")).toContain("its name matches *.g.cs (setting ignore)");
    expect(whyLeftAlone(rules, "file:///w/b/a.py")).toBeUndefined();
    expect(whyLeftAlone({ ...rules, secretFiles: ["*.txt"] }, "file:///w/.env")).toBeUndefined();
  },
);

function read(path: string): string {
  return readFileSync(new URL(`../../${path}`, import.meta.url), "utf8");
}
