/**
 * Keras's LSTM and GRU from the weights that `layer.get_weights()` gives. Keras multiplies from the other side
 * (`x @ kernel`), so its kernels are transposed; its GRU stands z r h instead of r z n.
 *
 * Refused: a GRU with reset_after=False, whose reset gate works before the product and not after. Not visible in weights,
 * and therefore the caller's word: the activations, which must be Keras 3's defaults (tanh, sigmoid).
 * Sources: https://keras.io/api/layers/recurrent_layers/lstm/, …/gru/; keras/src/layers/rnn/lstm.py, gru.py
 */

import { checkOptions, fail, typeName } from "../base/errors.js";
import { listText, sameShape } from "../base/shape.js";
import { isFloat } from "../device/value.js";
import type { GRU, LSTM } from "../nn/index.js";
import { zerosLike } from "../tensor/create.js";
import { Tensor } from "../tensor/tensor.js";
import { type DirectionWeights, layerFrom } from "./gates.js";

/** The weights of one Keras layer, under Keras's names: `get_weights()` lists them in this order. */
export interface KerasWeights {
  /** `[C, G·H]` */
  readonly kernel: Tensor;
  /** `[H, G·H]` */
  readonly recurrentKernel: Tensor;
  /** LSTM `[4·H]`; GRU `[2, 3·H]`, of the input and of the state; null or absent for use_bias=False */
  readonly bias?: Tensor | null;
}

/** Options of both. */
export interface KerasOptions {
  /** The weights of the backward layer of a `Bidirectional` with merge_mode="concat". */
  backward?: KerasWeights;
  /** Default true: Keras's sequences are `[N, T, C]`. */
  batchFirst?: boolean;
}

/** Options of `fromKerasGRU`. */
export interface KerasGRUOptions extends KerasOptions {
  /** Keras's reset_after. A bias shows it; without bias it must be said. Only true has a counterpart here. */
  resetAfter?: boolean;
}

/**
 * An `nn.LSTM` of one layer from the weights of a Keras LSTM. Keras has one bias, which becomes `bias_ih`; `bias_hh` is 0.
 * @throws ValueError for shapes that are not those of one LSTM
 */
export function fromKerasLSTM(weights: KerasWeights, options: KerasOptions = {}): LSTM {
  const where = "fromKerasLSTM()";
  checkOptions(where, options, ["backward", "batchFirst"]);
  const directions = both(weights, options).map((one): DirectionWeights => {
    const { H, ih, hh, bias } = checked(where, one, 4);
    if (bias !== null) expectShape(where, "bias", bias, [4 * H]);
    return { ih, hh, biases: bias && [bias, zerosLike(bias)] };
  });
  const { batchFirst = true } = options;
  return layerFrom("LSTM", [0, 1, 2, 3], directionsAlike(where, directions), { batchFirst });
}

/**
 * An `nn.GRU` of one layer from the weights of a Keras GRU with reset_after=True, its default.
 * @throws ValueError for shapes that are not those of one such GRU, and for reset_after=False
 */
export function fromKerasGRU(weights: KerasWeights, options: KerasGRUOptions = {}): GRU {
  const where = "fromKerasGRU()";
  checkOptions(where, options, ["backward", "batchFirst", "resetAfter"]);
  const { resetAfter, batchFirst = true } = options;
  if (resetAfter !== undefined && typeof resetAfter !== "boolean") {
    fail("TypeError", `${where} expected resetAfter as a boolean, got: ${typeName(resetAfter)}`);
  }
  const directions = both(weights, options).map((one): DirectionWeights => {
    const { H, ih, hh, bias } = checked(where, one, 3);
    if (resetAfter === false || (bias !== null && sameShape(bias.shape, [3 * H]))) {
      fail("ValueError", `${where} expected a GRU with reset_after=True: PyTorch's has no other form`);
    }
    if (bias === null) {
      if (resetAfter === true) return { ih, hh, biases: null };
      fail("ValueError", `${where} cannot see reset_after in a GRU without bias: say { resetAfter: true } if it was`);
    }
    expectShape(where, "bias", bias, [2, 3 * H]);
    return { ih, hh, biases: [bias.select(0, 0), bias.select(0, 1)] };
  });
  return layerFrom("GRU", [1, 0, 2], directionsAlike(where, directions), { batchFirst });
}

const both = (weights: KerasWeights, { backward }: KerasOptions): KerasWeights[] =>
  backward === undefined ? [weights] : [weights, backward];

/** The weights of one direction with PyTorch's shapes, and H. */
function checked(where: string, weights: KerasWeights, gates: number) {
  if (typeof weights !== "object" || weights === null) {
    fail("TypeError", `${where} expected { kernel, recurrentKernel, bias }, got: ${typeName(weights)}`);
  }
  const { kernel, recurrentKernel, bias = null } = weights;
  for (const [name, tensor] of Object.entries({ kernel, recurrentKernel, ...(bias !== null && { bias }) })) {
    if (!(tensor instanceof Tensor) || !isFloat(tensor.dtype)) {
      const came = tensor instanceof Tensor ? tensor.dtype : typeName(tensor);
      fail("TypeError", `${where} expected ${name} to be a float Tensor, got: ${came}`);
    }
    if (tensor.dtype !== kernel.dtype) {
      fail("ValueError", `${where} expected ${name} as ${kernel.dtype} like kernel, got: ${tensor.dtype}`);
    }
  }
  checkOptions(where, weights, ["kernel", "recurrentKernel", "bias"]);
  const [[C = 1], [H = 1]] = [kernel.shape, recurrentKernel.shape];
  expectShape(where, "recurrentKernel", recurrentKernel, [H, gates * H]);
  expectShape(where, "kernel", kernel, [C, gates * H]);
  return { H, ih: kernel.t(), hh: recurrentKernel.t(), bias };
}

function expectShape(where: string, name: string, tensor: Tensor, shape: readonly number[]): void {
  if (sameShape(tensor.shape, shape)) return;
  fail("ValueError", `${where} expected ${name} of shape ${listText(shape)}, got: ${listText(tensor.shape)}`);
}

/** Both directions of a layer have the same sizes, and either both biases or neither. */
function directionsAlike(where: string, directions: readonly DirectionWeights[]): readonly DirectionWeights[] {
  const text = ({ ih, hh, biases }: DirectionWeights) =>
    `${ih.dtype} kernel ${listText(ih.t().shape)}, recurrentKernel ${listText(hh.t().shape)}, ${biases ? "with" : "without"} bias`;
  const [forward, backward = forward] = directions.map(text);
  if (forward !== backward) fail("ValueError", `${where} expected backward with ${forward}, got: ${backward}`);
  return directions;
}
