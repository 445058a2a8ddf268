/**
 * RNNCell, LSTMCell and GRUCell: one step of a recurrent layer, the same equations with T = 1.
 * Sources: https://docs.pytorch.org/docs/stable/generated/torch.nn.LSTMCell.html, …RNNCell.html, …GRUCell.html
 */

import { checkOptions, fail, shown, typeName } from "../../base/errors.js";
import { listText, sameShape } from "../../base/shape.js";
import { cells, type Mode } from "../../device/cells/index.js";
import { type FloatDType, isFloat, scalarName } from "../../device/value.js";
import type { Stream, StreamOptions } from "../../stream/stream.js";
import { isGradEnabled } from "../../tensor/autograd.js";
import { zeros } from "../../tensor/create.js";
import { recurrent } from "../../tensor/ops/recurrent.js";
import { apply, Tensor } from "../../tensor/tensor.js";
import { uniform_ } from "../init.js";
import { Module, Parameter } from "../module.js";
import { checkedHx, type LSTMState } from "./rnn.js";
import { openStream } from "./stream.js";

/** Options of every cell. */
export interface CellOptions {
  /** Whether the gates have biases. Default true. */
  bias?: boolean;
  /** Default float32. */
  dtype?: FloatDType;
}

/** What the cells have in common: parameters and their checks. */
export class RNNCellBase extends Module {
  /** Features of a step, C. */
  readonly inputSize: number;
  /** Units, H. */
  readonly hiddenSize: number;
  /** Whether the gates have biases. */
  readonly bias: boolean;
  /** `[G·H, C]` */
  weight_ih: Parameter;
  /** `[G·H, H]` */
  weight_hh: Parameter;
  /** `[G·H]`, or null */
  bias_ih: Parameter | null;
  /** `[G·H]`, or null */
  bias_hh: Parameter | null;

  /** @param numChunks how many gates: 1 for RNN, 4 for LSTM, 3 for GRU */
  constructor(inputSize: number, hiddenSize: number, bias: boolean, numChunks: number, dtype: FloatDType = "float32") {
    super();
    for (const [name, size] of Object.entries({
      input_size: inputSize,
      hidden_size: hiddenSize,
      num_chunks: numChunks,
    })) {
      if (!Number.isInteger(size)) fail("TypeError", `${name} should be of type int, got: ${typeName(size)}`);
    }
    if (typeof bias !== "boolean") fail("TypeError", `bias should be of type bool, got: ${typeName(bias)}`);
    if (!isFloat(dtype)) {
      fail("RuntimeError", "Only Tensors of floating point and complex dtype can require gradients");
    }
    this.inputSize = inputSize;
    this.hiddenSize = hiddenSize;
    this.bias = bias;
    const GH = numChunks * hiddenSize;
    const parameter = (shape: number[]) => new Parameter(zeros(shape, { dtype }));
    this.weight_ih = parameter([GH, inputSize]);
    this.weight_hh = parameter([GH, hiddenSize]);
    this.bias_ih = bias ? parameter([GH]) : null;
    this.bias_hh = bias ? parameter([GH]) : null;
    this.resetParameters();
  }

  /** Draws every parameter from U(−k, k), k = 1/√hiddenSize. */
  resetParameters(): void {
    const k = this.hiddenSize > 0 ? 1 / Math.sqrt(this.hiddenSize) : 0;
    for (const parameter of this.parameters()) uniform_(parameter, -k, k);
  }

  /** @internal Checks everything, in PyTorch's order, and computes the next states. `hx` is as the caller gave it. */
  protected step(mode: Mode, gates: number, input: Tensor, hx: Tensor | readonly Tensor[] | null): Tensor[] {
    const name = this.constructor.name;
    if (!(input instanceof Tensor))
      fail("TypeError", `${name}: Expected input to be a Tensor, got: ${typeName(input)}`);
    if (input.ndim !== 1 && input.ndim !== 2) {
      fail("ValueError", `${name}: Expected input to be 1D or 2D, got ${input.ndim}D instead`);
    }
    const states = checkedHx("lstm_cell", mode, hx);
    states?.forEach((state, i) => {
      if (state.ndim === 1 || state.ndim === 2) return;
      const label = mode === "LSTM" ? `hx[${i}]` : "hidden";
      fail("ValueError", `${name}: Expected ${label} to be 1D or 2D, got ${state.ndim}D instead`);
    });
    const batched = input.ndim === 2;
    const x = batched ? input : input.unsqueeze(0);
    const given = states?.map((state) => (batched ? state : state.unsqueeze(0))) ?? [];
    const { inputSize: C, hiddenSize: H } = this;
    const N = x.size(0);
    if (mode.startsWith("RNN")) this.checkWeights(mode, gates);
    if (x.size(1) !== C) {
      fail("RuntimeError", `input has inconsistent input_size: got ${x.size(1)} expected ${C}`);
    }
    if (mode === "LSTM") this.checkWeights(mode, gates);
    given.forEach((state, i) => {
      if (state.size(0) !== N) {
        fail("RuntimeError", `Input batch size ${N} doesn't match hidden${i} batch size ${state.size(0)}`);
      }
      if (state.size(1) !== H) {
        fail("RuntimeError", `hidden${i} has inconsistent hidden_size: got ${state.size(1)}, expected ${H}`);
      }
      if (state.ndim !== 2) {
        fail("RuntimeError", "For unbatched 1-D input, hx should also be 1-D but got 2-D tensor");
      }
    });
    if (mode === "GRU") this.checkWeights(mode, gates);
    const { weight_ih, weight_hh, bias_ih, bias_hh } = this;
    const { dtype } = weight_ih;
    const blank = () => zeros([N, H], { dtype });
    const [h, c = null] = states === null ? (mode === "LSTM" ? [blank(), blank()] : [blank()]) : given;
    const tensors = [x, h, c, weight_ih, weight_hh, bias_ih, bias_hh].filter((tensor) => tensor !== null);
    const other = tensors.find((tensor) => tensor.dtype !== dtype);
    if (other !== undefined) {
      fail(
        "RuntimeError",
        `mat1 and mat2 must have the same dtype, but got ${scalarName(other.dtype)} and ${scalarName(dtype)}`,
      );
    }
    const keep = isGradEnabled() && tensors.some((tensor) => tensor.requiresGrad);
    const how = { cell: cells[mode], steps: [N], reverse: false, keep };
    const [, ...next] = apply(recurrent, how, x, h, c, weight_ih, weight_hh, bias_ih, bias_hh, null);
    return batched ? next : next.map((state) => state.select(0, 0));
  }

  /** @internal The cell at work, one step at a time. */
  protected openStream(mode: Mode, options: StreamOptions | undefined): Stream {
    const { inputSize, hiddenSize } = this;
    const where = `${this.constructor.name}.stream()`;
    const stack = { cell: cells[mode], numLayers: 1, inputSize, hiddenSize, outputSize: hiddenSize };
    return openStream(where, stack, options, () => {
      this.checkWeights(mode, cells[mode].gates);
      const { weight_ih: ih, weight_hh: hh, bias_ih: biasIh, bias_hh: biasHh } = this;
      return [{ ih, hh, biasIh, biasHh, hr: null }];
    });
  }

  /** Refuses what has been put in the place of a parameter and does not fit. */
  private checkWeights(mode: Mode, gates: number): void {
    const { inputSize: C, hiddenSize: H } = this;
    const GH = gates * H;
    const shapes = { weight_ih: [GH, C], weight_hh: [GH, H], bias_ih: [GH], bias_hh: [GH] } as const;
    Object.entries(shapes).forEach(([name, shape], i) => {
      const weight: unknown = this[name as keyof typeof shapes];
      const isBias = shape.length === 1;
      if (isBias && weight === null) return;
      if (!(weight instanceof Tensor)) {
        const argument = `${mode.toLowerCase()}_cell(): argument '${name.replace("weight", "w").replace("bias", "b")}'`;
        fail("TypeError", `${argument} (position ${i + 3}) must be Tensor, not ${typeName(weight)}`);
      }
      if (!(weight instanceof Parameter)) {
        fail("TypeError", `cannot assign 'Tensor' as parameter '${name}' (torch.nn.Parameter or None expected)`);
      }
      const [rows] = weight.shape;
      if (!isBias && rows !== GH && rows !== undefined) {
        fail("RuntimeError", `${name} first dim must be ${gates} * hidden_size = ${GH}, but got ${rows}`);
      }
      if (!sameShape(weight.value.shape, shape)) {
        fail("RuntimeError", `Expected ${name} of size ${listText(shape)}, got ${listText(weight.shape)}`);
      }
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
    super(inputSize, hiddenSize, bias, 1, dtype);
    this.nonlinearity = nonlinearity;
  }

  /** input `[N, C]` or `[C]`, hx `[N, H]` or `[H]` (zeros by default) → h' */
  override forward(input: Tensor, hx: Tensor | null = null): Tensor {
    return this.step(this.mode, 1, input, hx)[0];
  }

  /** The cell at work on a signal that never ends, as `RNN.stream()`; a step's output is h'. */
  stream(options?: StreamOptions): Stream {
    return this.openStream(this.mode, options);
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
  /**
   * @param inputSize features of a step, C
   * @param hiddenSize units, H
   * @throws ElmanError in PyTorch's words for sizes and options that make no sense
   */
  constructor(inputSize: number, hiddenSize: number, given: CellOptions = {}) {
    const { bias, dtype } = options("LSTMCell", given);
    super(inputSize, hiddenSize, bias, 4, dtype);
  }

  /** input `[N, C]` or `[C]`, hx = [h, c] each `[N, H]` or `[H]` (zeros by default) → [h', c'] */
  override forward(input: Tensor, hx: LSTMState | null = null): LSTMState {
    const [h, c] = this.step("LSTM", 4, input, hx);
    return [h, c];
  }

  /** The cell at work on a signal that never ends, as `LSTM.stream()`; a step's output is h'. */
  stream(options?: StreamOptions): Stream {
    return this.openStream("LSTM", options);
  }
}

/**
 * h' = (1 − z)·n + z·h: one step of a GRU.
 *
 * Source: https://docs.pytorch.org/docs/stable/generated/torch.nn.GRUCell.html
 */
export class GRUCell extends RNNCellBase {
  /**
   * @param inputSize features of a step, C
   * @param hiddenSize units, H
   * @throws ElmanError in PyTorch's words for sizes and options that make no sense
   */
  constructor(inputSize: number, hiddenSize: number, given: CellOptions = {}) {
    const { bias, dtype } = options("GRUCell", given);
    super(inputSize, hiddenSize, bias, 3, dtype);
  }

  /** input `[N, C]` or `[C]`, hx `[N, H]` or `[H]` (zeros by default) → h' */
  override forward(input: Tensor, hx: Tensor | null = null): Tensor {
    return this.step("GRU", 3, input, hx)[0];
  }

  /** The cell at work on a signal that never ends, as `GRU.stream()`; a step's output is h'. */
  stream(options?: StreamOptions): Stream {
    return this.openStream("GRU", options);
  }
}
