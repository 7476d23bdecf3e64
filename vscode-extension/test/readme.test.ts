import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import manifest from "../package.json";

const page = readFileSync(new URL("../README.md", import.meta.url), "utf8");
const rowsOf = (heading: string): string[][] => {
  const begin = page.indexOf(`## ${heading}\n`);
  const rows = page.slice(begin, page.indexOf("\n## ", begin)).match(/^\| .*\|$/gm) ?? [];
  return rows.slice(1).map((row) =>
    row
      .split("|")
      .slice(1, -1)
      .map((cell) => cell.trim()),
  );
};

describe("the README", () => {
  it("lists every command by its title", () => {
    const titles = manifest.contributes.commands.map(({ category, title }) => `${category}: ${title}`);
    expect(
      rowsOf("Commands")
        .map(([title]) => title)
        .sort(),
    ).toEqual(titles.sort());
  });

  it("lists the keys that there are", () => {
    expect(rowsOf("Commands").filter(([, key]) => key !== "")).toHaveLength(manifest.contributes.keybindings.length);
  });

  const settings = Object.entries(
    manifest.contributes.configuration.properties as Record<string, { default: unknown }>,
  );

  it("lists every setting, in the order of the settings editor", () => {
    expect(rowsOf("Settings").map(([name]) => name)).toEqual(settings.map(([name]) => `\`${name}\``));
  });

  it.each(settings)("gives %s its default", (name, declaration) => {
    const stated = rowsOf("Settings").find(([cell]) => cell === `\`${name}\``)?.[1] ?? "";
    const value = declaration.default;
    if (name === "diffusionlsp.secretFiles") {
      expect(stated).toBe("the usual ones");
    } else if (value === null || value === "") {
      expect(stated).toBe("");
    } else {
      const text = stated.replaceAll("`", "");
      expect(typeof value === "string" ? text : JSON.parse(text)).toEqual(value);
    }
  });
});
