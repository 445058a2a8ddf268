/**
 * RNN, LSTM and GRU and their cells as ONNX nodes.
 * Source: https://onnx.ai/onnx/operators/onnx__LSTM.html, …GRU.html, …RNN.html
 */

import { fail } from "../../base/errors.js";
import * as nn from "../../nn/index.js";
import { cat, stack } from "../../tensor/combine.js";
import { zeros, zerosLike } from "../../tensor/create.js";
import type { Tensor } from "../../tensor/tensor.js";
import { reordered } from "../gates.js";
import type { Attribute, Dimension, GraphBuilder } from "./builder.js";
import { operators, peepholes } from "./operators.js";
import { features, type Output, type Step, withFeatures } from "./step.js";

/** What is written of a layer. */
type Layer = Pick<
  nn.RNNBase,
  "inputSize" | "hiddenSize" | "numLayers" | "bidirectional" | "batchFirst" | "projSize" | "mode" | "reverse"
> & {
  readonly allWeights: readonly (readonly Tensor[])[];
  /** Whether a GRU resets h before the product. */
  readonly resetsBefore?: boolean;
  /** Of each layer and direction of an LSTM with peepholes: the blocks of P. */
  readonly peepholes?: readonly (readonly Tensor[])[] | null;
};
type Cell = nn.RNNCell | nn.LSTMCell | nn.GRUCell;

/** What ONNX must know of a recurrent module; a cell is one layer in one direction. */
interface Recurrent {
  readonly kind: keyof typeof operators;
  readonly relu: boolean;
  readonly resetsBefore: boolean;
  readonly peepholes: readonly (readonly Tensor[])[] | null;
  readonly H: number;
  readonly L: number;
  readonly D: number;
  /** The size of the projection, or 0. */
  readonly P: number;
  readonly cell: boolean;
  readonly reverse: boolean;
  /** Of each layer and direction: `[w_ih, w_hh(, b_ih, b_hh)(, w_hr)]`. */
  readonly weights: readonly (readonly Tensor[])[];
}

export function layer(module: Layer, path: string): Step {
  const {
    inputSize,
    hiddenSize: H,
    numLayers: L,
    bidirectional,
    batchFirst,
    projSize: P,
    mode,
    reverse = false,
    resetsBefore = false,
    peepholes = null,
  } = module;
  const D = bidirectional ? 2 : 1;
  const kind = mode === "LSTM" || mode === "GRU" ? mode : "RNN";
  const relu = mode === "RNN_RELU";
  const weights = module.allWeights;
  const own: Recurrent = { kind, relu, resetsBefore, peepholes, H, L, D, P, cell: false, reverse, weights };
  return {
    takes: features(inputSize),
    recurrent: { cell: false, batchFirst },
    write(graph, { value, dims }, states, lengths) {
      const swap = { perm: { ints: [1, 0, 2] } };
      const [sequence] = batchFirst ? graph.node("Transpose", `${path}time_first`, [value], swap) : [value];
      const { output, finals } = recurrent(graph, own, path, sequence, states, lengths);
      const [result] = batchFirst ? graph.node("Transpose", `${path}batch_first`, [output], swap) : [output];
      return { value: result, dims: withFeatures(dims, D * (P || H)), finals };
    },
  };
}

/** What the layer of each cell would be among PyTorch's; one by one: of a namespace that is taken apart, bundlers keep all. */
const modes = new Map<unknown, nn.RNNBase["mode"]>([
  [nn.recurrentCells.lstm, "LSTM"],
  [nn.recurrentCells.peepholeLSTM, "LSTM"],
  [nn.recurrentCells.gru, "GRU"],
  [nn.recurrentCells.gruResetBefore, "GRU"],
  [nn.recurrentCells.rnnTanh, "RNN_TANH"],
  [nn.recurrentCells.rnnRelu, "RNN_RELU"],
]);

/** A `Recurrent` as a layer of ONNX's. @throws NotImplementedError for what that is not, and says what can be written */
export function recurrentLayer(module: nn.Recurrent): Layer {
  const { cell, inputSize, settings, reverse } = module;
  const { sizes, numLayers, bidirectional, batchFirst, projSize, zoneout } = settings;
  const mode = modes.get(cell);
  const refuse = (came: string): never => {
    const cells = "lstm, peepholeLSTM, gru, gruResetBefore, rnnTanh or rnnRelu";
    const known = `a Recurrent of the cells ${cells}, with what PyTorch's layers can do`;
    return fail("NotImplementedError", `exportOnnx() can write ${known}, got ${came}`);
  };
  if (mode === undefined) return refuse(cell === null ? "a module as cell" : cell.name);
  if (sizes.some((H) => H !== sizes[0])) return refuse(`hiddenSize=${sizes}`);
  if (settings.residual) return refuse("residual=true");
  if (settings.initialState === "learned") return refuse("initialState=learned");
  if (settings.stateBatchFirst) return refuse("stateBatchFirst=true");
  if (zoneout.h + zoneout.c > 0) return refuse("zoneout");
  const named = module as unknown as Record<string, Tensor | undefined>;
  const stems = ["weight_ih", "weight_hh", "bias_ih", "bias_hh", "weight_hr"];
  const suffixes = sizes.flatMap((_, k) => (bidirectional ? [`_l${k}`, `_l${k}_reverse`] : [`_l${k}`]));
  const allWeights = suffixes.map((suffix) => {
    const bias = named[`bias_ih${suffix}`];
    const found = stems.map((stem) => named[stem + suffix] ?? (stem === "bias_hh" && bias ? zerosLike(bias) : null));
    return found.filter((weight) => weight !== null);
  });
  const seen = (suffix: string) => peepholes.map((stem) => named[stem + suffix] as Tensor);
  return {
    ...{ inputSize, hiddenSize: sizes[0], numLayers, bidirectional, batchFirst, projSize, mode, allWeights },
    ...(reverse && { reverse }),
    resetsBefore: cell === nn.recurrentCells.gruResetBefore,
    peepholes: cell === nn.recurrentCells.peepholeLSTM ? suffixes.map(seen) : null,
  };
}

export function cell(module: Cell, path: string): Step {
  const { inputSize, hiddenSize: H, weight_ih, weight_hh, bias_ih, bias_hh } = module;
  const weights = [[weight_ih, weight_hh, bias_ih, bias_hh].filter((weight) => weight !== null)];
  const kind = module instanceof nn.LSTMCell ? "LSTM" : module instanceof nn.GRUCell ? "GRU" : "RNN";
  const relu = module instanceof nn.RNNCell && module.nonlinearity === "relu";
  const none = { P: 0, resetsBefore: false, peepholes: null, reverse: false };
  const own: Recurrent = { kind, relu, H, L: 1, D: 1, cell: true, weights, ...none };
  return {
    takes: features(inputSize),
    recurrent: { cell: true, batchFirst: false },
    write(graph, { value, dims }, states) {
      const [sequence] = graph.node("Unsqueeze", `${path}one_step`, [value, graph.whole([0])]);
      const { output, finals } = recurrent(graph, own, path, sequence, states, "");
      const [result] = graph.node("Squeeze", `${path}the_step`, [output, graph.whole([0])]);
      return { value: result, dims: withFeatures(dims, H), finals };
    },
  };
}

/**
 * Layer upon layer, `[T, N, C]` → `[T, N, D·H]`; ONNX gives `[T, D, N, H]`, and takes the states of one layer.
 *
 * ONNX knows no projection. The product of both recurrent matrices takes the place of the one, and a MatMul projects what
 * comes out: h = W_hr·m of units m. The state that is given is no such product: it begins in P units more, which are 0
 * from the first step on, since all that leads to them is 0.
 */
function recurrent(
  graph: GraphBuilder,
  own: Recurrent,
  path: string,
  sequence: string,
  states: string,
  lengths: string,
): { output: string; finals: Output[] } {
  const { kind, H, L, D, P } = own;
  const letters = kind === "LSTM" ? ["h", "c"] : ["h"];
  const dimsOf = (i: number): Dimension[] => [...(own.cell ? [] : [L * D]), "batch", i === 0 && P > 0 ? P : H];
  const initial = letters.map((letter, i) => {
    let given = graph.input(`${states}${letter}0`, dimsOf(i));
    const pads = i === 0 ? [0, 0, H, 0, 0, 0] : [0, 0, 0, 0, 0, P];
    if (P > 0) [given] = graph.node("Pad", `${path}${letter}0_wide`, [given, graph.whole(pads)]);
    if (own.cell) return graph.node("Unsqueeze", `${path}${letter}0_one`, [given, graph.whole([0])]);
    if (L === 1) return [given];
    const parts = Array.from({ length: L }, (_, layer) => `l${layer}`);
    return graph.node("Split", `${path}${letter}0`, [given], { axis: { i: 0 } }, parts);
  });
  const final: string[][] = letters.map(() => []);
  let value = sequence;
  for (let layer = 0; layer < L; layer++) {
    const [name, hint] = [`${path}${kind}_l${layer}`, `${path}l${layer}`];
    const [W, R, B, ...ofC] = weights(graph, own, layer, hint);
    const inputs = [value, W, R, B, lengths, ...initial.map((parts) => parts[layer]), ...ofC];
    const outputs = ["Y", ...letters.map((letter) => `Y_${letter}`)];
    let [y, ...last] = graph.node(kind, name, inputs, attributes(own), outputs);
    if (P > 0) {
      const directions = own.weights.slice(layer * D, (layer + 1) * D).map((list) => list[list.length - 1].t());
      const wide = directions.map((one) => cat([one, zeros([P, P], { dtype: one.dtype })]));
      const projection = graph.stored(`${hint}.projection`, stack(wide));
      [y] = graph.node("MatMul", `${hint}.projected`, [y, projection]);
      const [h] = graph.node("MatMul", `${hint}.h`, [last[0], projection]);
      const [c] = graph.node("Slice", `${hint}.c`, [last[1], graph.whole([0]), graph.whole([H]), graph.whole([2])]);
      last = [h, c];
    }
    last.forEach((state, i) => {
      final[i].push(state);
    });
    if (D === 1) [value] = graph.node("Squeeze", `${hint}.one_direction`, [y, graph.whole([1])]);
    else {
      const [beside] = graph.node("Transpose", `${hint}.directions_last`, [y], { perm: { ints: [0, 2, 1, 3] } });
      [value] = graph.node("Reshape", `${hint}.joined`, [beside, graph.whole([0, 0, D * (P || H)])]);
    }
  }
  const finals = letters.map((letter, i): Output => {
    let [state] = final[i];
    if (own.cell) [state] = graph.node("Squeeze", `${path}${letter}n_one`, [state, graph.whole([0])]);
    if (L > 1) [state] = graph.node("Concat", `${path}${letter}n`, final[i], { axis: { i: 0 } });
    return [`${states}${letter}n`, state, dimsOf(i)];
  });
  return { output: value, finals };
}

/** W `[D, G·H, C]`, R `[D, G·H, H]`, B `[D, 2·G·H]` or none, and, where there are peepholes, P `[D, 3·H]`, of one layer. */
function weights(graph: GraphBuilder, own: Recurrent, layer: number, hint: string): string[] {
  const { kind, D, P, weights, peepholes } = own;
  const { order } = operators[kind];
  const ofLayer = <T>(list: readonly T[]): readonly T[] => list.slice(layer * D, (layer + 1) * D);
  const lists = ofLayer(weights).map((list) => (P > 0 ? unprojected(list) : list));
  const directions = lists.map((list) => list.map((one) => reordered(one, order)));
  const stored = (name: string, part: (direction: Tensor[]) => Tensor) =>
    graph.stored(`${hint}.${name}`, stack(directions.map(part)));
  const [W, R] = [stored("W", ([ih]) => ih), stored("R", ([, hh]) => hh)];
  const B = directions[0].length === 2 ? "" : stored("B", ([, , ...biases]) => cat(biases));
  if (peepholes === null) return [W, R, B];
  const blocks = ofLayer(peepholes).map((list) => cat(list.map((one) => cat([one, zeros([P], { dtype: one.dtype })]))));
  return [W, R, B, graph.stored(`${hint}.P`, stack(blocks))];
}

/** The weights of one direction for H + P units, whose recurrent matrix takes the units themselves, and no projection. */
function unprojected(list: readonly Tensor[]): Tensor[] {
  const [ih, hh, ...others] = list;
  const hr = others[others.length - 1];
  const [P, H] = hr.shape;
  const own = hh.to("float64").matmul(hr.to("float64")).to(hh.dtype);
  const taller = (rows: Tensor): Tensor => {
    const blocks = rows.reshape([4, H, ...rows.shape.slice(1)]);
    const more = zeros([4, P, ...rows.shape.slice(1)], { dtype: rows.dtype });
    return cat([blocks, more], 1).reshape([4 * (H + P), ...rows.shape.slice(1)]);
  };
  return [ih, cat([own, hh], 1), ...others.slice(0, -1)].map(taller);
}

function attributes({ kind, relu, resetsBefore, H, D, P, reverse }: Recurrent): Record<string, Attribute> {
  return {
    hidden_size: { i: H + P },
    direction: { s: D === 2 ? "bidirectional" : reverse ? "reverse" : "forward" },
    ...(relu && { activations: { strings: Array<string>(D).fill("Relu") } }),
    ...(kind === "GRU" && { linear_before_reset: { i: resetsBefore ? 0 : 1 } }),
  };
}
