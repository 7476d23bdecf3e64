import { commands, type Disposable, type SecretStorage, window } from "vscode";
import { commandIds } from "./commandIds";

/** The variable in which the server looks for the key of a serving engine. */
const variable = "DIFFUSIONLSP_ENGINE_KEY";
const name = "engineKey";

/**
 * The key of a serving engine: kept in the editor's secret store, and handed to the server in its environment when that
 * starts. It is in no setting and in no log.
 */
export class EngineKey implements Disposable {
  readonly #secrets: SecretStorage;
  readonly #registrations: Disposable[];
  #key: string | undefined;

  /** @param onChanged A running server has another key than it should. */
  constructor(secrets: SecretStorage, onChanged: () => void) {
    this.#secrets = secrets;
    this.#registrations = [
      commands.registerCommand(commandIds.setEngineKey, () => this.#ask()),
      secrets.onDidChange(async (change) => {
        const before = this.#key;
        if (change.key === name && (await this.#read()) !== before) {
          onChanged();
        }
      }),
    ];
  }

  /** Reads it; until then there is none. A store that cannot be opened is one without a key. */
  async load(): Promise<void> {
    await this.#read().catch(() => undefined);
  }

  /** What a server is started with, beside the editor's own environment. */
  get environment(): Record<string, string> {
    return this.#key === undefined ? {} : { [variable]: this.#key };
  }

  dispose(): void {
    for (const registration of this.#registrations) {
      registration.dispose();
    }
  }

  async #read(): Promise<string | undefined> {
    this.#key = (await this.#secrets.get(name)) || undefined;
    return this.#key;
  }

  async #ask(): Promise<void> {
    const key = await window.showInputBox({
      title: "DiffusionLsp: Set Engine Key",
      prompt: "The key of the serving engine that diffusionlsp.engineUrl names. Leave it empty to forget it.",
      password: true,
      ignoreFocusOut: true,
    });
    if (key === undefined) {
      return;
    }
    await (key.trim() === "" ? this.#secrets.delete(name) : this.#secrets.store(name, key.trim()));
  }
}
