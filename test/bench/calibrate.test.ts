/** Cache sizes as a system tells them, and the loops: what they compute is right. */

import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, it } from "vitest";
import { cacheSizes } from "../../bench/calibrate.js";
import { loops } from "../../src/cli/loops.js";

interface Loops {
  arithmetic(times: number, a: number, b: number): number;
  read4(bytes: number, times: number): number;
  read8(bytes: number, times: number): number;
  memory: { buffer: ArrayBuffer };
}

/** As far as it is used here. */
interface Engine {
  Module: new (bytes: Uint8Array) => object;
  Instance: new (module: object) => { exports: Loops };
}

const directory = mkdtempSync(join(tmpdir(), "elman-calibrate-"));
afterAll(() => rmSync(directory, { recursive: true }));

it("reads the sizes of the caches that hold data, and has usual ones at hand", () => {
  const caches = [
    ["3", "Unified", "32768K"],
    ["1", "Data", "48K"],
    ["1", "Instruction", "32K"],
    ["2", "Unified", "1024K"],
  ];
  caches.forEach(([level, type, size], i) => {
    mkdirSync(join(directory, `index${i}`));
    for (const [file, text] of Object.entries({ level, type, size })) {
      writeFileSync(join(directory, `index${i}`, file), `${text}\n`);
    }
  });
  expect(cacheSizes(directory)).toEqual([49_152, 1_048_576, 33_554_432]);
  expect(cacheSizes(join(directory, "nothing"))).toEqual([32_768, 1_048_576, 33_554_432]);
});

it("has loops that compute what they say", () => {
  const { Module, Instance } = (globalThis as unknown as { WebAssembly: Engine }).WebAssembly;
  const { arithmetic, read4, read8, memory } = new Instance(new Module(Buffer.from(loops, "base64"))).exports;
  // 12 chains start at 0, 0.01 … 0.11; x = 2·x + 1 twice is 4·x + 3
  expect(arithmetic(2, 2, 1)).toBeCloseTo(4 * 0.66 + 12 * 3, 5);
  new Float32Array(memory.buffer).fill(1);
  expect(read4(4096, 2)).toBe(4);
  expect(read8(4096, 2)).toBe(8);
  expect(memory.buffer.byteLength).toBeGreaterThanOrEqual(8 << 20);
});
