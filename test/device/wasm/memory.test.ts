import { describe, expect, it } from "vitest";
import { cells, type Mode } from "../../../src/device/device.js";
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

  it("copies whole numbers in", () => {
    memory.reset();
    const place = memory.integers([3, 2, 1]);
    expect([...new Int32Array(kernels.memory.buffer, place, 3)]).toEqual([3, 2, 1]);
  });

  it("throws a RangeError where it cannot grow", () => {
    expect(() => memory.take(2 ** 31)).toThrow(RangeError);
    memory.reset();
  });

  it("does not grow over 10,000 calls of mixed shapes", () => {
    const own = instantiate("plain") as Kernels;
    const scratch = new Memory(own);
    const machine = { kernels: own, memory: scratch, packs: new Packs(own, scratch) };
    const modes = Object.keys(cells) as Mode[];
    const cases = Array.from({ length: 25 }, (_, i) =>
      sequence(modes[i % 4], "float32", {
        T: 1 + (i % 5),
        N: 1 + (i % 3),
        C: 1 + ((i * 7) % 13),
        H: 1 + ((i * 5) % 17),
      }),
    );
    const round = () => {
      for (const s of cases) {
        const run = forward(machine, s, true);
        backward(
          machine,
          s,
          run,
          { output: run.output, final: run.final.map(() => null) },
          { input: true, weights: true },
        );
      }
    };
    round();
    const before = own.memory.buffer.byteLength;
    for (let i = 0; i < 200; i++) round();
    expect(own.memory.buffer.byteLength).toBe(before);
  });
});
