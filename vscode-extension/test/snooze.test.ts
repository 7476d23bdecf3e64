import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { Snooze } from "../src/status/snooze";

let seen: number[];
let snooze: Snooze;

beforeEach(() => {
  vi.useFakeTimers();
  seen = [];
  snooze = new Snooze(() => seen.push(snooze.minutesLeft));
});

afterEach(() => {
  snooze.dispose();
  vi.useRealTimers();
});

it("counts the minutes down and ends by itself", async () => {
  snooze.start(3);
  await vi.advanceTimersByTimeAsync(600_000);
  expect(seen).toEqual([3, 2, 1, 0]);
  expect(vi.getTimerCount()).toBe(0);
});

it("counts the minute that has begun", async () => {
  snooze.start(5);
  await vi.advanceTimersByTimeAsync(1);
  expect(snooze.minutesLeft).toBe(5);
  await vi.advanceTimersByTimeAsync(60_000);
  expect(snooze.minutesLeft).toBe(4);
});

it("can be ended early, and says no more then", async () => {
  snooze.start(5);
  snooze.end();
  await vi.advanceTimersByTimeAsync(600_000);
  expect(seen).toEqual([5, 0]);
});

it("begins anew where it is begun again", async () => {
  snooze.start(5);
  await vi.advanceTimersByTimeAsync(90_000);
  snooze.start(30);
  expect(snooze.minutesLeft).toBe(30);
});

it("has ended after the machine slept through its end", () => {
  snooze.start(5);
  vi.setSystemTime(Date.now() + 3_600_000);
  expect(snooze.minutesLeft).toBe(0);
});
