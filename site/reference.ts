/**
 * The API reference, by TypeDoc: every entry of the package. Its pages get the policy of the others, so what they do by
 * inline script stands in a file here; a link leads back to the site.
 */

import { readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { Application, Converter, PageEvent, type ProjectReflection, ReflectionKind } from "typedoc";
import { explain, nameSource } from "./glossary.js";
import { policy } from "./policy.js";

export { ReflectionKind };

const here = (path: string) => fileURLToPath(new URL(path, import.meta.url));

/** What TypeDoc does at once on each page: the theme before anything shows. What the site's switch says holds here too. */
const first = `const kept = localStorage.getItem("tsd-theme") ?? localStorage.getItem("elman.theme") ?? "os";
document.documentElement.dataset.theme = kept;
`;
const inline = /<script>document\.documentElement\.dataset\.theme = [^<]*<\/script>/;

/** What TypeDoc's own script must do otherwise: text that stands in it, and what takes its place. */
const patches: readonly [text: string, other: string][] = [
  // The policy forbids its style element. Its rules are in reference.css: they go where they are not seen.
  ['document.head.appendChild(document.createElement("style"))', 'document.createElement("style")'],
  // A link inside of what opens a list cannot be reached by a screen reader: it becomes the first of that list.
  ["De(t,o);let a=", "De({text:t.text},o);let a="],
  [
    'c.className="tsd-nested-navigation";',
    'c.className="tsd-nested-navigation";t.path&&De(t,c.appendChild(document.createElement("li")));',
  ],
];
function patched(script: string, [text, other]: readonly [string, string]): string {
  if (script.split(text).length !== 2)
    throw new Error(`TypeDoc's script does not have once what is to be replaced: ${text}`);
  return script.replace(text, other);
}

/** The names by which the entries are imported, and their files. */
export function entries(): Map<string, string> {
  const { name, exports } = JSON.parse(readFileSync(here("../package.json"), "utf8"));
  return new Map(
    Object.keys(exports)
      .filter((entry) => entry !== "./package.json")
      .map((entry) => [entry.replace(".", name), here(`../src/${entry === "." ? "" : `${entry}/`}index.ts`)]),
  );
}

/** TypeDoc with the entries read. */
export async function readSources(): Promise<{ app: Application; project: ProjectReflection }> {
  const names = entries();
  const app = await Application.bootstrap({
    name: "elman-nn",
    entryPoints: [...names.values()],
    tsconfig: here("tsconfig.reference.json"),
    // `npm run typecheck` does so, with the compiler of the project.
    skipErrorChecking: true,
    disableSources: true,
    excludeInternal: true,
    readme: "none",
    hideGenerator: true,
    favicon: here("src/icon.svg"),
    customCss: here("reference.css"),
    visibilityFilters: { protected: false, inherited: true },
    navigationLinks: { "← elman": "site:index.html" },
    validation: { notExported: false, invalidLink: true, notDocumented: false, unusedMergeModuleWith: true },
    treatWarningsAsErrors: true,
  });
  const order = [...names.keys()];
  app.converter.on(Converter.EVENT_CREATE_DECLARATION, (_context, reflection) => {
    if (reflection.kind !== ReflectionKind.Module) return;
    const name = reflection.name === "index" ? "elman-nn" : `elman-nn/${reflection.name}`;
    if (!order.includes(name)) throw new Error(`${reflection.name} is no entry of the package`);
    reflection.name = name;
  });
  app.converter.on(Converter.EVENT_RESOLVE, (_context, reflection) => {
    explain(reflection);
    nameSource(reflection);
  });
  const project = await app.convert();
  if (project === undefined) throw new Error("TypeDoc could not read the sources");
  return { app, project };
}

/** @param out the directory that becomes the reference */
export async function writeReference(out: string): Promise<void> {
  const { app, project } = await readSources();
  app.validate(project);
  app.renderer.on(PageEvent.END, (page) => {
    const root = "../".repeat(page.url.split("/").length - 1);
    const html = (page.contents ?? "")
      .replace("<head>", `<head><meta http-equiv="Content-Security-Policy" content="${policy}"/>`)
      .replace(inline, `<script src="${root}assets/first.js"></script>`)
      .replace('<div class="col-content">', '<div class="col-content" role="main">')
      // The same of a section's heading.
      .replace(/(<summary(?:(?!<\/summary>).)*?)<a [^>]*class="tsd-anchor-icon".*?<\/a>/gs, "$1")
      .replaceAll("site:", `${root}../`);
    if (/<script>|<style| style="| on[a-z]+="/.test(html))
      throw new Error(`${page.url}: the policy forbids what is inline`);
    page.contents = html;
  });
  // For the test of what is documented.
  await app.generateJson(project, here("reference.json"));
  await app.generateDocs(project, out);
  writeFileSync(`${out}/assets/first.js`, first);
  const main = `${out}/assets/main.js`;
  writeFileSync(main, patches.reduce(patched, readFileSync(main, "utf8")));
  if (app.logger.hasErrors() || app.logger.hasWarnings()) throw new Error("TypeDoc has complaints");
}
