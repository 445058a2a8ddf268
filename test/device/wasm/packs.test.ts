import { afterEach, describe, expect, it, vi } from "vitest";
import { narrowView } from "../../../src/base/shape.js";
import { cells } from "../../../src/device/cells/index.js";
import { js } from "../../../src/device/js/index.js";
import { elements, type Value, wrap } from "../../../src/device/value.js";
import { Memory, padded } from "../../../src/device/wasm/memory.js";
import { instantiate, type Kernels } from "../../../src/device/wasm/module.js";
import { Packs } from "../../../src/device/wasm/packs.js";
import { backward, forward } from "../../../src/device/wasm/recurrence.js";
import { sequence } from "./sequence.js";

/** A machine of its own that counts how often it packs, and at most how many floats it keeps. */
function machine(most?: number) {
  const kernels = { ...(instantiate("plain") as Kernels) };
  const memory = new Memory(kernels);
  const pack = vi.spyOn(kernels, "pack");
  const free = () => {
    memory.reset();
    return memory.take(0);
  };
  return { kernels, memory, packs: new Packs(kernels, memory, most), pack, free };
}

/** A weight of whole numbers that follow from their places. */
function weight(rows: number, columns: number, first = 1): Value {
  const data = Float32Array.from({ length: rows * columns }, (_, i) => first + i);
  return wrap("float32", data, [rows, columns]);
}

/** W·x for x = 1, 2, 3, …: from panels of Wᵀ, whose columns come in blocks of `height`. */
function product({ kernels, memory }: ReturnType<typeof machine>, at: number, { shape }: Value, height: number) {
  const [rows, columns] = shape;
  const wide = (rows / height) * padded(height);
  memory.reset();
  const x = memory.load(
    Float32Array.from({ length: columns }, (_, k) => 1 + k),
    columns,
  );
  const y = memory.take(wide);
  kernels.gemm(x, padded(columns) * 4, 4, at, y, wide * 4, 1, wide, columns, 0, 0);
  const place = (row: number) => Math.floor(row / height) * padded(height) + (row % height);
  return Array.from({ length: rows }, (_, row) => memory.floats[y / 4 + place(row)]);
}

/** The same from the numbers themselves. */
function plainly(w: Value): number[] {
  const [rows, columns] = w.shape;
  const data = elements(w) as Float32Array;
  return Array.from({ length: rows }, (_, row) =>
    data.subarray(row * columns, (row + 1) * columns).reduce((sum, a, k) => sum + a * (1 + k), 0),
  );
}

describe("packed weights", () => {
  afterEach(() => vi.restoreAllMocks());

  it("are packed once, and again after the version was bumped, in the same place", () => {
    const on = machine();
    const w = weight(6, 3);
    const at = on.packs.panels(w, 3, true);
    expect(product(on, at, w, 3)).toEqual(plainly(w));
    for (let i = 0; i < 5; i++) {
      on.packs.begin();
      expect(on.packs.panels(w, 3, true)).toBe(at);
    }
    expect(on.pack).toHaveBeenCalledTimes(1);

    elements(w).fill(2);
    w.storage.version++;
    const free = on.free();
    expect(on.packs.panels(w, 3, true)).toBe(at);
    expect(on.pack).toHaveBeenCalledTimes(2);
    expect(product(on, at, w, 3)).toEqual(plainly(w));
    expect(on.free()).toBe(free);
  });

  it("of convolutions have the channels of a tap side by side, and are laid out again after the version was bumped", () => {
    const on = machine();
    const w = wrap(
      "float32",
      Float32Array.from({ length: 12 }, (_, i) => i),
      [2, 2, 3],
    );
    const found = (at: number) => [...on.memory.floats.subarray(at / 4, at / 4 + 12)];
    const at = on.packs.taps(w);
    expect(found(at)).toEqual([0, 3, 1, 4, 2, 5, 6, 9, 7, 10, 8, 11]);
    elements(w).fill(7);
    expect(on.packs.taps(w)).toBe(at);
    expect(found(at)[1]).toBe(3);
    w.storage.version++;
    expect(on.packs.taps(w)).toBe(at);
    expect(found(at)).toEqual(Array(12).fill(7));
    // The same numbers as one matrix are packed elsewhere.
    expect(on.packs.panels(weight(2, 3), 2, true)).not.toBe(at);
    expect(on.packs.taps(w.at({ shape: [2, 3, 2], strides: [6, 2, 1], offset: 0 }))).not.toBe(at);
  });

  it("are told apart by storage, place, shape, blocks and side", () => {
    const on = machine();
    const w = weight(8, 4);
    const half = w.at(narrowView(w, 0, 4, 4));
    const flat = w.at({ shape: [4, 8], strides: [8, 1], offset: 0 });
    const cases: [Value, number, boolean][] = [
      [w, 8, true],
      [w, 4, true],
      [w, 8, false],
      [half, 4, true],
      [flat, 4, true],
      [weight(8, 4, 50), 8, true],
    ];
    const places = cases.map((each) => on.packs.panels(...each));
    expect(new Set(places).size).toBe(cases.length);
    expect(cases.map((each) => on.packs.panels(...each))).toEqual(places);
    expect(on.pack).toHaveBeenCalledTimes(cases.length);
    cases.forEach(([value, height, turned], i) => {
      if (turned) expect(product(on, places[i], value, height)).toEqual(plainly(value));
    });
    // One version for all views of a storage.
    w.storage.version++;
    for (const each of cases) on.packs.panels(...each);
    expect(on.pack).toHaveBeenCalledTimes(2 * cases.length - 1);
  });

  it("pack the weight itself for the way back", () => {
    const on = machine();
    const w = weight(2, 3);
    const at = on.packs.panels(w, 2, false);
    on.memory.reset();
    const x = on.memory.load(Float32Array.of(1, 10), 2);
    const y = on.memory.take(8);
    on.kernels.gemm(x, 32, 4, at, y, 32, 1, 8, 8, 0, 0);
    expect([...on.memory.store(y, 1, 3)]).toEqual([41, 52, 63]);
  });

  it("leave, the longest unused first, when there are too many, and are right when they come back", () => {
    // Each takes 8 × 8 floats: three fit.
    const on = machine(200);
    const weights = [1, 2, 3, 4].map((first) => weight(8, 8, first * 100));
    const use = (i: number) => {
      on.packs.begin();
      expect(product(on, on.packs.panels(weights[i], 8, true), weights[i], 8)).toEqual(plainly(weights[i]));
      return on.pack.mock.calls.length;
    };
    expect([use(0), use(1), use(2), use(0)]).toEqual([1, 2, 3, 3]);
    const free = on.free();
    // 1 was used longest ago and makes room for 3; then 2 for 1, then 0 for 2.
    expect([use(3), use(0), use(2), use(1), use(0), use(3)]).toEqual([4, 4, 4, 5, 5, 6]);
    for (let i = 0; i < 40; i++) use((i * 3) % 4);
    expect(on.free()).toBe(free);
  });

  it("stay while the call that asked for them lasts, however many it asks for", () => {
    const on = machine(100);
    const weights = [1, 2, 3, 4].map((first) => weight(8, 8, first * 100));
    on.packs.begin();
    const places = weights.map((w) => on.packs.panels(w, 8, true));
    expect(weights.map((w, i) => product(on, places[i], w, 8))).toEqual(weights.map(plainly));
    const most = on.free();
    on.packs.begin();
    on.packs.panels(weight(8, 8), 8, true);
    expect(on.free()).toBe(places[1] > places[0] ? places[0] + 64 * 4 : most);
  });

  it("are packed once for many sequences, forward and backward", () => {
    const on = machine();
    const s = sequence(cells.LSTM, "float32", { T: 3, N: 2, C: 5, H: 6 });
    const both = () => {
      const run = forward(on.packs, s, true);
      const d = { output: run.output, final: run.final.map(() => null) };
      const needs = { input: true, weights: true };
      return [run, backward(on.packs, { sequence: s, run: { ...run, device: js }, d, needs })].map((x) =>
        JSON.stringify(x),
      );
    };
    const first = both();
    const packed = on.pack.mock.calls.length;
    expect(both()).toEqual(first);
    // Backward packs its two products' sides, which are no weights; forward packs nothing.
    expect(on.pack.mock.calls.length - packed).toBe(2);
    on.pack.mockClear();
    forward(on.packs, s, false);
    expect(on.pack).not.toHaveBeenCalled();
    const { ih } = s.weights;
    elements(ih)[0] += 1;
    ih.storage.version++;
    expect(JSON.stringify(forward(on.packs, s, true))).not.toBe(first[0]);
    expect(on.pack).toHaveBeenCalledTimes(1);
  });

  it("give their memory back when the storage is collected", () => {
    const collected: { clean: (held: unknown) => void; held: unknown[] } = { clean: () => {}, held: [] };
    vi.stubGlobal(
      "FinalizationRegistry",
      class {
        constructor(clean: (held: unknown) => void) {
          collected.clean = clean;
        }
        register(_: object, held: unknown) {
          collected.held.push(held);
        }
      },
    );
    const on = machine();
    vi.unstubAllGlobals();
    const free = on.free();
    const w = weight(8, 8);
    on.packs.panels(w, 8, true);
    on.packs.panels(w, 8, false);
    expect(on.free()).toBe(free + 2 * 64 * 4);
    expect(collected.held.length).toBe(1);
    collected.clean(collected.held[0]);
    expect(on.free()).toBe(free);
    expect(product(on, on.packs.panels(w, 8, true), w, 8)).toEqual(plainly(w));
    expect(on.pack).toHaveBeenCalledTimes(3);
  });

  it("work where nobody tells what is collected", () => {
    vi.stubGlobal("FinalizationRegistry", undefined);
    const on = machine();
    vi.unstubAllGlobals();
    const w = weight(3, 2);
    expect(product(on, on.packs.panels(w, 3, true), w, 3)).toEqual(plainly(w));
  });
});
