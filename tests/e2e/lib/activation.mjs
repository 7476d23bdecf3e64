import { execFileSync } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

/** The id of the extension that does nothing. */
export const emptyExtension = "diffusionlsp-e2e.empty";

/** Packages an extension that activates when ours does and does nothing, has it used, and removes it. */
export async function withEmptyExtension(use) {
  const folder = await mkdtemp(join(tmpdir(), "diffusionlsp-empty-"));
  try {
    const [publisher, name] = emptyExtension.split(".");
    const manifest = { name, publisher, version: "1.0.0", engines: { vscode: "^1.91.0" }, main: "./extension.js" };
    const kind = { activationEvents: ["onStartupFinished"], extensionKind: ["workspace"] };
    await writeFile(join(folder, "package.json"), JSON.stringify({ ...manifest, ...kind }));
    await writeFile(join(folder, "extension.js"), "exports.activate = () => {};\n");
    await writeFile(join(folder, "README.md"), "An extension that does nothing.\n");
    await writeFile(join(folder, "LICENSE"), "None.\n");
    const vsce = fileURLToPath(new URL("../../../vscode-extension/node_modules/@vscode/vsce/vsce", import.meta.url));
    const vsix = join(folder, "empty.vsix");
    const arguments_ = [vsce, "package", "--allow-missing-repository", "--out", vsix];
    execFileSync(process.execPath, arguments_, { cwd: folder, stdio: "pipe" });
    return await use(vsix);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/**
 * Loads the window anew and answers how long extensions took to activate in it, in milliseconds by their ids: what VS Code
 * calls their activation, which is to load their code and to call them, and until what they then promised was kept.
 *
 * @param {import("./workbench.mjs").Workbench} workbench
 */
export async function activationTimes(workbench, ids) {
  await workbench.run("View: Close All Editors");
  await workbench.reload();
  await workbench.status(/^DiffusionLsp: ready/);
  await workbench.run("Developer: Startup Performance");
  const lines = workbench.page.locator(".editor-instance .view-lines", { hasText: "System" });
  await lines.waitFor();
  for (const end = Date.now() + 60_000; Date.now() < end; ) {
    await lines.click();
    await workbench.press("Control+a");
    await workbench.press("Control+c");
    const rows = rowsById(await workbench.clipboard());
    if (ids.every((id) => rows[id] !== undefined)) {
      return rows;
    }
  }
  await workbench.screenshot("failed: to list activation times");
  throw new Error(`VS Code lists no activation times of ${ids.join(" and ")}`);
}

function rowsById(text) {
  const rows = text.matchAll(/^\| (\S+\.\S+) +\| (?:true|false) +\| (\d+) +\| (\d+) +\| (\d+) +\|/gm);
  return Object.fromEntries(
    [...rows].map(([, id, load, call, finish]) => [
      id,
      { activation: Number(load) + Number(call), finished: Number(load) + Number(call) + Number(finish) },
    ]),
  );
}
