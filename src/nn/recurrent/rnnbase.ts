/**
 * What RNN, LSTM and GRU have in common: options, parameters under PyTorch's names, and the loops over layers and
 * directions. Time is the device's affair.
 *
 * S = numLayers·D states, D directions; the state of layer k and direction d is number k·D + d.
 * Source: https://docs.pytorch.org/docs/stable/generated/torch.nn.RNNBase.html
 */

import { checkOptions, fail, shown, typed, typeName, warn } from "../../base/errors.js";
import { listText, sameShape } from "../../base/shape.js";
import { cells, type Mode, type Weights } from "../../device/device.js";
import { type FloatDType, isFloat, scalarName } from "../../device/value.js";
import type { Stream, StreamOptions } from "../../stream/stream.js";
import { isGradEnabled } from "../../tensor/autograd.js";
import { cat, stack } from "../../tensor/combine.js";
import { zeros } from "../../tensor/create.js";
import { recurrent } from "../../tensor/ops/recurrent.js";
import { apply, Tensor } from "../../tensor/tensor.js";
import { dropout } from "../functional/index.js";
import { uniform_ } from "../init.js";
import { Module, Parameter, pythonFloat } from "../module.js";
import { openStream } from "./stream.js";

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
  if (dropout > 0 && numLayers === 1) {
    warn(
      `dropout option adds dropout after all but last recurrent layer, so non-zero dropout expects num_layers greater than 1, but got dropout=${dropout} and num_layers=1`,
    );
  }
}

type WeightName = `${"weight_ih" | "weight_hh" | "weight_hr" | "bias_ih" | "bias_hh"}_l${string}`;

/**
 * The base of `RNN`, `LSTM` and `GRU`: parameters, their names, order, shapes and initial values. It has no forward.
 *
 * Source: https://docs.pytorch.org/docs/stable/generated/torch.nn.RNNBase.html
 */
export class RNNBase extends Module {
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
  /** `weight_ih_l{k}` [G·H, C], `weight_hh_l{k}` [G·H, P], `bias_ih_l{k}`, `bias_hh_l{k}` [G·H], `weight_hr_l{k}` [P, H]; `_reverse`. */
  [name: WeightName]: Parameter;
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
    const dtype = options.dtype ?? "float32";
    if (!isFloat(dtype)) {
      fail("RuntimeError", "Only Tensors of floating point and complex dtype can require gradients");
    }
    for (const [name, shape] of this.weightShapes().flat()) this[name] = new Parameter(zeros(shape, { dtype }));
    this.resetParameters();
  }

  /** @internal Directions. */
  protected get D(): number {
    return this.bidirectional ? 2 : 1;
  }

  /** @internal The size of the output of one direction: the projection's, or H. */
  protected get P(): number {
    return this.projSize > 0 ? this.projSize : this.hiddenSize;
  }

  /** For each layer and direction the names of its parameters, in PyTorch's order, and their shapes. */
  private weightShapes(): [name: WeightName, shape: number[]][][] {
    const { hiddenSize: H, P, D } = this;
    const GH = cells[this.mode].gates * H;
    return Array.from({ length: this.numLayers * D }, (_, s) => {
      const layer = Math.floor(s / D);
      const suffix = `l${layer}${s % D === 1 ? "_reverse" : ""}` as const;
      const C = layer === 0 ? this.inputSize : D * P;
      const list: [WeightName, number[]][] = [
        [`weight_ih_${suffix}`, [GH, C]],
        [`weight_hh_${suffix}`, [GH, P]],
      ];
      if (this.bias) list.push([`bias_ih_${suffix}`, [GH]], [`bias_hh_${suffix}`, [GH]]);
      if (this.projSize > 0) list.push([`weight_hr_${suffix}`, [P, H]]);
      return list;
    });
  }

  /** The parameters of each layer and direction: `[w_ih, w_hh(, b_ih, b_hh)(, w_hr)]`. */
  get allWeights(): Parameter[][] {
    return this.weightShapes().map((list) => list.map(([name]) => this[name]));
  }

  /** Draws every parameter from U(−k, k), k = 1/√hiddenSize. */
  resetParameters(): void {
    const k = this.hiddenSize > 0 ? 1 / Math.sqrt(this.hiddenSize) : 0;
    for (const parameter of this.parameters()) uniform_(parameter, -k, k);
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
    if (this.bidirectional) {
      fail("ValueError", `${where} expected a layer of one direction, got bidirectional=true, which needs the future`);
    }
    const { mode, numLayers, inputSize, hiddenSize, P: outputSize } = this;
    return openStream(where, { mode, numLayers, inputSize, hiddenSize, outputSize }, options, () =>
      this.checkedWeights().map((list) => this.named(list)),
    );
  }

  /** The parameters of one layer and direction by what they do. */
  private named([ih, hh, ...rest]: Parameter[]): Weights<Parameter> {
    const [biasIh, biasHh] = this.bias ? rest : [null, null];
    return { ih, hh, biasIh, biasHh, hr: this.projSize > 0 ? rest[rest.length - 1] : null };
  }

  /** @internal The parameters of each layer and direction, each checked to be what the options ask for. */
  protected checkedWeights(): Parameter[][] {
    const shapes = this.weightShapes();
    const present = this.fields().filter(([name]) => /^(weight|bias)_(ih|hh|hr)_l\d/.test(name)).length;
    if (present > shapes.flat().length) fail("RuntimeError", "got an incorrect number of RNN parameters");
    let element = 0;
    return shapes.map((list) =>
      list.map(([name, shape]) => {
        const weight: unknown = this[name];
        if (!(weight instanceof Tensor)) {
          fail(
            "TypeError",
            `expected Tensor as element ${element} in argument 2, but got ${typeName(weight)}: ${name}`,
          );
        }
        element++;
        if (!(weight instanceof Parameter)) {
          fail("TypeError", `cannot assign 'Tensor' as parameter '${name}' (torch.nn.Parameter or None expected)`);
        }
        if (!sameShape(weight.value.shape, shape)) {
          fail(
            "RuntimeError",
            `${this.mode}: Expected ${name} of size ${listText(shape)}, got ${listText(weight.shape)}`,
          );
        }
        if (weight.dtype !== this.dtype) {
          fail(
            "RuntimeError",
            `mat1 and mat2 must have the same dtype, but got ${scalarName(this.dtype)} and ${scalarName(weight.dtype)}`,
          );
        }
        return weight;
      }),
    );
  }

  /** @internal The dtype that input and states must have: that of the first weight. */
  protected get dtype(): FloatDType {
    if (!(this.weight_ih_l0 instanceof Tensor)) this.checkedWeights();
    return this.weight_ih_l0.dtype as FloatDType;
  }

  /**
   * Runs every layer and direction over packed rows.
   * @internal
   * @param weights what `checkedWeights` gave
   * @param rows `[R, C]`
   * @param steps how many sequences are alive at each time
   * @param initial each state `[S, N, P or H]`
   * @returns the output rows `[R, D·P]` and the final states
   */
  protected run(
    weights: readonly Parameter[][],
    rows: Tensor,
    steps: readonly number[],
    initial: readonly Tensor[],
  ): [Tensor, Tensor[]] {
    const { D } = this;
    const inputs = [rows, ...initial, ...weights.flat()];
    const keep = isGradEnabled() && inputs.some((tensor) => tensor.requiresGrad);
    const finals: Tensor[][] = initial.map(() => []);
    let sequence = rows;
    for (let layer = 0; layer < this.numLayers; layer++) {
      const outputs: Tensor[] = [];
      for (let direction = 0; direction < D; direction++) {
        const s = layer * D + direction;
        const [h, c = null] = initial.map((state) => state.select(0, s));
        const { ih, hh, biasIh, biasHh, hr } = this.named(weights[s]);
        const how = { mode: this.mode, steps, reverse: direction === 1, keep };
        const [output, ...final] = apply(recurrent, how, sequence, h, c, ih, hh, biasIh, biasHh, hr);
        outputs.push(output);
        final.forEach((state, i) => {
          finals[i].push(state);
        });
      }
      sequence = D === 1 ? outputs[0] : cat(outputs, 1);
      if (layer < this.numLayers - 1) sequence = this.dropped(sequence);
    }
    return [sequence, finals.map((states) => stack(states))];
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
    ].join(", ");
  }
}
