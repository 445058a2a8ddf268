/** Gradients of convolutions beside central differences. */

import { expect, it } from "vitest";
import { convolution, type Geometry } from "../../../src/tensor/ops/conv.js";
import { apply, type Tensor } from "../../../src/tensor/tensor.js";
import { gradcheck } from "../../support/gradcheck.js";
import { source } from "../../support/random.js";

const draw = source(8);
const geometry: Geometry = {
  groups: 2,
  input: [5, 4],
  output: [3, 2],
  kernel: [2, 2],
  stride: [2, 3],
  dilation: [2, 1],
  before: [1, 0],
  after: [2, 1],
  transposed: false,
};
const convolve =
  (given: Geometry) =>
  (x: Tensor, w: Tensor, bias: Tensor | null = null): Tensor =>
    apply(convolution, x, w, bias, given);

it("convolution, with strides, dilations, groups and uneven zeros", () => {
  gradcheck(convolve(geometry), [draw([2, 4, 5, 4]), draw([6, 2, 2, 2]), draw([6])]);
  gradcheck((x, w) => convolve(geometry)(x.transpose(2, 3), w), [draw([2, 4, 4, 5]), draw([6, 2, 2, 2])]);
  gradcheck(
    (x, w) => convolve(geometry)(x, w.transpose(2, 3)).transpose(0, 1).mul(2),
    [draw([1, 4, 5, 4]), draw([2, 2, 2, 2])],
  );
});

it("transposed convolution", () => {
  const turned = { ...geometry, transposed: true };
  gradcheck(convolve(turned), [draw([2, 4, 3, 2]), draw([4, 3, 2, 2]), draw([6])]);
});

it("convolution over one, two and three dimensions", () => {
  for (const dims of [1, 2, 3]) {
    const all = (size: number) => Array<number>(dims).fill(size);
    const given = { groups: 1, input: all(3), output: all(2), kernel: all(2), stride: all(1), dilation: all(1) };
    const one = convolve({ ...given, before: all(0), after: all(0), transposed: false });
    gradcheck(one, [draw([2, 2, ...all(3)]), draw([2, 2, ...all(2)]), draw([2])]);
  }
});

it("saves what backward reads: the weight for the input's gradient, the input for the weight's", () => {
  expect(convolution.reads?.([true, false, false])).toEqual([false, true, false]);
  expect(convolution.reads?.([false, true, false])).toEqual([true, false, false]);
});
