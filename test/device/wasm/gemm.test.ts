import { describe, expect, it } from "vitest";
import { narrowView, permuteView } from "../../../src/base/shape.js";
import { gemm as plain } from "../../../src/device/js/gemm.js";
import { elements, fresh, type Value } from "../../../src/device/value.js";
import { gemm, matrices } from "../../../src/device/wasm/gemm.js";
import { Memory } from "../../../src/device/wasm/memory.js";
import { instantiate, type Kernels } from "../../../src/device/wasm/module.js";
import { draws } from "../reference.js";

const kernels = instantiate("plain") as Kernels;
const memory = new Memory(kernels);
const draw = draws(5);
const matrix = (...shape: number[]): Value => {
  const value = fresh("float32", shape);
  elements(value).set(draw(value.numel));
  return value;
};
const turned = (x: Value) => x.at(permuteView(x, [1, 0]));

/** How far a product is from the js device's, which sums in double precision. */
function stray(a: Value, b: Value, shape: number[], accumulate: boolean): number {
  const [out, expected] = [matrix(...shape), fresh("float32", shape)];
  elements(expected).set(elements(out));
  for (const [x, y, z] of matrices(a, b, out)) gemm(kernels, memory, x, y, z, accumulate);
  plain(a, b, expected, accumulate);
  return Math.max(...elements(out).map((x, i) => Math.abs(x - elements(expected)[i])));
}

describe("gemm", () => {
  const sizes = [1, 2, 3, 4, 5, 8, 9, 31, 32, 33, 70];
  it("equals the js device's for every tail of M, N and K", () => {
    for (const M of sizes) {
      for (const N of sizes) {
        for (const K of [1, 7, 64]) {
          expect(stray(matrix(M, K), matrix(K, N), [M, N], (M + N) % 2 === 0), `${M}×${K}·${K}×${N}`).toBeLessThan(
            4e-6,
          );
        }
      }
    }
  });

  it("sums long rows in slices", () => {
    for (const K of [255, 256, 257, 511, 1000])
      expect(stray(matrix(5, K), matrix(K, 9), [5, 9], true)).toBeLessThan(2e-5);
  });

  it("takes transposed and sliced operands, and batches", () => {
    expect(stray(turned(matrix(6, 9)), matrix(6, 11), [9, 11], false)).toBeLessThan(4e-6);
    expect(stray(matrix(9, 6), turned(matrix(11, 6)), [9, 11], false)).toBeLessThan(4e-6);
    const wide = matrix(9, 20);
    expect(stray(wide.at(narrowView(wide, 1, 3, 6, 2)), matrix(6, 4), [9, 4], true)).toBeLessThan(4e-6);
    expect(stray(matrix(3, 5, 6), matrix(3, 6, 7), [3, 5, 7], true)).toBeLessThan(4e-6);
  });

  it("is zero, or leaves what was there, where there is nothing to sum", () => {
    const out = matrix(3, 4);
    const before = [...elements(out)];
    gemm(kernels, memory, matrix(3, 0), matrix(0, 4), out, true);
    expect([...elements(out)]).toEqual(before);
    gemm(kernels, memory, matrix(3, 0), matrix(0, 4), out, false);
    expect([...elements(out)]).toEqual(Array(12).fill(0));
  });
});
