import { expect, it } from "vitest";
import { InOrder } from "../src/inOrder";

it("begins at once, and what follows when that has ended, however it ended", async () => {
  const order: string[] = [];
  const queue = new InOrder();
  let fail = (_: Error) => {};
  const first = queue.do(() => {
    order.push("change begins");
    return new Promise<void>((_, reject) => {
      fail = reject;
    });
  });
  const second = queue.do(async () => {
    order.push("close begins");
    return "closed";
  });
  expect(order).toEqual(["change begins"]);

  fail(new Error("lost"));
  await expect(first).rejects.toThrow("lost");
  expect(await second).toBe("closed");
  expect(order).toEqual(["change begins", "close begins"]);

  await Promise.resolve();
  void queue.do(async () => order.push("open begins"));
  expect(order.at(-1)).toBe("open begins");
});
