import { homedir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { describeMissingServer, type LocationInputs, locateServer } from "../src/serverLocation";

const inputs: LocationInputs = { setting: "", environment: {}, extensionFolder: "/ext", platform: "linux" };

describe("locateServer", () => {
  it.each<[string, Partial<LocationInputs>, string, string]>([
    ["the bundled server", {}, join("/ext", "server", "diffusionlsp"), "bundle"],
    ["its name on Windows", { platform: "win32" }, join("/ext", "server", "diffusionlsp.exe"), "bundle"],
    ["the environment's", { environment: { DIFFUSIONLSP_SERVER_PATH: "/dev/server" } }, "/dev/server", "environment"],
    [
      "not an empty variable",
      { environment: { DIFFUSIONLSP_SERVER_PATH: " " } },
      join("/ext", "server", "diffusionlsp"),
      "bundle",
    ],
    ["the setting's", { setting: " /opt/server " }, "/opt/server", "setting"],
    [
      "the setting's before the environment's",
      { setting: "/opt/server", environment: { DIFFUSIONLSP_SERVER_PATH: "/dev/server" } },
      "/opt/server",
      "setting",
    ],
    ["a path below the home folder", { setting: "~/bin/server" }, join(homedir(), "bin", "server"), "setting"],
    ["no home folder in a name", { setting: "/opt/~server" }, "/opt/~server", "setting"],
  ])("chooses %s", (_, changes, path, origin) => {
    expect(locateServer({ ...inputs, ...changes })).toEqual({ path, origin });
  });
});

describe("describeMissingServer", () => {
  it.each([
    [{ path: "/opt/x", origin: "setting" }, ["/opt/x", "diffusionlsp.server.path"]],
    [{ path: "/dev/x", origin: "environment" }, ["/dev/x", "DIFFUSIONLSP_SERVER_PATH"]],
    [{ path: "/ext/server/diffusionlsp", origin: "bundle" }, ["package for your platform", "diffusionlsp.server.path"]],
  ] as const)("says in one line what to do about a server from the $origin", (location, parts) => {
    const text = describeMissingServer(location);
    expect(text).not.toContain("\n");
    for (const part of parts) {
      expect(text).toContain(part);
    }
  });
});
