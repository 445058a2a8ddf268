/**
 * RNN, LSTM and GRU for inference alone, made from named weights: what a worklet imports, without tensors and gradients.
 */

import { checkOptions, fail, shown } from "../base/errors.js";
import type { Cell } from "../device/cell.js";
import { gru } from "../device/cells/gru.js";
import { lstm } from "../device/cells/lstm.js";
import { rnnRelu, rnnTanh } from "../device/cells/rnn.js";
import type { Stage, Weights } from "../device/device.js";
import { outlineOf, ownerOf, parametersOf, weightsOf } from "../device/parameters.js";
import { type LayerOptions, Named, type NamedWeights, StreamLayer } from "./named.js";

/** Options of an RNN. */
export interface RNNLayerOptions extends LayerOptions {
  /** Weights cannot tell. Default `tanh`, as in PyTorch. */
  nonlinearity?: "tanh" | "relu";
}

/** What the three have in common. */
class Recurrent extends StreamLayer {
  /** Features of a step, C. */
  readonly inputSize: number;
  /** Units, H. */
  readonly hiddenSize: number;
  /** Layers, each on top of the one before. */
  readonly numLayers: number;
  /** The size of an LSTM's projection, or 0. */
  readonly projSize: number;
  private readonly take: () => readonly Weights<Float32Array>[];

  protected constructor(
    private readonly cell: Cell,
    weights: NamedWeights,
    options: LayerOptions,
    mayProject = false,
  ) {
    super();
    const { name } = this.constructor;
    const named = new Named(name, weights, options.prefix);
    const { numLayers, bidirectional, bias, projected } = outlineOf(named.names);
    if (bidirectional) {
      fail("ValueError", `${name}: expected weights of one direction, got a bidirectional layer, which cannot stream`);
    }
    const suffix = numLayers === null ? "" : "_l0";
    const [ih, hr] = [`weight_ih${suffix}`, `weight_hr${suffix}`];
    named.needs(ih, "weight_ih_l0");
    const { gates } = cell;
    const [rows = 0, inputSize = 0] = named.shape(ih);
    const hiddenSize = rows / gates;
    if (!Number.isInteger(hiddenSize) || hiddenSize === 0) {
      named.refuse(`${named.full(ih)} with ${gates}·hidden_size rows`, rows);
    }
    const [projSize = 0] = mayProject && projected ? named.shape(hr) : [];
    if (mayProject && projected && !(projSize > 0 && projSize < hiddenSize)) {
      named.refuse(`${named.full(hr)} with fewer rows than hidden_size=${hiddenSize}, but at least one`, projSize);
    }
    const sizes = { gates, inputSize, hiddenSize, projSize, numLayers, bidirectional, bias };
    const taken = parametersOf(sizes).map((list) => weightsOf(list, ({ name, shape }) => named.take(name, shape)));
    const more = named.names.find((name) => ownerOf(name) !== null);
    if (more !== undefined) {
      const expected = `the weights of num_layers=${numLayers ?? 1}, bias=${bias}, proj_size=${projSize}`;
      fail("ValueError", `${name}: expected ${expected}, got also ${named.full(more)}`);
    }
    this.inputSize = inputSize;
    this.hiddenSize = hiddenSize;
    this.numLayers = numLayers ?? 1;
    this.projSize = projSize;
    this.take = () => {
      if (inputSize > 0) named.checkPresent();
      return taken;
    };
  }

  /** @internal */
  override stages(): readonly Stage[] {
    const { cell, inputSize, hiddenSize, numLayers, projSize, take } = this;
    return [{ kind: "stack", cell, numLayers, inputSize, hiddenSize, outputSize: projSize || hiddenSize, take }];
  }
}

/**
 * An Elman network for inference: h' = tanh(W_ih·x + b_ih + W_hh·h + b_hh), or max(…, 0).
 * Source: https://docs.pytorch.org/docs/stable/generated/torch.nn.RNN.html
 */
export class RNN extends Recurrent {
  static override name = "RNN";

  /** @param weights named tensors, of a state dict or a file */
  constructor(weights: NamedWeights, options: RNNLayerOptions = {}) {
    checkOptions("RNN", options, ["prefix", "nonlinearity"]);
    const { nonlinearity = "tanh" } = options;
    if (nonlinearity !== "tanh" && nonlinearity !== "relu") {
      fail("ValueError", `Unknown nonlinearity '${shown(nonlinearity)}'. Select from 'tanh' or 'relu'.`);
    }
    super(nonlinearity === "tanh" ? rnnTanh : rnnRelu, weights, options);
  }
}

/**
 * Long short-term memory for inference, with a projection where the weights have one.
 * Source: https://docs.pytorch.org/docs/stable/generated/torch.nn.LSTM.html
 */
export class LSTM extends Recurrent {
  static override name = "LSTM";

  constructor(weights: NamedWeights, options: LayerOptions = {}) {
    checkOptions("LSTM", options, ["prefix"]);
    super(lstm, weights, options, true);
  }
}

/**
 * A gated recurrent unit for inference.
 * Source: https://docs.pytorch.org/docs/stable/generated/torch.nn.GRU.html
 */
export class GRU extends Recurrent {
  static override name = "GRU";

  /** @param weights named tensors, of a state dict or a file */
  constructor(weights: NamedWeights, options: LayerOptions = {}) {
    checkOptions("GRU", options, ["prefix"]);
    super(gru, weights, options);
  }
}
