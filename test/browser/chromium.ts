/** Debian's Chromium: installed where it is missing and that is possible, else a sentence that says what to do. */

import { spawnSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";

const usual = "/usr/bin/chromium";

/** Where it is; ELMAN_CHROMIUM names another place. */
export function chromiumPath(): string {
  const path = process.env.ELMAN_CHROMIUM ?? usual;
  if (existsSync(path)) return path;
  const debian = existsSync("/etc/os-release") && /^ID=debian$/m.test(readFileSync("/etc/os-release", "utf8"));
  if (path === usual && debian && process.getuid?.() === 0) {
    for (const command of [["update"], ["install", "-y", "--no-install-recommends", "chromium"]]) {
      spawnSync("apt-get", command, { stdio: "inherit" });
    }
  }
  if (!existsSync(path)) {
    throw new Error(`the browser tests need Chromium at ${path}: install it, or set ELMAN_CHROMIUM to another's path`);
  }
  return path;
}
