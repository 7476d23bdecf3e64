import { type QuickInputButton, type QuickPickItem, QuickPickItemKind, ThemeIcon, window } from "vscode";
import type { ModelEntry, ModelReport } from "../protocol";
import { repositoryIn } from "./repository";
import { folderInUse, type ModelAct, type ModelChoice, type ModelGroup, modelGroups } from "./rows";
import { memoryHere } from "./wording";

/** What the user picked: a model and what is to be done to it, or another way to a model. */
export type Picked =
  | { readonly act: "take" | ModelAct; readonly model: ModelEntry }
  | { readonly act: "useFolder" | "downloadOther" | "keep" }
  | { readonly act: "pull"; readonly text: string };

interface ModelItem extends QuickPickItem {
  readonly leadsTo?: Picked;
  readonly buttons?: readonly ActButton[];
}

interface ActButton extends QuickInputButton {
  readonly act: ModelAct;
}

const buttons: Readonly<Record<ModelAct, ActButton>> = {
  verify: { act: "verify", iconPath: new ThemeIcon("verified"), tooltip: "Compare Its Files with Their Hashes" },
  remove: { act: "remove", iconPath: new ThemeIcon("trash"), tooltip: "Remove" },
  openPage: { act: "openPage", iconPath: new ThemeIcon("link-external"), tooltip: "Open Its Page" },
  openReadme: { act: "openReadme", iconPath: new ThemeIcon("book"), tooltip: "Open Its Model Card" },
};

/** Lets the user pick among all models. */
export function pickModel(report: ModelReport, choice: ModelChoice): Promise<Picked | undefined> {
  const items = itemsOf(modelGroups(report, choice));
  const folder = folderInUse(report, choice);
  if (folder !== undefined) {
    items.unshift(
      { label: "Folder", kind: QuickPickItemKind.Separator },
      { label: "$(check) A model folder", description: `in use · ${folder}`, leadsTo: { act: "keep" } },
    );
  }
  items.push(
    { label: "Others", kind: QuickPickItemKind.Separator },
    { label: "$(folder-opened) Use a Model Folder…", leadsTo: { act: "useFolder" } },
    { label: "$(cloud-download) Download Another Model…", leadsTo: { act: "downloadOther" } },
  );
  return pick("Choose a Model", memoryHere(report), items, () => undefined);
}

/** Lets the user pick a model that is not here, or type a repository. */
export function pickDownload(report: ModelReport, choice: ModelChoice): Promise<Picked | undefined> {
  const known = modelGroups({ ...report, models: report.models.filter(({ state }) => state === "known") }, choice);
  const typed = (text: string): ModelItem | undefined =>
    repositoryIn(text) === undefined
      ? undefined
      : { label: `$(cloud-download) ${text.trim()}`, alwaysShow: true, leadsTo: { act: "pull", text: text.trim() } };
  const placeholder = "A model, or org/repo or org/repo@revision on Hugging Face";
  return pick("Download a Model", placeholder, itemsOf(known), typed);
}

function itemsOf(groups: readonly ModelGroup[]): ModelItem[] {
  return groups.flatMap<ModelItem>(({ title, rows }) => [
    { label: title, kind: QuickPickItemKind.Separator },
    ...rows.map(({ model, label, description, detail, acts }) => ({
      label,
      description,
      detail,
      buttons: acts.map((act) => buttons[act]),
      leadsTo: { act: "take", model } as const,
    })),
  ]);
}

/** @param typed The item that stands for what was typed, if it can stand for one. */
function pick(
  title: string,
  placeholder: string,
  items: readonly ModelItem[],
  typed: (text: string) => ModelItem | undefined,
): Promise<Picked | undefined> {
  const list = window.createQuickPick<ModelItem>();
  list.title = title;
  list.placeholder = placeholder;
  list.matchOnDescription = true;
  list.matchOnDetail = true;
  list.items = items;
  return new Promise((resolve) => {
    const end = (picked: Picked | undefined) => {
      resolve(picked);
      list.dispose();
    };
    list.onDidChangeValue((text) => {
      const item = typed(text);
      list.items = item === undefined ? items : [item, ...items];
    });
    list.onDidAccept(() => end(list.selectedItems[0]?.leadsTo));
    list.onDidTriggerItemButton(({ item: { leadsTo }, button }) => {
      if (leadsTo !== undefined && "model" in leadsTo) {
        end({ model: leadsTo.model, act: (button as ActButton).act });
      }
    });
    list.onDidHide(() => end(undefined));
    list.show();
  });
}
