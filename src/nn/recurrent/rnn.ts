/**
 * RNN, LSTM and GRU: their options and the types of their forward. What they do stands in rnnbase.ts.
 * Sources: https://docs.pytorch.org/docs/stable/generated/torch.nn.LSTM.html, …RNN.html, …GRU.html
 */

import { checkOptions, fail, shown } from "../../base/errors.js";
import type { Stage } from "../../device/device.js";
import type { Tensor } from "../../tensor/tensor.js";
import type { PackedSequence } from "./packed.js";
import { type ForwardOptions, layerOptions, type ProjectionOptions, RNNBase, type RNNBaseOptions } from "./rnnbase.js";

/** A layer whose state is one tensor. */
class OneState extends RNNBase {
  /**
   * Runs the layer over whole sequences.
   * @param input `[T, N, C]`, `[N, T, C]` with `batchFirst`, or `[T, C]`
   * @param hx the initial state `[S, N, H]` (`[S, H]` unbatched), S = numLayers·directions; zeros by default
   * @returns the output `[T, N, D·H]` in the form of the input, and the final state in that of `hx`
   * @throws ElmanError in PyTorch's words for every shape or dtype that does not fit
   */
  override forward(input: Tensor, hx: Tensor | null = null, options: ForwardOptions = {}): [Tensor, Tensor] {
    const [output, [final]] = this.call(input, hx, options);
    return [output as Tensor, final];
  }

  /** As `forward`, of packed sequences: a name of its own, so that the state a loop carries on has a type. */
  forwardPacked(input: PackedSequence, hx: Tensor | null = null): [PackedSequence, Tensor] {
    return this.forward(input as never, hx) as never;
  }

  /** @internal */
  override streamStages(where: string): readonly Stage[] {
    return [this.stack(where)];
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
export class RNN extends OneState {
  static override name = "RNN";

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
    if ("projSize" in rest) fail("ValueError", "proj_size argument is only supported for LSTM, not RNN or GRU");
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
export class GRU extends OneState {
  static override name = "GRU";

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
export class LSTM extends RNNBase {
  static override name = "LSTM";

  /**
   * @param inputSize features of a step, C
   * @param hiddenSize units, H
   * @throws ElmanError in PyTorch's words for sizes and options that make no sense
   */
  constructor(inputSize: number, hiddenSize: number, options: LSTMOptions = {}) {
    super("LSTM", inputSize, hiddenSize, options);
  }

  /**
   * Runs the layer over whole sequences.
   * @param input `[T, N, C]`, `[N, T, C]` with `batchFirst`, or `[T, C]`
   * @param hx the initial states h `[S, N, P]` and c `[S, N, H]` (`[S, P]`, `[S, H]` unbatched), S =
   *   numLayers·directions, P the projection's size or H; zeros by default
   * @returns the output `[T, N, D·P]` in the form of the input, and the final states in that of `hx`
   * @throws ElmanError in PyTorch's words for every shape or dtype that does not fit
   */
  override forward(
    input: Tensor,
    hx: Readonly<LSTMState> | null = null,
    options: ForwardOptions = {},
  ): [Tensor, LSTMState] {
    const [output, [h, c]] = this.call(input, hx, options);
    return [output as Tensor, [h, c]];
  }

  /**
   * As `forward`, of packed sequences: a name of its own, so that the state a loop carries on has a type.
   * @param input packed `[R, C]`
   * @param hx the initial states, as those of `forward`
   */
  forwardPacked(input: PackedSequence, hx: Readonly<LSTMState> | null = null): [PackedSequence, LSTMState] {
    return this.forward(input as never, hx) as never;
  }

  /** @internal */
  override streamStages(where: string): readonly Stage[] {
    return [this.stack(where)];
  }
}
