/**
 * What the user chose. The one place that knows the names and defaults of our settings; package.json declares the
 * same ones to VS Code, and a test holds the two together.
 */
export interface Settings {
  /** Suggestions appear while typing. */
  readonly enabled: boolean;
  /** The same by language identifier; `*` stands for the languages that are not listed. */
  readonly languages: Readonly<Record<string, boolean>>;
  /** A model's name or folder; empty for the one that comes with the server. */
  readonly model: string;
  /** `auto`, `cpu`, `cuda` or `cuda:N`. */
  readonly device: string;
  /** The longest suggestion, in tokens. */
  readonly maxTokens: number;
  /** The server's executable; empty for the environment's or the bundled one. */
  readonly serverPath: string;
}

/** The section that all our settings are in. */
export const section = "diffusionlsp";

/** Each setting's name within the section. */
export const settingNames: Readonly<Record<keyof Settings, string>> = {
  enabled: "enabled",
  languages: "languages",
  model: "model",
  device: "device",
  maxTokens: "maxTokens",
  serverPath: "server.path",
};

/** What holds where the user chose nothing, or something of the wrong type. */
export const defaultSettings: Settings = {
  enabled: true,
  languages: { "*": true },
  model: "",
  device: "auto",
  maxTokens: 64,
  serverPath: "",
};

/** Reads all settings; `get` is handed a name within our section. */
export function readSettings(get: (name: string) => unknown): Settings {
  const read = <K extends keyof Settings>(key: K): Settings[K] => {
    const value = get(settingNames[key]);
    return isSameType(value, defaultSettings[key]) ? value : defaultSettings[key];
  };
  return {
    enabled: read("enabled"),
    languages: read("languages"),
    model: read("model"),
    device: read("device"),
    maxTokens: read("maxTokens"),
    serverPath: read("serverPath"),
  };
}

/** Whether suggestions appear on their own in documents of this language. */
export function suggestsWhileTyping(settings: Settings, languageId: string): boolean {
  return settings.enabled && (settings.languages[languageId] ?? settings.languages["*"] ?? true);
}

/** Whether going from one to the other takes a new server process. */
export function needsRestart(before: Settings, after: Settings): boolean {
  const startup = ["model", "device", "maxTokens", "serverPath"] as const;
  return startup.some((key) => before[key] !== after[key]);
}

/** settings.json is written by hand: VS Code hands over whatever stands there. */
function isSameType<T>(value: unknown, example: T): value is T {
  return typeof value === typeof example && value !== null;
}
