import { describe, expect, it } from "vitest";
import { readFromView, readToView } from "../../src/denoising/messages";
import { pageOf } from "../../src/denoising/page";
import { readSaved } from "../../src/denoising/savedState";
import { infill, step } from "./steps";

describe("messages between the extension and its view", () => {
  it.each([
    { type: "infills", infills: [infill("a", "x░")] },
    { type: "begin", infill: infill("a", "^x") },
    { type: "step", id: "a", step: step("^x") },
    { type: "end", id: "a" },
  ])("are read as they were sent: $type", (message) => {
    expect(readToView(structuredClone(message))).toEqual(message);
  });

  it.each([
    undefined,
    "end",
    { type: "end" },
    { type: "other", id: "a" },
    { type: "infills", infills: [{}] },
    { type: "infills", infills: {} },
    { type: "begin", infill: infill("a") },
    { type: "step", id: "a", step: { ...step("x"), cells: [{ text: "x", state: "burnt", confidence: 1 }] } },
  ])("are passed over where they are none: %j", (message) => {
    expect(readToView(message)).toBeUndefined();
  });

  it("come from the view with nothing but what they may hold", () => {
    expect(readFromView({ type: "ready", more: 1 })).toEqual({ type: "ready" });
    expect(readFromView({ type: "copy", text: "x" })).toEqual({ type: "copy", text: "x" });
    expect(readFromView({ type: "copy", text: 1 })).toBeUndefined();
    expect(readFromView({ type: "run" })).toBeUndefined();
  });
});

describe("a saved state", () => {
  const saved = { infill: infill("a", "x"), index: 0, speed: 0.5, isPinned: true };

  it("is read, and its infill runs no more", () => {
    const running = { ...saved, infill: { ...saved.infill, isOver: false } };
    expect(readSaved(structuredClone(running))).toEqual(saved);
  });

  it.each([undefined, {}, { ...saved, speed: 3 }, { ...saved, index: -1 }, { ...saved, infill: {} }])(
    "is passed over where it is none: %j",
    (value) => {
      expect(readSaved(value)).toBeUndefined();
    },
  );
});

describe("the page", () => {
  const page = pageOf({ script: "https://o/s.js", style: "https://o/s.css", origin: "https://o", nonce: "N0nce" });

  it("lets nothing in but its own style and script", () => {
    const policy = /http-equiv="Content-Security-Policy" content="([^"]*)"/.exec(page)?.[1];
    expect(policy).toBe("default-src 'none'; style-src https://o; script-src 'nonce-N0nce'");
  });

  it("has no handler or style within its elements, which that policy would stop", () => {
    expect(page).not.toMatch(/\son\w+=|\sstyle=|<style/);
    expect(page.match(/<script/g)).toHaveLength(1);
  });

  it("names every control", () => {
    const controls = [...page.matchAll(/<(button|select|input)[^>]*>/g)].map(([tag]) => tag);
    expect(controls.length).toBeGreaterThan(8);
    for (const control of controls) {
      expect(control).toMatch(/aria-label=|title=/);
    }
  });
});
