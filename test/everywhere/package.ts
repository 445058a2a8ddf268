/** The tarball itself: what lies in it, that its README leads nowhere that a registry's page lacks, and that its samples run. */

import { deepEqual, equal, ok } from "node:assert/strict";
import { copyFileSync, existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { type Project, root } from "./project.js";

const promises = (code: string) => [...code.matchAll(/^ *console\.log\(.*\); \/\/ (.*)$/gm)].map((match) => match[1]);

/** @throws where something is missing, a link is relative, or a sample of README prints something else than it says */
export async function checkPackage(project: Project): Promise<void> {
  project.write({ "package.json": JSON.stringify({ name: "samples", private: true, type: "module" }) });
  const installed = join(project.directory, "../node_modules/elman-nn");
  for (const name of ["CHANGELOG.md", "LICENSE", "README.md", "THIRD-PARTY.txt", "dist/workerd/plain.wasm"]) {
    ok(existsSync(join(installed, name)), `the tarball lacks ${name}`);
  }
  const text = readFileSync(join(installed, "README.md"), "utf8");
  const links = [...text.matchAll(/\]\(([^)]+)\)/g)].map((match) => match[1]);
  deepEqual(
    links.filter((link) => !link.startsWith("https://")),
    [],
    "relative links in the README of the tarball",
  );

  const samples = [...text.matchAll(/^```ts\n(.*?)^```$/gms)].map(([, code]) => code);
  ok(samples.length > 0);
  // What the first one reads.
  copyFileSync(join(root, "examples/names/names.pt"), join(project.directory, "names.pt"));
  const tsx = `${root}node_modules/tsx/dist/cli.mjs`;
  for (const [i, code] of samples.entries()) {
    project.write({ [`sample${i}.ts`]: code });
    const printed = await project.call(process.execPath, tsx, `sample${i}.ts`);
    equal(printed.trim(), promises(code).join("\n"), `sample ${i} of README`);
  }
  process.stdout.write(`${samples.length} samples of README run with the tarball\n`);
}
