/**
 * What RNN, LSTM and GRU have in common: options, parameters under PyTorch's names, and the loops over layers and
 * directions. Time is the device's affair, the form of the input that of forms.ts.
 *
 * S = numLayers·D states, D directions; the state of layer k and direction d is number k·D + d.
 * Source: https://docs.pytorch.org/docs/stable/generated/torch.nn.RNNBase.html
 */

import { checkOptions, fail, shown, typed, typeName } from "../../base/errors.js";
import { cells, type Mode } from "../../device/cells/index.js";
import type { Stack, Weights } from "../../device/device.js";
import { type Plan, planOf, type Sizes, type WeightName, weightsOf } from "../../device/parameters.js";
import type { FloatDType } from "../../device/value.js";
import { openStream, type Stream, type StreamOptions } from "../../stream/stream.js";
import { Tensor } from "../../tensor/tensor.js";
import { checkSameDType } from "../checks.js";
import { dropout } from "../functional/index.js";
import { Module, type Parameter, pythonFloat } from "../module.js";
import { blank, checkParameter, checkShape, drawParameters, runLayer, runStack, warnOfDropout } from "./directions.js";
import { blanks, checkForm, checkStates, formOf, joined, listHx, parts, restored } from "./forms.js";
import type { Lengths } from "./layout.js";
import type { PackedSequence } from "./packed.js";
import { stackOf } from "./stream.js";

/** Options of every recurrent layer. */
export interface RNNBaseOptions {
  /** How many layers are stacked, each reading the one below. Default 1. */
  numLayers?: number;
  /** Whether the gates have biases. Default true. */
  bias?: boolean;
  /** Whether batched input and output are `[N, T, …]` instead of `[T, N, …]`; states never are. Default false. */
  batchFirst?: boolean;
  /** The probability that an output of every layer but the last is zeroed in training. Default 0. */
  dropout?: number;
  /** Whether a second direction reads the sequence from its end. Default false. */
  bidirectional?: boolean;
  /** Default float32. */
  dtype?: FloatDType;
}

/** The option that only an LSTM has. */
export interface ProjectionOptions {
  /** The size to which each layer's output is projected; 0 for none. Default 0. */
  projSize?: number;
}

/** The names of the options. */
export const layerOptions = [
  "numLayers",
  "bias",
  "batchFirst",
  "dropout",
  "bidirectional",
  "dtype",
  "projSize",
] as const satisfies (keyof (RNNBaseOptions & ProjectionOptions))[];

const noWeight = (came: string, name: string, element: number): string =>
  `expected Tensor as element ${element} in argument 2, but got ${came}: ${name}`;

function checkDropout(dropout: unknown, numLayers: number): void {
  if (!["number", "boolean", "string", "bigint"].includes(typeof dropout) && !(dropout instanceof Tensor)) {
    fail("TypeError", `float() argument must be a string or a real number, not '${typeName(dropout)}'`);
  }
  if (typeof dropout === "string" && (dropout.trim() === "" || Number.isNaN(Number(dropout)))) {
    fail("ValueError", `could not convert string to float: '${dropout}'`);
  }
  if (typeof dropout !== "number" || !(dropout >= 0 && dropout <= 1)) {
    fail(
      "ValueError",
      "dropout should be a number in range [0, 1] representing the probability of an element being zeroed",
    );
  }
  warnOfDropout(dropout, numLayers);
}

/** What `forward` takes beside input and initial state. */
export interface ForwardOptions {
  /**
   * The number of real steps of each sequence of a padded batch, 0 … T, in any order. The output is 0 behind them, the
   * final states are those after each sequence's own last step, and the reverse direction begins there.
   */
  lengths?: Lengths | null;
}

/**
 * The base of `RNN`, `LSTM` and `GRU`: parameters, their names, order, shapes and initial values. It has no forward.
 *
 * Source: https://docs.pytorch.org/docs/stable/generated/torch.nn.RNNBase.html
 */
export class RNNBase extends Module {
  static override name = "RNNBase";

  /** Which cell runs: "RNN_TANH", "RNN_RELU", "LSTM" or "GRU". */
  readonly mode: Mode;
  /** Features of a step, C. */
  readonly inputSize: number;
  /** Units, H. */
  readonly hiddenSize: number;
  /** How many layers are stacked. */
  readonly numLayers: number;
  /** Whether the gates have biases. */
  readonly bias: boolean;
  /** Whether batched input and output are `[N, T, …]`. */
  readonly batchFirst: boolean;
  /** May be changed at any time; read at each forward. */
  dropout: number;
  /** Whether a second direction reads the sequence from its end: D is 2. */
  readonly bidirectional: boolean;
  /** The size of the projection P; 0 for none. */
  readonly projSize: number;
  /** @internal Set where the one direction reads the sequence from its end, as a node of ONNX may; PyTorch's never does. */
  declare reverse?: true;
  /** `weight_ih_l{k}` [G·H, C], `weight_hh_l{k}` [G·H, P], `bias_ih_l{k}`, `bias_hh_l{k}` [G·H], `weight_hr_l{k}` [P, H]; `_reverse`. */
  [name: WeightName]: Parameter;
  private readonly plan: Plan;
  /** `[G·H, C]`: named, like the next, because every layer has it. */
  declare weight_ih_l0: Parameter;
  /** `[G·H, P]` */
  declare weight_hh_l0: Parameter;

  /**
   * @param mode 'RNN_TANH', 'RNN_RELU', 'LSTM' or 'GRU'
   * @param inputSize features of a step, C
   * @param hiddenSize units, H
   */
  constructor(mode: Mode, inputSize: number, hiddenSize: number, options: RNNBaseOptions & ProjectionOptions = {}) {
    super();
    checkOptions("RNNBase.__init__()", options, layerOptions);
    const {
      numLayers = 1,
      bias = true,
      batchFirst = false,
      dropout = 0,
      bidirectional = false,
      projSize = 0,
    } = options;
    if (mode !== "LSTM" && "projSize" in options) {
      fail("ValueError", "proj_size argument is only supported for LSTM, not RNN or GRU");
    }
    checkDropout(dropout, numLayers);
    typed("bias", bias, "bool");
    typed("batch_first", batchFirst, "bool");
    typed("input_size", inputSize, "int");
    if (inputSize <= 0) fail("ValueError", "input_size must be greater than zero");
    typed("hidden_size", hiddenSize, "int");
    if (hiddenSize <= 0) fail("ValueError", "hidden_size must be greater than zero");
    if (typeof numLayers === "number" && numLayers <= 0) fail("ValueError", "num_layers must be greater than zero");
    typed("proj_size", projSize, "int");
    if (projSize < 0) fail("ValueError", "proj_size should be a positive integer or zero to disable projections");
    if (projSize >= hiddenSize) fail("ValueError", "proj_size has to be smaller than hidden_size");
    if (typeof mode !== "string" || !Object.hasOwn(cells, mode))
      fail("ValueError", `Unrecognized RNN mode: ${shown(mode)}`);
    if (!Number.isInteger(numLayers)) {
      fail("TypeError", `'${typeName(numLayers)}' object cannot be interpreted as an integer`);
    }
    typed("bidirectional", bidirectional, "bool");

    this.mode = mode;
    this.inputSize = inputSize;
    this.hiddenSize = hiddenSize;
    this.numLayers = numLayers;
    this.bias = bias;
    this.batchFirst = batchFirst;
    this.dropout = dropout;
    this.bidirectional = bidirectional;
    this.projSize = projSize;
    this.plan = planOf(this.sizes);
    for (const { name, shape } of this.plan.parameters.flat()) {
      this[name as WeightName] = blank(shape, options.dtype);
    }
    this.resetParameters();
  }

  private get sizes(): Sizes {
    const { mode, inputSize, hiddenSize, projSize, numLayers, bidirectional, bias } = this;
    return { gates: cells[mode].gates, inputSize, hiddenSize, projSize, numLayers, bidirectional, bias };
  }

  /** The parameters of each layer and direction: `[w_ih, w_hh(, b_ih, b_hh)(, w_hr)]`. */
  get allWeights(): Parameter[][] {
    return this.plan.parameters.map((list) => list.map(({ name }) => this[name as WeightName]));
  }

  /** Draws every parameter from U(−k, k), k = 1/√hiddenSize. */
  resetParameters(): void {
    drawParameters(this, this.hiddenSize);
  }

  /** For code written for PyTorch, where it lays out memory for cuDNN: here the device does what there is to do by itself. */
  flattenParameters(): void {}

  /**
   * The layer at work on a signal that never ends, one step at a time: without gradients, dropout and allocation, and
   * with the weights as they are now, until `refresh()`.
   * @param options `batch`: how many sequences side by side, 1 by default. `batchFirst` plays no part: a step has no time.
   * @throws ValueError for a bidirectional layer, which would have to know the future; RuntimeError unless float32
   */
  stream(options?: StreamOptions): Stream {
    const where = `${this.constructor.name}.stream()`;
    return openStream(where, [this.stack(where)], options);
  }

  /** @internal The layer as a stage of a stream. */
  protected stack(where: string): Stack {
    if (this.bidirectional || this.reverse) {
      const came = this.reverse ? "reverse" : "bidirectional";
      fail("ValueError", `${where} expected a layer of one direction, got ${came}=true, which needs the future`);
    }
    const { mode, numLayers, inputSize, hiddenSize, projSize } = this;
    const sizes = { cell: cells[mode], numLayers, inputSize, hiddenSize, outputSize: projSize || hiddenSize };
    return stackOf(where, sizes, () => this.checkedWeights());
  }

  /** The parameters of each layer and direction by what they do, each checked to be what the options ask for. */
  private checkedWeights(): Weights<Tensor>[] {
    // Options are to be read only, but JavaScript may have changed them.
    const { parameters } = planOf(this.sizes, this.plan);
    if (parameters !== this.plan.parameters && parameters.flat().length !== this.plan.parameters.flat().length) {
      fail("RuntimeError", "got an incorrect number of RNN parameters");
    }
    let element = 0;
    const { dtype } = this;
    return parameters.map((list) =>
      weightsOf(list, ({ name, shape }) => this.checked(name as WeightName, shape, dtype, element++)),
    );
  }

  private checked(name: WeightName, shape: readonly number[], dtype: FloatDType, element: number): Tensor {
    const weight: unknown = this[name];
    checkParameter(weight, name, (came) => noWeight(came, name, element));
    checkShape(this.mode, name, weight, shape);
    checkSameDType(dtype, weight.dtype);
    return weight;
  }

  /** The dtype that input and states must have: that of the first weight. */
  private get dtype(): FloatDType {
    const weight: unknown = this.weight_ih_l0;
    if (weight instanceof Tensor) return weight.dtype as FloatDType;
    return fail("TypeError", noWeight(typeName(weight), "weight_ih_l0", 0));
  }

  /**
   * @internal
   * Checks, in PyTorch's order, runs and shapes: the body of every forward. `hx` is as the caller gave it; the final
   * states come as a list, of one for RNN and GRU.
   */
  protected call(
    input: Tensor | PackedSequence,
    hx: Tensor | readonly Tensor[] | null,
    options: ForwardOptions,
  ): [Tensor | PackedSequence, Tensor[]] {
    const { name } = this.constructor;
    checkOptions(`${name}.forward()`, options, ["lengths"]);
    const { mode, inputSize, hiddenSize: H, batchFirst } = this;
    const lengths = options.lengths ?? null;
    checkForm(input, lengths, mode, name);
    const given = listHx("lstm", mode, hx);
    const { dtype } = this;
    const form = formOf(input, given, lengths, { name, inputSize, dtype, batchFirst });
    const S = this.numLayers * (this.bidirectional ? 2 : 1);
    const P = this.projSize || H;
    const widths = Array.from({ length: cells[mode].states }, (_, s) => (s === 0 ? P : H));
    if (given !== null) checkStates(given, S, widths, form);
    const weights = this.checkedWeights();
    if (form.T === 0) fail("RuntimeError", "Expected sequence length to be larger than 0 in RNN");
    for (const state of given ?? []) checkSameDType(state.dtype, dtype);
    const initial =
      given?.map((state) => parts(state, S, form)) ?? widths.map((width) => blanks(S, width, dtype, form));
    const [output, final] = this.run(weights, form.rows, form.steps, initial);
    return [restored(output, form), final.map((states) => joined(states, form))];
  }

  /**
   * Runs every layer and direction over packed rows.
   * @param weights those of each layer and direction
   * @param rows `[R, C]`
   * @param steps how many sequences are alive at each time
   * @param initial of each state its S parts `[N, P or H]`
   * @returns the output rows `[R, D·P]` and the final states, in parts like the initial ones
   */
  private run(
    weights: readonly Weights<Tensor>[],
    rows: Tensor,
    steps: readonly number[],
    initial: readonly (readonly Tensor[])[],
  ): [Tensor, Tensor[][]] {
    const D = this.bidirectional ? 2 : 1;
    return runStack(
      this.numLayers,
      D,
      rows,
      initial,
      (layer, rows, begin) => {
        const directions = begin.map((initial, d) => ({ initial, weights: weights[layer * D + d] }));
        return runLayer(cells[this.mode], steps, rows, directions, this.reverse);
      },
      (output, layer) => (layer < this.numLayers - 1 ? this.dropped(output) : output),
    );
  }

  private dropped(rows: Tensor): Tensor {
    if (!this.training || this.dropout === 0) return rows;
    if (typeof this.dropout !== "number" || !(this.dropout >= 0 && this.dropout <= 1)) {
      fail("RuntimeError", `dropout probability has to be between 0 and 1, but got ${shown(this.dropout)}`);
    }
    return dropout(rows, this.dropout);
  }

  protected override extraRepr(): string {
    return [
      `${this.inputSize}, ${this.hiddenSize}`,
      ...(this.projSize !== 0 ? [`proj_size=${this.projSize}`] : []),
      ...(this.numLayers !== 1 ? [`num_layers=${this.numLayers}`] : []),
      ...(this.bias ? [] : ["bias=False"]),
      ...(this.batchFirst ? ["batch_first=True"] : []),
      ...(this.dropout !== 0 ? [`dropout=${pythonFloat(this.dropout)}`] : []),
      ...(this.bidirectional ? ["bidirectional=True"] : []),
      ...(this.reverse ? ["reverse=True"] : []),
    ].join(", ");
  }
}
