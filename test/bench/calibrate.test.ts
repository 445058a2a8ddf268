/** Cache sizes as a system tells them, and the loops: what they compute is right. */

import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, it } from "vitest";
import { Calibration, cacheSizes, compileLoops } from "../../bench/calibrate.js";

type Arithmetic = "chains8" | "chains10" | "chains12" | "squares14" | "tile" | "row";

type Loops = Record<Arithmetic | "read4" | "read8" | "read4x2", (...asked: number[]) => number> & {
  memory: { buffer: ArrayBuffer };
};

/** As far as it is used here. */
interface Engine {
  validate(bytes: Uint8Array): boolean;
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

it("has loops that compute what they say, in both builds", async () => {
  const { validate, Module, Instance } = (globalThis as unknown as { WebAssembly: Engine }).WebAssembly;
  const builds = (await compileLoops()).filter((bytes) => validate(bytes));
  expect(builds.length).toBeGreaterThan(0);
  for (const bytes of builds) {
    const loops = new Instance(new Module(bytes)).exports;
    // n chains start at 0, 0.01 …; x = 2·x + 1 twice is 4·x + 3
    for (const n of [8, 10, 12]) {
      const sum = (n * (n - 1)) / 200;
      expect(loops[`chains${n}` as Arithmetic](2, 2, 1)).toBeCloseTo(4 * sum + 3 * n, 5);
    }
    // 14 chains start at 1, 2 … 14; x·x + x
    expect(loops.squares14(1, 1)).toBe(1015 + 105);
    new Float32Array(loops.memory.buffer).fill(1);
    expect(loops.tile(300)).toBe(8 * 300);
    expect(loops.row(200, 0.5)).toBe(8 * 100);
    expect(loops.read4(4096, 2)).toBe(4);
    expect(loops.read8(4096, 2)).toBe(8);
    expect(loops.read4x2(4096, 2)).toBe(8);
    expect(loops.memory.buffer.byteLength).toBeGreaterThanOrEqual(8 << 20);
  }
});

it("has loops in C++ for the native device's vectors, which tell a peak and a bandwidth of each size", async () => {
  const calibration = Calibration.native(process.arch === "x64" ? "sse2" : "neon");
  try {
    calibration.begin([1 << 20, 4096]);
    await calibration.round();
    const { bits, peak, levels } = calibration.machine();
    expect(bits).toBe(128);
    expect(peak).toBeGreaterThan(0.1);
    expect(levels.map(({ bytes }) => bytes)).toEqual([4096, 1 << 20]);
    for (const { bandwidth } of levels) expect(bandwidth).toBeGreaterThan(0.1);
  } finally {
    calibration.close();
  }
});
