import { js, permuteView, type Value, wrap } from "elman-nn/device";
import { describe, expect, it } from "vitest";
import { expectClose, tolerances } from "../../test/support/tolerance.js";
import { device, floats, numbers } from "./device.js";

/** Rows of many lengths, so that each rest of a vector comes up. */
const sizes = [
  [1, 1],
  [2, 3],
  [5, 17],
  [3, 64],
  [40, 131],
  [2, 3000],
];

describe.each(floats)("%s", (dtype) => {
  const near = (got: Value, want: Value, label: string) => {
    expect([got.dtype, got.shape], label).toEqual([want.dtype, want.shape]);
    expectClose(got.storage.data, want.storage.data, tolerances[dtype], label);
  };

  it.each(sizes)("softmax of %i rows of %i, along each dimension", (R, C) => {
    const [x, dy] = [numbers(dtype, [R, C], 1, true), numbers(dtype, [R, C], 2, true)];
    for (const from of [x, x.at(permuteView(x, [1, 0]))]) {
      for (const dim of [0, 1]) {
        for (const log of [false, true]) {
          const y = js.softmax(from, dim, log);
          near(device.softmax(from, dim, log), y, "softmax");
          const d = wrap(dtype, dy.storage.data, from.shape);
          near(device.softmaxBackward(d, y, dim, log), js.softmaxBackward(d, y, dim, log), "its gradient");
        }
      }
    }
  });

  it.each(sizes)("cross-entropy of %i rows of %i", (R, C) => {
    const [x, d] = [numbers(dtype, [R, C], 3, true), numbers(dtype, [R], 4, true)];
    const target = wrap(
      "int32",
      Int32Array.from({ length: R }, (_, r) => (r * 7) % C),
      [R],
    );
    const [got, want] = [device.crossEntropy(x, target), js.crossEntropy(x, target)];
    near(got.losses, want.losses, "losses");
    expectClose(got.sums.storage.data, want.sums.storage.data, tolerances[dtype], "sums");
    near(
      device.crossEntropyBackward(d, x, target, got.sums),
      js.crossEntropyBackward(d, x, target, want.sums),
      "gradient",
    );
  });

  it.each(sizes)("layer normalisation of %i rows of %i", (R, C) => {
    const [x, dy] = [numbers(dtype, [R, C], 5, true), numbers(dtype, [R, C], 6, true)];
    const [w, b] = [numbers(dtype, [C], 7, true), numbers(dtype, [C], 8, true)];
    for (const [weight, bias] of [
      [w, b],
      [w, null],
      [null, b],
      [null, null],
    ]) {
      const [got, want] = [device, js].map((one) => one.layerNorm(x, weight, bias, 1e-2));
      near(got.y, want.y, "y");
      expectClose(got.moments.storage.data, want.moments.storage.data, tolerances[dtype], "moments");
      const [back, right] = [device, js].map((one) => one.layerNormBackward(dy, x, weight, want.moments));
      for (const name of ["dx", "dWeight", "dBias"] as const) near(back[name], right[name], name);
    }
  });

  it("what is not finite, and what is empty, is as in the js device", () => {
    const x = numbers(dtype, [30, 31], 9);
    for (const log of [false, true]) near(device.softmax(x, 1, log), js.softmax(x, 1, log), "softmax");
    near(device.layerNorm(x, null, null, 1e-5).y, js.layerNorm(x, null, null, 1e-5).y, "layerNorm");
    expect(device.softmax(numbers(dtype, [0, 3], 1), 1, false).shape).toEqual([0, 3]);
  });
});
