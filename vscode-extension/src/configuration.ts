import { ConfigurationTarget, type Disposable, workspace } from "vscode";
import { isLanguageOn, mergeIgnored, readSettings, type Settings, section, settingNames } from "./settings";

/** The settings as VS Code has them now. */
export class Configuration implements Disposable {
  readonly #changes: Disposable;
  #current = read();

  /** @param onChange Told what the settings were, after they changed. */
  constructor(onChange: (before: Settings) => void) {
    this.#changes = workspace.onDidChangeConfiguration((event) => {
      if (event.affectsConfiguration(section)) {
        const before = this.#current;
        this.#current = read();
        onChange(before);
      }
    });
  }

  get current(): Settings {
    return this.#current;
  }

  /** Turns suggestions on or off, where the user decided last: in the workspace, or else everywhere. */
  async toggle(): Promise<void> {
    await write(settingNames.enabled, () => !this.#current.enabled);
  }

  /** Turns suggestions in a language on or off, in the same place. */
  async toggleLanguage(languageId: string): Promise<void> {
    const on = isLanguageOn(this.#current, languageId);
    await write(settingNames.languages, (own) => ({ ...(own as object | undefined), [languageId]: !on }));
  }

  /** Has the server run another model, by its name or folder; empty for its own. */
  async useModel(model: string): Promise<void> {
    // A machine's own setting: VS Code writes it where the server runs, also in a remote window.
    const own = model === "" ? undefined : model;
    await workspace.getConfiguration(section).update(settingNames.model, own, ConfigurationTarget.Global);
  }

  dispose(): void {
    this.#changes.dispose();
  }
}

function read(): Settings {
  const configuration = workspace.getConfiguration(section);
  const settings = readSettings((name) => configuration.get(name));
  const ignore = configuration.inspect(settingNames.ignore);
  return { ...settings, ignore: mergeIgnored(ignore?.globalValue, ignore?.workspaceValue) };
}

/** Changes a setting in the workspace where that has it, or else in the user's; `change` is handed what stands there. */
async function write(name: string, change: (own: unknown) => unknown): Promise<void> {
  const configuration = workspace.getConfiguration(section);
  const known = configuration.inspect(name);
  const [own, target] =
    known?.workspaceValue === undefined
      ? [known?.globalValue, ConfigurationTarget.Global]
      : [known.workspaceValue, ConfigurationTarget.Workspace];
  await configuration.update(name, change(own), target);
}
