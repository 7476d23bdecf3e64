import { expect, it } from "vitest";
import manifest from "../package.json";
import { type MenuState, menuEntries } from "../src/status/menu";

const state: MenuState = { isEnabled: true, minutesLeft: 0, language: { id: "python", isOn: true } };
const labels = (changes: Partial<MenuState>) =>
  menuEntries({ ...state, ...changes }).map(({ label }) => label.replace(/^\S+ /, ""));

it.each<[Partial<MenuState>, string[]]>([
  [{}, ["Turn suggestions off", "Turn off in python files", "Snooze for 5 minutes", "Snooze for 30 minutes"]],
  [{ isEnabled: false }, ["Turn suggestions on", "Turn off in python files"]],
  [{ minutesLeft: 4 }, ["End the snooze, 4 min early", "Turn off in python files"]],
  [{ isEnabled: false, language: { id: "rust", isOn: false } }, ["Turn suggestions on", "Turn on in rust files"]],
  [{ isEnabled: false, language: undefined }, ["Turn suggestions on"]],
])("offers the reverse of what is: %j", (changes, expected) => {
  const all = labels(changes);
  expect(all.slice(0, all.indexOf("Show last requests"))).toEqual(expected);
});

it("leads to commands that there are", () => {
  const known: string[] = manifest.contributes.commands.map(({ command }) => command);
  for (const { command } of menuEntries(state)) {
    expect([...known, "workbench.action.openSettings"]).toContain(command);
  }
});
