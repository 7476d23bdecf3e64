import type { CancellationToken } from "vscode";
import { RestartPolicy } from "./restartPolicy";
import type { Status } from "./status/status";

/** One life of the server process, from its start to its end. */
export interface ServerRun {
  /** Starts the process and shakes hands with it; rejects with a message for the user where that fails. */
  start(): Promise<void>;
  /** Hands the server the settings as they are now, where it already runs. */
  reconfigure(): void;
  /** Sends a message that has no answer, where the server already runs. */
  notify(method: string, params: object): void;
  /** Runs one of the server's commands, most of which take no argument. */
  execute(command: string, argument?: unknown, token?: CancellationToken): Promise<unknown>;
  /** What the server calls itself, once it has started. */
  readonly server: string | undefined;
  /** Ends the process, politely first. Never rejects. */
  stop(): Promise<void>;
}

/** What a run tells about itself. */
export interface RunEvents {
  onStatus(status: Status): void;
  /** The process ended although nobody asked it to. */
  onLost(reason: string): void;
}

/** Where the supervisor gets a run from and whom it tells what. */
export interface SupervisorOptions {
  readonly newRun: (events: RunEvents) => ServerRun;
  readonly onStatus: (status: Status) => void;
  /** There will be no suggestions until a person does something: the server gave up on its model, or we on it. */
  readonly onFailure: (reason: string) => void;
  readonly policy?: RestartPolicy;
}

/** A server that cannot be started however often one tries, such as one that is not there. */
export class HopelessStartError extends Error {}

/**
 * Keeps one server running: starts it, starts it again with growing pauses when it crashes, and gives up in time.
 * Every start is a new run, because a language client whose start failed cannot be started again. It knows neither
 * VS Code nor the protocol.
 */
export class ServerSupervisor {
  readonly #options: SupervisorOptions;
  readonly #policy: RestartPolicy;
  #run: ServerRun | undefined;
  #launched: Promise<void> = Promise.resolve();
  #pendingRestart: NodeJS.Timeout | undefined;
  #status: Status = { state: "stopped" };

  constructor(options: SupervisorOptions) {
    this.#options = options;
    this.#policy = options.policy ?? new RestartPolicy();
  }

  get status(): Status {
    return this.#status;
  }

  /** Starts the server unless it runs or is about to, and waits until it answers or does not start. */
  async start(): Promise<void> {
    if (this.#run === undefined && this.#pendingRestart === undefined) {
      this.#policy.forget();
      this.#launched = this.#launch();
    }
    await this.#launched;
  }

  /** Ends the server and any plan to start it again. */
  async stop(): Promise<void> {
    clearTimeout(this.#pendingRestart);
    this.#pendingRestart = undefined;
    const run = this.#run;
    this.#run = undefined;
    this.#report({ state: "stopped" });
    await run?.stop();
  }

  async restart(): Promise<void> {
    await this.stop();
    await this.start();
  }

  /** Lets a running server know that settings changed. */
  reconfigure(): void {
    this.#run?.reconfigure();
  }

  /** Sends the server, where one runs, a message that has no answer. */
  notify(method: string, params: object): void {
    this.#run?.notify(method, params);
  }

  /** Runs one of the server's commands; rejects with a message for the user where there is no server. */
  async execute(command: string, argument?: unknown, token?: CancellationToken): Promise<unknown> {
    if (this.#run === undefined) {
      throw new Error("The server does not run. Start it with the command DiffusionLsp: Restart Server.");
    }
    return this.#run.execute(command, argument, token);
  }

  /** What the running server calls itself. */
  get server(): string | undefined {
    return this.#run?.server;
  }

  async #launch(): Promise<void> {
    this.#report({ state: "starting" });
    // Whatever a run says after it was replaced is history.
    const ifCurrent = (act: () => void) => {
      if (this.#run === run) {
        act();
      }
    };
    const run = this.#options.newRun({
      onStatus: (status) => ifCurrent(() => this.#relay(status)),
      onLost: (reason) => ifCurrent(() => this.#recover(reason)),
    });
    this.#run = run;
    try {
      await run.start();
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      ifCurrent(() => (error instanceof HopelessStartError ? this.#giveUp(reason) : this.#recover(reason)));
    }
  }

  #recover(reason: string): void {
    const delay = this.#policy.crashedAt(Date.now());
    if (delay === undefined) {
      this.#giveUp(reason);
      return;
    }
    this.#discardRun();
    this.#report({ state: "starting", message: `${reason} Starting it again.` });
    this.#pendingRestart = setTimeout(() => {
      this.#pendingRestart = undefined;
      this.#launched = this.#launch();
    }, delay);
  }

  #giveUp(reason: string): void {
    this.#discardRun();
    this.#relay({ state: "failed", message: reason });
  }

  #relay(status: Status): void {
    const isNews = this.#status.state !== "failed";
    this.#report(status);
    if (status.state === "failed" && isNews) {
      this.#options.onFailure(status.message ?? "The model could not be loaded.");
    }
  }

  #discardRun(): void {
    void this.#run?.stop();
    this.#run = undefined;
  }

  #report(status: Status): void {
    this.#status = status;
    this.#options.onStatus(status);
  }
}
