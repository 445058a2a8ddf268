/** Where Chromium is: Debian's place, or the one that ELMAN_CHROMIUM names. */

import { existsSync } from "node:fs";

/** @throws where there is none */
export function chromiumPath(): string {
  const path = process.env.ELMAN_CHROMIUM ?? "/usr/bin/chromium";
  if (!existsSync(path)) {
    throw new Error(`the browser tests need Chromium at ${path}: install it, or set ELMAN_CHROMIUM to another's path`);
  }
  return path;
}
