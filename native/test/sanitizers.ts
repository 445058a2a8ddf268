/**
 * `npm run test:sanitizers`: the native device's tests on a build that AddressSanitizer and UndefinedBehaviorSanitizer watch, and
 * the pool of threads under ThreadSanitizer. It takes the place of the ordinary build meanwhile. With g++, on Linux.
 */

import { execFile, execFileSync } from "node:child_process";
import { copyFileSync, mkdirSync, readdirSync, renameSync, rmSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { widths } from "../../scripts/widths.js";

const native = fileURLToPath(new URL("..", import.meta.url));
const out = join(native, "build", "sanitized");
const flags =
  "-std=gnu++17 -O1 -g -fno-omit-frame-pointer -fno-math-errno -ffp-contract=fast -fno-trapping-math -Wno-psabi".split(
    " ",
  );
const run = (command: string, args: readonly string[], env: Record<string, string> = {}) =>
  execFileSync(command, args, { cwd: dirname(native), stdio: "inherit", env: { ...process.env, ...env } });
const sources = (room: string) => readdirSync(join(native, room)).filter((name) => name.endsWith(".cc"));

/** Those of this architecture. */
const names = process.arch === "x64" ? ["sse2", "avx2", "avx512"] : ["neon"];

/** Compiles and links the module with the checks of some sanitizers. */
async function build(): Promise<string> {
  const checks = ["-fsanitize=address,undefined", "-fno-sanitize-recover=all"];
  const include = join(dirname(process.execPath), "..", "include", "node");
  const common = [
    ...flags,
    ...checks,
    "-fPIC",
    "-DNAPI_VERSION=8",
    "-I",
    include,
    "-I",
    join(native, "kernels"),
    "-I",
    join(native, "binding"),
  ];
  const compile = async (room: string, name: string, suffix: string, more: readonly string[]) => {
    const object = join(out, `${name}${suffix}.o`);
    await promisify(execFile)("g++", [...common, ...more, "-c", join(native, room, name), "-o", object]);
    return object;
  };
  const [poolFile, ...kernels] = sources("kernels").sort((a, b) => Number(b === "pool.cc") - Number(a === "pool.cc"));
  const objects = await Promise.all([
    ...sources("binding").map((name) => compile("binding", name, "", [])),
    compile("kernels", poolFile, "", []),
    ...names.flatMap((vectors) => {
      const { bytes, flags } = widths[vectors];
      return kernels.map((name) => compile("kernels", name, vectors, [`-DELMAN_WIDTH=${bytes}`, ...flags]));
    }),
  ]);
  const module = join(out, "elman.node");
  run("g++", ["-shared", ...checks, ...objects, "-pthread", "-o", module]);
  return module;
}

const library = (name: string) => execFileSync("g++", [`-print-file-name=${name}`], { encoding: "utf8" }).trim();

mkdirSync(out, { recursive: true });
const pool = join(out, "pool_check");
run("g++", [
  ...flags,
  "-fsanitize=thread",
  "-I",
  join(native, "kernels"),
  join(native, "test", "pool_check.cc"),
  join(native, "kernels", "pool.cc"),
  "-pthread",
  "-o",
  pool,
]);
run(pool, []);
const module = await build();
const place = join(native, "build", "Release", "elman.node");
// Whoever builds after this was cut short builds anew.
rmSync(join(native, "build", "stamp"), { force: true });
renameSync(place, `${place}.aside`);
try {
  copyFileSync(module, place);
  const watched = { LD_PRELOAD: `${library("libasan.so")} ${library("libubsan.so")}`, ASAN_OPTIONS: "detect_leaks=0" };
  const tests = ["binding", "elementwise", "index", "reduce", "rows", "threads", "updates"].map(
    (name) => `native/test/${name}.test.ts`,
  );
  for (const vectors of process.arch === "x64" ? ["", "sse2"] : [""]) {
    run(process.execPath, [join("node_modules", "vitest", "vitest.mjs"), "run", "--reporter=dot", ...tests], {
      ...watched,
      ELMAN_VECTORS: vectors,
    });
  }
} finally {
  renameSync(`${place}.aside`, place);
}
