import { expect, it } from "vitest";
import { activeProvider, describeOther } from "../src/otherProviders";

it.each([
  ["GitHub.copilot", true, "GitHub Copilot"],
  ["TabbyML.vscode-tabby", true, "Tabby"],
  ["Continue.continue", true, "Continue"],
  ["ggml-org.llama-vscode", true, "llama.vscode"],
  ["Codeium.codeium", true, "Windsurf (Codeium)"],
  ["supermaven.supermaven", true, "Supermaven"],
  ["VisualStudioExptTeam.vscodeintellicode", true, "IntelliCode"],
  ["GitHub.copilot", false, undefined],
  ["ms-python.python", true, undefined],
  ["constructor", true, undefined],
])("knows %s, active: %s, as %s", (id, isActive, name) => {
  expect(
    activeProvider([
      { id: "a.b", isActive: true },
      { id, isActive },
    ])?.name,
  ).toBe(name);
});

it("says in one line which it is and what can be done", () => {
  const text = describeOther({ id: "GitHub.copilot", name: "GitHub Copilot" });
  expect(text).toMatch(/^GitHub Copilot .*diffusionlsp\.trigger/);
  expect(text).not.toContain("\n");
});
