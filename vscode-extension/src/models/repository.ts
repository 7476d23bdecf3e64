/** Repositories on the hub, as one types them: `org/repo`, or `org/repo@revision`. The server reads them alike. */

const form = /^([A-Za-z0-9][\w.-]*\/[A-Za-z0-9][\w.-]*)(@(?!.*\.\.)\w[\w./-]*)?$/;

/** The repository's id without its revision; undefined where the text is none. */
export function repositoryIn(text: string): string | undefined {
  return form.exec(text.trim())?.[1];
}

/** Where people read about it. A mirror is named by the variable that the hub's own tools read. */
export function pageOf(repository: string, environment: NodeJS.ProcessEnv): string {
  const endpoint = environment.HF_ENDPOINT || "https://huggingface.co";
  return `${endpoint.replace(/\/+$/, "")}/${repository}`;
}
