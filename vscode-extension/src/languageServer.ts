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
import {
  CloseAction,
  DidChangeConfigurationNotification,
  ErrorAction,
  ExecuteCommandRequest,
  type InitializeParams,
  LanguageClient,
  type LanguageClientOptions,
  RevealOutputChannelOn,
} from "vscode-languageclient/node";
import type { Infills } from "./denoising/infills";
import { documentSelector } from "./documentSelector";
import { denoisingStepMethod, type ServerStatus, statusMethod } from "./protocol";
import { describeMissingServer, type ServerLocation } from "./serverLocation";
import { readServerLine } from "./serverLog";
import { HopelessStartError, type RunEvents, type ServerRun } from "./serverSupervisor";
import { type Settings, section, serverSettings } from "./settings";

/** How long a stop waits for a start that is still under way, in milliseconds. */
const startPatience = 5_000;

/**
 * One run of the server behind the language client, which carries the documents to it and its suggestions back: ghost
 * text is the client's own inline completion feature. Decides neither when the server runs nor what the user is told.
 */
export class LanguageServerRun implements ServerRun {
  readonly #location: ServerLocation;
  readonly #settings: () => Settings;
  readonly #suggests: (languageId: string) => boolean;
  readonly #client: LanguageClient;
  readonly #events: RunEvents;
  readonly #log: LogOutputChannel;
  readonly #infills: Infills;
  #started: Promise<void> = Promise.resolve();
  #lastWords = "";

  /**
   * @param suggests Whether suggestions come while a language is typed.
   * @param environment Variables for the server, beside the editor's own.
   */
  constructor(
    location: ServerLocation,
    settings: () => Settings,
    suggests: (languageId: string) => boolean,
    log: LogOutputChannel,
    events: RunEvents,
    infills: Infills,
    environment: Record<string, string>,
  ) {
    this.#location = location;
    this.#settings = settings;
    this.#suggests = suggests;
    this.#events = events;
    this.#log = log;
    this.#infills = infills;
    const executable = {
      command: location.path,
      args: ["serve"],
      // Not the workspace: nothing that lies there may become part of the server.
      options: { cwd: dirname(location.path), env: environment },
    };
    this.#client = new OurClient(section, "DiffusionLsp", executable, this.#clientOptions());
    this.#client.onNotification(statusMethod, (status: ServerStatus) => events.onStatus(status));
    this.#client.onNotification(denoisingStepMethod, (step: unknown) => infills.step(step));
  }

  /** For those who ask the server for more than the client does by itself. */
  get client(): LanguageClient {
    return this.#client;
  }

  async start(): Promise<void> {
    this.#log.info(`Starting ${this.#location.path} (from the ${this.#location.origin})`);
    try {
      await access(this.#location.path, constants.X_OK);
    } catch {
      throw new HopelessStartError(describeMissingServer(this.#location));
    }
    this.#infills.serverStarted();
    this.#started = this.#client.start();
    try {
      await this.#started;
    } catch (error) {
      this.#log.error(error instanceof Error ? error : String(error));
      throw new Error(this.#lossReason("The server did not start"));
    }
  }

  reconfigure(): void {
    if (this.#client.isRunning()) {
      const settings = { [section]: serverSettings(this.#settings()) };
      void this.#client.sendNotification(DidChangeConfigurationNotification.type, { settings });
    }
  }

  notify(method: string, params: object): void {
    if (this.#client.isRunning()) {
      void this.#client.sendNotification(method, params);
    }
  }

  execute(command: string, argument?: unknown, token?: CancellationToken): Promise<unknown> {
    const params = argument === undefined ? { command } : { command, arguments: [argument] };
    return this.#client.sendRequest(ExecuteCommandRequest.type, params, token);
  }

  get server(): string | undefined {
    const info = this.#client.initializeResult?.serverInfo;
    return info && [info.name, info.version].filter(Boolean).join(" ");
  }

  async stop(): Promise<void> {
    // A client cannot be stopped while it starts.
    const settled = this.#started.catch(() => undefined);
    await Promise.race([settled, new Promise((resolve) => setTimeout(resolve, startPatience).unref())]);
    if (this.#client.needsStop()) {
      await this.#client.stop().catch((error) => this.#log.warn(`The server did not stop cleanly: ${error}`));
    }
  }

  #clientOptions(): LanguageClientOptions {
    return {
      documentSelector,
      outputChannel: this.#log,
      revealOutputChannelOn: RevealOutputChannelOn.Never,
      // The extension has commands of these names itself, which do more than the server can.
      initializationOptions: { ...serverSettings(this.#settings()), announceCommands: false, denoisingSteps: true },
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
        provideInlineCompletionItems: (document, position, context, token, next) =>
          context.triggerKind === InlineCompletionTriggerKind.Invoke || this.#suggests(document.languageId)
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
    const end = () => this.#infills.ended(uri.toString(), gap);
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
      this.#log[level](text);
      if (isLastWord) {
        this.#lastWords = text;
      }
    });
  }

  #lossReason(what: string): string {
    return this.#lastWords === "" ? `${what}.` : `${what}: ${this.#lastWords}`;
  }
}

/**
 * The client, with two habits of ours: it leaves messages to the supervisor, which says one thing once where the client's
 * own would come with every attempt, and it has inline completion announced early.
 */
class OurClient extends LanguageClient {
  override error(message: string, data?: unknown): void {
    super.error(message, data, false);
  }

  /**
   * Asks for inline completion to be announced at the start. A server that may announce it late does so when the model
   * is ready, and the trigger command, which waits for the model, would find nobody to ask until then.
   */
  protected override fillInitializeParams(params: InitializeParams): void {
    super.fillInitializeParams(params);
    const inlineCompletion = params.capabilities.textDocument?.inlineCompletion;
    if (inlineCompletion !== undefined) {
      inlineCompletion.dynamicRegistration = false;
    }
  }
}
