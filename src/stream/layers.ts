/**
 * RNN, LSTM and GRU for inference alone, made from named weights: what a worklet imports, without tensors and gradients.
 */

import { checkOptions, fail, shown, typeName } from "../base/errors.js";
import { listText, sameShape } from "../base/shape.js";
import type { Cell } from "../device/cell.js";
import { gru } from "../device/cells/gru.js";
import { lstm } from "../device/cells/lstm.js";
import { rnnRelu, rnnTanh } from "../device/cells/rnn.js";
import { device } from "../device/default.js";
import type { Weights } from "../device/device.js";
import { outlineOf, ownerOf, parametersOf, weightsOf } from "../device/parameters.js";
import { batchOf, Stream, type StreamOptions } from "./stream.js";

/** A weight: a safetensors entry of dtype F32, or anything else that has a shape and as many floats, row-major. */
export interface NamedWeight {
  readonly shape: readonly number[];
  readonly data: Float32Array;
}

/** Weights under PyTorch's names: `weight_ih_l0`, `weight_hh_l0`, `bias_ih_l0`, …; of a cell `weight_ih`, … */
export type NamedWeights = ReadonlyMap<string, NamedWeight> | Readonly<Record<string, NamedWeight>>;

/** Options of every layer. */
export interface LayerOptions {
  /** What the names begin with, such as `encoder.lstm.`. Default nothing. */
  prefix?: string;
}

/** Options of an RNN. */
export interface RNNLayerOptions extends LayerOptions {
  /** Weights cannot tell. Default `tanh`, as in PyTorch. */
  nonlinearity?: "tanh" | "relu";
}

/** What the three have in common. */
class StreamLayer {
  /** Features of a step, C. */
  readonly inputSize: number;
  /** Units, H. */
  readonly hiddenSize: number;
  /** Layers, each on top of the one before. */
  readonly numLayers: number;
  /** The size of an LSTM's projection, or 0. */
  readonly projSize: number;
  private readonly weights: readonly Weights<Float32Array>[];

  protected constructor(
    private readonly cell: Cell,
    weights: NamedWeights,
    { prefix = "" }: LayerOptions,
    mayProject = false,
  ) {
    if (typeof weights !== "object" || weights === null) {
      fail("TypeError", `${this.constructor.name} expected weights by name, got: ${typeName(weights)}`);
    }
    if (typeof prefix !== "string") fail("TypeError", `prefix should be of type string, got: ${typeName(prefix)}`);
    const given = new Map(weights instanceof Map ? weights : Object.entries(weights));
    const names = [...given.keys()].filter((name) => typeof name === "string" && name.startsWith(prefix));
    const own = new Map<string, NamedWeight>();
    for (const name of names) own.set(name.slice(prefix.length), given.get(name));
    const where = `${this.constructor.name}: `;
    const { numLayers, bidirectional, bias, projected } = outlineOf([...own.keys()]);
    if (bidirectional) {
      fail("ValueError", `${where}expected weights of one direction, got a bidirectional layer, which cannot stream`);
    }
    const suffix = numLayers === null ? "" : "_l0";
    const [ih, hr] = [`weight_ih${suffix}`, `weight_hr${suffix}`];
    if (!own.has(ih)) {
      fail("ValueError", `${where}expected a weight named ${prefix}weight_ih_l0, got: ${shownNames(given)}`);
    }
    const size = (name: string, dim: number) => checked(where, prefix + name, own.get(name)).shape[dim] ?? 0;
    const { gates } = cell;
    const rows = size(ih, 0);
    const hiddenSize = rows / gates;
    if (!Number.isInteger(hiddenSize) || hiddenSize === 0) {
      fail("ValueError", `${where}expected ${prefix}${ih} with ${gates}·hidden_size rows, got: ${rows}`);
    }
    const projSize = mayProject && projected ? size(hr, 0) : 0;
    if (mayProject && projected && !(projSize > 0 && projSize < hiddenSize)) {
      const expected = `${prefix}${hr} with fewer rows than hidden_size=${hiddenSize}, but at least one`;
      fail("ValueError", `${where}expected ${expected}, got: ${projSize}`);
    }
    const inputSize = size(ih, 1);
    const sizes = { gates, inputSize, hiddenSize, projSize, numLayers, bidirectional, bias };
    this.weights = parametersOf(sizes).map((list) =>
      weightsOf(list, ({ name, shape }) => {
        const weight = checked(where, prefix + name, own.get(name));
        if (!sameShape(weight.shape, shape)) {
          const came = listText(weight.shape);
          fail("ValueError", `${where}expected ${prefix}${name} of size ${listText(shape)}, got ${came}`);
        }
        own.delete(name);
        return weight.data;
      }),
    );
    const more = [...own.keys()].find((name) => ownerOf(name) !== null);
    if (more !== undefined) {
      const expected = `the weights of num_layers=${numLayers ?? 1}, bias=${bias}, proj_size=${projSize}`;
      fail("ValueError", `${where}expected ${expected}, got also ${prefix}${more}`);
    }
    this.inputSize = inputSize;
    this.hiddenSize = hiddenSize;
    this.numLayers = numLayers ?? 1;
    this.projSize = projSize;
  }

  /** The weights, unless someone has transferred their memory away since they were given. */
  private present(): readonly Weights<Float32Array>[] {
    const gone = this.weights.some((list) => Object.values(list).some((data) => data !== null && data.length === 0));
    if (gone && this.inputSize > 0) {
      fail(
        "RuntimeError",
        `${this.constructor.name}: expected its weights, but their memory was transferred elsewhere`,
      );
    }
    return this.weights;
  }

  /**
   * The layer at work, one step at a time. The arrays of the weights are read now, and again at `refresh()`.
   * @throws ValueError where `batch` is no whole number
   */
  stream(options?: StreamOptions): Stream {
    const { cell, inputSize, hiddenSize, numLayers, projSize } = this;
    const batch = batchOf(`${this.constructor.name}.stream()`, options);
    const stack = { cell, batch, numLayers, inputSize, hiddenSize, outputSize: projSize || hiddenSize };
    return new Stream(device(), stack, () => this.present());
  }
}

function shownNames(given: ReadonlyMap<string, unknown>): string {
  return [...given.keys()].slice(0, 4).join(", ") || "none";
}

function checked(where: string, name: string, weight: NamedWeight | undefined): NamedWeight {
  if (weight === undefined) fail("ValueError", `${where}expected a weight named ${name}, which is missing`);
  const { shape, data } = weight ?? {};
  if (!Array.isArray(shape) || !(data instanceof Float32Array)) {
    fail(
      "TypeError",
      `${where}expected ${name} as a shape and a Float32Array, got: ${shown(shape)} and ${typeName(data)}`,
    );
  }
  if (!shape.every((size) => Number.isInteger(size) && size >= 0)) {
    const came = shape.map(shown).join(", ");
    fail("ValueError", `${where}expected ${name} with a shape of whole numbers, at least 0, got: [${came}]`);
  }
  const count = shape.reduce((product: number, n: number) => product * n, 1);
  if (data.length !== count) {
    fail("ValueError", `${where}expected ${name} of size ${listText(shape)} with ${count} floats, got: ${data.length}`);
  }
  return weight;
}

/**
 * An Elman network for inference: h' = tanh(W_ih·x + b_ih + W_hh·h + b_hh), or max(…, 0).
 * Source: https://docs.pytorch.org/docs/stable/generated/torch.nn.RNN.html
 */
export class RNN extends StreamLayer {
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
export class LSTM extends StreamLayer {
  constructor(weights: NamedWeights, options: LayerOptions = {}) {
    checkOptions("LSTM", options, ["prefix"]);
    super(lstm, weights, options, true);
  }
}

/**
 * A gated recurrent unit for inference.
 * Source: https://docs.pytorch.org/docs/stable/generated/torch.nn.GRU.html
 */
export class GRU extends StreamLayer {
  constructor(weights: NamedWeights, options: LayerOptions = {}) {
    checkOptions("GRU", options, ["prefix"]);
    super(gru, weights, options);
  }
}
