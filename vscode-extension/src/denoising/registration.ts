import { commands, type Disposable, Position, Range, type Uri, window, workspace } from "vscode";
import { commandIds } from "../commandIds";
import type { GapPosition } from "../protocol";
import { DenoisingView, viewType } from "./denoisingView";
import type { Infills, Surroundings } from "./infills";
import { MasksInEditor } from "./masksInEditor";
import { linesNear } from "./surroundings";

/** Registers what shows how suggestions are written: the view, also after a reload, and the masks in the editor. */
export function registerDenoising(extension: Uri, infills: Infills, showsMasks: () => boolean): Disposable[] {
  const view = new DenoisingView(extension, infills);
  return [
    view,
    new MasksInEditor(infills, showsMasks),
    commands.registerCommand(commandIds.openDenoisingView, () => view.open()),
    window.registerWebviewPanelSerializer(viewType, {
      deserializeWebviewPanel: async (panel) => view.adopt(panel),
    }),
  ];
}

/** What stands around a gap in an open document; nothing where it has been closed meanwhile. */
export function surroundingsOf(uri: string, { line, character }: GapPosition): Surroundings {
  const name = decodeURIComponent(uri.slice(uri.lastIndexOf("/") + 1));
  const document = workspace.textDocuments.find((open) => open.uri.toString() === uri);
  if (document === undefined) {
    return { name, before: "", after: "" };
  }
  const gap = document.validatePosition(new Position(line, character));
  const first = new Position(Math.max(0, gap.line - 20), 0);
  const last = new Position(gap.line + 20, 0);
  const textIn = (range: Range) => document.getText(range).replaceAll("\r\n", "\n");
  return { name, ...linesNear(textIn(new Range(first, gap)), textIn(new Range(gap, last))) };
}
