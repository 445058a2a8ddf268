import { describe, expect, it } from "vitest";
import { cells } from "../../../src/device/cells/index.js";
import { js } from "../../../src/device/js/index.js";
import { Memory, padded } from "../../../src/device/wasm/memory.js";
import { instantiate, type Kernels } from "../../../src/device/wasm/module.js";
import { Packs } from "../../../src/device/wasm/packs.js";
import { backward, forward } from "../../../src/device/wasm/recurrence.js";
import { sequence } from "./sequence.js";

const kernels = instantiate("plain") as Kernels;
const memory = new Memory(kernels);
const at = (place: number, count: number) => [...memory.floats.subarray(place / 4, place / 4 + count)];

describe("memory", () => {
  it("pads to multiples of eight", () => {
    expect([0, 1, 7, 8, 9, 64, 65].map(padded)).toEqual([0, 8, 8, 8, 16, 64, 72]);
  });

  it("gives aligned places that do not overlap, and the same ones after a reset", () => {
    memory.reset();
    const places = [3, 17, 0, 16].map((count) => memory.take(count));
    expect(places.map((place) => place % 64)).toEqual([0, 0, 0, 0]);
    expect(places.map((place) => place - places[0])).toEqual([0, 64, 192, 192]);
    expect(places[0]).toBeGreaterThanOrEqual(kernels.heap());
    memory.reset();
    expect(memory.take(1)).toBe(places[0]);
  });

  it("pads rows with zeros on their way in, also over what was there before, and takes them off again", () => {
    memory.reset();
    memory.floats.fill(7, memory.take(64) / 4);
    memory.reset();
    const place = memory.load(Float32Array.of(1, 2, 3, 4, 5, 6), 3);
    expect(at(place, 16)).toEqual([1, 2, 3, 0, 0, 0, 0, 0, 4, 5, 6, 0, 0, 0, 0, 0]);
    expect([...memory.store(place, 2, 3)]).toEqual([1, 2, 3, 4, 5, 6]);
    const wide = Float32Array.from({ length: 16 }, (_, i) => i);
    expect([...memory.store(memory.load(wide, 8), 2, 8)]).toEqual([...wide]);
  });

  it("pads blocks of rows, too", () => {
    memory.reset();
    const data = Float32Array.of(1, 2, 3, 4, 5, 6, 7, 8);
    const place = memory.loadBlocks(data, 2, 2);
    const rows = Array.from({ length: 16 }, (_, row) => at(place + row * 32, 2));
    expect([rows[0], rows[1], rows[2], rows[8], rows[9], rows[10]]).toEqual([
      [1, 2],
      [3, 4],
      [0, 0],
      [5, 6],
      [7, 8],
      [0, 0],
    ]);
    expect([...memory.storeBlocks(place, 2, 2, 2)]).toEqual([...data]);
  });

  it("holds nothing that would end where 32 bits do, or beyond", () => {
    memory.reset();
    const before = memory.take(0);
    for (const bytes of [2 ** 32 - before, 2 ** 32, 2 ** 33, 2 ** 50]) {
      expect(() => memory.take(bytes / 4), String(bytes)).toThrow(RangeError);
      expect(() => memory.hold(bytes / 4), String(bytes)).toThrow(RangeError);
    }
    memory.reset();
    expect(memory.take(0)).toBe(before);
  });

  it("copies whole numbers in", () => {
    memory.reset();
    const place = memory.integers([3, 2, 1]);
    expect([...new Int32Array(kernels.memory.buffer, place, 3)]).toEqual([3, 2, 1]);
  });

  it("releases what an owner held when the owner is collected, and not once more when it was released", async () => {
    const collect = (globalThis as { gc?: () => void }).gc;
    expect(collect, "vitest.config.ts exposes gc").toBeTypeOf("function");
    const own = new Memory(instantiate("plain") as Kernels);
    own.reset();
    const free = own.take(1);
    const kept = {};
    own.own({}, own.hold(100), 100);
    const at = own.hold(100);
    own.own(kept, at, 100);
    own.release(at, 100, kept);
    for (let i = 0; i < 50; i++) {
      collect?.();
      await new Promise((resolve) => setTimeout(resolve, 2));
      own.reset();
      if (own.take(1) === free) break;
    }
    own.reset();
    expect(own.take(1)).toBe(free);
  });

  it("throws a RangeError where it cannot grow", () => {
    expect(() => memory.take(2 ** 31)).toThrow(RangeError);
    memory.reset();
  });

  it("holds zeros before the scratch, which begins anew behind them", () => {
    const own = new Memory(instantiate("plain") as Kernels);
    own.floats.fill(7, own.take(1000) / 4);
    const scratch = own.take(0);
    const held = own.hold(20);
    expect(held % 64).toBe(0);
    expect(own.take(1)).toBe(held + 128);
    expect(scratch).toBeGreaterThan(held);
    expect([...own.floats.subarray(held / 4, held / 4 + 32)]).toEqual(Array(32).fill(0));
    // Scratch is forgotten by a reset, what is held is not.
    own.floats[held / 4] = 5;
    own.reset();
    expect(own.take(1)).toBe(held + 128);
    expect(own.floats[held / 4]).toBe(5);
  });

  it("gives released places out again, as zeros, and joins neighbours", () => {
    const own = new Memory(instantiate("plain") as Kernels);
    const free = own.take(0);
    const places = [1, 16, 17, 1, 1].map((count) => own.hold(count));
    expect(places.map((place) => place - free)).toEqual([0, 64, 128, 256, 320]);
    own.floats.fill(9, free / 4, free / 4 + 96);
    const [a, b, c, d, e] = places;
    // b alone is too small for 32 floats; b and c are enough, and leave room for one more.
    own.release(b, 16);
    expect(own.hold(32)).toBe(e + 64);
    own.release(c, 17);
    expect(own.hold(32)).toBe(b);
    expect([...own.floats.subarray(b / 4, b / 4 + 32)]).toEqual(Array(32).fill(0));
    expect(own.floats[d / 4]).toBe(9);
    expect(own.hold(16)).toBe(b + 128);
    // The last ones, in any order, give the scratch its room back, with the gaps that they then touch.
    own.release(d, 1);
    own.release(e + 64, 32);
    own.reset();
    expect(own.take(1)).toBe(e + 64);
    own.release(e, 1);
    own.reset();
    expect(own.take(1)).toBe(d);
    own.release(b, 32);
    own.release(a, 1);
    own.release(b + 128, 16);
    own.reset();
    expect(own.take(1)).toBe(free);
    expect(own.hold(1)).toBe(free);
  });

  it("keeps what is held when memory grows, for whoever asks for the floats again", () => {
    const kernels = instantiate("plain") as Kernels;
    const own = new Memory(kernels);
    const held = own.hold(4);
    const before = own.floats;
    before.set([1, 2, 3, 4], held / 4);
    own.take(kernels.memory.buffer.byteLength / 4);
    expect(before.length).toBe(0);
    expect(own.floats === before).toBe(false);
    expect([...own.floats.subarray(held / 4, held / 4 + 4)]).toEqual([1, 2, 3, 4]);
    expect(own.floats === own.floats).toBe(true);
  });

  it("is as it was where it cannot hold", () => {
    const own = new Memory(instantiate("plain") as Kernels);
    const free = own.take(0);
    expect(() => own.hold(2 ** 31)).toThrow(RangeError);
    own.reset();
    expect(own.take(0)).toBe(free);
    expect(own.hold(1)).toBe(free);
  });

  it("does not grow over 10,000 calls of mixed shapes", () => {
    const own = instantiate("plain") as Kernels;
    const scratch = new Memory(own);
    const machine = new Packs(own, scratch);
    const kinds = Object.values(cells);
    const cases = Array.from({ length: 25 }, (_, i) =>
      sequence(kinds[i % 4], "float32", {
        T: 1 + (i % 5),
        N: 1 + (i % 3),
        C: 1 + ((i * 7) % 13),
        H: 1 + ((i * 5) % 17),
      }),
    );
    const round = () => {
      for (const s of cases) {
        const run = forward(machine, s, true);
        const d = { output: run.output, final: run.final.map(() => null) };
        backward(machine, { sequence: s, run: { ...run, device: js }, d, needs: { input: true, weights: true } });
      }
    };
    round();
    const before = own.memory.buffer.byteLength;
    for (let i = 0; i < 200; i++) round();
    expect(own.memory.buffer.byteLength).toBe(before);
  });
});
