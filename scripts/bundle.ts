/**
 * Bundles the entries of package.json together: what several of them use lies in shared chunks, so that there is one
 * Tensor, one memory of the kernels and one choice of device, however many entries a page imports. What `export * as`
 * names stays a file of its own, so that a user's bundler leaves out what nobody asked for. Packages are bundled in: a
 * page that loads a file by its path knows no names of packages. `npm run build` runs this; types are tsc's.
 *
 * workerd compiles no bytes at run time: under the condition of that name each entry first hands over the kernels that it
 * imports as modules.
 */

import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { type Plugin, rolldown } from "rolldown";
import * as texts from "../src/device/wasm/bytes.js";
import { decode } from "../src/device/wasm/module.js";

const root = fileURLToPath(new URL("../", import.meta.url));
const namespace = /^export \* as (\w+) from "(\.[^"]+)\.js";$/gm;

type Entry = Partial<Record<"types" | "workerd" | "default", string>>;
const { exports, bin } = JSON.parse(readFileSync(`${root}package.json`, "utf8")) as Record<
  string,
  Record<string, Entry>
>;

/** Files below `src`, without `.ts`: every entry and every namespace that one of them reaches. */
function entries(): string[] {
  const files = [...Object.values(exports).map((one) => one.default), ...Object.values(bin)];
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

const handover = "workerd/kernels";

/** A module that hands the kernels over, which lie beside it as files. */
const compiled: Plugin = {
  name: "compiled",
  resolveId: (id) => (id === handover ? id : id.endsWith(".wasm") ? { id, external: true } : null),
  load(id) {
    if (id !== handover) return null;
    const lines = Object.keys(texts).map(
      (name) => `import ${name} from "./${name}.wasm"; provide(texts.${name}, ${name});`,
    );
    const wasm = JSON.stringify(`${root}src/device/wasm/`).slice(0, -1);
    return `import * as texts from ${wasm}bytes.js"; import { provide } from ${wasm}module.js";\n${lines.join("\n")}`;
  },
};

/** The entries for workerd, and the kernels as files. */
function writeWorkerd(directory: string): void {
  for (const [name, text] of Object.entries(texts))
    writeFileSync(join(directory, `workerd/${name}.wasm`), decode(text));
  for (const { workerd, default: entry } of Object.values(exports)) {
    if (workerd === undefined || entry === undefined) continue;
    const file = workerd.replace("./dist/", "");
    const from = (path: string) => JSON.stringify(relative(dirname(file), path).replace(/^(?!\.)/, "./"));
    mkdirSync(join(directory, dirname(file)), { recursive: true });
    const lines = [`import ${from(`${handover}.js`)};`, `export * from ${from(entry.replace("./dist/", ""))};`];
    writeFileSync(join(directory, file), `${lines.join("\n")}\n`);
  }
}

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
    input: { ...Object.fromEntries(names.map((name) => [name, `src/${name}.ts`])), [handover]: handover },
    plugins: [namespaces, compiled],
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
  writeWorkerd(directory);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await bundle(`${root}dist`);
