import type { FromView } from "../src/denoising/messages";

/** What VS Code gives a webview's script. */
interface WebviewApi {
  postMessage(message: FromView): void;
  getState(): unknown;
  setState(state: object): void;
}

declare function acquireVsCodeApi(): WebviewApi;

/** It may be acquired once only. */
export const vscode = acquireVsCodeApi();

/** An element of the page, which src/denoising/page.ts wrote. */
export function byId<T extends HTMLElement>(id: string, kind: new () => T): T {
  const element = document.getElementById(id);
  if (!(element instanceof kind)) {
    throw new Error(`The page has no ${kind.name} #${id}.`);
  }
  return element;
}
