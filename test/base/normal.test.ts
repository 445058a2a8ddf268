/** Every bit of longer streams stands in random.test.ts; here is one block, and what it gives at the ends. */

import { expect, it } from "vitest";
import { normalBlock } from "../../src/base/normal.js";

/** A block whose first pair is drawn from u and v. */
function pair(u: number, v: number, mean = 0, std = 1, kind: typeof Float32Array | typeof Float64Array = Float32Array) {
  const block = new kind(16);
  block[0] = u;
  block[8] = v;
  normalBlock(block, mean, std);
  return [block[0], block[8]];
}

it("a radius of zero gives the mean, a quarter turn the radius itself", () => {
  expect(pair(0, 0.3, 2.5, 4)).toEqual([2.5, 2.5]);
  const [cosine, sine] = pair(1 - Math.exp(-0.5), 0.25);
  expect(sine).toBeCloseTo(1, 6);
  expect(Math.abs(cosine)).toBeLessThan(1e-7);
});

it("the least and the greatest uniform number give finite ones", () => {
  const greatest = 1 - 2 ** -24;
  expect(pair(greatest, 0)[0]).toBe(Math.fround(Math.sqrt(48 * Math.LN2)));
  expect(pair(greatest, greatest).every(Number.isFinite)).toBe(true);
});

it("float64 turns with the engine's own sine and cosine", () => {
  const radius = Math.sqrt(-2 * Math.log(0.25));
  const expected = [radius * Math.cos(0.2 * Math.PI) * 3 + 1, radius * Math.sin(0.2 * Math.PI) * 3 + 1];
  expect(pair(0.75, 0.1, 1, 3, Float64Array)).toEqual(expected);
});

it("both halves of every pair stay within float32's rounding of the formula", () => {
  for (let i = 1; i < 200; i++) {
    const [u, v] = [Math.fround(i / 201), Math.fround(((i * 37) % 200) / 200)];
    const radius = Math.sqrt(-2 * Math.log(1 - u));
    const [cosine, sine] = pair(u, v);
    expect(Math.abs(cosine - radius * Math.cos(2 * Math.PI * v))).toBeLessThan(1e-6);
    expect(Math.abs(sine - radius * Math.sin(2 * Math.PI * v))).toBeLessThan(1e-6);
  }
});
