/** Compiles the check of vectors.h for each width that this processor runs, and runs it. */

import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it } from "vitest";

const flags = "-std=c++20 -O2 -fno-math-errno -ffp-contract=fast -fno-trapping-math -Wall -Wextra -Werror".split(" ");
const features = process.arch === "x64" ? readFileSync("/proc/cpuinfo", "utf8") : "";
const widths = [
  { width: 16, options: [], runs: true },
  { width: 32, options: ["-mavx2", "-mfma"], runs: /\bavx2\b/.test(features) },
  { width: 64, options: ["-mavx512f", "-mavx512dq", "-mavx512vl", "-mavx512bw"], runs: /\bavx512bw\b/.test(features) },
];

it.each(widths.filter(({ runs }) => runs))(
  "exp, log, tanh and sigmoid are exact to 3 units in the last place with $width bytes",
  ({ width, options }) => {
    const folder = mkdtempSync(join(tmpdir(), "elman-"));
    try {
      const [source, program] = [join(import.meta.dirname, "vectors_check.cc"), join(folder, "check")];
      execFileSync("c++", [...flags, ...options, `-DELMAN_WIDTH=${width}`, source, "-o", program]);
      expect(execFileSync(program, { encoding: "utf8" }).trim().split("\n")).toHaveLength(8);
    } finally {
      rmSync(folder, { recursive: true });
    }
  },
  120_000,
);
