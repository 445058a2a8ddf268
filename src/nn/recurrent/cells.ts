/**
 * RNNCell, LSTMCell and GRUCell: one step of a recurrent layer, the same equations with T = 1.
 * Sources: https://docs.pytorch.org/docs/stable/generated/torch.nn.LSTMCell.html, …RNNCell.html, …GRUCell.html
 */

import { checkOptions, fail, mistyped, shown, typed } from "../../base/errors.js";
import { listText, sameShape } from "../../base/shape.js";
import { cells, type Mode } from "../../device/cells/index.js";
import type { Stage, Weights } from "../../device/device.js";
import { type Plan, planOf, type Sizes, weightsOf } from "../../device/parameters.js";
import { type FloatDType, fresh } from "../../device/value.js";
import { openStream, type Stream, type StreamOptions } from "../../stream/stream.js";
import { Tensor } from "../../tensor/tensor.js";
import { checkSameDType } from "../checks.js";
import { Module, type Parameter } from "../module.js";
import { blank, checkParameter, drawParameters, runLayer } from "./directions.js";
import { listHx } from "./forms.js";
import type { LSTMState } from "./rnn.js";
import { stackOf } from "./stream.js";

/** Options of every cell. */
export interface CellOptions {
  /** Whether the gates have biases. Default true. */
  bias?: boolean;
  /** Default float32. */
  dtype?: FloatDType;
}

type CellWeight = "weight_ih" | "weight_hh" | "bias_ih" | "bias_hh";

/** What the cells have in common: parameters and their checks. */
export class RNNCellBase extends Module {
  static override name = "RNNCellBase";

  /** Features of a step, C. */
  readonly inputSize: number;
  /** Units, H. */
  readonly hiddenSize: number;
  /** Whether the gates have biases. */
  readonly bias: boolean;
  private readonly plan: Plan;
  /** `[G·H, C]` */
  declare weight_ih: Parameter;
  /** `[G·H, H]` */
  declare weight_hh: Parameter;
  /** `[G·H]`, or null */
  declare bias_ih: Parameter | null;
  /** `[G·H]`, or null */
  declare bias_hh: Parameter | null;

  /** @param numChunks how many gates: 1 for RNN, 4 for LSTM, 3 for GRU */
  constructor(inputSize: number, hiddenSize: number, bias: boolean, numChunks: number, dtype: FloatDType = "float32") {
    super();
    typed("input_size", inputSize, "int");
    typed("hidden_size", hiddenSize, "int");
    typed("num_chunks", numChunks, "int");
    typed("bias", bias, "bool");
    this.inputSize = inputSize;
    this.hiddenSize = hiddenSize;
    this.bias = bias;
    this.plan = planOf(this.sizes(numChunks));
    for (const { name, shape } of this.plan.parameters[0]) {
      const parameter = bias || shape.length > 1 ? blank(shape, dtype) : null;
      Object.assign(this, { [name]: parameter });
    }
    this.resetParameters();
  }

  /** Draws every parameter from U(−k, k), k = 1/√hiddenSize. */
  resetParameters(): void {
    drawParameters(this, this.hiddenSize);
  }

  /** Those of all parameters: biases, too, which may be null one by one. */
  private sizes(gates: number): Sizes {
    const { inputSize, hiddenSize } = this;
    return { gates, inputSize, hiddenSize, projSize: 0, numLayers: null, bidirectional: false, bias: true };
  }

  /** @internal Checks everything, in PyTorch's order, and computes the next states. `hx` is as the caller gave it. */
  protected step(mode: Mode, input: Tensor, hx: Tensor | readonly Tensor[] | null): Tensor[] {
    const name = this.constructor.name;
    if (!(input instanceof Tensor)) mistyped(`${name}: Expected input to be a Tensor`, input);
    if (input.ndim !== 1 && input.ndim !== 2) {
      fail("ValueError", `${name}: Expected input to be 1D or 2D, got ${input.ndim}D instead`);
    }
    const states = listHx("lstm_cell", mode, hx);
    states?.forEach((state, i) => {
      if (state.ndim === 1 || state.ndim === 2) return;
      const label = mode === "LSTM" ? `hx[${i}]` : "hidden";
      fail("ValueError", `${name}: Expected ${label} to be 1D or 2D, got ${state.ndim}D instead`);
    });
    const batched = input.ndim === 2;
    const x = batched ? input : input.unsqueeze(0);
    const given = states?.map((state) => (batched ? state : state.unsqueeze(0))) ?? [];
    const { inputSize: C, hiddenSize: H } = this;
    const cell = cells[mode];
    const N = x.size(0);
    let weights = mode.startsWith("RNN") ? this.weights(mode) : null;
    if (x.size(1) !== C) fail("RuntimeError", `input has inconsistent input_size: got ${x.size(1)} expected ${C}`);
    if (mode === "LSTM") weights = this.weights(mode);
    given.forEach((state, i) => {
      if (state.size(0) !== N) {
        fail("RuntimeError", `Input batch size ${N} doesn't match hidden${i} batch size ${state.size(0)}`);
      }
      if (state.size(1) !== H) {
        fail("RuntimeError", `hidden${i} has inconsistent hidden_size: got ${state.size(1)}, expected ${H}`);
      }
      if (state.ndim !== 2) fail("RuntimeError", "For unbatched 1-D input, hx should also be 1-D but got 2-D tensor");
    });
    weights ??= this.weights(mode);
    const { dtype } = weights.ih;
    // One tensor for all, since nobody writes into it.
    const initial = states === null ? new Array<Tensor>(cell.states).fill(new Tensor(fresh(dtype, [N, H]))) : given;
    for (const tensor of [x, ...initial, weights.hh, weights.biasIh, weights.biasHh]) {
      if (tensor !== null) checkSameDType(tensor.dtype, dtype);
    }
    const [, ...next] = runLayer(cell, [N], x, [{ initial, weights }]);
    return batched ? next : next.map((state) => state.select(0, 0));
  }

  /** The cell at work, one step at a time. */
  protected open(options: StreamOptions | undefined): Stream {
    const where = `${this.constructor.name}.stream()`;
    return openStream(where, this.streamStages(where), options);
  }

  /** @internal The cell as a stage of a stream. */
  protected stack(where: string, mode: Mode): readonly Stage[] {
    const { inputSize, hiddenSize } = this;
    const sizes = { cell: cells[mode], numLayers: 1, inputSize, hiddenSize, outputSize: hiddenSize };
    return [stackOf(where, sizes, () => [this.weights(mode)])];
  }

  /** The parameters by what they do; refused is what has been put in the place of one and does not fit. */
  private weights(mode: Mode): Weights<Tensor> {
    const { gates } = cells[mode];
    const [list] = planOf(this.sizes(gates), this.plan).parameters;
    return weightsOf(list, (parameter) => {
      const { name, shape } = parameter;
      const weight: unknown = this[name as CellWeight];
      const isBias = shape.length === 1;
      if (isBias && weight === null) return null;
      checkParameter(weight, name, (came) => {
        const argument = `argument '${name.replace("weight", "w").replace("bias", "b")}'`;
        return `${mode.toLowerCase()}_cell(): ${argument} (position ${3 + list.indexOf(parameter)}) must be Tensor, not ${came}`;
      });
      const [rows] = weight.value.shape;
      if (!isBias && rows !== shape[0] && rows !== undefined) {
        fail("RuntimeError", `${name} first dim must be ${gates} * hidden_size = ${shape[0]}, but got ${rows}`);
      }
      if (!sameShape(weight.value.shape, shape)) {
        fail("RuntimeError", `Expected ${name} of size ${listText(shape)}, got ${listText(weight.shape)}`);
      }
      return weight;
    });
  }

  protected override extraRepr(): string {
    return `${this.inputSize}, ${this.hiddenSize}${this.bias ? "" : ", bias=False"}`;
  }
}

function options(where: string, given: CellOptions, ...more: string[]): Required<CellOptions> {
  checkOptions(`${where}.__init__()`, given, ["bias", "dtype", ...more]);
  const { bias = true, dtype } = given;
  return { bias, dtype: dtype ?? "float32" };
}

/** Options of `RNNCell`. */
export interface RNNCellOptions extends CellOptions {
  /** Default "tanh". */
  nonlinearity?: "tanh" | "relu";
}

/**
 * h' = tanh(W_ih·x + b_ih + W_hh·h + b_hh), or relu instead of tanh.
 *
 * Source: https://docs.pytorch.org/docs/stable/generated/torch.nn.RNNCell.html
 */
export class RNNCell extends RNNCellBase {
  static override name = "RNNCell";

  /** What the sum goes through. */
  readonly nonlinearity: "tanh" | "relu";

  /**
   * @param inputSize features of a step, C
   * @param hiddenSize units, H
   * @throws ElmanError in PyTorch's words for sizes and options that make no sense
   */
  constructor(inputSize: number, hiddenSize: number, given: RNNCellOptions = {}) {
    const { bias, dtype } = options("RNNCell", given, "nonlinearity");
    const { nonlinearity = "tanh" } = given;
    if (nonlinearity !== "tanh" && nonlinearity !== "relu") {
      fail("RuntimeError", `Unknown nonlinearity: ${shown(nonlinearity)}`);
    }
    super(inputSize, hiddenSize, bias, cells.RNN_TANH.gates, dtype);
    this.nonlinearity = nonlinearity;
  }

  /** input `[N, C]` or `[C]`, hx `[N, H]` or `[H]` (zeros by default) → h' */
  override forward(input: Tensor, hx: Tensor | null = null): Tensor {
    return this.step(this.mode, input, hx)[0];
  }

  /** The cell at work on a signal that never ends, as `RNN.stream()`; a step's output is h'. */
  stream(options?: StreamOptions): Stream {
    return this.open(options);
  }

  /** @internal */
  override streamStages(where: string): readonly Stage[] {
    return this.stack(where, this.mode);
  }

  private get mode(): Mode {
    return this.nonlinearity === "relu" ? "RNN_RELU" : "RNN_TANH";
  }

  protected override extraRepr(): string {
    return super.extraRepr() + (this.nonlinearity === "tanh" ? "" : `, nonlinearity=${this.nonlinearity}`);
  }
}

/**
 * c' = f·c + i·g, h' = o·tanh(c'): one step of an LSTM.
 *
 * Source: https://docs.pytorch.org/docs/stable/generated/torch.nn.LSTMCell.html
 */
export class LSTMCell extends RNNCellBase {
  static override name = "LSTMCell";

  /**
   * @param inputSize features of a step, C
   * @param hiddenSize units, H
   * @throws ElmanError in PyTorch's words for sizes and options that make no sense
   */
  constructor(inputSize: number, hiddenSize: number, given: CellOptions = {}) {
    const { bias, dtype } = options("LSTMCell", given);
    super(inputSize, hiddenSize, bias, cells.LSTM.gates, dtype);
  }

  /** input `[N, C]` or `[C]`, hx = [h, c] each `[N, H]` or `[H]` (zeros by default) → [h', c'] */
  override forward(input: Tensor, hx: Readonly<LSTMState> | null = null): LSTMState {
    const [h, c] = this.step("LSTM", input, hx);
    return [h, c];
  }

  /** The cell at work on a signal that never ends, as `LSTM.stream()`; a step's output is h'. */
  stream(options?: StreamOptions): Stream {
    return this.open(options);
  }

  /** @internal */
  override streamStages(where: string): readonly Stage[] {
    return this.stack(where, "LSTM");
  }

  /** @internal What `Recurrent` asks of a cell with several states. */
  get stateSizes(): readonly number[] {
    return [this.hiddenSize, this.hiddenSize];
  }
}

/**
 * h' = (1 − z)·n + z·h: one step of a GRU.
 *
 * Source: https://docs.pytorch.org/docs/stable/generated/torch.nn.GRUCell.html
 */
export class GRUCell extends RNNCellBase {
  static override name = "GRUCell";

  /**
   * @param inputSize features of a step, C
   * @param hiddenSize units, H
   * @throws ElmanError in PyTorch's words for sizes and options that make no sense
   */
  constructor(inputSize: number, hiddenSize: number, given: CellOptions = {}) {
    const { bias, dtype } = options("GRUCell", given);
    super(inputSize, hiddenSize, bias, cells.GRU.gates, dtype);
  }

  /** input `[N, C]` or `[C]`, hx `[N, H]` or `[H]` (zeros by default) → h' */
  override forward(input: Tensor, hx: Tensor | null = null): Tensor {
    return this.step("GRU", input, hx)[0];
  }

  /** The cell at work on a signal that never ends, as `GRU.stream()`; a step's output is h'. */
  stream(options?: StreamOptions): Stream {
    return this.open(options);
  }

  /** @internal */
  override streamStages(where: string): readonly Stage[] {
    return this.stack(where, "GRU");
  }
}
