/**
 * RNNCell, LSTMCell and GRUCell: one step of a recurrent layer, the same equations with T = 1.
 * Sources: https://docs.pytorch.org/docs/stable/generated/torch.nn.LSTMCell.html, …RNNCell.html, …GRUCell.html
 */

import { checkOptions, fail, typeName } from "../base/errors.js";
import type { Mode } from "../device/device.js";
import { type FloatDType, isFloat, scalarName } from "../device/value.js";
import { isGradEnabled } from "../tensor/autograd.js";
import { zeros } from "../tensor/create.js";
import { recurrent } from "../tensor/ops/recurrent.js";
import { apply, Tensor } from "../tensor/tensor.js";
import { uniform_ } from "./init.js";
import { Module, Parameter } from "./module.js";
import { checkPair, type LSTMState } from "./rnn.js";

export interface CellOptions {
  /** Whether the gates have biases. Default true. */
  bias?: boolean;
  /** Default float32. */
  dtype?: FloatDType;
}

/** What the cells have in common: parameters and their checks. */
export class RNNCellBase extends Module {
  readonly inputSize: number;
  readonly hiddenSize: number;
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

  /** Checks everything and computes the next states. */
  protected step(mode: Mode, gates: number, input: Tensor, states: readonly Tensor[] | null): Tensor[] {
    const name = this.constructor.name;
    if (!(input instanceof Tensor))
      fail("TypeError", `${name}: Expected input to be a Tensor, got: ${typeName(input)}`);
    if (input.ndim !== 1 && input.ndim !== 2) {
      fail("ValueError", `${name}: Expected input to be 1D or 2D, got ${input.ndim}D instead`);
    }
    states?.forEach((state, i) => {
      if (state.ndim === 1 || state.ndim === 2) return;
      const label = mode === "LSTM" ? `hx[${i}]` : "hidden";
      fail("ValueError", `${name}: Expected ${label} to be 1D or 2D, got ${state.ndim}D instead`);
    });
    const batched = input.ndim === 2;
    const x = batched ? input : input.unsqueeze(0);
    const { inputSize: C, hiddenSize: H } = this;
    const N = x.size(0);
    if (x.size(1) !== C) {
      fail("RuntimeError", `input has inconsistent input_size: got ${x.size(1)} expected ${C}`);
    }
    this.checkWeights(gates);
    const dtype = this.weight_ih.dtype;
    const initial = (states ?? Array.from({ length: mode === "LSTM" ? 2 : 1 }, () => zeros([N, H], { dtype }))).map(
      (state) => (states === null || batched ? state : state.unsqueeze(0)),
    );
    initial.forEach((state, i) => {
      if (state.size(0) !== N) {
        fail("RuntimeError", `Input batch size ${N} doesn't match hidden${i} batch size ${state.size(0)}`);
      }
      if (state.size(1) !== H || state.ndim !== 2) {
        fail("RuntimeError", `hidden${i} has inconsistent hidden_size: got ${state.size(1)}, expected ${H}`);
      }
    });
    for (const given of [x, ...initial]) {
      if (given.dtype === dtype) continue;
      fail(
        "RuntimeError",
        `mat1 and mat2 must have the same dtype, but got ${scalarName(given.dtype)} and ${scalarName(dtype)}`,
      );
    }
    const [h, c = null] = initial;
    const { weight_ih, weight_hh, bias_ih, bias_hh } = this;
    const keep =
      isGradEnabled() && [x, h, c, weight_ih, weight_hh, bias_ih, bias_hh].some((tensor) => tensor?.requiresGrad);
    const how = { mode, steps: [N], reverse: false, keep };
    const [, ...next] = apply(recurrent, how, x, h, c, weight_ih, weight_hh, bias_ih, bias_hh, null);
    return batched ? next : next.map((state) => state.select(0, 0));
  }

  private checkWeights(gates: number): void {
    const GH = gates * this.hiddenSize;
    for (const name of ["weight_ih", "weight_hh"] as const) {
      const weight = this[name];
      const columns = name === "weight_ih" ? this.inputSize : this.hiddenSize;
      if (!(weight instanceof Parameter)) {
        fail(
          "TypeError",
          `cannot assign '${typeName(weight)}' as parameter '${name}' (torch.nn.Parameter or None expected)`,
        );
      }
      if (weight.size(0) !== GH) {
        fail("RuntimeError", `${name} first dim must be ${gates} * hidden_size = ${GH}, but got ${weight.size(0)}`);
      }
      if (weight.ndim !== 2 || weight.size(1) !== columns) {
        fail("RuntimeError", `Expected ${name} of size [${GH}, ${columns}], got [${weight.shape.join(", ")}]`);
      }
    }
    for (const name of ["bias_ih", "bias_hh"] as const) {
      const bias = this[name];
      if (bias === null) continue;
      if (!(bias instanceof Parameter)) {
        fail(
          "TypeError",
          `cannot assign '${typeName(bias)}' as parameter '${name}' (torch.nn.Parameter or None expected)`,
        );
      }
      if (bias.ndim !== 1 || bias.size(0) !== GH) {
        fail("RuntimeError", `Expected ${name} of size [${GH}], got [${bias.shape.join(", ")}]`);
      }
    }
  }

  protected override extraRepr(): string {
    return `${this.inputSize}, ${this.hiddenSize}${this.bias ? "" : ", bias=False"}`;
  }
}

function options(where: string, given: CellOptions, ...more: string[]): Required<CellOptions> {
  checkOptions(`${where}.__init__()`, given, ["bias", "dtype", ...more]);
  return { bias: given.bias ?? true, dtype: given.dtype ?? "float32" };
}

function single(hx: Tensor | null): [Tensor] | null {
  if (hx !== null && !(hx instanceof Tensor)) fail("TypeError", `'${typeName(hx)}' object has no attribute 'dim'`);
  return hx && [hx];
}

export interface RNNCellOptions extends CellOptions {
  /** Default "tanh". */
  nonlinearity?: "tanh" | "relu";
}

/** h' = tanh(W_ih·x + b_ih + W_hh·h + b_hh), or relu instead of tanh. */
export class RNNCell extends RNNCellBase {
  readonly nonlinearity: "tanh" | "relu";

  constructor(inputSize: number, hiddenSize: number, given: RNNCellOptions = {}) {
    const { bias, dtype } = options("RNNCell", given, "nonlinearity");
    const { nonlinearity = "tanh" } = given;
    if (nonlinearity !== "tanh" && nonlinearity !== "relu") {
      fail("ValueError", `Unknown nonlinearity: ${String(nonlinearity)}`);
    }
    super(inputSize, hiddenSize, bias, 1, dtype);
    this.nonlinearity = nonlinearity;
  }

  /** input `[N, C]` or `[C]`, hx `[N, H]` or `[H]` (zeros by default) → h' */
  override forward(input: Tensor, hx: Tensor | null = null): Tensor {
    return this.step(this.nonlinearity === "relu" ? "RNN_RELU" : "RNN_TANH", 1, input, single(hx))[0];
  }

  protected override extraRepr(): string {
    return super.extraRepr() + (this.nonlinearity === "tanh" ? "" : `, nonlinearity=${this.nonlinearity}`);
  }
}

/** c' = f·c + i·g, h' = o·tanh(c'): one step of an LSTM. */
export class LSTMCell extends RNNCellBase {
  constructor(inputSize: number, hiddenSize: number, given: CellOptions = {}) {
    const { bias, dtype } = options("LSTMCell", given);
    super(inputSize, hiddenSize, bias, 4, dtype);
  }

  /** input `[N, C]` or `[C]`, hx = [h, c] each `[N, H]` or `[H]` (zeros by default) → [h', c'] */
  override forward(input: Tensor, hx: LSTMState | null = null): LSTMState {
    checkPair("lstm_cell", hx);
    const [h, c] = this.step("LSTM", 4, input, hx);
    return [h, c];
  }
}

/** h' = (1 − z)·n + z·h: one step of a GRU. */
export class GRUCell extends RNNCellBase {
  constructor(inputSize: number, hiddenSize: number, given: CellOptions = {}) {
    const { bias, dtype } = options("GRUCell", given);
    super(inputSize, hiddenSize, bias, 3, dtype);
  }

  /** input `[N, C]` or `[C]`, hx `[N, H]` or `[H]` (zeros by default) → h' */
  override forward(input: Tensor, hx: Tensor | null = null): Tensor {
    return this.step("GRU", 3, input, single(hx))[0];
  }
}
