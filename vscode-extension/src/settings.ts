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
  /** The longest suggestion, in tokens; null for what the model was made for. */
  readonly maxTokens: number | null;
  /** The server's executable; empty for the environment's or the bundled one. */
  readonly serverPath: string;
  /** A suggestion that takes long is shown in the editor while it is being written. */
  readonly showMasksWhileWriting: boolean;
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
  showMasksWhileWriting: "showMasksWhileWriting",
};

/** What holds where the user chose nothing, or something of the wrong type. */
export const defaultSettings: Settings = {
  enabled: true,
  languages: { "*": true },
  model: "",
  device: "auto",
  maxTokens: null,
  serverPath: "",
  showMasksWhileWriting: false,
};

/** settings.json is written by hand: VS Code hands over whatever stands there. */
const isValid: Readonly<Record<keyof Settings, (value: unknown) => boolean>> = {
  enabled: isBoolean,
  languages: (value) => typeof value === "object" && value !== null && Object.values(value).every(isBoolean),
  model: isString,
  device: isString,
  maxTokens: (value) => value === null || (Number.isInteger(value) && Number(value) > 0),
  serverPath: isString,
  showMasksWhileWriting: isBoolean,
};

/** Reads all settings; `get` is handed a name within our section. */
export function readSettings(get: (name: string) => unknown): Settings {
  const read = <K extends keyof Settings>(key: K): Settings[K] => {
    const value = get(settingNames[key]);
    return isValid[key](value) ? (value as Settings[K]) : defaultSettings[key];
  };
  return {
    enabled: read("enabled"),
    languages: read("languages"),
    model: read("model"),
    device: read("device"),
    maxTokens: read("maxTokens"),
    serverPath: read("serverPath"),
    showMasksWhileWriting: read("showMasksWhileWriting"),
  };
}

/** Whether suggestions appear on their own in documents of this language. */
export function suggestsWhileTyping(settings: Settings, languageId: string): boolean {
  return settings.enabled && (settings.languages[languageId] ?? settings.languages["*"] ?? true);
}

/** The settings that the server is told: when it starts, and whenever they change. */
export function serverSettings({ model, device, maxTokens }: Settings): object {
  return { model, device, maxTokens };
}

/** Whether going from one to the other takes a new server process. */
export function needsRestart(before: Settings, after: Settings): boolean {
  return (["model", "device", "serverPath"] as const).some((key) => before[key] !== after[key]);
}

function isBoolean(value: unknown): boolean {
  return typeof value === "boolean";
}

function isString(value: unknown): boolean {
  return typeof value === "string";
}
