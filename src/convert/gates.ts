/**
 * A one-layer RNN, LSTM or GRU from weights whose gates stand in another format's order.
 *
 * Every format stacks the same gates, in an order of its own. An order here says which block of theirs is PyTorch's
 * first, second, …: LSTM i f g o, GRU r z n. It knows no format: shapes were checked before.
 */

import type { FloatDType } from "../device/value.js";
import { GRU, LSTM, Parameter, RNN, utils } from "../nn/index.js";
import { cat } from "../tensor/combine.js";
import type { Tensor } from "../tensor/tensor.js";

const classes = { RNN, LSTM, GRU };

/** The weights of one direction, as PyTorch shapes them, their gates in the other order. */
export interface DirectionWeights {
  /** `[G·H, C]` */
  readonly ih: Tensor;
  /** `[G·H, H]` */
  readonly hh: Tensor;
  /** `[G·H]` each, or none */
  readonly biases: readonly [ih: Tensor, hh: Tensor] | null;
}

/** The blocks of `rows` along the first dimension, as many as the order has numbers, in that order. */
export function reordered(rows: Tensor, order: readonly number[]): Tensor {
  const H = rows.size(0) / order.length;
  return cat(order.map((gate) => rows.narrow(0, gate * H, H)));
}

/** A layer of one or two directions: the second is the reverse one. */
export function layerFrom<K extends keyof typeof classes>(
  kind: K,
  order: readonly number[],
  directions: readonly DirectionWeights[],
  options: { readonly batchFirst?: boolean; readonly nonlinearity?: "tanh" | "relu" } = {},
): InstanceType<(typeof classes)[K]> {
  const [{ ih, hh, biases }] = directions;
  const layer = utils.skipInit(classes[kind as keyof typeof classes], ih.size(1), hh.size(1), {
    ...options,
    bias: biases !== null,
    bidirectional: directions.length === 2,
    dtype: ih.dtype as FloatDType,
  });
  const weights = directions.flatMap((direction, d) => {
    const suffix = d === 0 ? "l0" : "l0_reverse";
    const { ih, hh, biases } = direction;
    const given = { weight_ih: ih, weight_hh: hh, ...(biases && { bias_ih: biases[0], bias_hh: biases[1] }) };
    return Object.entries(given).map(([name, rows]) => [`${name}_${suffix}`, new Parameter(reordered(rows, order))]);
  });
  return Object.assign(layer, Object.fromEntries(weights)) as InstanceType<(typeof classes)[K]>;
}
