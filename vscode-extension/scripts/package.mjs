// Builds the VSIX of one platform: publishes the server for it, self-contained and with its model, into server/, and
// packs that together with the bundled extension.
//
//   npm run package                      for this machine
//   npm run package -- --target win32-x64
//   npm run package -- --server none     without a server: for tests that bring their own
import { spawnSync } from "node:child_process";
import { copyFileSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
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
  stripLibraries(join(extension, "server"));
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

/**
 * Takes from the native libraries what only debuggers read, a fifth of libtorch. Only Linux's are of the format that
 * `strip` of a Linux machine knows; where there is none, the package is as good and larger.
 */
function stripLibraries(folder) {
  const libraries = readdirSync(folder).filter((name) => name.endsWith(".so"));
  if (libraries.length === 0) {
    return;
  }
  const size = () => libraries.reduce((sum, name) => sum + statSync(join(folder, name)).size, 0);
  const before = size();
  const { status } = spawnSync("strip", ["--strip-unneeded", ...libraries], { cwd: folder, stdio: "inherit" });
  const megabytes = (bytes) => `${(bytes / 1e6).toFixed(0)} MB`;
  console.log(
    status === 0
      ? `Native libraries: ${megabytes(before)}, stripped ${megabytes(size())}`
      : `Native libraries: ${megabytes(before)}, not stripped: that takes strip, of the package binutils`,
  );
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
