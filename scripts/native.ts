/**
 * `npm run build:native`, part of `npm ci`: builds native/ with npm's node-gyp and prints one line. Where it cannot be
 * built, for want of a compiler, it is left out, since everything else works without; ELMAN_NATIVE=required makes that
 * an error. What has not changed since it was built is not built again.
 */

import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { availableParallelism } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("../", import.meta.url));
const native = join(root, "native");
const built = join(native, "build", "Release", "elman.node");
/** What the last build was of. */
const stamp = join(native, "build", "stamp");

/** The sources, and what they are built for. */
function fingerprint(): string {
  const sources = ["kernels", "binding"].flatMap((room) =>
    readdirSync(join(native, room)).map((name) => join(room, name)),
  );
  const hash = createHash("sha256").update(`${process.version} ${process.platform} ${process.arch}`);
  for (const name of ["binding.gyp", ...sources.sort()]) hash.update(name).update(readFileSync(join(native, name)));
  return hash.digest("hex");
}

/** Builds the module; what went wrong, or null. */
function compile(): string | null {
  const gyp = process.env.npm_config_node_gyp;
  if (gyp === undefined) return "npm did not say where its node-gyp is: use npm run build:native";
  // Headers that came with this Node spare the way to nodejs.org.
  const prefix = join(dirname(process.execPath), "..");
  const headers = existsSync(join(prefix, "include", "node", "node_api.h")) ? [`--nodedir=${prefix}`] : [];
  const flags = ["configure", "build", `--jobs=${availableParallelism()}`, ...headers];
  const run = spawnSync(process.execPath, [gyp, ...flags], { cwd: native, encoding: "utf8" });
  if (run.status === 0) return null;
  const text = `${run.stdout}${run.stderr}`;
  writeFileSync(join(native, "build.log"), text);
  return /^gyp ERR! stack Error: (.*)$/m.exec(text)?.[1] ?? "see native/build.log";
}

function main(): string {
  const now = fingerprint();
  if (existsSync(built) && existsSync(stamp) && readFileSync(stamp, "utf8") === now) return "native: up to date";
  const start = performance.now();
  rmSync(built, { force: true });
  const fault = compile();
  if (fault === null) {
    writeFileSync(stamp, now);
    return `native: built in ${((performance.now() - start) / 1000).toFixed(0)} s`;
  }
  if (process.env.ELMAN_NATIVE === "required") process.exitCode = 1;
  return `native: not built, and not needed by anything else: ${fault}`;
}

/** `elman-nn` is found from native/ as its user's would be: this package itself. Not npm's link, which would build it twice. */
function link(): void {
  const modules = join(native, "node_modules");
  mkdirSync(modules, { recursive: true });
  rmSync(join(modules, "elman-nn"), { force: true });
  symlinkSync("../..", join(modules, "elman-nn"), "junction");
}

process.stdout.write(`${main()}\n`);
link();
const tsc = join(root, "node_modules", "typescript", "bin", "tsc");
const types = spawnSync(process.execPath, [tsc, "-p", native], { stdio: "inherit" });
if (types.status !== 0) process.exitCode = 1;
