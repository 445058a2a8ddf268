/** Linear layers and causal convolutions as stages of a stream. */

import type { Affine } from "../device/device.js";

/** A weight and perhaps a bias, row-major. */
export interface Given {
  readonly weight: Float32Array;
  readonly bias: Float32Array | null;
}

/** y = x·Wᵀ + b; weight `[outputSize, inputSize]` */
export const linear = (inputSize: number, outputSize: number, take: () => Given): Affine => ({
  ...{ kind: "affine", inputSize, outputSize, taps: 1, dilation: 1, take },
});

/**
 * A convolution of the input with zeros before its first step; weight `[outputSize, inputSize / groups, taps]`. Groups
 * become one matrix, in which channels of other groups have weights of zero.
 */
export function causalConv(sizes: Omit<Affine, "kind" | "take"> & { groups: number }, take: () => Given): Affine {
  const { inputSize: C, outputSize, taps, dilation, groups } = sizes;
  const [own, outputs] = [C / groups, outputSize / groups];
  return {
    ...{ kind: "affine", inputSize: C, outputSize, taps, dilation },
    take() {
      const { weight: given, bias } = take();
      const weight = new Float32Array(outputSize * taps * C);
      for (let o = 0, from = 0; o < outputSize; o++) {
        const first = Math.floor(o / outputs) * own;
        for (let i = 0; i < own; i++) {
          for (let k = 0; k < taps; k++) weight[(o * taps + k) * C + first + i] = given[from++];
        }
      }
      return { weight, bias };
    },
  };
}
