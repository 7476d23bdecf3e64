import { describe, expect, it } from "vitest";
import manifest from "../package.json";
import type { Alternative } from "../src/edits/offers";
import { Proposal, proposalScheme, type TextChange } from "../src/edits/proposal";

const text = "a = 1\nb = 2\nc = 3\n";
/** Where `b = 2` stands. */
const start = 6;
const end = 11;

function proposal(alternatives: (Partial<Alternative> & { newText: string })[], title = "Regenerate selection") {
  const whole = alternatives.map((given) => ({ isLikeliest: false, likelihood: undefined, ...given }));
  return new Proposal({ name: "sums.py", title, text, start, end, alternatives: whole });
}

/** Makes a change of a text, and has a proposal follow it. */
function change(followed: Proposal, before: string, ...changes: TextChange[]): string {
  const fromBehind = [...changes].sort((one, other) => other.rangeOffset - one.rangeOffset);
  const after = fromBehind.reduce(
    (now, { rangeOffset, rangeLength, text }) =>
      now.slice(0, rangeOffset) + text + now.slice(rangeOffset + rangeLength),
    before,
  );
  followed.follow(fromBehind, after);
  return after;
}

const insert = (rangeOffset: number, inserted: string): TextChange => ({ rangeOffset, rangeLength: 0, text: inserted });

describe("a proposal", () => {
  it("shows the whole document with the alternative at hand, and goes round through them", () => {
    const proposed = proposal([{ newText: "b = 20" }, { newText: "" }]);
    expect(proposed.proposedText).toBe("a = 1\nb = 20\nc = 3\n");
    proposed.step(1);
    expect(proposed.proposedText).toBe("a = 1\n\nc = 3\n");
    proposed.step(1);
    expect(proposed.newText).toBe("b = 20");
    proposed.step(-1);
    expect(proposed.newText).toBe("");
  });

  it.each<[string, (Partial<Alternative> & { newText: string })[], string]>([
    ["which of how many", [{ newText: "1" }, { newText: "2" }], "sums.py (1 of 2): Regenerate selection"],
    [
      "that it is the likeliest",
      [{ newText: "1", isLikeliest: true }, { newText: "2" }],
      "sums.py (1 of 2, likeliest): Regenerate selection",
    ],
    [
      "how likely",
      [{ newText: "1", isLikeliest: true, likelihood: 0.615 }, { newText: "2" }],
      "sums.py (1 of 2, 62 % likely): Regenerate selection",
    ],
    ["nothing of an only one", [{ newText: "1", isLikeliest: true }], "sums.py: Regenerate selection"],
  ])("says in its title %s", (_, alternatives, title) => {
    expect(proposal(alternatives).title).toBe(title);
  });

  it("cuts a long title", () => {
    expect(proposal([{ newText: "1" }], "x".repeat(100)).title).toBe(`sums.py: ${"x".repeat(60)}…`);
  });

  it("keeps to its place while the document changes above and below it", () => {
    const proposed = proposal([{ newText: "b = 20" }]);
    let now = change(proposed, text, insert(0, "import x\n"), insert(17, "d = 4"));
    expect(now).toBe("import x\na = 1\nb = 2\nc = 3d = 4\n");
    now = change(proposed, now, { rangeOffset: 0, rangeLength: 7, text: "" });
    expect(proposed.proposedText).toBe("x\na = 1\nb = 20\nc = 3d = 4\n");
    const place = proposed.placeIn(now);
    expect(place && now.slice(place.start, place.end)).toBe("b = 2");
  });

  it.each<[string, TextChange]>([
    ["in it", insert(start + 2, "!")],
    ["at its beginning", insert(start, "!")],
    ["at its end", insert(end, "!")],
    ["over its beginning", { rangeOffset: 2, rangeLength: 6, text: "" }],
    ["all around it", { rangeOffset: 0, rangeLength: text.length, text: "" }],
  ])("has no place any more after a change %s, until that is taken back", (_, touching) => {
    const proposed = proposal([{ newText: "b = 20" }]);
    const shown = proposed.proposedText;
    const now = change(proposed, text, touching);
    expect(proposed.placeIn(now)).toBeUndefined();
    expect(proposed.proposedText).toBe(shown);
    change(proposed, now, insert(0, "#"));
    proposed.follow([{ rangeOffset: 0, rangeLength: 1, text: "" }], text);
    expect(proposed.placeIn(text)).toEqual({ start, end });
  });

  it("has no place in a text that it was not told of", () => {
    expect(proposal([{ newText: "b = 20" }]).placeIn(text.replaceAll("\n", "\r\n"))).toBeUndefined();
  });
});

it("package.json's conditions name the scheme of proposals", () => {
  const { menus } = manifest.contributes;
  const entries = [...menus["editor/title"], ...menus.commandPalette, ...manifest.contributes.keybindings];
  const ofProposals = entries.filter(({ command }) => command.endsWith("Proposal"));
  expect(ofProposals.length).toBeGreaterThan(8);
  for (const { when } of ofProposals) {
    expect(when).toContain(`resourceScheme == ${proposalScheme}`);
  }
});
