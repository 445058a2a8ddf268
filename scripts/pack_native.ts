/**
 * `npm run pack:native [-- DIRECTORY]`: the tarballs of the native device for a registry. One is `elman-nn-native`, which names a
 * package for each platform as optional; the other is that of the platform on which this runs, the binary alone. npm
 * installs the one whose system and processor fit. Neither has an install script.
 */

import { execFileSync } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("../", import.meta.url));
const native = join(root, "native");

/** The platforms that a release has binaries for: `process.platform` and `process.arch` of each. */
export const platforms = ["linux-x64", "linux-arm64", "darwin-arm64", "win32-x64"];

/**
 * Packs both, which have been built, into a directory, and returns the tarballs' paths: the package's, the platform's.
 * @param file the binary of that platform
 */
export function packNative(
  directory: string,
  platform = `${process.platform}-${process.arch}`,
  file = join(native, "build", "Release", "elman.node"),
): [string, string] {
  const stage = mkdtempSync(join(tmpdir(), "elman-pack-"));
  const packed = (name: string, manifest: object, files: readonly [string, string][]): string => {
    const home = join(stage, name);
    mkdirSync(home);
    for (const [from, to] of [...files, [join(root, "LICENSE"), "LICENSE"]])
      cpSync(from, join(home, to), { recursive: true });
    writeFileSync(join(home, "package.json"), `${JSON.stringify(manifest, null, 2)}\n`);
    const flags = ["pack", home, "--silent", "--pack-destination", directory];
    return join(directory, execFileSync("npm", flags, { encoding: "utf8" }).trim());
  };
  try {
    const manifest = JSON.parse(readFileSync(join(native, "package.json"), "utf8"));
    const { name, version, license, engines, files } = manifest;
    const optionalDependencies = Object.fromEntries(platforms.map((one) => [`${name}-${one}`, version]));
    const [os, cpu] = platform.split("-");
    const binary = {
      name: `${name}-${platform}`,
      version,
      description: `The binary of ${name} for ${platform}.`,
      ...{
        license,
        engines,
        os: [os],
        cpu: [cpu],
        ...(os === "linux" ? { libc: ["glibc"] } : {}),
        files: ["elman.node"],
      },
    };
    return [
      packed(
        name,
        { ...manifest, optionalDependencies },
        files.map((file: string) => [join(native, file), file] as const),
      ),
      packed(`${name}-${platform}`, binary, [[file, "elman.node"]]),
    ];
  } finally {
    rmSync(stage, { recursive: true });
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  for (const tarball of packNative(process.argv[2] ?? process.cwd())) process.stdout.write(`${tarball}\n`);
}
