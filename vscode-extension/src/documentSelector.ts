/** The documents that the server is told of, and so all that suggestions can appear in. */
export const documentSelector = [{ scheme: "file" }, { scheme: "untitled" }];

/** Whether a document of this scheme is among them. */
export function isOurs(scheme: string): boolean {
  return documentSelector.some((filter) => filter.scheme === scheme);
}
