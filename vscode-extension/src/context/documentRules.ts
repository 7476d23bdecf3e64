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

/** The lists that the rules are made of. */
export interface DocumentLists {
  readonly secretFiles: readonly string[];
  readonly ignore: readonly string[];
}

/** Whether a text is a glob at all. */
export function isGlob(text: string): boolean {
  return Glob.parse(text) !== undefined;
}

/**
 * Why a document is left alone, in the server's own words; undefined where it is not. The server judges for itself: this
 * is for what the extension reads, and so that its user knows before a suggestion is asked for.
 */
export function whyLeftAlone({ secretFiles, ignore }: DocumentLists, uri: string): string | undefined {
  const path = new DocumentPath(uri);
  const secret = firstMatching(secretFiles, path);
  if (secret !== undefined) {
    return `may hold secrets: its name matches ${secret} (setting secretFiles)`;
  }
  const ignored = firstMatching(ignore, path);
  return ignored === undefined ? undefined : `is ignored: its name matches ${ignored} (setting ignore)`;
}

function firstMatching(globs: readonly string[], path: DocumentPath): string | undefined {
  return globs.find((glob) => Glob.parse(glob)?.matches(path));
}
