/**
 * Keras's SimpleRNN, LSTM and GRU from the weights that `layer.get_weights()` gives, as tensors or as arrays. Keras
 * multiplies from the other side (`x @ kernel`), so its kernels are transposed; its GRU stands z r h instead of r z n.
 *
 * A GRU with reset_after=False, whose reset gate works before the product and not after, is a Recurrent, as is an LSTM with
 * peepholes. Not visible in weights, and therefore the caller's word: the activations. Keras before 2.3 and TensorFlow.js
 * have hard_sigmoid for gates, which the layers here have not.
 * Sources: https://keras.io/api/layers/recurrent_layers/lstm/, …/gru/, …/simple_rnn/; keras/src/layers/rnn/lstm.py, gru.py,
 * simple_rnn.py; of PeepholeLSTMCell tensorflow/python/keras/layers/recurrent.py of TensorFlow 2.21; of CuDNNLSTM and
 * CuDNNGRU keras/saving/legacy/hdf5_format.py of 2.12, preprocess_weights_for_loading
 */

import { checkOptions, fail, shown, typeName } from "../base/errors.js";
import { listText, sameShape } from "../base/shape.js";
import type { Cell } from "../device/cell.js";
import { isFloat } from "../device/value.js";
import type { GRU, LSTM, Recurrent, RNN } from "../nn/index.js";
import { cat } from "../tensor/combine.js";
import { tensor, zerosLike } from "../tensor/create.js";
import type { Nested } from "../tensor/read.js";
import { Tensor } from "../tensor/tensor.js";
import { type DirectionWeights, layerFrom } from "./gates.js";

/** One of Keras's weights: a tensor, or nested arrays of numbers. */
export type KerasWeight = Tensor | Nested;

/** The weights of one Keras layer, under Keras's names: `get_weights()` lists them in this order. G gates of H units. */
export interface KerasWeights {
  /** `[C, G·H]` */
  readonly kernel: KerasWeight;
  /** `[H, G·H]`, also under Keras's spelling */
  readonly recurrentKernel?: KerasWeight;
  /** `[H, G·H]` */
  readonly recurrent_kernel?: KerasWeight;
  /**
   * `[G·H]`; of a GRU `[2, 3·H]`, of the input and of the state; of CuDNNLSTM and CuDNNGRU `[2·G·H]`, by which their order
   * of the kernels is known; null or absent for use_bias=False
   */
  readonly bias?: KerasWeight | null;
}

/** The weights of one `RNN(PeepholeLSTMCell(H))`. */
export interface KerasPeepholeWeights extends KerasWeights {
  /** `input_gate_peephole_weights`, `forget_gate_peephole_weights`, `output_gate_peephole_weights`: `[H]` each. */
  readonly peepholes: readonly KerasWeight[];
}

/**
 * The same as `get_weights()` gives them: two or three, with peepholes five or six, or of a `Bidirectional` layer twice as
 * many.
 */
export type KerasList = readonly KerasWeight[];

/** Options of all. */
export interface KerasOptions {
  /** Keras's `activation`, which `layer.get_config()` has: only "tanh" has a counterpart, of a SimpleRNN also "relu". */
  activation: string;
  /** The weights of the backward layer of a `Bidirectional` with merge_mode="concat". */
  backward?: KerasWeights | KerasPeepholeWeights | KerasList;
  /** Default true: Keras's sequences are `[N, T, C]`. */
  batchFirst?: boolean;
}

/** Options of `fromKerasLSTM` and `fromKerasPeepholeLSTM`. */
export interface KerasLSTMOptions extends KerasOptions {
  /** Keras's `recurrent_activation`: only "sigmoid" has a counterpart. Before 2.3 and in TensorFlow.js: "hard_sigmoid". */
  recurrentActivation: string;
}

/** Options of `fromKerasGRU`. */
export interface KerasGRUOptions extends KerasLSTMOptions {
  /** Keras's reset_after. False must be said, and gives a Recurrent; of true a bias tells, and without bias it must be said. */
  resetAfter?: boolean;
}

/**
 * An `nn.RNN` of one layer from the weights of a Keras SimpleRNN. Keras has one bias, which becomes `bias_ih`; `bias_hh`
 * is 0.
 * @throws ValueError for shapes that are not those of one SimpleRNN, and for an activation that is none of nn.RNN's
 */
export function fromKerasSimpleRNN(weights: KerasWeights | KerasList, options: KerasOptions): RNN {
  const where = "fromKerasSimpleRNN()";
  checkOptions(where, options, known);
  checkActivations(where, options, { activation: ["tanh", "relu"] });
  const directions = both(where, weights, options, 1).map((one) => ({ ...one, biases: oneBias(where, one, 1) }));
  const { batchFirst = true, activation } = options;
  const nonlinearity = activation === "relu" ? "relu" : "tanh";
  return layerFrom("RNN", [0], directionsAlike(where, directions), { batchFirst, nonlinearity });
}

/**
 * An `nn.LSTM` of one layer from the weights of a Keras LSTM or CuDNNLSTM. Keras's LSTM has one bias, which becomes
 * `bias_ih`; `bias_hh` is 0.
 * @throws ValueError for shapes that are not those of one LSTM, and for activations that are none of nn.LSTM's
 */
export function fromKerasLSTM(weights: KerasWeights | KerasList, options: KerasLSTMOptions): LSTM {
  const where = "fromKerasLSTM()";
  checkOptions(where, options, [...known, "recurrentActivation"]);
  checkActivations(where, options, gated);
  const directions = both(where, weights, options, 4).map((one) => ({
    ...one,
    biases: one.isCuDNN ? halves(one) : oneBias(where, one, 4),
  }));
  const { batchFirst = true } = options;
  return layerFrom("LSTM", [0, 1, 2, 3], directionsAlike(where, directions), { batchFirst });
}

/**
 * An `nn.Recurrent` of `nn.recurrentCells.peepholeLSTM`, of one layer, from the weights of an RNN of a PeepholeLSTMCell, which
 * `tf.keras.experimental` and TensorFlow Addons had, and Keras 3 has not. Its one bias becomes `bias_ih`; `bias_hh` is 0.
 * @throws ValueError for shapes that are not those of one such layer, and for activations that are none of the cell's
 */
export function fromKerasPeepholeLSTM(
  weights: KerasPeepholeWeights | KerasList,
  options: KerasLSTMOptions,
): Recurrent<Cell<2>> {
  const where = "fromKerasPeepholeLSTM()";
  checkOptions(where, options, [...known, "recurrentActivation"]);
  checkActivations(where, options, gated);
  const isDouble = Array.isArray(weights) && (weights.length === 10 || weights.length === 12);
  if (isDouble && options.backward !== undefined) {
    fail("ValueError", `${where} expected 5 or 6 weights, got: ${weights.length} beside backward`);
  }
  const half = isDouble ? weights.length / 2 : 0;
  const second = isDouble ? weights.slice(half) : options.backward;
  const split = [isDouble ? weights.slice(0, half) : weights, ...(second === undefined ? [] : [second])].map((one) =>
    withoutPeepholes(where, one),
  );
  const [forward, backward] = split.map(({ plain }) => plain);
  const directions = both(where, forward, { ...options, ...(backward && { backward }) }, 4).map((one, d) => ({
    ...one,
    biases: oneBias(where, one, 4),
    own: split[d].own(one),
  }));
  const { batchFirst = true } = options;
  return layerFrom("peepholeLSTM", [0, 1, 2, 3], directionsAlike(where, directions), { batchFirst });
}

/**
 * An `nn.GRU` of one layer from the weights of a Keras GRU with reset_after=True, its default, or of a CuDNNGRU. With
 * reset_after=False, as all had it before TensorFlow 2, an `nn.Recurrent` of `nn.recurrentCells.gruResetBefore`, whose
 * `bias_hh` is 0.
 * @throws ValueError for shapes that are not those of one such GRU, and for activations that are none of nn.GRU's
 */
export function fromKerasGRU(
  weights: KerasWeights | KerasList,
  options: KerasGRUOptions & { resetAfter: false },
): Recurrent<Cell<1>>;
export function fromKerasGRU(weights: KerasWeights | KerasList, options: KerasGRUOptions & { resetAfter?: true }): GRU;
export function fromKerasGRU(weights: KerasWeights | KerasList, options: KerasGRUOptions): GRU | Recurrent<Cell<1>>;
export function fromKerasGRU(weights: KerasWeights | KerasList, options: KerasGRUOptions): GRU | Recurrent<Cell<1>> {
  const where = "fromKerasGRU()";
  checkOptions(where, options, [...known, "recurrentActivation", "resetAfter"]);
  checkActivations(where, options, gated);
  const { resetAfter, batchFirst = true } = options;
  if (resetAfter !== undefined && typeof resetAfter !== "boolean") {
    fail("TypeError", `${where} expected resetAfter as a boolean, got: ${typeName(resetAfter)}`);
  }
  const directions = both(where, weights, options, 3).map((one) => {
    const { H, bias } = one;
    if (resetAfter === false) return { ...one, biases: oneBias(where, one, 3) };
    if (resetAfter === undefined && bias !== null && sameShape(bias.shape, [3 * H])) {
      const came = `a bias of shape ${listText(bias.shape)}, as reset_after=False has it`;
      fail("ValueError", `${where} expected { resetAfter: false }, which gives an nn.Recurrent, beside ${came}`);
    }
    if (bias === null) {
      if (resetAfter === true) return { ...one, biases: null };
      fail("ValueError", `${where} cannot see reset_after in a GRU without bias: say { resetAfter: true } or false`);
    }
    if (one.isCuDNN) return { ...one, biases: halves(one) };
    expectShape(where, "bias", bias, [2, 3 * H]);
    return { ...one, biases: [bias.select(0, 0), bias.select(0, 1)] as const };
  });
  const kind = resetAfter === false ? "gruResetBefore" : "GRU";
  return layerFrom(kind, [1, 0, 2], directionsAlike(where, directions), { batchFirst });
}

/** Options of all. */
const known = ["activation", "backward", "batchFirst"];

/** What layers with gates can have. */
const gated = { activation: ["tanh"], recurrentActivation: ["sigmoid"] };

/** Activations are asked for, since no weight shows them, and what has no counterpart is refused. */
function checkActivations(
  where: string,
  given: object | undefined,
  allowed: Readonly<Record<string, readonly string[]>>,
): void {
  for (const [name, choices] of Object.entries(allowed)) {
    const came = (given as Record<string, unknown> | undefined)?.[name];
    const expected = choices.map((choice) => `{ ${name}: "${choice}" }`).join(" or ");
    if (came === undefined) {
      fail("ValueError", `${where} cannot see ${name} in weights: say ${expected} if layer.get_config() has that`);
    }
    if (!choices.includes(came as string)) {
      fail("ValueError", `${where} expected ${expected}: PyTorch's layer has no other, got: ${shown(came)}`);
    }
  }
}

/** One direction as PyTorch shapes it. */
interface Direction extends Omit<DirectionWeights, "biases"> {
  readonly H: number;
  readonly bias: Tensor | null;
  readonly isCuDNN: boolean;
}

/** Keras's one bias, and zeros. */
function oneBias(where: string, { H, bias }: Direction, gates: number): readonly [Tensor, Tensor] | null {
  if (bias === null) return null;
  expectShape(where, "bias", bias, [gates * H]);
  return [bias, zerosLike(bias)];
}

/** The two biases of a CuDNN layer. */
function halves({ bias }: Direction): readonly [Tensor, Tensor] {
  const [ih, hh] = (bias as Tensor).chunk(2);
  return [ih, hh];
}

/** What the weights of one direction are without its peepholes, and what makes these the cell's own. */
function withoutPeepholes(where: string, weights: KerasWeights | KerasPeepholeWeights | KerasList) {
  const isList = Array.isArray(weights);
  if (isList && weights.length !== 5 && weights.length !== 6) {
    fail("ValueError", `${where} expected 5 or 6 weights, or of two directions 10 or 12, got: ${weights.length}`);
  }
  if (typeof weights !== "object" || weights === null) {
    fail("TypeError", `${where} expected { kernel, recurrentKernel, bias, peepholes }, got: ${typeName(weights)}`);
  }
  const { peepholes, ...named } = isList ? { peepholes: weights.slice(-3) } : (weights as KerasPeepholeWeights);
  if (!Array.isArray(peepholes) || peepholes.length !== 3) {
    fail("ValueError", `${where} expected peepholes as a list of 3, of the gates i, f and o, got: ${shown(peepholes)}`);
  }
  return {
    plain: isList ? weights.slice(0, -3) : (named as KerasWeights),
    own: ({ H, ih }: Direction) =>
      Object.fromEntries(
        ["weight_ci", "weight_cf", "weight_co"].map((stem, i) => {
          const one = floats(where, `peepholes[${i}]`, peepholes[i]);
          expectShape(where, `peepholes[${i}]`, one, [H]);
          if (one.dtype === ih.dtype) return [stem, one];
          const came = `${ih.dtype} like kernel, got: ${one.dtype}`;
          return fail("ValueError", `${where} expected peepholes[${i}] as ${came}`);
        }),
      ),
  };
}

/** The directions that are given: one, or the forward one and the backward one. */
function both(where: string, weights: KerasWeights | KerasList, { backward }: KerasOptions, gates: number) {
  const isDouble = Array.isArray(weights) && weights.length > 3;
  if (isDouble && (weights.length % 2 !== 0 || weights.length > 6 || backward !== undefined)) {
    fail("ValueError", `${where} expected 2 or 3 weights, or of two directions 4 or 6, got: ${weights.length}`);
  }
  const half = isDouble ? weights.length / 2 : 0;
  const second = isDouble ? weights.slice(half) : backward;
  const directions = [isDouble ? weights.slice(0, half) : weights, ...(second === undefined ? [] : [second])];
  return directions.map((one) => checked(where, one, gates));
}

/** The weights of one direction with PyTorch's shapes, and H. */
function checked(where: string, weights: KerasWeights | KerasList, gates: number): Direction {
  if (typeof weights !== "object" || weights === null) {
    fail("TypeError", `${where} expected { kernel, recurrentKernel, bias }, got: ${typeName(weights)}`);
  }
  const isList = Array.isArray(weights);
  if (isList && weights.length !== 2 && weights.length !== 3) {
    fail("ValueError", `${where} expected 2 or 3 weights, or of two directions 4 or 6, got: ${weights.length}`);
  }
  const named = (
    isList ? { kernel: weights[0], recurrentKernel: weights[1], bias: weights[2] } : weights
  ) as KerasWeights;
  checkOptions(where, named, ["kernel", "recurrentKernel", "recurrent_kernel", "bias"]);
  const given = { kernel: named.kernel, recurrentKernel: named.recurrentKernel ?? named.recurrent_kernel };
  const [kernel, recurrentKernel] = Object.entries(given).map(([name, one]) => floats(where, name, one));
  const bias = named.bias === undefined || named.bias === null ? null : floats(where, "bias", named.bias);
  for (const [name, one] of Object.entries({ recurrentKernel, ...(bias !== null && { bias }) })) {
    if (one.dtype !== kernel.dtype) {
      fail("ValueError", `${where} expected ${name} as ${kernel.dtype} like kernel, got: ${one.dtype}`);
    }
  }
  const [[C = 1], [H = 1]] = [kernel.shape, recurrentKernel.shape];
  expectShape(where, "recurrentKernel", recurrentKernel, [H, gates * H]);
  expectShape(where, "kernel", kernel, [C, gates * H]);
  const isCuDNN = gates > 1 && bias !== null && sameShape(bias.shape, [2 * gates * H]);
  if (!isCuDNN) return { H, ih: kernel.t(), hh: recurrentKernel.t(), bias, isCuDNN };
  // cuDNN has every gate's matrix as PyTorch has it, in memory that Keras gives the shape of its own.
  const asItLies = (matrix: Tensor, columns: number) =>
    cat(matrix.chunk(gates, 1).map((gate) => gate.reshape([H, columns])));
  return { H, ih: asItLies(kernel, C), hh: asItLies(recurrentKernel, H), bias, isCuDNN };
}

/** Numbers as a tensor. */
function floats(where: string, name: string, given: unknown): Tensor {
  const one = Array.isArray(given) ? tensor(given as Nested) : given;
  if (one instanceof Tensor && isFloat(one.dtype)) return one;
  const came = one instanceof Tensor ? one.dtype : typeName(one);
  return fail("TypeError", `${where} expected ${name} to be a float Tensor, or arrays of numbers, got: ${came}`);
}

function expectShape(where: string, name: string, one: Tensor, shape: readonly number[]): void {
  if (sameShape(one.shape, shape)) return;
  fail("ValueError", `${where} expected ${name} of shape ${listText(shape)}, got: ${listText(one.shape)}`);
}

/** Both directions of a layer have the same sizes, and either both biases or neither. */
function directionsAlike(where: string, directions: readonly DirectionWeights[]): readonly DirectionWeights[] {
  const text = ({ ih, hh, biases }: DirectionWeights) =>
    `${ih.dtype} kernel ${listText(ih.t().shape)}, recurrentKernel ${listText(hh.t().shape)}, ${biases ? "with" : "without"} bias`;
  const [forward, backward = forward] = directions.map(text);
  if (forward !== backward) fail("ValueError", `${where} expected backward with ${forward}, got: ${backward}`);
  return directions;
}
