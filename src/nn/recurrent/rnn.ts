/**
 * RNN, LSTM and GRU: what goes in, what comes out, and every way in which that can be wrong.
 *
 * Whatever its form (dense, unbatched, packed, or padded with lengths), the input becomes packed rows, the layers run
 * over them, and the rows take their form again.
 * Sources: https://docs.pytorch.org/docs/stable/generated/torch.nn.LSTM.html, …RNN.html, …GRU.html
 */

import { checkOptions, fail, shown, typeName } from "../../base/errors.js";
import { inverse, listText, sameShape, tupleText } from "../../base/shape.js";
import type { Mode } from "../../device/cells/index.js";
import { scalarName, torchName } from "../../device/value.js";
import { tensor, zeros } from "../../tensor/create.js";
import { Tensor } from "../../tensor/tensor.js";
import { checkLengths, type Lengths, layout, lengthsArray, spreadRows } from "./layout.js";
import { PackedSequence } from "./packed.js";
import { layerOptions, type ProjectionOptions, RNNBase, type RNNBaseOptions } from "./rnnbase.js";

/** What `forward` takes beside input and initial state. */
export interface ForwardOptions {
  /**
   * The number of real steps of each sequence of a padded batch, 0 … T, in any order. The output is 0 behind them, the
   * final states are those after each sequence's own last step, and the reverse direction begins there.
   */
  lengths?: Lengths | null;
}

/** An input as packed rows, and the way back. */
interface Rows {
  readonly rows: Tensor;
  readonly steps: readonly number[];
  /** How many steps, and how many sequences. */
  readonly T: number;
  readonly N: number;
  /** The packed order of the sequences, where it is not the caller's. */
  readonly order: Tensor | null;
  readonly unbatched: boolean;
  restore(rows: Tensor): Tensor | PackedSequence;
}

abstract class RecurrentLayer extends RNNBase {
  /** The sizes of each state, as its name in messages has them. */
  private stateSizes(N: number): number[][] {
    const S = this.numLayers * this.D;
    const sizes = [[S, N, this.P]];
    return this.mode === "LSTM" ? [...sizes, [S, N, this.hiddenSize]] : sizes;
  }

  private checkInput(input: Tensor, rank: number): void {
    if (input.dtype !== this.dtype) {
      const [came, own] = [torchName(input.dtype), torchName(this.dtype)];
      fail(
        "ValueError",
        `RNN input dtype (${came}) does not match weight dtype (${own}). Convert input: input.to(${own}), or convert model: model.to(${came})`,
      );
    }
    if (input.ndim !== rank) fail("RuntimeError", `input must have ${rank} dimensions, got ${input.ndim}`);
    if (input.size(-1) !== this.inputSize) {
      fail(
        "RuntimeError",
        `input.size(-1) must be equal to input_size. Expected ${this.inputSize}, got ${input.size(-1)}`,
      );
    }
  }

  private packedRows(input: PackedSequence): Rows {
    this.checkInput(input.data, 2);
    const steps = Array.from(input.batchSizes.toArray());
    return {
      rows: input.data,
      steps,
      T: steps.length,
      N: steps[0],
      order: input.sortedIndices,
      unbatched: false,
      restore: (rows) => input.with(rows),
    };
  }

  private checkRank({ ndim }: Tensor): void {
    if (ndim === 2 || ndim === 3) return;
    const kind = this.mode.startsWith("RNN") ? "RNN" : this.mode;
    const what = kind === "RNN" ? " tensor" : "";
    fail("ValueError", `${kind}: Expected input to be 2D or 3D, got ${ndim}D${what} instead`);
  }

  private denseRows(input: Tensor, states: readonly Tensor[] | null, lengths: Lengths | null): Rows {
    const name = this.constructor.name;
    const { ndim } = input;
    if (states?.some((state) => state.ndim !== ndim)) {
      const form = ndim === 2 ? "unbatched 2-D" : "batched 3-D";
      const ranks = states.map((state) => `${state.ndim}-D`).join(", ");
      const came =
        states.length === 1
          ? `hx should also be ${ndim}-D but got ${ranks} tensor`
          : `hx and cx should also be ${ndim}-D but got (${ranks}) tensors`;
      fail("RuntimeError", `For ${form} input, ${came}`);
    }
    const unbatched = ndim === 2;
    const batchFirst = this.batchFirst && !unbatched;
    const timeFirst = unbatched ? input.unsqueeze(1) : batchFirst ? input.transpose(0, 1) : input;
    this.checkInput(timeFirst, 3);
    const [T, N, C] = timeFirst.shape;
    const rows = timeFirst.reshape([T * N, C]);
    const restore = (out: Tensor) => {
      const shaped = out.reshape([T, N, this.D * this.P]);
      return unbatched ? shaped.select(1, 0) : batchFirst ? shaped.transpose(0, 1) : shaped;
    };
    if (lengths === null) return { rows, steps: Array<number>(T).fill(N), T, N, order: null, unbatched, restore };

    if (unbatched) fail("ValueError", `${name}: Expected lengths beside batched 3-D input only, got 2-D input`);
    const list = lengthsArray(name, lengths);
    checkLengths(list, T, N);
    const negative = list.find((n) => n < 0);
    if (negative !== undefined) fail("RuntimeError", `${name}: Expected lengths from 0 to ${T}, got ${negative}`);
    const packed = layout(list);
    return {
      rows: rows.indexSelect(0, tensor(packed.padded)),
      steps: packed.steps,
      T,
      N,
      order: tensor(packed.order),
      unbatched,
      restore: (out) => restore(spreadRows(out, packed, T, N, 0)),
    };
  }

  /** The states that were given, batched, each of its size; zeros where none were. */
  private checkedStates(states: readonly Tensor[] | null, N: number, unbatched: boolean): Tensor[] {
    const sizes = this.stateSizes(N);
    if (states === null) return sizes.map((shape) => zeros(shape, { dtype: this.dtype }));
    const batched = states.map((state) => (unbatched ? state.unsqueeze(1) : state));
    batched.forEach((state, i) => {
      if (sameShape(state.value.shape, sizes[i])) return;
      const label = this.mode === "LSTM" ? `hidden[${i}]` : "hidden";
      fail("RuntimeError", `Expected ${label} size ${tupleText(sizes[i])}, got ${listText(state.shape)}`);
    });
    return batched;
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
    checkOptions(`${this.constructor.name}.forward()`, options, ["lengths"]);
    const lengths = options.lengths ?? null;
    if (!(input instanceof Tensor) && !(input instanceof PackedSequence)) {
      fail(
        "TypeError",
        `${this.constructor.name}: Expected input to be a Tensor or a PackedSequence, got: ${typeName(input)}`,
      );
    }
    if (input instanceof PackedSequence && lengths !== null) {
      fail("ValueError", `${this.constructor.name}: Expected no lengths beside a PackedSequence, which knows its own`);
    }
    if (input instanceof Tensor) this.checkRank(input);
    const states = checkedHx("lstm", this.mode, hx);
    const form = input instanceof PackedSequence ? this.packedRows(input) : this.denseRows(input, states, lengths);
    const { rows, steps, T, N, order, unbatched } = form;
    const given = this.checkedStates(states, N, unbatched);
    const weights = this.checkedWeights();
    if (T === 0) fail("RuntimeError", "Expected sequence length to be larger than 0 in RNN");
    for (const state of given) {
      if (state.dtype === this.dtype) continue;
      fail(
        "RuntimeError",
        `mat1 and mat2 must have the same dtype, but got ${scalarName(state.dtype)} and ${scalarName(this.dtype)}`,
      );
    }
    const initial = order === null ? given : given.map((state) => state.indexSelect(1, order));
    const [output, final] = this.run(weights, rows, steps, initial);
    const back = order && tensor(inverse(order.toArray()), null, { dtype: "int32" });
    const ordered = back === null ? final : final.map((state) => state.indexSelect(1, back));
    return [form.restore(output), unbatched ? ordered.map((state) => state.select(1, 0)) : ordered];
  }
}

/** A layer whose state is one tensor. */
abstract class SingleStateLayer extends RecurrentLayer {
  /**
   * @param input `[T, N, C]`, `[N, T, C]` with `batchFirst`, `[T, C]`, or packed
   * @param hx the initial state `[S, N, H]` (`[S, H]` unbatched), S = numLayers·directions; zeros by default
   * @returns the output `[T, N, D·H]` in the form of the input, and the final state in that of `hx`
   * @throws ElmanError in PyTorch's words for every shape or dtype that does not fit
   */
  override forward(input: PackedSequence, hx?: Tensor | null): [PackedSequence, Tensor];
  override forward(input: Tensor, hx?: Tensor | null, options?: ForwardOptions): [Tensor, Tensor];
  override forward(
    input: Tensor | PackedSequence,
    hx: Tensor | null = null,
    options: ForwardOptions = {},
  ): [Tensor | PackedSequence, Tensor] {
    const [output, [final]] = this.call(input, hx, options);
    return [output, final];
  }
}

/** Options of `RNN`. */
export interface RNNOptions extends RNNBaseOptions {
  /** Default "tanh". */
  nonlinearity?: "tanh" | "relu";
}

/**
 * h' = tanh(W_ih·x + b_ih + W_hh·h + b_hh), or relu instead of tanh; `new RNN(inputSize, hiddenSize, options)`.
 *
 * Source: https://docs.pytorch.org/docs/stable/generated/torch.nn.RNN.html
 */
export class RNN extends SingleStateLayer {
  /** What the sum goes through. */
  readonly nonlinearity: "tanh" | "relu";

  /**
   * @param inputSize features of a step, C
   * @param hiddenSize units, H
   * @throws ElmanError in PyTorch's words for sizes and options that make no sense
   */
  constructor(inputSize: number, hiddenSize: number, options: RNNOptions = {}) {
    checkOptions("RNNBase.__init__()", options, [...layerOptions, "nonlinearity"]);
    const { nonlinearity = "tanh", ...rest } = options;
    if ("projSize" in rest) {
      fail("ValueError", "proj_size argument is only supported for LSTM, not RNN or GRU");
    }
    if (nonlinearity !== "tanh" && nonlinearity !== "relu") {
      fail("ValueError", `Unknown nonlinearity '${shown(nonlinearity)}'. Select from 'tanh' or 'relu'.`);
    }
    super(nonlinearity === "tanh" ? "RNN_TANH" : "RNN_RELU", inputSize, hiddenSize, rest);
    this.nonlinearity = nonlinearity;
  }
}

/**
 * r = σ(W_ir·x + b_ir + W_hr·h + b_hr), z likewise, n = tanh(W_in·x + b_in + r·(W_hn·h + b_hn)),
 * h' = (1 − z)·n + z·h; `new GRU(inputSize, hiddenSize, options)`.
 *
 * Source: https://docs.pytorch.org/docs/stable/generated/torch.nn.GRU.html
 */
export class GRU extends SingleStateLayer {
  /**
   * @param inputSize features of a step, C
   * @param hiddenSize units, H
   * @throws ElmanError in PyTorch's words for sizes and options that make no sense
   */
  constructor(inputSize: number, hiddenSize: number, options: RNNBaseOptions = {}) {
    super("GRU", inputSize, hiddenSize, options);
  }
}

/** Options of `LSTM`. */
export interface LSTMOptions extends RNNBaseOptions, ProjectionOptions {}

/** The state of an LSTM: h and c. */
export type LSTMState = [h: Tensor, c: Tensor];

/**
 * i, f, o = σ(W·x + b + W·h + b), g = tanh(likewise), c' = f·c + i·g, h' = o·tanh(c'), or W_hr times that with
 * `projSize`; `new LSTM(inputSize, hiddenSize, options)`.
 *
 * Source: https://docs.pytorch.org/docs/stable/generated/torch.nn.LSTM.html
 */
export class LSTM extends RecurrentLayer {
  /**
   * @param inputSize features of a step, C
   * @param hiddenSize units, H
   * @throws ElmanError in PyTorch's words for sizes and options that make no sense
   */
  constructor(inputSize: number, hiddenSize: number, options: LSTMOptions = {}) {
    super("LSTM", inputSize, hiddenSize, options);
  }

  /**
   * @param input `[T, N, C]`, `[N, T, C]` with `batchFirst`, `[T, C]`, or packed
   * @param hx the initial states h `[S, N, P]` and c `[S, N, H]` (`[S, P]`, `[S, H]` unbatched), S =
   *   numLayers·directions, P the projection's size or H; zeros by default
   * @returns the output `[T, N, D·P]` in the form of the input, and the final states in that of `hx`
   * @throws ElmanError in PyTorch's words for every shape or dtype that does not fit
   */
  override forward(input: PackedSequence, hx?: LSTMState | null): [PackedSequence, LSTMState];
  override forward(input: Tensor, hx?: LSTMState | null, options?: ForwardOptions): [Tensor, LSTMState];
  override forward(
    input: Tensor | PackedSequence,
    hx: LSTMState | null = null,
    options: ForwardOptions = {},
  ): [Tensor | PackedSequence, LSTMState] {
    const [output, [h, c]] = this.call(input, hx, options);
    return [output, [h, c]];
  }
}

/** What was given as `hx`, as a list of tensors: one, or the two of an LSTM (`name` in messages); null for none. */
export function checkedHx(name: "lstm" | "lstm_cell", mode: Mode, hx: unknown): readonly Tensor[] | null {
  if (hx === null) return null;
  if (mode !== "LSTM") {
    if (!(hx instanceof Tensor)) fail("TypeError", `'${typeName(hx)}' object has no attribute 'dim'`);
    return [hx];
  }
  if (!Array.isArray(hx)) {
    fail("TypeError", `${name}(): argument 'hx' (position 2) must be tuple of Tensors, not ${typeName(hx)}`);
  }
  if (hx.length !== 2) fail("RuntimeError", `${name} expects two hidden states`);
  return Array.from(hx, (state: unknown, i) => {
    if (state instanceof Tensor) return state;
    return fail("TypeError", `${name}(): expected a Tensor as hx[${i}], got: ${typeName(state)}`);
  });
}
