// Bundles the extension and its dependencies into the one file that package.json names as `main`, and the script and
// style sheet of the denoising view, which a webview loads.
import { build } from "esbuild";

const common = { bundle: true, minify: true, sourcemap: true, logLevel: "info" };

await build({
  ...common,
  entryPoints: ["src/extension.ts"],
  outfile: "dist/extension.js",
  platform: "node",
  // Node 20 is what the oldest VS Code in `engines` runs extensions in.
  target: "node20",
  format: "cjs",
  external: ["vscode"],
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
