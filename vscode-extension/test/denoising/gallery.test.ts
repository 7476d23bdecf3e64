import { beforeEach, describe, expect, it } from "vitest";
import { Gallery } from "../../src/denoising/gallery";
import { infill, step } from "./steps";

describe("Gallery", () => {
  let gallery: Gallery;
  const ids = () => gallery.all.map(({ id }) => id).join(" ");

  beforeEach(() => {
    gallery = new Gallery();
    gallery.receive({ type: "infills", infills: [infill("b", "x"), infill("a", "x")] });
  });

  it("shows the newest of those that it is given first", () => {
    expect(gallery.shown?.id).toBe("b");
  });

  it("goes on to a new infill, and follows it", () => {
    const running = { ...infill("c", "░"), isOver: false };
    expect(gallery.receive({ type: "begin", infill: running })).toBe(true);
    expect(gallery.receive({ type: "step", id: "c", step: step("^x", { step: 2 }) })).toBe(false);
    gallery.receive({ type: "end", id: "c" });
    expect(gallery.shown).toMatchObject({ id: "c", isOver: true });
    expect(gallery.shown?.steps).toHaveLength(2);
    expect(ids()).toBe("c b a");
  });

  it("holds what is pinned, however many come", () => {
    gallery.select("a");
    gallery.isPinned = true;
    for (let i = 0; i < 12; i++) {
      expect(gallery.receive({ type: "begin", infill: infill(`n${i}`, "x") })).toBe(false);
    }
    expect(gallery.shown?.id).toBe("a");
    expect(ids()).toBe("n11 n10 n9 n8 n7 n6 n5 n4 n3 a");
  });

  it("shows again what was shown, and takes newer steps of it over", () => {
    gallery = new Gallery();
    gallery.restore(infill("a", "x"), true);
    expect(gallery.receive({ type: "infills", infills: [infill("b", "x"), infill("a", "x", "y")] })).toBe(false);
    expect(gallery.shown?.steps).toHaveLength(2);
    expect(ids()).toBe("b a");
  });

  it("keeps what was shown before a reload, which the extension has forgotten", () => {
    gallery = new Gallery();
    gallery.restore(infill("old", "x"), false);
    gallery.receive({ type: "infills", infills: [] });
    expect(gallery.shown?.id).toBe("old");
  });
});
