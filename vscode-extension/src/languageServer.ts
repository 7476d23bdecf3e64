import { constants } from "node:fs";
import { access } from "node:fs/promises";
import { dirname } from "node:path";
import { createInterface } from "node:readline";
import type { Readable } from "node:stream";
import {
  type CancellationToken,
  InlineCompletionTriggerKind,
  type LogOutputChannel,
  type Position,
  type TextDocument,
} from "vscode";
import type { LanguageClient, LanguageClientOptions } from "vscode-languageclient/node";
import type { Infills } from "./denoising/infills";
import { documentSelector } from "./documentSelector";
import { InOrder } from "./inOrder";
import type * as LanguageClientModule from "./languageClient";
import { denoisingStepMethod, type ServerStatus, statusMethod } from "./protocol";
import { describeMissingServer, type ServerLocation } from "./serverLocation";
import { readServerLine } from "./serverLog";
import { HopelessStartError, type RunEvents, type ServerRun } from "./serverSupervisor";
import { type Settings, section, serverSettings } from "./settings";

/** How long a stop waits for a start that is still under way, in milliseconds. */
const startPatience = 5_000;

/** What a run of the server is made of. */
export interface LanguageServerOptions {
  readonly location: ServerLocation;
  readonly settings: () => Settings;
  /** Whether suggestions come while a language is typed. */
  readonly suggests: (languageId: string) => boolean;
  readonly log: LogOutputChannel;
  readonly infills: Infills;
  /** Variables for the server, beside the editor's own. */
  readonly environment: Record<string, string>;
  /** Told of the client before it starts: for those who ask the server for more than the client does by itself. */
  readonly onClient: (client: LanguageClient) => void;
}

/**
 * One run of the server behind the language client, which carries the documents to it and its suggestions back: ghost
 * text is the client's own inline completion feature. Decides neither when the server runs nor what the user is told.
 */
export class LanguageServerRun implements ServerRun {
  readonly #options: LanguageServerOptions;
  readonly #events: RunEvents;
  readonly #documents = new InOrder();
  #client: LanguageClient | undefined;
  #started: Promise<void> = Promise.resolve();
  #lastWords = "";

  constructor(options: LanguageServerOptions, events: RunEvents) {
    this.#options = options;
    this.#events = events;
  }

  start(): Promise<void> {
    this.#started = this.#begin();
    return this.#started;
  }

  reconfigure(): void {
    this.notify("workspace/didChangeConfiguration", {
      settings: { [section]: serverSettings(this.#options.settings()) },
    });
  }

  notify(method: string, params: object): void {
    if (this.#client?.isRunning()) {
      void this.#client.sendNotification(method, params);
    }
  }

  async execute(command: string, argument?: unknown, token?: CancellationToken): Promise<unknown> {
    await this.#started;
    const params = argument === undefined ? { command } : { command, arguments: [argument] };
    // A token that is undefined would be sent along as another parameter.
    return this.#client?.sendRequest("workspace/executeCommand", params, ...(token === undefined ? [] : [token]));
  }

  get server(): string | undefined {
    const info = this.#client?.initializeResult?.serverInfo;
    return info && [info.name, info.version].filter(Boolean).join(" ");
  }

  async stop(): Promise<void> {
    // A client cannot be stopped while it starts.
    const settled = this.#started.catch(() => undefined);
    await Promise.race([settled, new Promise((resolve) => setTimeout(resolve, startPatience).unref())]);
    if (this.#client?.needsStop()) {
      await this.#client.stop().catch((error) => this.#options.log.warn(`The server did not stop cleanly: ${error}`));
    }
  }

  async #begin(): Promise<void> {
    const { location, log } = this.#options;
    log.info(`Starting ${location.path} (from the ${location.origin})`);
    try {
      await access(location.path, constants.X_OK);
    } catch {
      throw new HopelessStartError(describeMissingServer(location));
    }
    this.#options.infills.serverStarted();
    try {
      await this.#startClient();
    } catch (error) {
      log.error(error instanceof Error ? error : String(error));
      throw new Error(this.#lossReason("The server did not start"));
    }
  }

  /** The client is most of our code, and is loaded when VS Code has activated us and all others that wait for it. */
  async #startClient(): Promise<void> {
    const { location, environment } = this.#options;
    const library = await import("./languageClient");
    const executable = {
      command: location.path,
      args: ["serve"],
      options: {
        // Not the workspace: nothing that lies there may become part of the server.
        cwd: dirname(location.path),
        // The library would start it with nothing but what stands here.
        env: { ...process.env, ...environment },
      },
    };
    const client = new library.OurClient(section, "DiffusionLsp", executable, this.#clientOptions(library));
    this.#client = client;
    client.onNotification(statusMethod, (status: ServerStatus) => this.#events.onStatus(status));
    client.onNotification(denoisingStepMethod, (step: unknown) => this.#options.infills.step(step));
    this.#options.onClient(client);
    await client.start();
  }

  #clientOptions({
    CloseAction,
    ErrorAction,
    RevealOutputChannelOn,
  }: typeof LanguageClientModule): LanguageClientOptions {
    const { log, settings, suggests } = this.#options;
    return {
      documentSelector,
      outputChannel: log,
      revealOutputChannelOn: RevealOutputChannelOn.Never,
      // The extension has commands of these names itself, which do more than the server can.
      initializationOptions: { ...serverSettings(settings()), announceCommands: false, denoisingSteps: true },
      initializationFailedHandler: () => false,
      stdioOptions: {
        // Standard output carries the protocol; only the client reads it.
        stdout: () => undefined,
        stderr: (stream: Readable) => this.#logLines(stream),
      },
      errorHandler: {
        error: () => ({ action: ErrorAction.Continue, handled: true }),
        closed: () => {
          // The client closes itself after this returns; only then is it safe to put another in its place.
          setImmediate(() => this.#events.onLost(this.#lossReason("The server stopped")));
          return { action: CloseAction.DoNotRestart, message: "The server stopped.", handled: true };
        },
      },
      middleware: {
        // The client sends a close at once and lets a change wait a moment: of a file that is reverted and closed, the
        // server would be told a change that comes too late, and takes that for a fault.
        didOpen: (document, next) => this.#documents.do(() => next(document)),
        didChange: (change, next) => this.#documents.do(() => next(change)),
        didClose: (document, next) => this.#documents.do(() => next(document)),
        provideInlineCompletionItems: (document, position, context, token, next) =>
          context.triggerKind === InlineCompletionTriggerKind.Invoke || suggests(document.languageId)
            ? this.#tellsItsEnd(document, context.selectedCompletionInfo?.range.start ?? position, token, () =>
                next(document, position, context, token),
              )
            : null,
      },
    };
  }

  /** Asks, and has the infill for this gap end with the answer, or as soon as the question is taken back. */
  async #tellsItsEnd<T>(
    { uri }: TextDocument,
    gap: Position,
    token: CancellationToken,
    ask: () => PromiseLike<T> | T,
  ): Promise<T> {
    const end = () => this.#options.infills.ended(uri.toString(), gap);
    const takenBack = token.onCancellationRequested(end);
    try {
      return await ask();
    } finally {
      takenBack.dispose();
      end();
    }
  }

  #logLines(stream: Readable): void {
    createInterface({ input: stream, crlfDelay: Number.POSITIVE_INFINITY }).on("line", (line) => {
      const { level, text, isLastWord } = readServerLine(line);
      this.#options.log[level](text);
      if (isLastWord) {
        this.#lastWords = text;
      }
    });
  }

  #lossReason(what: string): string {
    return this.#lastWords === "" ? `${what}.` : `${what}: ${this.#lastWords}`;
  }
}
