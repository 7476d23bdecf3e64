// Bundles the extension into the file that package.json names as `main` and its dependencies into another, which that one
// loads when it is needed, and the script and style sheet of the denoising view, which a webview loads.
import { build } from "esbuild";

const common = { bundle: true, minify: true, sourcemap: true, logLevel: "info" };

await build({
  ...common,
  entryPoints: ["src/extension.ts", "src/languageClient.ts"],
  outdir: "dist",
  platform: "node",
  // Node 20 is what the oldest VS Code in `engines` runs extensions in.
  target: "node20",
  format: "cjs",
  external: ["vscode", "./languageClient"],
  // What is imported late is required late: the other bundle is no ES module.
  supported: { "dynamic-import": false },
});
await build({
  ...common,
  entryPoints: ["webview/denoising.ts", "webview/denoising.css"],
  outdir: "dist",
  platform: "browser",
  // The Chromium of the same VS Code.
  target: "chrome122",
  format: "iife",
});
