import { join } from "node:path";
import {
  type CancellationToken,
  commands,
  Disposable,
  env,
  FileType,
  ProgressLocation,
  Uri,
  window,
  workspace,
} from "vscode";
import type { LanguageClient } from "vscode-languageclient/node";
import { commandIds } from "../commandIds";
import { say } from "../edits/message";
import { type ModelEntry, type ModelEvent, type ModelReport, serverCommands } from "../protocol";
import type { Settings } from "../settings";
import { isServerStatus, type Status } from "../status/status";
import { missingFiles } from "./modelFolder";
import { type Picked, pickDownload, pickModel } from "./modelPicker";
import { showPulls } from "./pullProgress";
import { pageOf, repositoryIn } from "./repository";
import { isCurrent, type ModelChoice } from "./rows";
import { type TaskEnd, taskEndOf } from "./taskEnd";
import { downloadFacts, misfitOf, verifiedLine } from "./wording";

/** What the management of models needs of the rest. */
export interface ModelTargets {
  /** Starts the server where it does not run. */
  start(): Promise<void>;
  /** Runs a command of the server's; rejects with a message for the user where that fails. */
  execute(command: string, argument?: unknown, token?: CancellationToken): Promise<unknown>;
  status(): Status;
  settings(): Settings;
  /** Has the server run this model from now on; empty for its own. */
  use(model: string): Promise<void>;
}

/** What the server pulls, and whether the user has accepted its licence. */
interface PullArgument {
  readonly model: string;
  readonly acceptLicence: boolean;
}

/** Choosing, downloading, checking and removing models. The server does it all; here is what is asked and told. */
export class Models implements Disposable {
  readonly #targets: ModelTargets;
  readonly #commands: Disposable;
  /** What is being downloaded. */
  readonly #pulls = new Set<string>();

  constructor(targets: ModelTargets) {
    this.#targets = targets;
    this.#commands = Disposable.from(
      commands.registerCommand(commandIds.chooseModel, () => this.#pickFrom(pickModel)),
      commands.registerCommand(commandIds.downloadModel, () => this.#pickFrom(pickDownload)),
    );
  }

  /** Shows what this run of the server downloads. */
  attach(client: LanguageClient): void {
    showPulls(client);
  }

  dispose(): void {
    this.#commands.dispose();
  }

  async #pickFrom(show: (report: ModelReport, choice: ModelChoice) => Promise<Picked | undefined>): Promise<void> {
    await this.#targets.start();
    await orTell(async () => {
      const report = await this.#report();
      const picked = await show(report, this.#choice());
      if (picked !== undefined) {
        await this.#act(picked, report);
      }
    });
  }

  async #act(picked: Picked, report: ModelReport): Promise<void> {
    switch (picked.act) {
      case "take":
        return this.#take(picked.model, report);
      case "verify":
        return this.#verify(picked.model);
      case "remove":
        return this.#remove(picked.model);
      case "openPage":
        return openPage(picked.model.repository ?? "");
      case "openReadme":
        await commands.executeCommand("markdown.showPreview", Uri.file(join(picked.model.folder ?? "", "README.md")));
        return;
      case "useFolder":
        return this.#useFolder();
      case "downloadOther":
        return this.#pickFrom(pickDownload);
      case "pull": {
        const repository = repositoryIn(picked.text);
        const known = report.models.find((model) => model.repository === repository);
        return this.#download(picked.text, repository, known, report);
      }
    }
  }

  /** Uses a model that is here, and offers to download one that is not. */
  async #take(model: ModelEntry, report: ModelReport): Promise<void> {
    if (model.state === "damaged") {
      await this.#offerAgain(model, report);
    } else if (model.support === "unsupported") {
      say(`${model.name} cannot be loaded: models of its kind are not supported yet.`);
    } else if (model.state === "known") {
      await this.#download(model.name, model.repository ?? undefined, model, report);
    } else if (!isCurrent(model, this.#choice())) {
      const misfit = misfitOf(model, report);
      if (misfit === undefined || (await confirmed(misfit.message, misfit.detail, "Use It Anyway"))) {
        await this.#use(model.state === "embedded" ? "" : model.name);
      }
    }
  }

  async #offerAgain(model: ModelEntry, report: ModelReport): Promise<void> {
    const line = `${model.name} cannot be used${model.note ? `: ${model.note}` : "."}`;
    const again = "Download Again";
    const choice = await window.showErrorMessage(`DiffusionLsp: ${line}`, ...(model.repository ? [again] : []));
    if (choice === again) {
      await this.#download(model.name, model.repository ?? undefined, model, report);
    }
  }

  /** A new model takes a new server, and downloads end with the old one. */
  async #use(model: string): Promise<void> {
    const detail = "What has come is kept, and the next download goes on from there.";
    if (
      this.#pulls.size === 0 ||
      (await confirmed(`This ends the download of ${[...this.#pulls].join(", ")}.`, detail, "Use the Model Now"))
    ) {
      await this.#targets.use(model);
    }
  }

  async #useFolder(): Promise<void> {
    const options = { canSelectFolders: true, canSelectFiles: false, openLabel: "Use", title: "Use a Model Folder" };
    const [folder] = (await window.showOpenDialog(options)) ?? [];
    if (folder === undefined) {
      return;
    }
    const entries = await workspace.fs.readDirectory(folder);
    const missing = missingFiles(entries.filter(([, type]) => type & FileType.File).map(([name]) => name));
    if (missing.length === 0) {
      await this.#use(folder.fsPath);
      return;
    }
    const another = "Choose Another Folder…";
    const line = `${folder.fsPath} is no model's folder: it holds no ${missing.join(" and no ")}.`;
    if ((await window.showErrorMessage(`DiffusionLsp: ${line}`, another)) === another) {
      await this.#useFolder();
    }
  }

  /** @param what The model's name, or a repository with or without a revision. */
  async #download(
    what: string,
    repository: string | undefined,
    known: ModelEntry | undefined,
    report: ModelReport,
  ): Promise<void> {
    if (this.#pulls.has(what)) {
      say(`${what} is being downloaded already.`);
      return;
    }
    // Of a repository that is on no list nobody knows the licence.
    const acceptLicence = known?.licenceMustBeAccepted ?? true;
    const facts = downloadFacts(repository ?? what, known, report);
    if (await agreed(what, repository ?? what, facts, acceptLicence ? "Accept Licence and Download" : "Download")) {
      await this.#pull({ model: what, acceptLicence });
    }
  }

  /** Downloads what the user agreed to, and goes on with it as often as they like. */
  async #pull(argument: PullArgument): Promise<void> {
    const what = argument.model;
    this.#pulls.add(what);
    let end: TaskEnd | undefined;
    try {
      const { name } = (await this.#targets.execute(serverCommands.pullModel, argument)) as ModelEvent;
      // Nobody waits for the answer, which may come when something else has been downloaded long since.
      void orTell(() => this.#offer(name));
    } catch (error) {
      end = taskEndOf(error);
    }
    this.#pulls.delete(what);
    if (end !== undefined && (await wantsMore(what, end))) {
      await this.#targets.start();
      await this.#pull(argument);
    }
  }

  async #offer(name: string): Promise<void> {
    const use = "Use This Model";
    if ((await window.showInformationMessage(`DiffusionLsp: ${name} is downloaded.`, use)) === use) {
      const report = await this.#report();
      const model = report.models.find((entry) => entry.name === name && entry.state !== "known");
      if (model === undefined) {
        throw new Error(`${name} is not here any more. Download it again.`);
      }
      await this.#take(model, report);
    }
  }

  async #verify({ name }: ModelEntry): Promise<void> {
    const title = `DiffusionLsp: checking the files of ${name}`;
    const found = await window.withProgress(
      { location: ProgressLocation.Notification, title, cancellable: true },
      (_, token) => this.#targets.execute(serverCommands.verifyModel, name, token),
    );
    say(verifiedLine(found as ModelEvent));
  }

  async #remove({ name, folder }: ModelEntry): Promise<void> {
    if (await confirmed(`Remove the model ${name}?`, `This deletes ${folder ?? "its files"}.`, "Remove")) {
      await this.#targets.execute(serverCommands.removeModel, name);
      say(`${name} is removed.`);
    }
  }

  async #report(): Promise<ModelReport> {
    return (await this.#targets.execute(serverCommands.models)) as ModelReport;
  }

  #choice(): ModelChoice {
    const status = this.#targets.status();
    return { model: this.#targets.settings().model, device: isServerStatus(status) ? status.device : undefined };
  }
}

/** Asks until the user has decided; who first reads the model's page is asked again. */
async function agreed(what: string, repository: string, detail: string, accept: string): Promise<boolean> {
  const read = "Open Its Page";
  for (;;) {
    const choice = await window.showInformationMessage(`Download ${what}?`, { modal: true, detail }, accept, read);
    if (choice !== read) {
      return choice === accept;
    }
    await openPage(repository);
  }
}

async function openPage(repository: string): Promise<void> {
  await env.openExternal(Uri.parse(pageOf(repository, process.env)));
}

async function confirmed(message: string, detail: string, button: string): Promise<boolean> {
  return (await window.showWarningMessage(message, { modal: true, detail }, button)) === button;
}

/** Tells how a download ended short of the model; answers whether it shall go on. */
async function wantsMore(what: string, end: TaskEnd): Promise<boolean> {
  if (end.kind === "failed") {
    const again = "Try Again";
    const line = `DiffusionLsp: ${what} is not downloaded: ${end.message}`;
    return (await window.showErrorMessage(line, again)) === again;
  }
  const resume = "Resume";
  const cause = end.kind === "cancelled" ? "is cancelled" : "ended with the server";
  const line = `DiffusionLsp: The download of ${what} ${cause}. What has come is kept, and the next one goes on from there.`;
  return (await window.showInformationMessage(line, resume)) === resume;
}

/** Who cancels knows that nothing came of it; all else is told. */
async function orTell(act: () => Promise<void>): Promise<void> {
  try {
    await act();
  } catch (error) {
    const end = taskEndOf(error);
    if (end.kind === "server ended") {
      say("The server ended before it was done. Try again.");
    } else if (end.kind === "failed") {
      void window.showErrorMessage(`DiffusionLsp: ${end.message}`);
    }
  }
}
