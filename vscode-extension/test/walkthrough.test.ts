import { existsSync } from "node:fs";
import { describe, expect, it } from "vitest";
import manifest from "../package.json";

const steps = manifest.contributes.walkthroughs.flatMap((walkthrough) => walkthrough.steps);
const ours: string[] = manifest.contributes.commands.map(({ command }) => command);

describe("the walkthrough", () => {
  it.each(steps)("has a picture of $id, and says what it shows", ({ media }) => {
    expect(existsSync(new URL(`../${media.image}`, import.meta.url))).toBe(true);
    expect(media.altText).not.toBe("");
  });

  it.each(steps)("leads from $id to commands that there are", ({ description, completionEvents }) => {
    const named = [
      ...description.matchAll(/command:([\w.]+)/g),
      ...completionEvents.join(" ").matchAll(/onCommand:([\w.]+)/g),
    ];
    expect(named.length).toBeGreaterThan(1);
    for (const [, command] of named) {
      expect([...ours, "workbench.action.files.newUntitledFile"]).toContain(command);
    }
  });
});
