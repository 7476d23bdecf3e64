import { randomBytes } from "node:crypto";
import { type Disposable, env, Uri, ViewColumn, type WebviewPanel, window } from "vscode";
import type { InfillListener, Infills } from "./infills";
import { readFromView, type ToView } from "./messages";
import { pageOf } from "./page";

/** The view's name to VS Code, by which it is found again after a reload of the window. */
export const viewType = "diffusionlsp.denoising";

/**
 * The denoising view: a panel beside the code that plays how the last infills were made. There is one at most. It hands
 * over what it gets and does not play anything itself; that is the page's part.
 */
export class DenoisingView implements Disposable {
  readonly #folder: Uri;
  readonly #infills: Infills;
  #panel: WebviewPanel | undefined;

  constructor(extension: Uri, infills: Infills) {
    this.#folder = Uri.joinPath(extension, "dist");
    this.#infills = infills;
  }

  /** Opens it beside the editor, which keeps the focus, or brings it to the front. */
  open(): void {
    if (this.#panel !== undefined) {
      this.#panel.reveal(undefined, true);
      return;
    }
    const column = { viewColumn: ViewColumn.Beside, preserveFocus: true };
    this.adopt(window.createWebviewPanel(viewType, "Denoising", column));
  }

  /** Takes over an empty panel, or one that was open when the window was reloaded. */
  adopt(panel: WebviewPanel): void {
    this.#panel?.dispose();
    this.#panel = panel;
    const { webview } = panel;
    const fileOf = (name: string) => webview.asWebviewUri(Uri.joinPath(this.#folder, name)).toString();
    const messages = webview.onDidReceiveMessage((message: unknown) => this.#answer(message));
    const steps = this.#infills.listen(this.#relay());
    panel.onDidDispose(() => {
      steps.dispose();
      messages.dispose();
      this.#panel = this.#panel === panel ? undefined : this.#panel;
    });
    panel.iconPath = Uri.joinPath(this.#folder, "..", "images", "icon.png");
    webview.options = { enableScripts: true, localResourceRoots: [this.#folder] };
    webview.html = pageOf({
      script: fileOf("denoising.js"),
      style: fileOf("denoising.css"),
      origin: webview.cspSource,
      nonce: randomBytes(16).toString("base64url"),
    });
  }

  dispose(): void {
    this.#panel?.dispose();
  }

  #relay(): InfillListener {
    return {
      onBegin: (infill) => this.#send({ type: "begin", infill }),
      onStep: ({ id, steps }) => this.#send({ type: "step", id, step: steps[steps.length - 1] as (typeof steps)[0] }),
      onEnd: ({ id }) => this.#send({ type: "end", id }),
    };
  }

  #answer(message: unknown): void {
    const read = readFromView(message);
    if (read?.type === "ready") {
      this.#send({ type: "infills", infills: this.#infills.all });
    } else if (read?.type === "copy") {
      void env.clipboard.writeText(read.text);
    }
  }

  #send(message: ToView): void {
    void this.#panel?.webview.postMessage(message);
  }
}
