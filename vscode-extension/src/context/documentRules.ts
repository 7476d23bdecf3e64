import { DocumentPath, Glob } from "./globs";

/** The files that may hold secrets by their name where the user does not say otherwise: the server's own list. */
export const usualSecretFiles: readonly string[] = [
  ".env*",
  "*.pem",
  "*.key",
  "*.pfx",
  "*.p12",
  "*.kdbx",
  "id_rsa*",
  "id_ed25519*",
  ".ssh/",
  ".aws/",
  "secrets/",
  ".netrc",
  ".npmrc",
  ".pypirc",
  ".git-credentials",
  "credentials*",
];

/** The lists that the rules are made of, as they were written: what is no glob in one is told by the server. */
export interface DocumentLists {
  readonly secretFiles: readonly unknown[];
  readonly ignore: readonly unknown[];
}

/**
 * Why a document is left alone, in the server's own words; undefined where it is not. The server judges for itself: this
 * is for what the extension reads, and so that its user knows before a suggestion is asked for.
 */
export function whyLeftAlone({ secretFiles, ignore }: DocumentLists, uri: string): string | undefined {
  const path = new DocumentPath(uri);
  // Nobody knows which files a slip was to protect, so it takes none of the usual ones away.
  const isSound = secretFiles.every((glob) => globOf(glob) !== undefined);
  const secret = firstMatching(isSound ? secretFiles : [...secretFiles, ...usualSecretFiles], path);
  if (secret !== undefined) {
    return `may hold secrets: its name matches ${secret} (setting secretFiles)`;
  }
  const ignored = firstMatching(ignore, path);
  return ignored === undefined ? undefined : `is ignored: its name matches ${ignored} (setting ignore)`;
}

function firstMatching(globs: readonly unknown[], path: DocumentPath): unknown {
  return globs.find((glob) => globOf(glob)?.matches(path));
}

/** Reads an entry of a list; undefined where it is no glob. */
function globOf(written: unknown): Glob | undefined {
  return typeof written === "string" ? Glob.parse(written) : undefined;
}
