/** From a layer's parameters to a stream: what `stream()` of layers and cells has in common. */

import { fail } from "../../base/errors.js";
import { device } from "../../device/default.js";
import type { Stack, Weights } from "../../device/device.js";
import { elements } from "../../device/value.js";
import { batchOf, Stream, type StreamOptions } from "../../stream/stream.js";
import { rowMajor } from "../../tensor/kernels.js";
import type { Tensor } from "../../tensor/tensor.js";

/** @param weights checks the parameters, and gives those of each layer from the lowest up */
export function openStream(
  where: string,
  stack: Omit<Stack, "batch">,
  options: StreamOptions | undefined,
  weights: () => readonly Weights<Tensor>[],
): Stream {
  const floats = (tensor: Tensor): Float32Array => {
    if (tensor.dtype !== "float32") {
      fail("RuntimeError", `${where} expected parameters of dtype float32, got: ${tensor.dtype}`);
    }
    return elements(rowMajor(tensor.value)) as Float32Array;
  };
  const arrays = () =>
    weights().map(({ ih, hh, biasIh, biasHh, hr }) => ({
      ...{ ih: floats(ih), hh: hh && floats(hh), biasIh: biasIh && floats(biasIh), biasHh: biasHh && floats(biasHh) },
      hr: hr && floats(hr),
    }));
  return new Stream(device(), { ...stack, batch: batchOf(where, options) }, arrays);
}
