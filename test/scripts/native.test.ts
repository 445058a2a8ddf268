/** native/ is built where there is a compiler and left out where there is none; what is packed of it runs once installed. */

import { execFileSync, spawnSync } from "node:child_process";
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, dirname, join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { packNative, platforms } from "../../scripts/pack_native.js";
import { root } from "../../scripts/tree.js";

const here = `${process.platform}-${process.arch}`;
const built = join(root, "native/build/Release/elman.node");
let stage = "";
beforeAll(() => {
  stage = mkdtempSync(join(tmpdir(), "elman-native-"));
});
afterAll(() => rmSync(stage, { recursive: true }));

describe("without a compiler", () => {
  /** The script on a copy of native/ in which nothing was built, with nothing on the path but Node and tsc. */
  function build(env: Record<string, string>) {
    const copy = mkdtempSync(join(stage, "copy-"));
    for (const name of [
      "scripts",
      "native/kernels",
      "native/binding",
      "native/src",
      "native/binding.gyp",
      "native/package.json",
      "native/tsconfig.json",
      "tsconfig.base.json",
      "package.json",
    ]) {
      cpSync(join(root, name), join(copy, name), { recursive: true });
    }
    symlinkSync(join(root, "node_modules"), join(copy, "node_modules"), "junction");
    symlinkSync(join(root, "dist"), join(copy, "dist"), "junction");
    const gyp = join(dirname(process.execPath), "no-gyp.js");
    const path = join(root, "node_modules", ".bin");
    const run = spawnSync(process.execPath, ["--import", "tsx", join(copy, "scripts/native.ts")], {
      cwd: copy,
      encoding: "utf8",
      env: { ...process.env, PATH: `${path}:${dirname(process.execPath)}-none`, npm_config_node_gyp: gyp, ...env },
    });
    return { ...run, copy };
  }

  it("prints one line and succeeds; where it is required, it fails", () => {
    const lenient = build({ ELMAN_NATIVE: "" });
    expect(lenient.stdout).toMatch(/^native: not built, and not needed by anything else: .*\n$/);
    expect([lenient.status, build({ ELMAN_NATIVE: "required" }).status]).toEqual([0, 1]);
    expect(existsSync(join(lenient.copy, "native/node_modules/elman-nn"))).toBe(true);
  });
});

describe.runIf(existsSync(built))("packed", () => {
  it("has the package of this platform beside it, and runs from both", () => {
    const [main, binary] = packNative(stage);
    const { version } = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
    expect([main, binary].map((path) => basename(path))).toEqual([
      `elman-nn-native-${version}.tgz`,
      `elman-nn-native-${here}-${version}.tgz`,
    ]);
    const modules = join(stage, "node_modules");
    for (const [tarball, name] of [
      [main, "elman-nn-native"],
      [binary, `elman-nn-native-${here}`],
    ]) {
      mkdirSync(join(modules, name), { recursive: true });
      execFileSync("tar", ["-xzf", tarball, "-C", join(modules, name), "--strip-components=1"]);
    }
    symlinkSync(root, join(modules, "elman-nn"), "junction");
    const manifest = JSON.parse(readFileSync(join(modules, "elman-nn-native/package.json"), "utf8"));
    expect(manifest.scripts).toBeUndefined();
    expect(Object.keys(manifest.optionalDependencies)).toEqual(platforms.map((name) => `elman-nn-native-${name}`));
    const own = JSON.parse(readFileSync(join(modules, `elman-nn-native-${here}/package.json`), "utf8"));
    expect([own.os, own.cpu]).toEqual([[process.platform], [process.arch]]);
    const program = `
      import "elman-nn-native/register";
      import { defaultDevice, ones } from "elman-nn";
      console.log(defaultDevice(), ones([100]).sum().item());
    `;
    const printed = execFileSync(process.execPath, ["--input-type=module", "--eval", program], {
      cwd: stage,
      encoding: "utf8",
      env: { ...process.env, ELMAN_DEVICE: "native" },
    });
    expect(printed).toBe("native 100\n");
  });
});
