/**
 * What the tarball says of itself: a registry's page shows README.md, but has no other file of the project. So
 * `npm pack` packs one without relative links and images: `prepack` puts it in the place of ours, `postpack` puts ours back.
 */

import { existsSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

/** Without images of the project; links to its files become their texts, those to guides with the path. */
export function withoutRelativeLinks(text: string): string {
  return text
    .replace(/^!\[[^\]]*\]\((?!https:)[^)]*\)\n\n?/gm, "")
    .replace(/\[`?([^\]`]*)`?\]\((?!https:)([^)#]+)\)/g, (_, name: string, path: string) =>
      path.endsWith(".md") && name !== path ? `${name} (\`${path}\`)` : name,
    );
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const [readme, ours] = ["README.md", ".readme.md"].map((name) =>
    fileURLToPath(new URL(`../${name}`, import.meta.url)),
  );
  if (existsSync(ours)) {
    if (readFileSync(readme, "utf8") !== withoutRelativeLinks(readFileSync(ours, "utf8"))) {
      throw new Error(
        "README.md was changed while it was packed: merge it with .readme.md, which is what it was before",
      );
    }
    renameSync(ours, readme);
  }
  if (process.argv[2] === "pack") {
    renameSync(readme, ours);
    writeFileSync(readme, withoutRelativeLinks(readFileSync(ours, "utf8")));
  }
}
