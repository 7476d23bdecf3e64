import { describe, expect, it } from "vitest";
import { defaultLimits, RestartPolicy } from "../src/restartPolicy";

const limits = { delays: [10, 20, 40], memory: 1_000 };

describe("RestartPolicy", () => {
  it("waits longer with every crash, then gives up", () => {
    const policy = new RestartPolicy(limits);
    expect([0, 50, 100, 150].map((now) => policy.crashedAt(now))).toEqual([10, 20, 40, undefined]);
  });

  it("forgets a crash that is long past", () => {
    const policy = new RestartPolicy(limits);
    expect([0, 600, 999, 1_000, 1_600].map((now) => policy.crashedAt(now))).toEqual([10, 20, 40, 40, 40]);
  });

  it("begins anew when a person asked for the start", () => {
    const policy = new RestartPolicy(limits);
    policy.crashedAt(0);
    policy.crashedAt(1);
    policy.forget();
    expect(policy.crashedAt(2)).toBe(10);
  });

  it("gives up within its own memory by default, however fast the server crashes", () => {
    const waits = defaultLimits.delays.reduce((sum, delay) => sum + delay, 0);
    expect(waits).toBeLessThan(defaultLimits.memory);
    expect(defaultLimits.delays).toEqual([...defaultLimits.delays].sort((a, b) => a - b));
  });
});
