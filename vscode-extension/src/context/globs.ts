/**
 * Globs over the paths of documents, whatever the case of their letters, by the rules of the server's own (its folder
 * Trust), so that both sides leave the same files alone. `*` stands for any characters within a name and `**` for any
 * folders; a glob that ends with `/` means all below, and one that does not begin with `/` matches at any depth. It
 * never looks at the disk, and its time is bounded by the lengths alone: a workspace may write a glob, too.
 */
export class Glob {
  readonly #names: readonly string[];

  private constructor(names: readonly string[]) {
    this.#names = names;
  }

  /** Reads a glob; undefined where it is none, because it is empty or goes up a folder. */
  static parse(text: string): Glob | undefined {
    const written = withoutOddCharacters(text.trim()).toLowerCase();
    const below = written.endsWith("/") ? `${written.replace(/\/+$/, "")}/**` : written;
    const names = (below.startsWith("/") ? below.replace(/^\/+/, "") : `**/${below}`)
      .split("/")
      .filter((name) => name !== ".")
      // `**.cs` is short for `**/*.cs`, and `*.*` for every name.
      .flatMap((name) => (name.startsWith("**.") ? ["**", name.slice(1)] : [name === "*.*" ? "*" : name]));
    if (written.replaceAll("/", "") === "" || names.includes("..")) {
      return undefined;
    }
    // Folders at the end stand for what is in them, not for a file of the folder's name.
    return new Glob(names.at(-1) === "**" ? [...names, "*"] : names);
  }

  /** Whether the glob matches a document. */
  matches(path: DocumentPath): boolean {
    return path.readings.some((names) => matchesAll(this.#names, names, (glob) => glob === "**", matchesName));
  }
}

/** The path that a document's URI names, for the eyes of a rule and never for opening a file. */
export class DocumentPath {
  /**
   * The names of the path in lower case: of the URI up to its query or fragment, and of all of it, since some write a
   * folder named `c#` as it is.
   */
  readonly readings: readonly (readonly string[])[];

  constructor(uri: string) {
    const path = withoutAuthority(uri.replace(/^[^:/\\]+:/, ""));
    const end = path.search(/[?#]/);
    this.readings = (end < 0 ? [path] : [path.slice(0, end), path]).map(namesOf);
  }
}

function withoutAuthority(rest: string): string {
  if (!rest.startsWith("//")) {
    return rest;
  }
  const path = rest.indexOf("/", 2);
  // Nothing but an authority: somebody has left out a slash, and means a name.
  return path < 0 ? rest.slice(2) : rest.slice(path);
}

function namesOf(path: string): string[] {
  const names: string[] = [];
  for (const name of withoutOddCharacters(decoded(path)).toLowerCase().split("/")) {
    if (name === "..") {
      names.pop();
    } else if (name !== "" && name !== ".") {
      names.push(name);
    }
  }
  return names.length === 0 ? ["_"] : names;
}

/** Decodes what can be decoded; a per cent sign that begins no escape stands for itself. */
function decoded(path: string): string {
  return path.replace(/(?:%[0-9a-f]{2})+/gi, (escapes) => {
    try {
      return decodeURIComponent(escapes);
    } catch {
      return escapes.replace(/%[0-7][0-9a-f]/gi, decodeURIComponent);
    }
  });
}

/** Without the characters that a file system gives a meaning: a drive's colon, the null. */
function withoutOddCharacters(path: string): string {
  return path.replace(/[:\0]/g, "_").replaceAll("\\", "/");
}

function matchesName(glob: string, name: string): boolean {
  return matchesAll(
    [...glob],
    [...name],
    (character) => character === "*",
    (one, other) => one === other,
  );
}

/**
 * Whether a pattern matches all of a sequence, where a wildcard stands for any run of it. Only the latest wildcard is
 * ever made longer, which is enough and keeps the time within the product of both lengths.
 */
function matchesAll(
  pattern: readonly string[],
  sequence: readonly string[],
  isWildcard: (part: string) => boolean,
  matchesOne: (part: string, item: string) => boolean,
): boolean {
  let part = 0;
  let item = 0;
  let wildcard = -1;
  let resume = 0;
  while (item < sequence.length) {
    if (part < pattern.length && isWildcard(pattern[part] as string)) {
      wildcard = part++;
      resume = item;
    } else if (part < pattern.length && matchesOne(pattern[part] as string, sequence[item] as string)) {
      part++;
      item++;
    } else if (wildcard >= 0) {
      part = wildcard + 1;
      item = ++resume;
    } else {
      return false;
    }
  }
  return pattern.slice(part).every(isWildcard);
}
