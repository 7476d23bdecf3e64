/** How something that was to be done to a model ended short of it. */
export type TaskEnd =
  | { readonly kind: "cancelled" }
  | { readonly kind: "failed"; readonly message: string }
  | { readonly kind: "server ended" };

// Codes of JSON-RPC and of the Language Server Protocol.
const requestCancelled = -32800;
const pendingResponseRejected = -32097;
const connectionInactive = -32096;

/** Reads an error: the server's line is for the user as it is; a server that went away has none. */
export function taskEndOf(error: unknown): TaskEnd {
  const code = typeof error === "object" && error !== null && "code" in error ? error.code : undefined;
  if (code === requestCancelled) {
    return { kind: "cancelled" };
  }
  if (code === pendingResponseRejected || code === connectionInactive) {
    return { kind: "server ended" };
  }
  return { kind: "failed", message: error instanceof Error ? error.message : String(error) };
}
