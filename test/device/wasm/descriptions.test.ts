import { readFileSync } from "node:fs";
import { expect, describe as group, it } from "vitest";
import { describe, fields } from "../../../src/device/wasm/descriptions.js";
import { Memory } from "../../../src/device/wasm/memory.js";
import { instantiate, type Kernels } from "../../../src/device/wasm/module.js";

/** The classes of the kernels' side: the fields of each, those of what it extends first. */
function classes(): Record<string, { name: string; type: string }[]> {
  const path = new URL("../../../src/device/wasm/kernels/descriptions.ts", import.meta.url);
  const text = readFileSync(path, "utf8").replace(/\/\*\*.*?\*\//gs, "");
  const found: Record<string, { name: string; type: string }[]> = {};
  for (const [, name, parent, body] of text.matchAll(/class (\w+)(?: extends (\w+))? \{(.*?)\}/gs)) {
    const own = [...body.matchAll(/(\w+): (\w+);/g)].map(([, name, type]) => ({ name, type }));
    found[name] = [...(parent === undefined ? [] : found[parent]), ...own];
  }
  return found;
}

group("descriptions", () => {
  const theirs = classes();

  it.each(Object.keys(fields) as (keyof typeof fields)[])(
    "%s has the same fields in the same order on both sides",
    (kind) => {
      expect(theirs[kind].map(({ name }) => name)).toEqual(fields[kind]);
      expect(new Set(fields[kind]).size).toBe(fields[kind].length);
      // Each is a word of 32 bits, so that none moves the next.
      expect(theirs[kind].filter(({ type }) => type !== "i32" && type !== "usize")).toEqual([]);
    },
  );

  it("has no class that this side does not know", () => {
    expect(Object.keys(theirs).sort()).toEqual(Object.keys(fields).sort());
  });

  it("writes each value in its field's place, and nothing beside", () => {
    const kernels = instantiate("plain") as Kernels;
    const memory = new Memory(kernels);
    const at = memory.take(64);
    const words = new Int32Array(kernels.memory.buffer, at, 64).fill(-1);
    const values = Object.fromEntries(fields.Backward.map((name, i) => [name, i === 4 ? true : 100 + i]));
    describe(memory, "Backward", at + 4, values as Parameters<typeof describe<"Backward">>[3]);
    const written = fields.Backward.map((_, i) => (i === 4 ? 1 : 100 + i));
    expect([...words.subarray(0, fields.Backward.length + 2)]).toEqual([-1, ...written, -1]);
  });
});
