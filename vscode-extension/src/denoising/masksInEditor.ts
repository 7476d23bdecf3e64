import { type Disposable, Position, Range, type TextEditor, ThemeColor, window, workspace } from "vscode";
import type { Infill, Infills } from "./infills";
import { gapLine } from "./wording";

/** A suggestion that is there sooner than that needs no announcement, in milliseconds. */
const patience = 300;

/**
 * Shows a suggestion that takes long in the editor while it is being written: a decoration at the gap, which is no part
 * of the document and moves no cursor. It leaves when the infill ends, is taken back, or the document changes.
 */
export class MasksInEditor implements Disposable {
  readonly #decoration = window.createTextEditorDecorationType({});
  readonly #isOn: () => boolean;
  readonly #subscriptions: Disposable[];
  #infill: Infill | undefined;
  #editor: TextEditor | undefined;
  #wait: NodeJS.Timeout | undefined;

  constructor(infills: Infills, isOn: () => boolean) {
    this.#isOn = isOn;
    this.#subscriptions = [
      this.#decoration,
      infills.listen({
        onBegin: (infill) => this.#begin(infill),
        onStep: (infill) => this.#follow(infill),
        onEnd: ({ id }) => this.#leave(id),
      }),
      workspace.onDidChangeTextDocument(({ document, contentChanges }) => {
        if (contentChanges.length > 0 && document.uri.toString() === this.#infill?.uri) {
          this.#leave();
        }
      }),
    ];
  }

  dispose(): void {
    this.#leave();
    for (const subscription of this.#subscriptions) {
      subscription.dispose();
    }
  }

  #begin(infill: Infill): void {
    this.#leave();
    if (this.#isOn()) {
      this.#infill = infill;
      const waited = infill.steps[0]?.milliseconds ?? 0;
      this.#wait = setTimeout(() => this.#show(), patience - waited);
    }
  }

  #follow(infill: Infill): void {
    if (infill.id === this.#infill?.id) {
      this.#infill = infill;
      if (this.#editor !== undefined) {
        this.#show();
      }
    }
  }

  #show(): void {
    const editor = window.activeTextEditor;
    const step = this.#infill?.steps.at(-1);
    if (step === undefined || editor?.document.uri.toString() !== step.uri) {
      return;
    }
    this.#editor = editor;
    const place = new Position(step.position.line, step.position.character);
    // Plain spaces at the beginning would fold into one.
    const contentText = gapLine(step).replaceAll(" ", "\u00a0");
    const after = { contentText, color: new ThemeColor("editorGhostText.foreground"), fontStyle: "italic" };
    editor.setDecorations(this.#decoration, [{ range: new Range(place, place), renderOptions: { after } }]);
  }

  /** Takes the decoration away: of this infill, or of any. */
  #leave(id = this.#infill?.id): void {
    if (id === this.#infill?.id) {
      clearTimeout(this.#wait);
      this.#editor?.setDecorations(this.#decoration, []);
      this.#editor = undefined;
      this.#infill = undefined;
    }
  }
}
