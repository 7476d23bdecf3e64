import { usualSecretFiles } from "./context/documentRules";

/**
 * What the user chose. The one place that knows the names and defaults of our settings; package.json declares the
 * same ones to VS Code, and a test holds the two together, and both to the server's.
 */
export interface Settings {
  /** Suggestions appear while typing. */
  readonly enabled: boolean;
  /** The same by language identifier; `*` stands for the languages that are not listed. */
  readonly languages: Readonly<Record<string, boolean>>;
  /** Whether suggestions are made while the user types too, or only when asked for. */
  readonly trigger: "automatic" | "manual";
  /** How sure the model must be while the user types, 0 to 1; null for what the model was made for. */
  readonly confidenceFloor: number | null;
  /** The most lines of a suggestion; null for no bound. */
  readonly maxLines: number | null;
  /** The longest suggestion, in tokens; null for what the model was made for. */
  readonly maxTokens: number | null;
  /** The time for a suggestion while the user types. */
  readonly timeBudgetMs: number;
  /** The time for a suggestion that was asked for. */
  readonly invokedTimeBudgetMs: number;
  /** What the user writes where something is to be filled in. */
  readonly fillMarkers: readonly string[];
  /** Globs of the files that may hold secrets, as they were written: the server tells what is no glob. */
  readonly secretFiles: readonly unknown[];
  /** Globs of more files to leave alone, as they were written: the user's and the workspace's together. */
  readonly ignore: readonly unknown[];
  /** Other open files are looked through for text like that at the cursor. */
  readonly relatedFiles: boolean;
  /** The server is told what else the user looks at. */
  readonly editorContext: boolean;
  /** A model's name or folder; empty for the one that comes with the server. */
  readonly model: string;
  /** `auto`, `cpu`, `cuda` or `cuda:N`. */
  readonly device: string;
  /** `auto`, `fp32`, `bf16`, `fp16` or `int8`. */
  readonly dtype: string;
  /** How a model without a length of its own finds one; null for its default. */
  readonly spanLength: string | null;
  /** The address of a serving engine to ask in place of a model here; empty for none. */
  readonly engineUrl: string;
  /** The name that it has for the model; empty for its own choice. */
  readonly engineModel: string;
  /** How its model wants the texts joined; empty where it does that itself. */
  readonly engineTemplate: string;
  /** The address once more, where it is on another machine. */
  readonly engineConfirmed: string;
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
  trigger: "trigger",
  confidenceFloor: "confidenceFloor",
  maxLines: "maxLines",
  maxTokens: "maxTokens",
  timeBudgetMs: "timeBudgetMs",
  invokedTimeBudgetMs: "invokedTimeBudgetMs",
  fillMarkers: "fillMarkers",
  secretFiles: "secretFiles",
  ignore: "ignore",
  relatedFiles: "relatedFiles",
  editorContext: "editorContext",
  model: "model",
  device: "device",
  dtype: "dtype",
  spanLength: "spanLength",
  engineUrl: "engineUrl",
  engineModel: "engineModel",
  engineTemplate: "engineTemplate",
  engineConfirmed: "engineConfirmed",
  serverPath: "server.path",
  showMasksWhileWriting: "showMasksWhileWriting",
};

/** What holds where the user chose nothing, or something of the wrong type. */
export const defaultSettings: Settings = {
  enabled: true,
  languages: { "*": true },
  trigger: "automatic",
  confidenceFloor: null,
  maxLines: null,
  maxTokens: null,
  timeBudgetMs: 400,
  invokedTimeBudgetMs: 3_000,
  fillMarkers: [],
  secretFiles: usualSecretFiles,
  ignore: [],
  relatedFiles: true,
  editorContext: true,
  model: "",
  device: "auto",
  dtype: "auto",
  spanLength: null,
  engineUrl: "",
  engineModel: "",
  engineTemplate: "",
  engineConfirmed: "",
  serverPath: "",
  showMasksWhileWriting: false,
};

/** settings.json is written by hand: VS Code hands over whatever stands there. */
const isValid: Readonly<Record<keyof Settings, (value: unknown) => boolean>> = {
  enabled: isBoolean,
  languages: (value) => typeof value === "object" && value !== null && Object.values(value).every(isBoolean),
  trigger: (value) => value === "automatic" || value === "manual",
  confidenceFloor: (value) => value === null || isNumber(value, 0, 1),
  maxLines: isCountOrNull,
  maxTokens: isCountOrNull,
  timeBudgetMs: isMilliseconds,
  invokedTimeBudgetMs: isMilliseconds,
  fillMarkers: isTexts,
  secretFiles: Array.isArray,
  ignore: Array.isArray,
  relatedFiles: isBoolean,
  editorContext: isBoolean,
  model: isString,
  device: isString,
  dtype: isString,
  spanLength: (value) => value === null || isString(value),
  engineUrl: isString,
  engineModel: isString,
  engineTemplate: isString,
  engineConfirmed: isString,
  serverPath: isString,
  showMasksWhileWriting: isBoolean,
};

/** Reads all settings; `get` is handed a name within our section. */
export function readSettings(get: (name: string) => unknown): Settings {
  const read = (key: keyof Settings) => {
    const value = get(settingNames[key]);
    return [key, isValid[key](value) ? value : defaultSettings[key]];
  };
  return Object.fromEntries((Object.keys(settingNames) as (keyof Settings)[]).map(read)) as unknown as Settings;
}

/** Adds up the lists of files to ignore: a workspace may have more of them left alone, and never fewer. */
export function mergeIgnored(...lists: unknown[]): unknown[] {
  return [...new Set(lists.filter(Array.isArray).flat())];
}

/** Whether suggestions appear on their own in documents of this language. */
export function suggestsWhileTyping(settings: Settings, languageId: string): boolean {
  return settings.enabled && settings.trigger === "automatic" && isLanguageOn(settings, languageId);
}

/** What the setting `languages` says of one. */
export function isLanguageOn({ languages }: Pick<Settings, "languages">, languageId: string): boolean {
  return languages[languageId] ?? languages["*"] ?? true;
}

/** The settings that the server is told, by its own names: when it starts, and whenever they change. */
export function serverSettings({
  enabled,
  languages,
  editorContext,
  serverPath,
  showMasksWhileWriting,
  ...told
}: Settings): object {
  return told;
}

/** What the server reads when it starts. */
const startSettings = [
  "model",
  "device",
  "dtype",
  "engineUrl",
  "engineModel",
  "engineTemplate",
  "engineConfirmed",
  "serverPath",
] as const;

/** Whether going from one to the other takes a new server process. */
export function needsRestart(before: Settings, after: Settings): boolean {
  return startSettings.some((key) => before[key] !== after[key]);
}

function isBoolean(value: unknown): value is boolean {
  return typeof value === "boolean";
}

function isString(value: unknown): value is string {
  return typeof value === "string";
}

function isTexts(value: unknown): value is string[] {
  return Array.isArray(value) && value.every(isString);
}

function isNumber(value: unknown, least: number, most: number): boolean {
  return typeof value === "number" && value >= least && value <= most;
}

function isMilliseconds(value: unknown): boolean {
  return isNumber(value, 1, 600_000);
}

function isCountOrNull(value: unknown): boolean {
  return value === null || (Number.isInteger(value) && Number(value) > 0);
}
