/**
 * Each kind of module as ONNX nodes. A step reads one value, `[T, N, C]` for layers and `[N, C]` for cells, and gives one.
 * What stands before or after it is not its affair (export.ts).
 * Source: https://onnx.ai/onnx/operators/
 */

import { fail } from "../../base/errors.js";
import { tupleText } from "../../base/shape.js";
import * as nn from "../../nn/index.js";
import { cat, stack } from "../../tensor/combine.js";
import { ones } from "../../tensor/create.js";
import type { Tensor } from "../../tensor/tensor.js";
import { reordered } from "../gates.js";
import type { Attribute, Dimension, GraphBuilder } from "./builder.js";
import { operators } from "./operators.js";

/** An output of the model: what it is called, the value it is, its shape. */
export type Output = readonly [name: string, value: string, dims: readonly Dimension[]];

/** A value, and the final states on the way to it. */
export interface Written {
  readonly value: string;
  readonly finals: readonly Output[];
}

/** A module as it is written. */
export interface Step {
  /** Features of its input; null where that is whole numbers without features. */
  readonly takes: number | null;
  /** Features of its output. */
  readonly gives: number;
  /** Null where it has no state. */
  readonly recurrent: { readonly cell: boolean; readonly batchFirst: boolean } | null;
  /**
   * @param states what stands before the names of the states
   * @param lengths the input with the number of real steps of each sequence, or `""`
   */
  write(graph: GraphBuilder, value: string, states: string, lengths: string): Written;
}

type Layer = nn.RNN | nn.LSTM | nn.GRU;
type Cell = nn.RNNCell | nn.LSTMCell | nn.GRUCell;

/** What ONNX must know of a recurrent module; a cell is one layer in one direction. */
interface Recurrent {
  readonly kind: keyof typeof operators;
  readonly relu: boolean;
  readonly H: number;
  readonly L: number;
  readonly D: number;
  readonly cell: boolean;
  /** Of each layer and direction: `[w_ih, w_hh(, b_ih, b_hh)]`. */
  readonly weights: readonly (readonly Tensor[])[];
}

/** Whether a module is of a class and computes what that does: a subclass may compute anything. */
function is<M extends nn.Module>(module: nn.Module, one: { new (...given: never[]): M; prototype: M }): module is M {
  return module instanceof one && module.forward === one.prototype.forward;
}

/**
 * The step that computes what a module does.
 * @param path where it stands: `""`, or `"1."` in a list
 */
export function stepOf(module: nn.Module, path: string): Step {
  if (is(module, nn.Linear)) return linear(module, path);
  if (is(module, nn.Embedding)) return embedding(module, path);
  if (is(module, nn.LayerNorm)) return layerNorm(module, path);
  if (is(module, nn.RNN) || is(module, nn.LSTM) || is(module, nn.GRU)) return layer(module, path);
  if (is(module, nn.RNNCell) || is(module, nn.LSTMCell) || is(module, nn.GRUCell)) return cell(module, path);
  return fail(
    "NotImplementedError",
    `exportOnnx() does not know what ${module.constructor.name} computes: give it the layers that run, as a list`,
  );
}

/** A step without states: `write` gives the name of its value. */
function stateless(
  takes: number | null,
  gives: number,
  write: (graph: GraphBuilder, value: string) => readonly [string, ...string[]],
): Step {
  return { takes, gives, recurrent: null, write: (graph, value) => ({ value: write(graph, value)[0], finals: [] }) };
}

function linear({ weight, bias, inFeatures, outFeatures }: nn.Linear, path: string): Step {
  return stateless(inFeatures, outFeatures, (graph, value) => {
    const product = graph.node("MatMul", `${path}MatMul`, [value, graph.stored(`${path}weight`, weight.t())]);
    if (bias === null) return product;
    return graph.node("Add", `${path}Add`, [product[0], graph.stored(`${path}bias`, bias)]);
  });
}

function embedding({ weight, embeddingDim }: nn.Embedding, path: string): Step {
  return stateless(null, embeddingDim, (graph, value) =>
    graph.node("Gather", `${path}Gather`, [graph.stored(`${path}weight`, weight), value], { axis: { i: 0 } }),
  );
}

function layerNorm({ weight, bias, eps, normalizedShape }: nn.LayerNorm, path: string): Step {
  if (normalizedShape.length !== 1) {
    fail(
      "NotImplementedError",
      `exportOnnx() expected a LayerNorm over the last dimension alone, got one over ${tupleText(normalizedShape)}`,
    );
  }
  const [features] = normalizedShape;
  return stateless(features, features, (graph, value) => {
    const scale = graph.stored(`${path}weight`, weight ?? ones([features], { dtype: graph.dtype }));
    const inputs = [value, scale, ...(bias === null ? [] : [graph.stored(`${path}bias`, bias)])];
    const attributes = { axis: { i: -1 }, epsilon: { f: eps } };
    return graph.node("LayerNormalization", `${path}LayerNormalization`, inputs, attributes);
  });
}

function layer(module: Layer, path: string): Step {
  const { inputSize, hiddenSize: H, numLayers: L, bidirectional, batchFirst, projSize, mode } = module;
  if (projSize > 0)
    fail("NotImplementedError", "exportOnnx() has no operator for an LSTM with a projection (projSize)");
  const D = bidirectional ? 2 : 1;
  const kind = mode === "LSTM" || mode === "GRU" ? mode : "RNN";
  const own: Recurrent = { kind, relu: mode === "RNN_RELU", H, L, D, cell: false, weights: module.allWeights };
  return {
    takes: inputSize,
    gives: D * H,
    recurrent: { cell: false, batchFirst },
    write: (graph, value, states, lengths) => recurrent(graph, own, path, value, states, lengths),
  };
}

function cell(module: Cell, path: string): Step {
  const { inputSize, hiddenSize: H, weight_ih, weight_hh, bias_ih, bias_hh } = module;
  const weights = [[weight_ih, weight_hh, bias_ih, bias_hh].filter((weight) => weight !== null)];
  const kind = module instanceof nn.LSTMCell ? "LSTM" : module instanceof nn.GRUCell ? "GRU" : "RNN";
  const relu = module instanceof nn.RNNCell && module.nonlinearity === "relu";
  const own: Recurrent = { kind, relu, H, L: 1, D: 1, cell: true, weights };
  return {
    takes: inputSize,
    gives: H,
    recurrent: { cell: true, batchFirst: false },
    write(graph, value, states) {
      const [sequence] = graph.node("Unsqueeze", `${path}one_step`, [value, graph.whole([0])]);
      const written = recurrent(graph, own, path, sequence, states, "");
      return { ...written, value: graph.node("Squeeze", `${path}the_step`, [written.value, graph.whole([0])])[0] };
    },
  };
}

/** Layer upon layer, `[T, N, C]` → `[T, N, D·H]`; ONNX gives `[T, D, N, H]`, and takes the states of one layer. */
function recurrent(
  graph: GraphBuilder,
  own: Recurrent,
  path: string,
  sequence: string,
  states: string,
  lengths: string,
): Written {
  const { kind, H, L, D } = own;
  const letters = kind === "LSTM" ? ["h", "c"] : ["h"];
  const dims: Dimension[] = own.cell ? ["batch", H] : [L * D, "batch", H];
  const initial = letters.map((letter) => {
    const given = graph.input(`${states}${letter}0`, dims);
    if (own.cell) return graph.node("Unsqueeze", `${path}${letter}0_one`, [given, graph.whole([0])]);
    if (L === 1) return [given];
    const parts = Array.from({ length: L }, (_, layer) => `l${layer}`);
    return graph.node("Split", `${path}${letter}0`, [given], { axis: { i: 0 } }, parts);
  });
  const final: string[][] = letters.map(() => []);
  let value = sequence;
  for (let layer = 0; layer < L; layer++) {
    const [name, hint] = [`${path}${kind}_l${layer}`, `${path}l${layer}`];
    const inputs = [value, ...weights(graph, own, layer, hint), lengths, ...initial.map((parts) => parts[layer])];
    const outputs = ["Y", ...letters.map((letter) => `Y_${letter}`)];
    const [y, ...last] = graph.node(kind, name, inputs, attributes(own), outputs);
    last.forEach((state, i) => {
      final[i].push(state);
    });
    if (D === 1) [value] = graph.node("Squeeze", `${hint}.one_direction`, [y, graph.whole([1])]);
    else {
      const [beside] = graph.node("Transpose", `${hint}.directions_last`, [y], { perm: { ints: [0, 2, 1, 3] } });
      [value] = graph.node("Reshape", `${hint}.joined`, [beside, graph.whole([0, 0, D * H])]);
    }
  }
  const finals = letters.map((letter, i): Output => {
    let [state] = final[i];
    if (own.cell) [state] = graph.node("Squeeze", `${path}${letter}n_one`, [state, graph.whole([0])]);
    if (L > 1) [state] = graph.node("Concat", `${path}${letter}n`, final[i], { axis: { i: 0 } });
    return [`${states}${letter}n`, state, dims];
  });
  return { value, finals };
}

/** W `[D, G·H, C]`, R `[D, G·H, H]`, B `[D, 2·G·H]` or none, of one layer. */
function weights(graph: GraphBuilder, { kind, D, weights }: Recurrent, layer: number, hint: string): string[] {
  const { order } = operators[kind];
  const directions = weights.slice(layer * D, (layer + 1) * D).map((list) => list.map((one) => reordered(one, order)));
  const stored = (name: string, part: (direction: Tensor[]) => Tensor) =>
    graph.stored(`${hint}.${name}`, stack(directions.map(part)));
  const [W, R] = [stored("W", ([ih]) => ih), stored("R", ([, hh]) => hh)];
  return [W, R, directions[0].length === 2 ? "" : stored("B", ([, , ...biases]) => cat(biases))];
}

function attributes({ kind, relu, H, D }: Recurrent): Record<string, Attribute> {
  return {
    hidden_size: { i: H },
    direction: { s: D === 2 ? "bidirectional" : "forward" },
    ...(relu && { activations: { strings: Array<string>(D).fill("Relu") } }),
    ...(kind === "GRU" && { linear_before_reset: { i: 1 } }),
  };
}
