/** Compiles the check of vectors.h for each width that this processor runs, and runs it. */

import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it } from "vitest";
import { widths } from "../../scripts/widths.js";

const flags = "-std=c++20 -O2 -fno-math-errno -ffp-contract=fast -fno-trapping-math -Wall -Wextra -Werror".split(" ");
const features = process.arch === "x64" ? readFileSync("/proc/cpuinfo", "utf8") : "";
const usual = process.arch === "x64" ? "sse2" : "neon";
const runs = [
  usual,
  ...(/\bavx2\b/.test(features) ? ["avx2"] : []),
  ...(/\bavx512bw\b/.test(features) ? ["avx512"] : []),
];

it.each(runs)(
  "exp, log, tanh and sigmoid are exact to 3 units in the last place with %s",
  (vectors) => {
    const { bytes, flags: options } = widths[vectors];
    const folder = mkdtempSync(join(tmpdir(), "elman-"));
    try {
      const [source, program] = [join(import.meta.dirname, "vectors_check.cc"), join(folder, "check")];
      execFileSync("c++", [...flags, ...options, `-DELMAN_WIDTH=${bytes}`, source, "-o", program]);
      expect(execFileSync(program, { encoding: "utf8" }).trim().split("\n")).toHaveLength(8);
    } finally {
      rmSync(folder, { recursive: true });
    }
  },
  120_000,
);
