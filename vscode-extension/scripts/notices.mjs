// The licences of what the VSIX carries besides our own work: the packages inside the bundle, by the npm lock file,
// and those inside the server, by the list that .NET publishes with it.
import { execFileSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

const licenceFile = /^(licen[cs]e|notice|third[-_]?party[-_]?notices?)/i;

/** The text of THIRD-PARTY-NOTICES.txt for the extension in this folder, with its server where it has one. */
export function thirdPartyNotices(extension) {
  const components = [...npmComponents(extension), ...dotnetComponents(join(extension, "server"))];
  const sections = components.map(({ name, version, licence, copyright, texts }) =>
    [`${name} ${version}`, `Licence: ${licence}`, copyright, ...texts].filter((part) => part).join("\n\n"),
  );
  return `DiffusionLsp comes with the following software of others.\n\n${sections.join(`\n\n${"-".repeat(80)}\n\n`)}\n`;
}

function npmComponents(extension) {
  const { packages } = JSON.parse(readFileSync(join(extension, "package-lock.json"), "utf8"));
  return Object.entries(packages)
    .filter(([path, { dev }]) => path !== "" && !dev)
    .map(([path, { version, license }]) => ({
      name: path.replace(/^.*node_modules\//, ""),
      version,
      licence: license,
      texts: licenceTexts(join(extension, path)),
    }));
}

function dotnetComponents(server) {
  const list = join(server, "diffusionlsp.deps.json");
  if (!existsSync(list)) {
    return [];
  }
  const arguments_ = ["nuget", "locals", "global-packages", "--list"];
  const packages = execFileSync("dotnet", arguments_, { encoding: "utf8" })
    .replace(/^.*global-packages: /s, "")
    .trim();
  return Object.entries(JSON.parse(readFileSync(list, "utf8")).libraries)
    .filter(([, { type }]) => type !== "project")
    .map(([key]) => nugetComponent(packages, ...key.replace(/^runtimepack\./, "").split("/")));
}

function nugetComponent(packages, name, version) {
  const folder = join(packages, name.toLowerCase(), version);
  const manifest = readFileSync(join(folder, `${name.toLowerCase()}.nuspec`), "utf8");
  const texts = licenceTexts(folder);
  const licence =
    /<license type="expression">([^<]*)</.exec(manifest)?.[1] ?? (texts.length > 0 ? "see below" : undefined);
  return {
    name,
    version,
    licence: licence ?? /<licenseUrl>([^<]*)</.exec(manifest)?.[1] ?? "see the package",
    copyright: /<copyright>([^<]*)</.exec(manifest)?.[1],
    texts,
  };
}

function licenceTexts(folder) {
  return readdirSync(folder, { withFileTypes: true })
    .filter((entry) => entry.isFile() && licenceFile.test(entry.name))
    .map((entry) => readFileSync(join(folder, entry.name), "utf8").trim());
}
