import { type QuickPickItem, QuickPickItemKind, Uri, window, workspace } from "vscode";
import type { AcceptanceReport } from "../protocol";
import { figureDays } from "./acceptanceFigures";

interface FigureItem extends QuickPickItem {
  readonly act?: (file: Uri) => Promise<void>;
}

/** Shows how many suggestions were taken, with the ways to open and to erase the one file that the figures are in. */
export async function showFigures(report: AcceptanceReport): Promise<void> {
  const days = figureDays(report);
  if (days.length === 0 || !report.file) {
    void window.showInformationMessage("DiffusionLsp: There are no figures yet. They begin with the next suggestion.");
    return;
  }
  const items = days.flatMap<FigureItem>(({ day, lines }) => [
    { label: day, kind: QuickPickItemKind.Separator },
    ...lines,
  ]);
  items.push(
    { label: "The file, which never leaves this machine", kind: QuickPickItemKind.Separator },
    { label: "$(go-to-file) Open the file", description: report.file, act: open },
    { label: "$(trash) Erase all figures", act: erase },
  );
  const choice = await window.showQuickPick(items, { title: "Suggestions shown and taken" });
  await choice?.act?.(Uri.file(report.file));
}

async function open(file: Uri): Promise<void> {
  await window.showTextDocument(file);
}

async function erase(file: Uri): Promise<void> {
  const detail = "They are on this machine alone and cannot be brought back.";
  const choice = await window.showWarningMessage("Erase all acceptance figures?", { modal: true, detail }, "Erase");
  if (choice === "Erase") {
    await workspace.fs.delete(file);
  }
}
