import {
  commands,
  type Disposable,
  EventEmitter,
  languages,
  Range,
  Selection,
  type Tab,
  TabInputTextDiff,
  type TextDocument,
  type TextDocumentContentProvider,
  Uri,
  type ViewColumn,
  WorkspaceEdit,
  window,
  workspace,
} from "vscode";
import { commandIds } from "../commandIds";
import { say } from "./message";
import { type Proposal, proposalScheme } from "./proposal";

/** The URIs of the diffs in which there is more than one alternative: a context for package.json's conditions. */
const severalContext = "diffusionlsp.proposalsWithAlternatives";

interface OpenDiff {
  readonly document: TextDocument;
  readonly proposal: Proposal;
  /** The virtual document of the alternative at hand. */
  uri: Uri;
}

/**
 * Shows proposals as diffs, each in a tab of its own: the document beside a virtual one with the proposal in it. Each
 * time that an alternative is shown it is another virtual document: a tab keeps its title for as long as it shows the same
 * two, and VS Code tells late of a tab that was closed.
 */
export class ProposalDiffs implements TextDocumentContentProvider, Disposable {
  readonly #changes = new EventEmitter<Uri>();
  readonly #disposables: Disposable[];
  readonly #open = new Set<OpenDiff>();
  #lastDocument = 0;

  readonly onDidChange = this.#changes.event;

  constructor() {
    this.#disposables = [
      this.#changes,
      workspace.registerTextDocumentContentProvider(proposalScheme, this),
      workspace.onDidChangeTextDocument(({ document, contentChanges }) => {
        for (const diff of this.#open) {
          if (diff.document === document) {
            diff.proposal.follow(contentChanges, document.getText());
            this.#changes.fire(diff.uri);
          }
        }
      }),
      window.tabGroups.onDidChangeTabs(({ closed }) => this.#forget(closed)),
      commands.registerCommand(commandIds.applyProposal, (uri?: unknown) =>
        this.#act(uri, (diff) => this.#apply(diff)),
      ),
      commands.registerCommand(commandIds.nextProposal, (uri?: unknown) =>
        this.#act(uri, (diff, tab) => this.#step(diff, tab, 1)),
      ),
      commands.registerCommand(commandIds.previousProposal, (uri?: unknown) =>
        this.#act(uri, (diff, tab) => this.#step(diff, tab, -1)),
      ),
      commands.registerCommand(commandIds.discardProposal, (uri?: unknown) =>
        this.#act(uri, async (_, tab) => {
          await window.tabGroups.close(tab);
        }),
      ),
    ];
    // A window that comes back shows tabs of the one before, whose proposals are gone.
    void window.tabGroups.close(proposalTabs());
  }

  provideTextDocumentContent(uri: Uri): string {
    return this.#diffOf(uri)?.proposal.proposedText ?? "";
  }

  /** Opens a proposal for a document. */
  async open(document: TextDocument, proposal: Proposal): Promise<void> {
    const diff = { document, proposal, uri: this.#newUri(document) };
    this.#open.add(diff);
    await this.#show(diff);
  }

  dispose(): void {
    for (const disposable of this.#disposables) {
      disposable.dispose();
    }
  }

  async #show(diff: OpenDiff, viewColumn?: ViewColumn): Promise<void> {
    const proposed = await workspace.openTextDocument(diff.uri);
    if (proposed.languageId !== diff.document.languageId) {
      await languages.setTextDocumentLanguage(proposed, diff.document.languageId);
    }
    // Not a preview, which the next file that is looked at would take away.
    const options = { preview: false, ...(viewColumn === undefined ? {} : { viewColumn }) };
    await commands.executeCommand("vscode.diff", diff.document.uri, diff.uri, diff.proposal.title, options);
    await this.#tellContext();
  }

  async #step(diff: OpenDiff, tab: Tab, by: 1 | -1): Promise<void> {
    if (diff.proposal.hasSeveral) {
      diff.proposal.step(by);
      diff.uri = this.#newUri(diff.document);
      await this.#show(diff, tab.group.viewColumn);
      await window.tabGroups.close(tab, true);
    }
  }

  async #apply(diff: OpenDiff): Promise<void> {
    const document = await workspace.openTextDocument(diff.document.uri);
    const place = diff.proposal.placeIn(document.getText());
    if (place === undefined) {
      await this.#sayChanged(diff);
      return;
    }
    const { newText } = diff.proposal;
    const edit = new WorkspaceEdit();
    edit.replace(document.uri, new Range(document.positionAt(place.start), document.positionAt(place.end)), newText);
    if (!(await workspace.applyEdit(edit))) {
      say(`${workspace.asRelativePath(document.uri)} could not be changed. Make it writable and apply again.`);
      return;
    }
    const tab = tabOf(diff);
    const viewColumn = tab?.group.viewColumn;
    if (tab !== undefined) {
      await window.tabGroups.close(tab);
    }
    const end = document.positionAt(place.start + newText.length);
    await window.showTextDocument(document, {
      selection: new Selection(end, end),
      ...(viewColumn === undefined ? {} : { viewColumn }),
    });
  }

  async #sayChanged(diff: OpenDiff): Promise<void> {
    const discard = "Discard";
    const name = workspace.asRelativePath(diff.document.uri);
    const choice = await window.showInformationMessage(
      `DiffusionLsp: ${name} has changed where this would go. Undo that change and apply again, or discard this and ask anew.`,
      discard,
    );
    const tab = tabOf(diff);
    if (choice === discard && tab !== undefined) {
      await window.tabGroups.close(tab);
    }
  }

  /** Acts on the diff that a button of it was pressed on, or on the one in front. */
  async #act(uri: unknown, act: (diff: OpenDiff, tab: Tab) => Promise<void>): Promise<void> {
    const { activeTab } = window.tabGroups.activeTabGroup;
    const diff = this.#diffOf(uri instanceof Uri ? uri : activeTab && proposedIn(activeTab));
    const tab = diff && tabOf(diff);
    if (diff !== undefined && tab !== undefined) {
      await act(diff, tab);
    }
  }

  /** A virtual document's path is the file's, which gives it the file's language and icon. */
  #newUri({ uri: { path } }: TextDocument): Uri {
    this.#lastDocument++;
    return Uri.from({ scheme: proposalScheme, path, query: `${this.#lastDocument}` });
  }

  #diffOf(uri: Uri | undefined): OpenDiff | undefined {
    return [...this.#open].find((diff) => diff.uri.toString() === uri?.toString());
  }

  /** Discards the proposals whose tabs were closed, however that came; one that moved is still open elsewhere. */
  #forget(closed: readonly Tab[]): void {
    for (const diff of closed.map((tab) => this.#diffOf(proposedIn(tab)))) {
      if (diff !== undefined && tabOf(diff) === undefined) {
        this.#open.delete(diff);
        void this.#tellContext();
      }
    }
  }

  async #tellContext(): Promise<void> {
    const several = [...this.#open].filter((diff) => diff.proposal.hasSeveral).map((diff) => diff.uri.toString());
    await commands.executeCommand("setContext", severalContext, several);
  }
}

function tabOf(diff: OpenDiff): Tab | undefined {
  return proposalTabs().find((tab) => proposedIn(tab)?.toString() === diff.uri.toString());
}

function proposalTabs(): Tab[] {
  return window.tabGroups.all.flatMap(({ tabs }) => tabs).filter((tab) => proposedIn(tab) !== undefined);
}

/** The virtual document that a tab shows, where it is one of ours. */
function proposedIn({ input }: Tab): Uri | undefined {
  return input instanceof TabInputTextDiff && input.modified.scheme === proposalScheme ? input.modified : undefined;
}
