import { describe, expect, it, vi } from "vitest";
import type { LogOutputChannel } from "vscode";
import { figureDays } from "../src/reports/acceptanceFigures";
import { type IssueFacts, issueReport } from "../src/reports/issueReport";
import { LogTail } from "../src/reports/logTail";
import { recordedLog } from "../src/reports/recordedLog";
import { requestsReport } from "../src/reports/requestsReport";
import { defaultSettings } from "../src/settings";

describe("requestsReport", () => {
  const at = new Date(2026, 0, 2, 3, 4, 5).toISOString();

  it("lays out a line for each request, in columns", () => {
    const report = requestsReport([
      {
        uri: "file:///w/a%20b.py",
        at,
        invoked: false,
        outcome: "shown",
        ms: 210.4,
        engineMs: 190,
        forwards: 5,
        tokensPerForward: 3.24,
        likelihood: 0.834,
      },
      {
        uri: "untitled:Untitled-1",
        at,
        invoked: true,
        outcome: "ignored",
        reason: "may hold secrets",
        ms: 0.2,
        engineMs: null,
      },
    ]);
    expect(report.split("\n").slice(2)).toEqual([
      "Time      File        Asked   Outcome  ms   Model ms  Passes  Tokens/pass  Likelihood  Why",
      "03:04:05  a b.py      typing  shown    210  190       5       3.2          0.83",
      "03:04:05  Untitled-1  by you  ignored  0                                               may hold secrets",
      "",
    ]);
  });

  it("says that there were none", () => {
    expect(requestsReport([])).toContain("There were none yet.");
  });

  it("shows what it cannot read as it is", () => {
    const report = requestsReport([{ uri: "file:///w/100%.py", at: "then", invoked: false, outcome: "off", ms: 1 }]);
    expect(report).toContain("then  100%.py");
  });
});

describe("figureDays", () => {
  it("adds up all days, and puts the latest day first", () => {
    const days = {
      "2026-01-01": { python: { shown: 3, accepted: 1 } },
      "2026-01-02": { csharp: { shown: 0, accepted: 0 }, python: { shown: 1, accepted: 1 } },
    };
    expect(figureDays({ file: "/f.json", days })).toEqual([
      { day: "All days", lines: [{ label: "all languages", description: "2 taken of 4 shown, 50 %" }] },
      {
        day: "2026-01-02",
        lines: [
          { label: "csharp", description: "0 taken of 0 shown" },
          { label: "python", description: "1 taken of 1 shown, 100 %" },
        ],
      },
      { day: "2026-01-01", lines: [{ label: "python", description: "1 taken of 3 shown, 33 %" }] },
    ]);
  });

  it("has nothing to say of no days", () => {
    expect(figureDays({ file: "/f.json", days: {} })).toEqual([]);
  });
});

describe("LogTail", () => {
  it("keeps the latest lines", () => {
    const tail = new LogTail();
    for (let line = 1; line <= 30; line++) {
      tail.add("info", `line ${line}`);
    }
    expect(tail.lines).toHaveLength(20);
    expect(tail.lines[0]).toBe("[info] line 11");
    expect(tail.lines.at(-1)).toBe("[info] line 30");
  });

  it("takes a message of many lines apart", () => {
    const tail = new LogTail();
    tail.add("error", "one\r\n\ntwo");
    expect(tail.lines).toEqual(["[error] one", "[error] two"]);
  });
});

it("a recorded log is the channel itself, and notes what is logged", () => {
  const channel = Object.freeze({ name: "log", info: vi.fn(), warn: vi.fn(), error: vi.fn(), debug: vi.fn() });
  const tail = new LogTail();
  const log = recordedLog(channel as unknown as LogOutputChannel, tail);
  log.info("started", 1);
  log.error(new Error("broken"));
  log.debug("a detail");
  expect(log.name).toBe("log");
  expect(channel.info).toHaveBeenCalledWith("started", 1);
  expect(channel.error).toHaveBeenCalledWith(new Error("broken"));
  expect(channel.debug).toHaveBeenCalledWith("a detail");
  expect(tail.lines).toEqual(["[info] started", "[error] broken"]);
});

describe("issueReport", () => {
  const facts: IssueFacts = {
    extensionVersion: "1.2.3",
    editor: "VS Code 1.139.1",
    platform: "linux x64",
    server: "diffusionlsp 1.2.3",
    status: {
      state: "ready",
      model: "quicksilver",
      device: "cpu",
      forwardMs: 12.5432,
      lastMs: null,
      documents: { "file:///home/me/private.py": "may hold secrets" },
    },
    settings: defaultSettings,
    log: ["[info] Starting /home/me/server", "[info] ```"],
    home: "/home/me",
  };

  it("fills in the versions, the state and the log", () => {
    const report = issueReport(facts);
    expect(report).toContain(
      "- Extension: 1.2.3\n- Editor: VS Code 1.139.1\n- Platform: linux x64\n- Server: diffusionlsp 1.2.3\n",
    );
    expect(report).toContain(
      "- State: ready\n- Model: quicksilver\n- Device: cpu\n- A forward pass, in ms: 12.5\n- Settings: ",
    );
    expect(report).toContain("```text\n[info] Starting ~/server\n[info] '''\n```");
  });

  it("names neither a document nor the user's home folder", () => {
    expect(issueReport(facts)).not.toMatch(/private|\/home\/me/);
  });

  it("says why there is no server", () => {
    const report = issueReport({ ...facts, server: undefined, status: { state: "failed", message: "No model." } });
    expect(report).toContain("- Server: has not started");
    expect(report).toContain("- State: failed, No model.");
  });
});
