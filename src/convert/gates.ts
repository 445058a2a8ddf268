/**
 * A one-layer RNN, LSTM or GRU, or a Recurrent of a cell that other formats have, from weights whose gates stand in another
 * format's order.
 *
 * Every format stacks the same gates, in an order of its own. An order here says which block of theirs is PyTorch's
 * first, second, …: LSTM i f g o, GRU r z n. It knows no format: shapes were checked before.
 */

import type { Cell } from "../device/cell.js";
import type { FloatDType } from "../device/value.js";
import { GRU, LSTM, Parameter, Recurrent, RNN, recurrentCells, utils } from "../nn/index.js";
import { cat } from "../tensor/combine.js";
import type { Tensor } from "../tensor/tensor.js";

const classes = { RNN, LSTM, GRU };
const records = { gruResetBefore: recurrentCells.gruResetBefore, peepholeLSTM: recurrentCells.peepholeLSTM };

/** What each kind is made as. */
interface Layers {
  RNN: RNN;
  LSTM: LSTM;
  GRU: GRU;
  gruResetBefore: Recurrent<Cell<1>>;
  peepholeLSTM: Recurrent<Cell<2>>;
}

/** The weights of one direction, as PyTorch shapes them, their gates in the other order. */
export interface DirectionWeights {
  /** `[G·H, C]` */
  readonly ih: Tensor;
  /** `[G·H, H]` */
  readonly hh: Tensor;
  /** `[G·H]` each, or none */
  readonly biases: readonly [ih: Tensor, hh: Tensor] | null;
  /** The cell's own parameters by the first part of their names, as it shapes them. */
  readonly own?: Readonly<Record<string, Tensor>>;
}

/** The blocks of `rows` along the first dimension, as many as the order has numbers, in that order. */
export function reordered(rows: Tensor, order: readonly number[]): Tensor {
  const H = rows.size(0) / order.length;
  return cat(order.map((gate) => rows.narrow(0, gate * H, H)));
}

/** A layer of one or two directions: the second is the reverse one. */
export function layerFrom<K extends keyof Layers>(
  kind: K,
  order: readonly number[],
  directions: readonly DirectionWeights[],
  options: { readonly batchFirst?: boolean; readonly nonlinearity?: "tanh" | "relu" } = {},
): Layers[K] {
  const [{ ih, hh, biases }] = directions;
  const given = {
    ...options,
    bias: biases !== null,
    bidirectional: directions.length === 2,
    dtype: ih.dtype as FloatDType,
  };
  const [C, H] = [ih.size(1), hh.size(1)];
  const layer =
    kind in records
      ? utils.skipInit(Recurrent<Cell>, records[kind as keyof typeof records], C, H, given)
      : utils.skipInit(classes[kind as keyof typeof classes], C, H, given);
  const weights = directions.flatMap((direction, d) => {
    const suffix = d === 0 ? "l0" : "l0_reverse";
    const { ih, hh, biases, own = {} } = direction;
    const gates = { weight_ih: ih, weight_hh: hh, ...(biases && { bias_ih: biases[0], bias_hh: biases[1] }) };
    const all = [
      ...Object.entries(gates).map(([name, rows]) => [name, reordered(rows, order)] as const),
      ...Object.entries(own).map(([name, one]) => [name, one.clone()] as const),
    ];
    return all.map(([name, one]) => [`${name}_${suffix}`, new Parameter(one)]);
  });
  return Object.assign(layer, Object.fromEntries(weights)) as unknown as Layers[K];
}
