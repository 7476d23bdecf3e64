import { expect, it } from "vitest";
import manifest from "../package.json";
import { commandIds } from "../src/commandIds";

it("package.json titles the commands that the code registers", () => {
  const titled = manifest.contributes.commands.map(({ command }) => command);
  expect(titled.sort()).toEqual(Object.values(commandIds).sort());
});

it("no key of ours is Tab, which belongs to the editor", () => {
  expect(manifest.contributes.keybindings.map(({ key }) => key)).not.toContain("tab");
});
