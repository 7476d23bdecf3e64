import { ConfigurationTarget, type Disposable, workspace } from "vscode";
import { readSettings, type Settings, section, settingNames } from "./settings";

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
    const configuration = workspace.getConfiguration(section);
    const inWorkspace = configuration.inspect(settingNames.enabled)?.workspaceValue !== undefined;
    await configuration.update(
      settingNames.enabled,
      !this.#current.enabled,
      inWorkspace ? ConfigurationTarget.Workspace : ConfigurationTarget.Global,
    );
  }

  dispose(): void {
    this.#changes.dispose();
  }
}

function read(): Settings {
  const configuration = workspace.getConfiguration(section);
  return readSettings((name) => configuration.get(name));
}
