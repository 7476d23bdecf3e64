import { expect, it } from "vitest";
import { HeldMessages } from "../src/edits/heldMessages";

it("shows what nobody waits for, and hands the rest to those who wait", async () => {
  const shown: string[] = [];
  const messages = new HeldMessages((line) => shown.push(line));
  messages.receive("before");
  const held = await messages.during(async (outer) => {
    messages.receive("first");
    await expect(
      messages.during(async (inner) => {
        messages.receive("second");
        throw new Error(inner.join());
      }),
    ).rejects.toThrow("second");
    messages.receive("third");
    return [...outer];
  });
  messages.receive("after");
  expect(held).toEqual(["first", "second", "third"]);
  expect(shown).toEqual(["before", "after"]);
});
