/** The shape of the house, as numbers that can fail: directions of imports, sizes of files, a test for each file. */

import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { linesOfCode } from "../scripts/lines.js";

const root = fileURLToPath(new URL("..", import.meta.url));
/** AssemblyScript, with a tsconfig of its own; it is tested through the device. */
const kernels = join("src", "device", "wasm", "kernels");
/** What the build makes of AssemblyScript. */
const generated = [join("src", "device", "wasm", "bytes.ts")];
/** The one file that acts when it is imported. */
const executable = join("src", "cli", "main.ts");
const files = readdirSync(join(root, "src"), { recursive: true, encoding: "utf8" })
  .map((file) => join("src", file))
  .filter((file) => file.endsWith(".ts") && !file.startsWith(kernels) && !generated.includes(file))
  .sort();
const source = (file: string) => readFileSync(join(root, file), "utf8");

/** Every module a file names, type-only imports included. */
function specifiers(file: string): string[] {
  return [
    ...source(file).matchAll(/^(?:import|export)\b[^;]*?\bfrom "([^"]+)"|^import "([^"]+)"|\bimport\("([^"]+)"\)/gms),
  ].map((match) => match[1] ?? match[2] ?? match[3]);
}

const imports = new Map(
  files.map((file) => [
    file,
    specifiers(file)
      .filter((name) => name.startsWith("."))
      .map((name) => relative(root, join(root, dirname(file), name)).replace(/\.js$/, ".ts"))
      .filter((target) => !generated.includes(target)),
  ]),
);

/** What each room may look into, besides itself. */
const below: Record<string, readonly string[]> = {
  "src/base": [],
  "src/device": ["src/base"],
  "src/device/cells": ["src/device", "src/base"],
  "src/device/js": ["src/device", "src/base"],
  "src/device/wasm": ["src/device/js", "src/device/cells", "src/device", "src/base"],
  "src/tensor/ops": ["src/tensor/kernels.ts", "src/device", "src/base"],
  "src/tensor/checks": ["src/tensor/autograd.ts", "src/tensor/kernels.ts", "src/device", "src/base"],
  "src/tensor": ["src/tensor/checks", "src/tensor/ops", "src/device", "src/base"],
  "src/stream": ["src/device/cells", "src/device", "src/base"],
  "src/nn": [
    "src/nn/recurrent/beyond",
    "src/nn/recurrent",
    "src/nn/layers",
    "src/nn/functional",
    "src/tensor",
    "src/device",
    "src/base",
  ],
  "src/nn/functional": ["src/nn/checks.ts", "src/tensor", "src/tensor/ops", "src/device", "src/base"],
  "src/nn/layers": [
    "src/nn/functional",
    "src/nn/checks.ts",
    "src/nn/init.ts",
    "src/nn/module.ts",
    "src/nn/streams.ts",
    "src/nn/recurrent/packed.ts",
    "src/stream/stages.ts",
    "src/stream/stream.ts",
    "src/tensor",
    "src/device",
    "src/base",
  ],
  "src/nn/recurrent": [
    "src/nn/functional",
    "src/nn/checks.ts",
    "src/nn/init.ts",
    "src/nn/module.ts",
    "src/nn/streams.ts",
    "src/stream/stream.ts",
    "src/tensor",
    "src/tensor/ops",
    "src/device/cells",
    "src/device",
    "src/base",
  ],
  "src/nn/recurrent/beyond": [
    "src/nn/recurrent",
    "src/nn/functional",
    "src/nn/checks.ts",
    "src/nn/init.ts",
    "src/nn/module.ts",
    "src/stream/stream.ts",
    "src/tensor",
    "src/device/cells",
    "src/device/wasm/beyond.ts",
    "src/device",
    "src/base",
  ],
  "src/optim": ["src/tensor", "src/device", "src/base"],
  "src/optim/lr_scheduler": ["src/optim", "src/base"],
  "src/checkpoint/bytes": ["src/base"],
  "src/checkpoint/numbers": ["src/checkpoint/bytes", "src/tensor", "src/device", "src/base"],
  "src/checkpoint/pickle": ["src/checkpoint/numbers", "src/checkpoint/bytes", "src/tensor", "src/device", "src/base"],
  "src/checkpoint/torch": [
    "src/checkpoint/pickle",
    "src/checkpoint/numbers",
    "src/checkpoint/bytes",
    "src/tensor",
    "src/base",
  ],
  "src/checkpoint/safetensors": [
    "src/checkpoint/pickle/values.ts",
    "src/checkpoint/numbers",
    "src/checkpoint/bytes",
    "src/tensor",
    "src/base",
  ],
  "src/checkpoint": [
    "src/checkpoint/torch",
    "src/checkpoint/safetensors",
    "src/checkpoint/pickle",
    "src/checkpoint/numbers",
    "src/checkpoint/bytes",
    "src/tensor",
    "src/base",
  ],
  "src/convert/onnx": [
    "src/convert/gates.ts",
    "src/checkpoint/bytes/text.ts",
    "src/checkpoint/numbers",
    "src/nn",
    "src/nn/functional",
    "src/nn/recurrent",
    "src/tensor",
    "src/device",
    "src/base",
  ],
  "src/convert": [
    "src/convert/onnx",
    "src/checkpoint/fold.ts",
    "src/nn",
    "src/nn/recurrent",
    "src/tensor",
    "src/device",
    "src/base",
  ],
  src: ["src/nn", "src/stream/stream.ts", "src/optim", "src/tensor", "src/tensor/checks", "src/device", "src/base"],
  "src/data": ["src/index.ts", "src/checkpoint/numbers", "src/tensor", "src/base"],
  "src/train": [
    "src/data/random_state.ts",
    "src/index.ts",
    "src/checkpoint",
    "src/checkpoint/bytes",
    "src/tensor",
    "src/base",
  ],
  "src/watch": ["src/train/index.ts", "src/index.ts", "src/base"],
  "src/cli": [
    "src/index.ts",
    "src/convert/index.ts",
    "src/convert/build.ts",
    "src/convert/onnx/import.ts",
    "src/base/errors.ts",
    "src/checkpoint",
    "src/checkpoint/bytes",
    "src/checkpoint/numbers",
    "src/checkpoint/pickle",
  ],
};

/** Files that stand above their room. */
const above: Record<string, readonly string[]> = {
  "src/index.ts": ["src/device/wasm/ops_module.ts"],
  "src/device/default.ts": ["src/device/js", "src/device/wasm"],
  "src/device/index.ts": ["src/device/js", "src/device/cells"],
  "src/tensor/kernels.ts": ["src/device/wasm/ops.ts"],
  "src/optim/index.ts": ["src/optim/lr_scheduler"],
  "src/tensor/ops/conv.ts": ["src/device/wasm/convolution.ts"],
};

/** The packages that a room may import; the others none. */
const packages: Record<string, readonly string[]> = {
  "src/checkpoint/bytes": ["fflate"],
  "src/convert/onnx": ["@bufbuild/protobuf/wire"],
  "src/watch": ["@bufbuild/protobuf/wire", "node:fs", "node:os", "node:path"],
  "src/cli": [
    "commander",
    "node:fs",
    "node:fs/promises",
    "node:path",
    "node:stream",
    "node:timers/promises",
    "node:util",
  ],
};

/** Above device/ numbers stay where they are, so that they may be on another machine; these must see them. */
const reading: Record<string, string> = {
  "src/tensor/read.ts": "hands numbers to the user",
  "src/tensor/tensor.ts": "the doors to read.ts, and whether numbers fit int32",
  "src/tensor/aliases.ts": "a second name for a door to read.ts",
  "src/tensor/print.ts": "prints",
  "src/tensor/multinomial.ts": "weights decide what is drawn",
  "src/tensor/checks/indices.ts": "checks indices",
  "src/nn/functional/index.ts": "checks indices",
  "src/nn/layers/batchnorm.ts": "how many batches a mean of all is over",
  "src/nn/functional/class_loss.ts": "checks class numbers",
  "src/nn/functional/ctc.ts": "checks classes; lengths decide shapes",
  "src/nn/functional/loss.ts": "checks probabilities",
  "src/nn/layers/crf.ts": "finds the best tags, and hands them to the user",
  "src/nn/recurrent/layout.ts": "lengths decide shapes",
  "src/nn/recurrent/beyond/check_cell.ts": "gradients beside differences are numbers",
  "src/nn/recurrent/beyond/course.ts": "resets decide shapes",
  "src/nn/recurrent/packed.ts": "lengths and orders decide shapes",
  "src/nn/recurrent/forms.ts": "lengths and orders decide shapes",
  "src/nn/streams.ts": "lays weights out for a stepper",
  "src/stream/named.ts": "lays the weights of a file out for a stepper",
  "src/nn/clip.ts": "an error where a norm is not finite",
  "src/optim/state.ts": "how many steps a file says were taken",
  "src/nn/init.ts": "orthogonal columns, one number at a time",
  "src/convert/onnx/builder.ts": "writes files",
  "src/convert/onnx/node.ts": "whether an initial state is zeros",
  "src/convert/onnx/operations.ts": "sizes, axes and places are numbers of the file",
  "src/convert/onnx/scope.ts": "whether a state is alike throughout",
  "src/checkpoint/numbers/encode.ts": "writes files",
  "src/watch/gates.ts": "curves are numbers",
  "src/train/fit.ts": "a loss is a number in an event",
  "src/train/evaluate.ts": "a loss is a number in an event",
  "src/train/diverged.ts": "whether numbers are finite",
  "src/train/metrics.ts": "counts classes",
  "src/data/dataset.ts": "an order decides which samples",
  "src/data/loader.ts": "an order decides which samples",
  "src/data/random_state.ts": "a generator's state as bytes",
};

/** Files that may be longer, each with its reason. */
const longer: Record<string, { limit: number; reason: string }> = {
  "src/tensor/tensor.ts": { limit: 510, reason: "one class of about a hundred methods, each a check and an op" },
};

describe("architecture", () => {
  it("knows every room", () => {
    expect([...new Set(files.map((file) => dirname(file)))].sort()).toEqual(Object.keys(below).sort());
    expect(files.length).toBeGreaterThan(40);
  });

  it.each(files)("%s imports only downwards, and no package but those of its room", (file) => {
    const room = dirname(file);
    const foreign = specifiers(file).filter((name) => !name.startsWith("."));
    expect(foreign.filter((name) => !packages[room]?.includes(name))).toEqual([]);
    for (const target of imports.get(file) ?? []) {
      expect(files, `${file} imports ${target}`).toContain(target);
      const allowed = [room, ...below[room], ...(above[file] ?? [])];
      expect(allowed.includes(dirname(target)) || allowed.includes(target), `${file} imports ${target}`).toBe(true);
    }
  });

  it("has no import cycles", () => {
    const done = new Set<string>();
    const visit = (file: string, path: readonly string[]): void => {
      if (path.includes(file)) expect.fail(`cycle: ${[...path.slice(path.indexOf(file)), file].join(" → ")}`);
      if (done.has(file)) return;
      for (const target of imports.get(file) ?? []) visit(target, [...path, file]);
      done.add(file);
    };
    for (const file of files) visit(file, []);
    expect(done.size).toBe(files.length);
  });

  it.each(files)("%s has at most 300 lines of code, and says what it is", (file) => {
    expect(linesOfCode(source(file))).toBeLessThanOrEqual(longer[file]?.limit ?? 300);
    if (file !== "src/index.ts") expect(source(file)).toMatch(/^(#!.*\n)?\/\*\*/);
  });

  it("reads numbers in device/, in the command, and where a reason is listed", () => {
    const reads = /\.storage\.data\b|\belements\(|\.(toArray|item|toNested|copyTo)\(/;
    const found = files.filter((file) => !/^src\/(device|cli)\//.test(file) && reads.test(source(file)));
    expect(found.sort()).toEqual(Object.keys(reading).sort());
  });

  it("spreads no array into the arguments of Math.min and Math.max, of which an engine allows only so many", () => {
    expect(files.filter((file) => /Math\.(min|max|hypot)\(\.\.\./.test(source(file)))).toEqual([]);
  });

  it.each(files)("%s has its test, or its room has one", (file) => {
    const onlyTypes = !/^export (const|let|function|class|abstract|async|\*|\{)/m.test(source(file));
    if (onlyTypes) return;
    const tests = [file.replace(/\.ts$/, ""), dirname(file)].map((name) => name.replace(/^src/, "test"));
    expect(tests.some((name) => existsSync(join(root, `${name}.test.ts`)))).toBe(true);
  });

  it.each(files.filter((file) => file !== executable))("%s only defines names when it is imported", (file) => {
    const statement =
      /^(?!import\b|export\b|const\b|let\b|function\b|async function\b|abstract\b|class\b|type\b|interface\b|declare\b)[^\s/*}\])>]/;
    const acting = source(file)
      .split("\n")
      .filter((line) => statement.test(line) || /^(?:export )?(?:const|let)\b.*\bawait\b/.test(line));
    expect(acting).toEqual([]);
  });

  it("leaves the world as it was when it is imported", async () => {
    const builtins = [globalThis, Object, Array, Map, Promise, Float32Array, Math].flatMap((thing) => [
      thing,
      (thing as { prototype?: object }).prototype ?? {},
    ]);
    const snapshot = () => builtins.map((thing) => Reflect.ownKeys(thing).map(String).sort());
    const before = snapshot();
    await import("../src/index.js");
    expect(snapshot()).toEqual(before);
  });
});

/** A package of its own beside src: written against one entry of the library, in TypeScript and C++. */
describe("native", () => {
  const rooms = ["src", "kernels", "binding"].map((room) => join("native", room));
  const sources = rooms.flatMap((room) => readdirSync(join(root, room)).map((name) => join(room, name)));
  const typescript = sources.filter((file) => file.endsWith(".ts"));

  it.each(typescript)("%s imports its own files, elman-nn/device and Node's modules alone", (file) => {
    const own = typescript.map((name) => `./${name.split("/").at(-1)?.replace(/\.ts$/, ".js")}`);
    const allowed = [...own, "elman-nn/device", "node:fs", "node:module", "node:os", "node:url"];
    expect(specifiers(file).filter((name) => !allowed.includes(name))).toEqual([]);
  });

  it("src knows nothing of it", () => {
    expect(files.filter((file) => /elman-nn-native/.test(source(file)))).toEqual([]);
  });

  it.each(sources)("%s has at most 300 lines of code, and says what it is", (file) => {
    expect(linesOfCode(source(file))).toBeLessThanOrEqual(300);
    expect(source(file)).toMatch(/^\/\*\*/);
  });

  it("kernels know nothing of Node, and the binding nothing of how they are written", () => {
    const included = (room: string) =>
      sources
        .filter((file) => file.startsWith(room))
        .flatMap((file) => [...source(file).matchAll(/^#include [<"]([^>"]+)[>"]/gm)].map(([, name]) => name));
    expect(included(rooms[1]).filter((name) => /node|binding|arguments|entries/.test(name))).toEqual([]);
    const tables = ["kernels.h", "walk.h", "pool.h", "runs.h"];
    const seen = included(rooms[2]).filter((name) => existsSync(join(root, rooms[1], name)));
    expect(seen.filter((name) => !tables.includes(name))).toEqual([]);
  });

  it("is small: 2,500 lines of C++, and 950 of TypeScript around them", () => {
    const lines = (files: readonly string[]) => files.reduce((sum, file) => sum + linesOfCode(source(file)), 0);
    const isTypeScript = (file: string) => file.endsWith(".ts");
    expect(lines(sources.filter((file) => !isTypeScript(file)))).toBeLessThanOrEqual(2500);
    expect(lines(sources.filter(isTypeScript))).toBeLessThanOrEqual(950);
  });
});
