import { beforeEach, describe, expect, it } from "vitest";
import { Playback } from "../../src/denoising/playback";
import { infill } from "./steps";

describe("Playback", () => {
  const { steps } = infill("i", "░░░", "^a░░", "a^b^c");
  let playback: Playback;

  beforeEach(() => {
    playback = new Playback();
    playback.speed = 1;
    playback.load(steps, true);
  });

  it("shows each step for as long as it took, and stops at the last", () => {
    playback.play();
    playback.tick(99);
    expect(playback.index).toBe(0);
    playback.tick(1);
    expect(playback.index).toBe(1);
    playback.tick(100);
    expect([playback.index, playback.isPlaying]).toEqual([2, false]);
  });

  it("is as slow as was chosen", () => {
    playback.speed = 0.25;
    playback.play();
    playback.tick(399);
    expect(playback.index).toBe(0);
    playback.tick(1);
    expect(playback.index).toBe(1);
  });

  it("shows the steps of a burst one by one", () => {
    playback.load([...steps, { ...steps[2], milliseconds: 301 } as (typeof steps)[0]], true);
    playback.goTo(2);
    playback.play();
    playback.tick(49);
    expect(playback.index).toBe(2);
    playback.tick(1);
    expect(playback.index).toBe(3);
  });

  it("does not move while it is paused, and goes on from there", () => {
    playback.play();
    playback.tick(50);
    playback.pause();
    playback.tick(1_000);
    expect(playback.index).toBe(0);
    playback.play();
    playback.tick(50);
    expect(playback.index).toBe(1);
  });

  it("begins again where it is at the end", () => {
    playback.goTo(2);
    playback.play();
    expect([playback.index, playback.isPlaying]).toEqual([0, true]);
  });

  it("waits at the newest step for an infill that still runs", () => {
    playback.load(steps.slice(0, 1), false);
    playback.play();
    playback.tick(10_000);
    expect([playback.index, playback.isPlaying]).toEqual([0, true]);
    playback.extend(steps, true);
    playback.tick(99);
    expect(playback.index).toBe(0);
    playback.tick(101);
    expect([playback.index, playback.isPlaying]).toEqual([2, false]);
  });

  it.each([
    [-1, 0],
    [1, 1],
    [9, 2],
    [Number.POSITIVE_INFINITY, 2],
  ])("goes to step %d and no further than there are any", (asked, shown) => {
    playback.play();
    playback.goTo(asked);
    expect([playback.index, playback.isPlaying]).toEqual([shown, false]);
  });
});
