/** Other extensions that show inline suggestions of their own, by their identifiers, with the names they go by. */
const names: Readonly<Record<string, string>> = {
  "github.copilot": "GitHub Copilot",
  "github.copilot-chat": "GitHub Copilot Chat",
  "tabbyml.vscode-tabby": "Tabby",
  "continue.continue": "Continue",
  "ggml-org.llama-vscode": "llama.vscode",
  "codeium.codeium": "Windsurf (Codeium)",
  "supermaven.supermaven": "Supermaven",
  "visualstudioexptteam.vscodeintellicode": "IntelliCode",
  "visualstudioexptteam.vscodeintellicode-completions": "IntelliCode Completions",
};

/** An extension that suggests inline, too. */
export interface OtherProvider {
  readonly id: string;
  readonly name: string;
}

/** The first of them that is active. */
export function activeProvider(
  extensions: readonly { readonly id: string; readonly isActive: boolean }[],
): OtherProvider | undefined {
  const known = new Map(Object.entries(names));
  for (const { id, isActive } of extensions) {
    const name = known.get(id.toLowerCase());
    if (isActive && name !== undefined) {
      return { id, name };
    }
  }
  return undefined;
}

/** Why two are one too many, and what can be done, in a message for the user. */
export function describeOther({ name }: OtherProvider): string {
  return `${name} can show inline suggestions as well, and VS Code shows one extension's at a time. To see one only, disable one of the two, or set diffusionlsp.trigger to manual.`;
}
