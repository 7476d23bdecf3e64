import { describe, expect, it } from "vitest";
import { missingFiles } from "../../src/models/modelFolder";
import { PullSteps } from "../../src/models/pullSteps";
import { pageOf, repositoryIn } from "../../src/models/repository";
import { taskEndOf } from "../../src/models/taskEnd";

describe("a repository", () => {
  it.each([
    ["org/repo", "org/repo"],
    ["  Dream-org/Dream-v0-Base-7B@main ", "Dream-org/Dream-v0-Base-7B"],
    ["org/repo@refs/pr.1", "org/repo"],
  ])("is read from '%s'", (text, repository) => {
    expect(repositoryIn(text)).toBe(repository);
  });

  it.each(["", "dream-7b", "org/", "/repo", "org/repo@", "a/b/c", "-o/repo", "org/repo@a..b", "org/re po"])(
    "is not '%s'",
    (text) => {
      expect(repositoryIn(text)).toBeUndefined();
    },
  );

  it("has a page, at a mirror where one is named", () => {
    expect(pageOf("org/repo", {})).toBe("https://huggingface.co/org/repo");
    expect(pageOf("org/repo", { HF_ENDPOINT: "https://mirror.example/" })).toBe("https://mirror.example/org/repo");
  });
});

describe("a model's folder", () => {
  it("holds a config, a tokenizer and weights", () => {
    expect(missingFiles(["config.json", "tokenizer.json", "model-00001-of-00002.safetensors", "x"])).toEqual([]);
    expect(missingFiles(["tokenizer.json", "pytorch_model.bin"])).toEqual(["config.json", "weights in safetensors"]);
    expect(missingFiles([])).toHaveLength(3);
  });
});

describe("the steps of a pull", () => {
  it("say how far it is, and what has come since", () => {
    const steps = new PullSteps();
    expect(steps.next({ message: "pulling x", percentage: 0 })).toEqual({ message: "pulling x, 0 %", increment: 0 });
    expect(steps.next({ message: "pulling x", percentage: 40 })).toEqual({ message: "pulling x, 40 %", increment: 40 });
    expect(steps.next({ percentage: 41 })).toEqual({ message: "41 %", increment: 1 });
  });

  it("never go back, nor beyond the end", () => {
    const steps = new PullSteps();
    steps.next({ percentage: 60 });
    expect(steps.next({ message: "m" })).toEqual({ message: "m, 60 %", increment: 0 });
    expect(steps.next({ percentage: 140 })).toEqual({ message: "100 %", increment: 40 });
  });
});

it("an end short of the model is cancelled, the server's, or has a line for the user", () => {
  const error = (code: number) => Object.assign(new Error("cannot reach the hub"), { code });
  expect(taskEndOf(error(-32800))).toEqual({ kind: "cancelled" });
  expect(taskEndOf(error(-32097))).toEqual({ kind: "server ended" });
  expect(taskEndOf(error(-32096))).toEqual({ kind: "server ended" });
  expect(taskEndOf(error(-32803))).toEqual({ kind: "failed", message: "cannot reach the hub" });
  expect(taskEndOf("odd")).toEqual({ kind: "failed", message: "odd" });
});
