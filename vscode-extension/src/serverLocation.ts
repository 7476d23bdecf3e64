import { homedir } from "node:os";
import { join } from "node:path";

/** Where the server's executable is, and who said so. */
export interface ServerLocation {
  readonly path: string;
  readonly origin: "setting" | "environment" | "bundle";
}

/** What the choice depends on: values rather than globals, so that tests can choose for every platform. */
export interface LocationInputs {
  readonly setting: string;
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly extensionFolder: string;
  readonly platform: NodeJS.Platform;
}

/** The environment variable with which a developer points the extension at a server of their own build. */
export const serverPathVariable = "DIFFUSIONLSP_SERVER_PATH";

/** Chooses the server: the setting, else the environment, else the one in the extension's own folder. */
export function locateServer({ setting, environment, extensionFolder, platform }: LocationInputs): ServerLocation {
  if (setting.trim() !== "") {
    return { path: expandHome(setting.trim()), origin: "setting" };
  }
  const variable = environment[serverPathVariable]?.trim();
  if (variable) {
    return { path: expandHome(variable), origin: "environment" };
  }
  const executable = platform === "win32" ? "diffusionlsp.exe" : "diffusionlsp";
  return { path: join(extensionFolder, "server", executable), origin: "bundle" };
}

/** One line for a user whose server is not where it was looked for: what is wrong and what to do about it. */
export function describeMissingServer({ path, origin }: ServerLocation): string {
  switch (origin) {
    case "setting":
      return `The server that diffusionlsp.server.path names cannot be run: ${path}. Correct the setting, or clear it to use the bundled server.`;
    case "environment":
      return `The server that ${serverPathVariable} names cannot be run: ${path}. Correct the variable, or unset it and start VS Code again.`;
    case "bundle":
      return "This package of the extension has no server that runs on this platform. Install the package for your platform, or set diffusionlsp.server.path.";
  }
}

function expandHome(path: string): string {
  return path === "~" || path.startsWith("~/") ? join(homedir(), path.slice(1)) : path;
}
