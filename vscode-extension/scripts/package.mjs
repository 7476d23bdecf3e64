// Builds the VSIX of one platform: publishes the server for it, self-contained and with its model, into server/, and
// packs that together with the bundled extension.
//
//   npm run package                      for this machine
//   npm run package -- --target win32-x64
//   npm run package -- --server none     without a server: for tests that bring their own
import { spawnSync } from "node:child_process";
import { copyFileSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { thirdPartyNotices } from "./notices.mjs";

/** VS Code's names of the platforms and .NET's. */
const runtimeIdentifiers = {
  "linux-x64": "linux-x64",
  "win32-x64": "win-x64",
  "darwin-arm64": "osx-arm64",
};

const extension = resolve(dirname(fileURLToPath(import.meta.url)), "..");
const repository = dirname(extension);
const { values: options } = parseArgs({
  options: {
    target: { type: "string", default: `${process.platform}-${process.arch}` },
    server: { type: "string", default: "publish" },
  },
});

const runtime = runtimeIdentifiers[options.target];
if (runtime === undefined) {
  fail(`There is no libtorch for ${options.target}. Choose one of ${Object.keys(runtimeIdentifiers).join(", ")}.`);
}
if (process.platform === "win32" && !options.target.startsWith("win32-")) {
  fail(`A package for ${options.target} made on Windows would lose the server's executable bit. Build it elsewhere.`);
}

rmSync(join(extension, "server"), { recursive: true, force: true });
if (options.server === "publish") {
  publishServer(runtime);
}
writeFileSync(join(extension, "THIRD-PARTY-NOTICES.txt"), thirdPartyNotices(extension));
copyFileSync(join(repository, "LICENSE"), join(extension, "LICENSE"));
const version = JSON.parse(readFileSync(join(extension, "package.json"), "utf8")).version;
const suffix = options.server === "publish" ? options.target : "without-server";
const vsix = join(extension, `diffusionlsp-${suffix}-${version}.vsix`);
const targetArguments = options.server === "publish" ? ["--target", options.target] : [];
// The dependencies are inside the bundle.
const vsce = join(extension, "node_modules", "@vscode", "vsce", "vsce");
run(process.execPath, [
  vsce,
  "package",
  ...targetArguments,
  "--no-dependencies",
  "--allow-missing-repository",
  // The README's picture is in the repository and not in the package, which has no address to look for it at.
  "--no-rewrite-relative-links",
  "--out",
  vsix,
]);
console.log(`${vsix}: ${(statSync(vsix).size / 1e6).toFixed(1)} MB`);

function publishServer(runtimeIdentifier) {
  run("dotnet", [
    "publish",
    join(repository, "server", "DiffusionLsp.Server"),
    "--configuration",
    "Release",
    "--runtime",
    runtimeIdentifier,
    "--self-contained",
    "--output",
    join(extension, "server"),
    // The committed lock files are those of a build for no platform in particular.
    `-p:NuGetLockFilePath=obj/packages.${runtimeIdentifier}.lock.json`,
  ]);
}

/** Runs a program in the extension's folder; what it says is enough where it fails. */
function run(command, args) {
  const { status, error } = spawnSync(command, args, { cwd: extension, stdio: "inherit" });
  if (status !== 0) {
    fail(`${command} failed${error === undefined ? "" : `: ${error.message}`}.`);
  }
}

function fail(message) {
  console.error(message);
  process.exit(2);
}
