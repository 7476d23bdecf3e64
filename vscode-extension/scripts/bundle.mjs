// Bundles the extension and its dependencies into the one file that package.json names as `main`.
import { build } from "esbuild";

await build({
  entryPoints: ["src/extension.ts"],
  outfile: "dist/extension.js",
  bundle: true,
  minify: true,
  sourcemap: true,
  platform: "node",
  // Node 20 is what the oldest VS Code in `engines` runs extensions in.
  target: "node20",
  format: "cjs",
  external: ["vscode"],
  logLevel: "info",
});
