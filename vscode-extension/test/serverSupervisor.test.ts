import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { RestartPolicy } from "../src/restartPolicy";
import { HopelessStartError, type RunEvents, type ServerRun, ServerSupervisor } from "../src/serverSupervisor";

/** A run whose start goes as the script says. */
class ScriptedRun implements ServerRun {
  stops = 0;
  reconfigurations = 0;
  readonly notes: string[] = [];
  readonly server = "scripted 1";

  constructor(
    readonly events: RunEvents,
    readonly failure: Error | undefined,
  ) {}

  async start(): Promise<void> {
    if (this.failure !== undefined) {
      throw this.failure;
    }
    this.events.onStatus({ state: "ready" });
  }

  reconfigure(): void {
    this.reconfigurations++;
  }

  notify(method: string): void {
    this.notes.push(method);
  }

  async execute(command: string, argument?: unknown): Promise<unknown> {
    return `${command} ${argument}, done`;
  }

  async stop(): Promise<void> {
    this.stops++;
  }
}

describe("ServerSupervisor", () => {
  let runs: ScriptedRun[];
  let states: string[];
  let told: string[];
  let failures: (Error | undefined)[];
  let supervisor: ServerSupervisor;

  beforeEach(() => {
    vi.useFakeTimers();
    runs = [];
    states = [];
    told = [];
    failures = [];
    supervisor = new ServerSupervisor({
      newRun: (events) => {
        const run = new ScriptedRun(events, failures.shift());
        runs.push(run);
        return run;
      },
      onStatus: (status) => states.push(status.state),
      onFailure: (reason) => told.push(reason),
      policy: new RestartPolicy({ delays: [100, 200], memory: 10_000 }),
    });
  });

  afterEach(() => {
    vi.useRealTimers();
  });

  const run = (index: number): ScriptedRun => {
    const found = runs[index];
    expect(found, `run ${index}`).toBeDefined();
    return found as ScriptedRun;
  };

  it("starts one server, however often it is asked to", async () => {
    await Promise.all([supervisor.start(), supervisor.start()]);
    await supervisor.start();
    expect(runs).toHaveLength(1);
    expect(states).toEqual(["starting", "ready"]);
  });

  it("has everybody wait who asks while it starts", async () => {
    let answer = () => {};
    const slow = new ServerSupervisor({
      newRun: (events) => {
        const starting = new ScriptedRun(events, undefined);
        starting.start = () => new Promise((resolve) => (answer = resolve));
        return starting;
      },
      onStatus: () => {},
      onFailure: () => {},
    });
    const order: string[] = [];
    const waiting = [slow.start(), slow.start()].map((start) => start.then(() => order.push("started")));
    await vi.advanceTimersByTimeAsync(100);
    order.push("answered");
    answer();
    await Promise.all(waiting);
    expect(order).toEqual(["answered", "started", "started"]);
  });

  it("starts a crashed server again, after a pause", async () => {
    await supervisor.start();
    run(0).events.onLost("It crashed.");
    await vi.advanceTimersByTimeAsync(99);
    expect(runs).toHaveLength(1);
    await vi.advanceTimersByTimeAsync(1);
    expect(runs).toHaveLength(2);
    expect(run(0).stops).toBe(1);
    expect(states).toEqual(["starting", "ready", "starting", "starting", "ready"]);
    expect(told).toEqual([]);
  });

  it("gives up on a server that keeps crashing, and says so once", async () => {
    failures = [new Error("one"), new Error("two"), new Error("three")];
    await supervisor.start();
    await vi.advanceTimersByTimeAsync(10_000);
    expect(runs).toHaveLength(3);
    expect(told).toEqual(["three"]);
    expect(supervisor.status).toEqual({ state: "failed", message: "three" });
  });

  it("does not try again where trying cannot help", async () => {
    failures = [new HopelessStartError("There is no server.")];
    await supervisor.start();
    await vi.advanceTimersByTimeAsync(10_000);
    expect(runs).toHaveLength(1);
    expect(told).toEqual(["There is no server."]);
  });

  it("counts a crash during the start once, whoever tells of it first", async () => {
    await supervisor.start();
    run(0).events.onLost("It crashed.");
    run(0).events.onLost("It crashed.");
    await vi.advanceTimersByTimeAsync(10_000);
    expect(runs).toHaveLength(2);
  });

  it("tells once that the server could not load its model, and leaves it running", async () => {
    await supervisor.start();
    run(0).events.onStatus({ state: "failed", message: "No model." });
    run(0).events.onStatus({ state: "failed", message: "No model." });
    expect(told).toEqual(["No model."]);
    expect(run(0).stops).toBe(0);
  });

  it("is ready for another start after it gave up", async () => {
    failures = [new HopelessStartError("There is no server.")];
    await supervisor.start();
    await supervisor.restart();
    expect(runs).toHaveLength(2);
    expect(supervisor.status.state).toBe("ready");
  });

  it("does not start again what was stopped", async () => {
    await supervisor.start();
    run(0).events.onLost("It crashed.");
    await supervisor.stop();
    await vi.advanceTimersByTimeAsync(10_000);
    expect(runs).toHaveLength(1);
    expect(supervisor.status.state).toBe("stopped");
  });

  it("tells of changed settings the run that there is, if any", async () => {
    supervisor.reconfigure();
    await supervisor.start();
    supervisor.reconfigure();
    expect(run(0).reconfigurations).toBe(1);
  });

  it("hands messages and commands to the run that there is, or says what to do without one", async () => {
    supervisor.notify("early", {});
    await expect(supervisor.execute("count")).rejects.toThrow(/Restart Server/);
    expect(supervisor.server).toBeUndefined();
    await supervisor.start();
    supervisor.notify("later", {});
    expect(run(0).notes).toEqual(["later"]);
    expect(await supervisor.execute("count", "all")).toBe("count all, done");
    expect(supervisor.server).toBe("scripted 1");
  });

  it("does not listen to a run that was replaced", async () => {
    await supervisor.start();
    await supervisor.restart();
    run(0).events.onStatus({ state: "failed" });
    run(0).events.onLost("It ended.");
    await vi.advanceTimersByTimeAsync(10_000);
    expect(runs).toHaveLength(2);
    expect(supervisor.status.state).toBe("ready");
  });
});
