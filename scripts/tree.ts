/** The files of this project, as they are or as they were at a commit. */

import { execFileSync } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

export const root = fileURLToPath(new URL("../", import.meta.url));

const git = (...args: string[]) => execFileSync("git", args, { cwd: root, encoding: "utf8" });

/** What is committed, or would be. */
export function filesHere(): string[] {
  const names = git("ls-files", "--cached", "--others", "--exclude-standard").trim().split("\n");
  return names.filter((name) => existsSync(join(root, name)));
}

/**
 * Puts the files of a commit into a directory.
 * @param ref a branch, a tag or a commit
 * @returns their names
 */
export function extract(ref: string, directory: string): string[] {
  const archive = join(directory, "tree.tar");
  git("archive", "--format=tar", `--output=${archive}`, ref);
  execFileSync("tar", ["-xf", archive, "-C", directory]);
  return git("ls-tree", "-r", "--name-only", ref).trim().split("\n");
}
