import { execFileSync, spawn } from "node:child_process";
import { readdirSync, readFileSync, readlinkSync } from "node:fs";
import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { createInterface } from "node:readline";

/** What the user of the tests has set: nothing else answers, nothing moves, and pictures show what they are of. */
const userSettings = {
  "chat.disableAIFeatures": true,
  "editor.inlineSuggest.enabled": true,
  "editor.wordBasedSuggestions": "off",
  "editor.minimap.enabled": false,
  "editor.fontSize": 15,
  "editor.cursorBlinking": "solid",
  "breadcrumbs.enabled": false,
  "files.autoSave": "off",
  "security.workspace.trust.startupPrompt": "never",
  "telemetry.telemetryLevel": "off",
  "window.commandCenter": false,
  "window.menuBarVisibility": "hidden",
  "workbench.activityBar.location": "hidden",
  "workbench.colorTheme": "Default Dark Modern",
  "workbench.layoutControl.enabled": false,
  "workbench.secondarySideBar.defaultVisibility": "hidden",
  "workbench.reduceMotion": "on",
  "workbench.startupEditor": "none",
  "workbench.tips.enabled": false,
};

/** A VS Code of our own: its user, its extensions and its workspace live in a folder that leaves with it. */
export class CodeServer {
  #home;
  #process;
  /** Where the workbench is served. */
  url;
  /** The folder that is open in it. */
  workspace;

  /**
   * Installs the extension and starts the server over a workspace with the given files. `settings` are the user's, beside
   * those that keep everything else quiet, and `machineSettings` this machine's from the start. `trust: "asked"` has VS
   * Code ask whether a workspace is trusted, and until then it is not. `others` are VSIX files of other extensions.
   */
  static async start({ entry, vsix, files, settings = {}, machineSettings = {}, trust = "given", others = [] }) {
    const server = new CodeServer();
    server.#home = await mkdtemp(join(tmpdir(), "diffusionlsp-e2e-"));
    server.workspace = join(server.#home, "workspace");
    await mkdir(server.workspace);
    for (const [name, text] of Object.entries(files)) {
      const path = join(server.workspace, name);
      await mkdir(dirname(path), { recursive: true });
      await writeFile(path, text);
    }
    const trustSettings = { "security.workspace.trust.enabled": trust === "asked" };
    await server.#write("User", { ...userSettings, ...trustSettings, ...settings });
    await server.writeMachineSettings(machineSettings);
    const folders = ["--user-data-dir", join(server.#home, "user"), "--extensions-dir", join(server.#home, "extensions")];
    const config = ["--config", join(server.#home, "config.yaml")];
    const installed = [vsix, ...others].flatMap((file) => ["--install-extension", file]);
    execFileSync(process.execPath, [entry, ...config, ...folders, ...installed], { stdio: "pipe" });
    const trustArguments = trust === "asked" ? [] : ["--disable-workspace-trust"];
    const quiet = ["--disable-telemetry", "--disable-update-check", ...trustArguments];
    server.#process = spawn(
      process.execPath,
      [entry, ...config, ...folders, "--auth", "none", "--bind-addr", "127.0.0.1:0", ...quiet, server.workspace],
      {
        stdio: ["ignore", "pipe", "inherit"],
        detached: true,
        env: { ...process.env, DIFFUSIONLSP_STUB_FOLDER: server.#home },
      },
    );
    // A process group of its own also outlives a test run that is broken off.
    for (const signal of ["SIGINT", "SIGTERM"]) {
      process.once(signal, () => {
        server.#end();
        process.exit(1);
      });
    }
    server.url = await server.#address();
    return server;
  }

  /** Writes the settings that are this machine's own: in a remote window, the user's have no say in what runs. */
  async writeMachineSettings(settings) {
    await this.#write("Machine", settings);
  }

  /** The settings that are this machine's own. */
  async machineSettings() {
    return JSON.parse(await readFile(join(this.#home, "user", "Machine", "settings.json"), "utf8"));
  }

  /** The process ids of our language servers that this VS Code runs, known by the environment that it hands on to them. */
  languageServers() {
    const ours = (id) => {
      try {
        const command = readFileSync(`/proc/${id}/cmdline`, "utf8").split("\0");
        const inOurHome = readFileSync(`/proc/${id}/environ`, "utf8").includes(this.#home);
        return command.includes("serve") && inOurHome && readlinkSync(`/proc/${id}/exe`) !== "";
      } catch {
        return false;
      }
    };
    return readdirSync("/proc").filter((name) => /^\d+$/.test(name) && ours(name)).map(Number);
  }

  /** What the stub server was sent, of the methods that it keeps, in order. */
  async toldToStub(method) {
    const text = await readFile(join(this.#home, "told.jsonl"), "utf8").catch(() => "");
    const messages = text.split("\n").filter((line) => line !== "").map((line) => JSON.parse(line));
    return messages.filter((message) => message.method === method).map(({ params }) => params);
  }

  /** The stub server's file of figures. */
  get stubFigures() {
    return join(this.#home, "figures.json");
  }

  async stop() {
    if (this.#process?.exitCode === null) {
      const exit = new Promise((resolve) => this.#process.once("exit", resolve));
      this.#end();
      await exit;
    }
    await rm(this.#home, { recursive: true, force: true, maxRetries: 5 });
  }

  /** Ends the group, since code-server starts a process for each connection. */
  #end() {
    process.kill(-this.#process.pid, "SIGTERM");
  }

  async #write(owner, settings) {
    const folder = join(this.#home, "user", owner);
    await mkdir(folder, { recursive: true });
    await writeFile(join(folder, "settings.json"), JSON.stringify(settings, null, 2));
  }

  #address() {
    return new Promise((resolve, reject) => {
      this.#process.once("exit", (code) => reject(new Error(`code-server ended with code ${code}`)));
      createInterface({ input: this.#process.stdout }).on("line", (line) => {
        const address = /HTTP server listening on (http:\S+)/.exec(line)?.[1];
        if (address !== undefined) {
          resolve(address);
        }
      });
    });
  }
}
