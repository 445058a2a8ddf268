/**
 * Bundles the entries of package.json together: what several of them use lies in shared chunks, so that there is one
 * Tensor, one memory of the kernels and one choice of device, however many entries a page imports. What `export * as`
 * names stays a file of its own, so that a user's bundler leaves out what nobody asked for. Packages are bundled in: a
 * page that loads a file by its path knows no names of packages. `npm run build` runs this; types are tsc's.
 */

import { readFileSync, rmSync } from "node:fs";
import { dirname, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { type Plugin, rolldown } from "rolldown";

const root = fileURLToPath(new URL("../", import.meta.url));
const namespace = /^export \* as (\w+) from "(\.[^"]+)\.js";$/gm;

/** Files below `src`, without `.ts`: every entry and every namespace that one of them reaches. */
function entries(): string[] {
  const { exports, bin } = JSON.parse(readFileSync(`${root}package.json`, "utf8"));
  const files = [...Object.values<{ default?: string }>(exports).map((one) => one.default), ...Object.values(bin)];
  const found = new Set(files.flatMap((file) => /^\.\/dist\/(.*)\.js$/.exec(String(file))?.[1] ?? []));
  for (const name of found) {
    for (const [, , path] of readFileSync(`${root}src/${name}.ts`, "utf8").matchAll(namespace)) {
      found.add(new URL(path, `file:///${name}`).pathname.slice(1));
    }
  }
  return [...found];
}

const nameOf = (file: string) => relative(`${root}src`, file).replace(/\.ts$/, "");

/** Keeps `export * as` between files: by way of `to:NAME`, which is no module yet, to the path from one to the other. */
const namespaces: Plugin = {
  name: "namespaces",
  transform(code, id) {
    const kept = code.replace(namespace, (_, name: string, path: string) => {
      return `export * as ${name} from "to:${nameOf(fileURLToPath(new URL(path, `file://${id}`)))}";`;
    });
    return kept === code ? null : { code: kept, map: null };
  },
  resolveId: (id) => (id.startsWith("to:") ? { id, external: true } : null),
  renderChunk(code, { fileName }) {
    const placed = code.replace(/"to:([^"]+)"/g, (_, name: string) => {
      const path = relative(dirname(fileName), `${name}.js`);
      return JSON.stringify(path.startsWith(".") ? path : `./${path}`);
    });
    return placed === code ? null : { code: placed, map: null };
  },
};

/** Writes the bundles into a directory, which holds nothing else afterwards. */
export async function bundle(directory: string): Promise<void> {
  const names = entries();
  // Few chunks load faster than many: of these rooms all files that are no entries.
  const rooms =
    (...own: string[]) =>
    (id: string) =>
      own.includes(nameOf(id).split("/")[0]) && !names.includes(nameOf(id));
  rmSync(directory, { recursive: true, force: true });
  const build = await rolldown({
    cwd: root,
    input: Object.fromEntries(names.map((name) => [name, `src/${name}.ts`])),
    plugins: [namespaces],
    external: [/^node:/, "commander"],
    resolve: { extensionAlias: { ".js": [".ts", ".js"] } },
    platform: "neutral",
  });
  await build.write({
    dir: directory,
    format: "esm",
    sourcemap: true,
    sourcemapExcludeSources: true,
    entryFileNames: "[name].js",
    chunkFileNames: "chunks/[name].js",
    codeSplitting: {
      groups: [
        { name: "device", test: rooms("base", "device", "stream") },
        { name: "core", test: rooms("tensor", "nn", "optim") },
      ],
    },
  });
  await build.close();
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await bundle(`${root}dist`);
