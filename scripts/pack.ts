/**
 * `npm run pack [-- DIRECTORY]`: the tarball for a registry, which `npm publish TARBALL` takes. A registry's page shows the
 * README but has no other file of the project: the packed one has no relative links and images. What only a clone
 * needs stays out of package.json.
 */

import { execFileSync } from "node:child_process";
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("../", import.meta.url));

/** Without images of the project; links to its files become their texts, those to guides with the path. */
export function withoutRelativeLinks(text: string): string {
  return text
    .replace(/^!\[[^\]]*\]\((?!https:)[^)]*\)\n\n?/gm, "")
    .replace(/\[`?([^\]`]*)`?\]\((?!https:)([^)#]+)\)/g, (_, name: string, path: string) =>
      path.endsWith(".md") && name !== path ? `${name} (\`${path}\`)` : name,
    );
}

/** Packs the library, which has been built, into a directory, and returns the tarball's path. */
export function pack(directory: string): string {
  const stage = mkdtempSync(join(tmpdir(), "elman-pack-"));
  try {
    const { scripts: _, devDependencies: __, ...rest } = JSON.parse(readFileSync(`${root}package.json`, "utf8"));
    for (const name of [...rest.files, "LICENSE"]) cpSync(`${root}${name}`, join(stage, name), { recursive: true });
    writeFileSync(join(stage, "package.json"), `${JSON.stringify(rest, null, 2)}\n`);
    writeFileSync(join(stage, "README.md"), withoutRelativeLinks(readFileSync(`${root}README.md`, "utf8")));
    const flags = ["pack", stage, "--silent", "--pack-destination", directory];
    return join(directory, execFileSync("npm", flags, { encoding: "utf8" }).trim());
  } finally {
    rmSync(stage, { recursive: true });
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  process.stdout.write(`${pack(process.argv[2] ?? process.cwd())}\n`);
}
