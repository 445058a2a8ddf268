/** Recurrent layers and cells as stages of a stream. */

import type { Stack, Weights } from "../../device/device.js";
import type { Tensor } from "../../tensor/tensor.js";
import { floatsOf } from "../streams.js";

/** @param weights checks the parameters, and gives those of each layer from the lowest up */
export function stackOf(
  where: string,
  sizes: Omit<Stack, "kind" | "take">,
  weights: () => readonly Weights<Tensor>[],
): Stack {
  const floats = (tensor: Tensor | null) => tensor && floatsOf(where, tensor);
  const take = () =>
    weights().map(({ ih, hh, biasIh, biasHh, hr, own = {} }) => ({
      ...{ ih: floatsOf(where, ih), hh: floats(hh), biasIh: floats(biasIh), biasHh: floats(biasHh), hr: floats(hr) },
      own: Object.fromEntries(Object.entries(own).map(([name, one]) => [name, floatsOf(where, one)])),
    }));
  return { kind: "stack", ...sizes, take };
}
