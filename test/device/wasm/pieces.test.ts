import { describe, expect, it } from "vitest";
import type { Device } from "../../../src/device/device.js";
import { type TypedArray, wrap } from "../../../src/device/value.js";
import { createWasm, machines } from "../../../src/device/wasm/index.js";
import type { Memory } from "../../../src/device/wasm/memory.js";
import type { OpsKernels } from "../../../src/device/wasm/ops_module.js";
import { chunk, pieces, stretched } from "../../../src/device/wasm/pieces.js";

const { memory } = machines.get(createWasm("plain") as Device) as { memory: Memory };
const ops = { memory, kernels: {} as OpsKernels };
const count = (shape: number[]) => shape.reduce((n, d) => n * d, 1);
const line = (length: number) => Float32Array.from({ length }, (_, i) => i + 1);
const read = (at: number, length: number) => [...memory.floats.subarray(at / 4, at / 4 + length)];

describe("pieces", () => {
  it("have as many rows as are few floats, one at least, and all are visited", () => {
    const seen = (R: number, C: number) => {
      const counts: number[] = [];
      pieces(ops, [R, C], [], [], [], (_, count) => counts.push(count));
      return counts;
    };
    expect(seen(5, 2)).toEqual([5]);
    expect(seen(5, chunk / 2)).toEqual([2, 2, 1]);
    expect(seen(2, 100_000)).toEqual([1, 1]);
  });

  it("copy rows in and out, each array with as many elements a row and of its own type, and what is fixed once", () => {
    const R = 5;
    const C = chunk / 2;
    const [x, y, flags, sums] = [
      line(R * C),
      new Float32Array(R * C),
      Uint8Array.of(1, 0, 1, 1, 0),
      new Float64Array(2 * R),
    ];
    const [weight, total] = [Float32Array.of(0.5), new Float64Array(1)];
    const fixed = pieces(ops, [R, C], [x, flags], [y, sums], [weight, total], (at, rows) => {
      const { buffer, length } = memory.floats;
      const bytes = new Uint8Array(buffer, at(flags), rows);
      const doubles = new Float64Array(buffer, 0, length / 2);
      for (let r = 0; r < rows; r++) {
        for (let j = 0; j < C; j++) {
          const i = r * C + j;
          memory.floats[at(y) / 4 + i] = bytes[r] * memory.floats[at(x) / 4 + i] * memory.floats[at(weight) / 4];
        }
        doubles[at(sums) / 8 + 2 * r + 1] = bytes[r] / 3;
        doubles[at(total) / 8] += bytes[r];
      }
    });
    expect(y).toEqual(x.map((v, i) => (v / 2) * flags[Math.floor(i / C)]));
    expect([...sums]).toEqual([...flags].flatMap((flag) => [0, flag / 3]));
    expect(fixed.map(([first]) => first)).toEqual([0.5, 3]);
    expect([...weight, ...total]).toEqual([0.5, 0]);
  });

  it("change in place what is given and made", () => {
    const x = line(chunk + 1);
    pieces(ops, [x.length, 1], [x], [x], [], (at, count) => {
      for (let i = 0; i < count; i++) memory.floats[at(x) / 4 + i] *= 2;
    });
    expect(x).toEqual(line(chunk + 1).map((v) => 2 * v));
  });
});

/** What stands in memory for an operand of numbers from 1 on, piece by piece. */
function laid(from: number[], shape: number[], beside: number[] = shape): number[] {
  const value = (of: number[]) => wrap("float32", line(count(of)), of);
  const to: TypedArray = new Float32Array(count(shape));
  const found: number[] = [];
  stretched(ops, [value(from), value(beside)], shape, to, ([x], _, n) => found.push(...read(x, n)));
  return found;
}

describe("stretched", () => {
  it("repeats a number and a row", () => {
    expect(laid([1, 1], [3, 4])).toEqual(Array(12).fill(1));
    expect(laid([3], [2, 3])).toEqual([1, 2, 3, 1, 2, 3]);
    const long = laid([5], [chunk, 5]);
    expect(long).toEqual(Array.from({ length: 5 * chunk }, (_, i) => 1 + (i % 5)));
  });

  it("spreads a column, and what is both", () => {
    expect(laid([3, 1], [3, 2])).toEqual([1, 1, 2, 2, 3, 3]);
    const long = laid([chunk, 1], [chunk, 3]);
    expect(long).toEqual(Array.from({ length: 3 * chunk }, (_, i) => 1 + Math.floor(i / 3)));
    expect(laid([2, 1], [3, 2, 2])).toEqual([1, 1, 2, 2, 1, 1, 2, 2, 1, 1, 2, 2]);
  });

  it("fits a column beside rows that are longer than it is wide", () => {
    expect(laid([2, 2, 1], [2, 2, 2], [1, 2, 2])).toEqual([1, 1, 2, 2, 3, 3, 4, 4]);
    expect(laid([2], [2, 2, 2], [2, 1, 1])).toEqual([1, 2, 1, 2, 1, 2, 1, 2]);
  });

  it("takes what lies in order, and lays out what does not", () => {
    expect(laid([2, 3], [2, 3])).toEqual([1, 2, 3, 4, 5, 6]);
    expect(laid([2, 1, 2], [2, 2, 2])).toEqual([1, 2, 1, 2, 3, 4, 3, 4]);
    expect(laid([70_000], [2, 70_000])).toEqual([...line(70_000), ...line(70_000)]);
    expect(laid([2, 1], [2, 70_000])).toEqual(Array.from({ length: 140_000 }, (_, i) => 1 + Math.floor(i / 70_000)));
  });
});
