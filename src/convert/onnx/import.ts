/**
 * Recurrent layers out of an ONNX model: every RNN, LSTM and GRU node becomes a layer with PyTorch's order of gates, or, where
 * PyTorch has no such cell, a Recurrent.
 *
 * It reads weights; it runs no graph. Nodes are found wherever they stand: in the bodies of If, Loop and Scan and in local
 * functions too. Weights may be computed from numbers in the file (operations.ts). What is seen and not taken is said.
 */

import { ElmanError, fail, warn } from "../../base/errors.js";
import { numel } from "../../base/shape.js";
import type { Cell } from "../../device/cell.js";
import type { GRU, LSTM, LSTMState, Parameter, Recurrent, RNN } from "../../nn/index.js";
import { noGrad } from "../../tensor/autograd.js";
import type { Tensor } from "../../tensor/tensor.js";
import { modelOf } from "./model.js";
import { layerOf, recurrentKind } from "./node.js";
import type { OnnxOptions } from "./tensors.js";
import { nodesOf } from "./walk.js";

/** What a layer computes, whichever it is. */
interface AnyRecurrent {
  /** `[G·H, C]`: named, like the next, because every layer has it. */
  readonly weight_ih_l0: Parameter;
  /** `[G·H, H]` */
  readonly weight_hh_l0: Parameter;
  /** As that of `nn.RNN`, `nn.GRU` and `nn.LSTM`; `hx` is a list of two for an LSTM alone, with or without peepholes. */
  forward(input: Tensor, hx?: Tensor | LSTMState | null): [Tensor, Tensor | LSTMState];
}

interface Node<Layer, State> {
  /** The node's name, or that of its first output if it has none; behind the names of the function calls around it. */
  readonly name: string;
  /**
   * One layer, in one direction or both; `batchFirst` where the node has layout = 1. Of direction "reverse" it reads its
   * input from the end, and its outputs stand where the steps stood.
   */
  readonly layer: Layer & AnyRecurrent;
  /**
   * The state that the file lets it begin in, h or [h, c], each `[D, N, H]`: `layer.forward(x, hx)`. N is 1 where the size
   * of the batch is open and all sequences begin alike: `hx.expand([D, N, H])`. Null where it begins with zeros, or where
   * the graph gives a state that depends on its inputs.
   */
  readonly hx: State | null;
}

/**
 * A recurrent node of a model: a layer of PyTorch's, or a `Recurrent` of the cell `peepholeLSTM`, where it has an input P, or
 * `gruResetBefore`, where its linear_before_reset is 0, as it is unless the model says otherwise.
 */
export type OnnxLayer =
  | Node<RNN, Tensor>
  | Node<GRU, Tensor>
  | Node<LSTM, LSTMState>
  | Node<Recurrent<Cell<1>>, Tensor>
  | Node<Recurrent<Cell<2>>, LSTMState>;

/** What a model has of layers. */
export interface FoundLayers {
  readonly layers: readonly OnnxLayer[];
  /** Why the other recurrent nodes are no layers. */
  readonly problems: readonly ElmanError[];
  /** How many nodes of each other kind there are. */
  readonly others: ReadonlyMap<string, number>;
  /** The names of the numbers that the layers are made of. */
  readonly used: ReadonlySet<string>;
}

/** @param where how errors begin */
export function findLayers(where: string, bytes: Uint8Array, options: OnnxOptions): FoundLayers {
  const { model, surroundings } = modelOf(where, bytes, options);
  const { room, used } = surroundings;
  const layers: OnnxLayer[] = [];
  const problems: ElmanError[] = [];
  const others = new Map<string, number>();
  for (const { node, scope, path } of nodesOf(where, model, surroundings)) {
    const found = recurrentKind(node);
    const { opType = "" } = node;
    if (found === null) {
      others.set(opType, (others.get(opType) ?? 0) + 1);
      continue;
    }
    const name = `${path}${node.name || node.output?.find((output) => output !== "") || opType}`;
    try {
      const { layer, states } = layerOf(`${where}: ${opType} '${name}'`, found.kind, node, scope, found.isQuantized);
      const hx = states !== null && found.kind !== "LSTM" ? states[0] : states;
      layers.push({ name, layer, hx } as OnnxLayer);
      for (const { shape } of layer.parameters()) room.take(numel(shape));
    } catch (error) {
      room.check();
      if (!(error instanceof ElmanError)) throw error;
      problems.push(error);
    }
  }
  return { layers, problems, others, used };
}

/**
 * The RNN, LSTM and GRU nodes of an ONNX model as layers, in the order of the graph. A stack of L layers is L nodes in
 * ONNX, and comes as L layers. An LSTM with peepholes and a GRU that resets h before the product come as `nn.Recurrent` of
 * `nn.recurrentCells.peepholeLSTM` and `gruResetBefore`. A DynamicQuantizeLSTM comes with the weights that its 8 bits stand
 * for. Weights of half precision become float32.
 * @param bytes the contents of an .onnx file
 * @param options `externalData`: the contents of the files beside it
 * @returns one layer at least; a warning names the recurrent nodes that were not taken
 * @throws RuntimeError for bytes that are no ONNX model; where nothing was taken, for each recurrent node the reason:
 *   NotImplementedError for one that no layer here computes, ValueError for weights that do not fit their node
 */
export function fromOnnx(bytes: Uint8Array, options: OnnxOptions = {}): OnnxLayer[] {
  const { layers, problems, others } = noGrad(() => findLayers("fromOnnx()", bytes, options));
  const sentences = problems.map(({ message }) => message.replace("fromOnnx(): ", "")).join("; ");
  if (layers.length > 0) {
    if (problems.length > 0) warn(`fromOnnx() leaves out what it cannot take: ${sentences}`);
    return [...layers];
  }
  const [first] = problems;
  if (first !== undefined) fail(first.kind, `fromOnnx(): ${sentences}`);
  return fail("ValueError", `fromOnnx() ${nothingIn(others)}`);
}

/** What is in a model without recurrent nodes, and what to do. */
export function nothingIn(others: ReadonlyMap<string, number>): string {
  const seen = [...others].filter(([opType]) => opType !== "Constant").sort(([, a], [, b]) => b - a);
  const list = seen.slice(0, 8).map(([opType, count]) => `${opType} (${count})`);
  const more = seen.length > list.length ? ` and ${seen.length - list.length} more kinds` : "";
  const what = list.length === 0 ? "nothing" : `${list.join(", ")}${more}`;
  return (
    `expected RNN, LSTM or GRU nodes, got: ${what}. PyTorch's default exporter writes an nn.RNN and cells as ` +
    "the arithmetic of their steps: export an nn.RNN with dynamo=False, or take the weights by name with onnxTensors()"
  );
}
