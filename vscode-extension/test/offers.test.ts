import { describe, expect, it } from "vitest";
import type { CodeAction, WorkspaceEdit } from "vscode-languageclient";
import { groupOffers, instructed, outcomeOf } from "../src/edits/offers";

const uri = "file:///sources/sums.py";
const range = { start: { line: 1, character: 0 }, end: { line: 1, character: 5 } };

function action(alternative: number, edit?: WorkspaceEdit, likelihood?: number): CodeAction {
  const data = { alternative, ...(likelihood === undefined ? {} : { likelihood }) };
  return { title: "Regenerate selection", data, ...(edit && { edit }) };
}

const versioned = (newText: string): WorkspaceEdit => ({
  documentChanges: [{ textDocument: { uri, version: 3 }, edits: [{ range, newText }] }],
});

describe("groupOffers", () => {
  it("puts the alternatives of each offer together", () => {
    const actions = [action(0), action(1), action(2), action(0), action(0), action(1)];
    expect(groupOffers(actions).map((offer) => offer.length)).toEqual([3, 1, 2]);
  });

  it("takes an action that says nothing of alternatives for an offer of its own", () => {
    expect(groupOffers([{ title: "one" }, { title: "other" }])).toHaveLength(2);
  });
});

it("has the actions of an offer carry an instruction, beside what they carried", () => {
  const offer = instructed([action(0), action(1)], "handle an empty list");
  expect(offer.map(({ data }) => data)).toEqual([
    { alternative: 0, instruction: "handle an empty list" },
    { alternative: 1, instruction: "handle an empty list" },
  ]);
  expect(offer[0].title).toBe("Regenerate selection");
});

describe("outcomeOf", () => {
  it("is nothing where no action got an edit", () => {
    expect(outcomeOf([action(0), action(1, { changes: {} })], uri)).toEqual({ kind: "nothing" });
  });

  it("has the texts of those that got one, and knows the likeliest", () => {
    const resolved = [
      action(0, versioned("b = 20"), 0.5),
      action(1),
      action(2, { changes: { [uri]: [{ range, newText: "" }] } }),
    ];
    expect(outcomeOf(resolved, uri)).toEqual({
      kind: "alternatives",
      range,
      alternatives: [
        { newText: "b = 20", isLikeliest: true, likelihood: 0.5 },
        { newText: "", isLikeliest: false, likelihood: undefined },
      ],
    });
  });

  it("calls no other the likeliest where that is what stands there already", () => {
    expect(outcomeOf([action(0), action(1, versioned("b = 20"))], uri)).toMatchObject({
      alternatives: [{ newText: "b = 20", isLikeliest: false }],
    });
  });

  it.each<[string, WorkspaceEdit]>([
    [
      "two places of the document",
      {
        changes: {
          [uri]: [
            { range, newText: "1" },
            { range, newText: "2" },
          ],
        },
      },
    ],
    ["another document", { changes: { "file:///sources/other.py": [{ range, newText: "1" }] } }],
    ["a new file", { documentChanges: [{ kind: "create", uri }] }],
  ])("leaves an edit of %s whole", (_, edit) => {
    expect(outcomeOf([action(0, edit)], uri)).toEqual({ kind: "several places", edit });
  });
});
