/** The built package, as its users load it: which kernels it chooses, and what happens where there is none. */

import { execFileSync, spawnSync } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

const root = fileURLToPath(new URL("../..", import.meta.url));
const native = join(root, "native");

/** What a program of lines prints, and what it complains of. */
function run(directory: string, lines: readonly string[], env: Record<string, string> = {}) {
  const flags = ["--input-type=module", "--eval", lines.join("\n")];
  const { ELMAN_VECTORS: _, ELMAN_DEVICE: __, ...rest } = process.env;
  return spawnSync(process.execPath, flags, { cwd: directory, encoding: "utf8", env: { ...rest, ...env } });
}

const features = process.arch === "x64" ? execFileSync("cat", ["/proc/cpuinfo"], { encoding: "utf8" }) : "";
const has = { sse2: process.arch === "x64", avx2: /\bavx2\b/.test(features), avx512: /\bavx512bw\b/.test(features) };

describe("ELMAN_VECTORS", () => {
  const program = ['import { binding } from "./dist/load.js";', "console.log(binding.vectors);"];

  it.each(Object.entries(has))("%s is chosen, or refused where the processor lacks it", (vectors, isThere) => {
    const { stdout, stderr } = run(native, program, { ELMAN_VECTORS: vectors });
    if (isThere) expect(stdout).toBe(`${vectors}\n`);
    else expect(stderr).toContain("ELMAN_VECTORS names vectors that this processor or this build does not have");
  });

  it("unset means the widest, and another word is refused", () => {
    const widest =
      Object.entries(has)
        .filter(([, isThere]) => isThere)
        .at(-1)?.[0] ?? "neon";
    expect(run(native, program).stdout).toBe(`${widest}\n`);
    expect(run(native, program, { ELMAN_VECTORS: "mmx" }).stderr).toContain("ELMAN_VECTORS names vectors");
  });
});

describe("installed", () => {
  let stage = "";
  const program = [
    'import "elman-nn-native/register";',
    'import { ones, setDefaultDevice, defaultDevice } from "elman-nn";',
    "console.log(defaultDevice(), ones([100]).sum().item());",
  ];
  const chosen = { ELMAN_DEVICE: "native" };

  beforeAll(() => {
    stage = mkdtempSync(join(tmpdir(), "elman-"));
    const home = join(stage, "node_modules", "elman-nn-native");
    mkdirSync(home, { recursive: true });
    for (const name of ["dist", "package.json"]) cpSync(join(native, name), join(home, name), { recursive: true });
    symlinkSync(root, join(stage, "node_modules", "elman-nn"), "junction");
    // Its peer, from where it lies.
    symlinkSync(join(stage, "node_modules"), join(home, "node_modules"), "junction");
  });
  afterAll(() => rmSync(stage, { recursive: true }));

  it("without a binary a sentence says so, and the library's own device computes", () => {
    const { stdout, stderr } = run(stage, program, chosen);
    expect(stderr).toContain(`elman-nn-native has no binary for ${process.platform}-${process.arch}: the device wasm-`);
    expect(stdout).toMatch(/^wasm-\w+ 100\n$/);
    expect(run(stage, ['import { native } from "elman-nn-native";', "console.log(native);"]).stdout).toBe("null\n");
  });

  it("the package of the platform has the binary", () => {
    const home = join(stage, "node_modules", `elman-nn-native-${process.platform}-${process.arch}`);
    mkdirSync(home);
    cpSync(join(native, "build", "Release", "elman.node"), join(home, "elman.node"));
    const { stdout, stderr } = run(stage, program, chosen);
    expect([stdout, stderr]).toEqual(["native 100\n", ""]);
  });
});

it("nothing that one width compiled serves another: what the linker may merge is of one width's namespace", () => {
  const objects = ["kernels16", "kernels32", "kernels64"].map((name) =>
    join(native, "build", "Release", "obj.target", name, "kernels", "kernels.o"),
  );
  const widths = process.arch === "x64" ? objects : objects.slice(0, 1);
  for (const object of widths) {
    const symbols = execFileSync("nm", ["--demangle", object], { encoding: "utf8" }).split("\n");
    const merged = symbols.filter((line) => / [WVu] /.test(line));
    expect(merged.length).toBeGreaterThan(10);
    expect(merged.filter((line) => !line.includes(`elman::width${/kernels(\d+)/.exec(object)?.[1]}`))).toEqual([]);
  }
});

it("is one version with the library", () => {
  const version = (folder: string) => JSON.parse(readFileSync(join(folder, "package.json"), "utf8")).version;
  expect(version(native)).toBe(version(dirname(native)));
});
