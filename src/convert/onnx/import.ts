/**
 * Recurrent layers out of an ONNX model: every RNN, LSTM and GRU node becomes a layer with PyTorch's order of gates.
 *
 * It reads weights; it runs no graph. What PyTorch's layers cannot do is refused with a sentence: peepholes, clipping,
 * other activations, coupled gates, a lone reverse direction, a GRU with linear_before_reset = 0, lengths, and an
 * initial state other than zeros, that are fixed in the file. Those that are computed are the caller's to give to
 * `forward`. Nodes within the body of an If, Loop or function are not looked at.
 * Source: https://onnx.ai/onnx/operators/onnx__LSTM.html, …GRU.html, …RNN.html
 */

import { fail, typeName } from "../../base/errors.js";
import { isA } from "../../base/realm.js";
import { inverse, listText, numel, sameShape } from "../../base/shape.js";
import type { GRU, LSTM, RNN } from "../../nn/index.js";
import { tensor } from "../../tensor/create.js";
import type { Tensor } from "../../tensor/tensor.js";
import { type DirectionWeights, layerFrom } from "../gates.js";
import { operators } from "./operators.js";
import { dataTypes, decodeModel, type OnnxGraph, type OnnxModel, type OnnxNode, type OnnxTensor } from "./proto.js";

/** A recurrent node of a model. */
export interface OnnxLayer {
  /** The node's name, or that of its first output if it has none. */
  readonly name: string;
  /** One layer, in one direction or both; not `batchFirst`, as the node is not. */
  readonly layer: RNN | LSTM | GRU;
}

/** Nodes may share weights, which the layers do not: as many numbers a byte of the file may come of that. */
const mostShared = 16;

/**
 * The RNN, LSTM and GRU nodes of an ONNX model as layers, in the order of the graph. A stack of L layers is L nodes in
 * ONNX, and comes as L layers.
 * @param bytes the contents of an .onnx file; weights in float32 or float64, inside the file
 * @throws RuntimeError for bytes that are no ONNX model; NotImplementedError for a node that no layer here computes;
 *   ValueError for weights that do not fit their node
 */
export function fromOnnx(bytes: Uint8Array): OnnxLayer[] {
  if (!isA(bytes, "Uint8Array")) fail("TypeError", `fromOnnx() expected a Uint8Array, got: ${typeName(bytes)}`);
  let model: OnnxModel;
  try {
    model = decodeModel(bytes);
  } catch (error) {
    return fail(
      "RuntimeError",
      `fromOnnx() expected an ONNX model, but the bytes are none: ${(error as Error).message}`,
    );
  }
  const { graph } = model;
  if (graph === undefined) fail("RuntimeError", "fromOnnx() expected an ONNX model, but the bytes have no graph");
  const constant = constants(graph);
  const layers: OnnxLayer[] = [];
  let size = 0;
  for (const node of graph.node ?? []) {
    const { opType = "", domain = "" } = node;
    if ((domain !== "" && domain !== "ai.onnx") || !Object.hasOwn(operators, opType)) continue;
    const name = node.name || node.output?.find((output) => output !== "") || opType;
    const layer = layerOf(`fromOnnx(): ${opType} '${name}'`, opType as keyof typeof operators, node, constant);
    layers.push({ name, layer });
    for (const { shape } of layer.parameters()) size += numel(shape);
    if (size > mostShared * bytes.length) {
      fail("ValueError", `fromOnnx() expected weights of the size of the file, but its nodes share them too often`);
    }
  }
  return layers;
}

/** What is fixed, by name: initialisers, Constant nodes, and other names for them. Nodes come after what they read. */
function constants(graph: OnnxGraph): ReadonlyMap<string, OnnxTensor> {
  const known = new Map((graph.initializer ?? []).map((one) => [one.name ?? "", one]));
  for (const { opType, input: [source = ""] = [], output: [target = ""] = [], attribute = [] } of graph.node ?? []) {
    const value = opType === "Constant" ? attribute.find(({ name }) => name === "value")?.t : undefined;
    const fixed = opType === "Identity" ? known.get(source) : value;
    if (fixed !== undefined) known.set(target, fixed);
  }
  return known;
}

function layerOf(
  where: string,
  kind: keyof typeof operators,
  node: OnnxNode,
  constant: ReadonlyMap<string, OnnxTensor>,
): RNN | LSTM | GRU {
  const { gates, order } = operators[kind];
  const { D, hiddenSize, nonlinearity } = attributes(where, kind, node);
  const input = node.input ?? [];
  if (input[7]) fail("NotImplementedError", `${where} has peepholes (input P), which PyTorch's LSTM has not`);
  const weight = (name: string, at: number): Tensor => {
    const found = fixed(at);
    if (found !== undefined) return numbers(`${where}: ${name}`, found);
    return fail(
      "NotImplementedError",
      `${where} expected its weights among the initialisers, but ${name} ('${input[at] ?? ""}') is computed: export with constants folded`,
    );
  };
  const fixed = (at: number) => (input[at] ? constant.get(input[at]) : undefined);
  if (fixed(4)) fail("NotImplementedError", `${where} has fixed lengths (sequence_lens), which no layer here has`);
  for (const [i, name] of ["initial_h", "initial_c"].entries()) {
    const state = fixed(5 + i);
    const isZero =
      state === undefined ||
      numbers(`${where}: ${name}`, state)
        .toArray()
        .every((x) => x === 0);
    if (isZero) continue;
    fail("NotImplementedError", `${where} begins in a fixed state (${name}) other than zeros, which no layer here has`);
  }
  const [W, R, B] = [weight("W", 1), weight("R", 2), input[3] ? weight("B", 3) : null];
  const [H, C] = [R.shape[2] ?? 0, W.shape[2] ?? 0];
  const rows = gates * H;
  const expected = { W: [D, rows, C], R: [D, rows, H], ...(B && { B: [D, 2 * rows] }) };
  for (const [name, given] of Object.entries({ W, R, ...(B && { B }) })) {
    const shape = expected[name as keyof typeof expected] as number[];
    if (given.dtype !== W.dtype)
      fail("ValueError", `${where} expected ${name} as ${W.dtype} like W, got: ${given.dtype}`);
    if (sameShape(given.shape, shape) && given.numel() > 0) continue;
    fail("ValueError", `${where} expected ${name} of shape ${listText(shape)}, got: ${listText(given.shape)}`);
  }
  if (hiddenSize !== null && hiddenSize !== H) {
    fail("ValueError", `${where} expected R for hidden_size ${hiddenSize}, got: ${H}`);
  }
  const directions = Array.from({ length: D }, (_, d): DirectionWeights => {
    const both = B?.select(0, d);
    return {
      ih: W.select(0, d),
      hh: R.select(0, d),
      biases: both ? [both.narrow(0, 0, rows), both.narrow(0, rows, rows)] : null,
    };
  });
  return layerFrom(kind, inverse(order), directions, nonlinearity);
}

/** The attributes of a node, each either taken into account or refused. */
function attributes(where: string, kind: keyof typeof operators, node: OnnxNode) {
  const text = (bytes: Uint8Array | undefined) => String.fromCharCode(...(bytes ?? []).slice(0, 40));
  let direction = "forward";
  let hiddenSize: number | null = null;
  let linearBeforeReset = 0;
  let named: string[] | null = null;
  for (const { name = "", i = 0, s, strings = [] } of node.attribute ?? []) {
    if (name === "direction") direction = text(s);
    else if (name === "hidden_size") hiddenSize = i;
    else if (name === "linear_before_reset") linearBeforeReset = i;
    else if (name === "activations") named = strings.map(text);
    else if (name === "activation_alpha" || name === "activation_beta" || name === "output_sequence") continue;
    else if ((name === "layout" || name === "input_forget") && i === 0) continue;
    else
      fail(
        "NotImplementedError",
        `${where} has the attribute ${name}${name === "clip" ? "" : ` = ${i}`}, which PyTorch's ${kind} cannot follow`,
      );
  }
  if (direction !== "forward" && direction !== "bidirectional") {
    fail("NotImplementedError", `${where} expected direction forward or bidirectional, got: ${direction}`);
  }
  if (kind === "GRU" && linearBeforeReset === 0) {
    fail(
      "NotImplementedError",
      `${where} has linear_before_reset = 0: PyTorch's GRU resets after the product, which is 1`,
    );
  }
  const D = direction === "bidirectional" ? 2 : 1;
  const each = (names: readonly string[]): string => Array<string>(D).fill(names.join(", ")).join(", ");
  const wanted = each(operators[kind].activations);
  const came = named?.join(", ") ?? wanted;
  const relu = kind === "RNN" && came.toLowerCase() === each(["relu"]);
  if (!relu && came.toLowerCase() !== wanted.toLowerCase()) {
    fail("NotImplementedError", `${where} expected the activations of PyTorch's ${kind}, ${wanted}, got: ${came}`);
  }
  return { D, hiddenSize, nonlinearity: relu ? ({ nonlinearity: "relu" } as const) : {} };
}

/** The numbers of an initialiser. */
function numbers(where: string, from: OnnxTensor): Tensor {
  const { dims = [], dataType, rawData, floatData, doubleData, dataLocation = 0 } = from;
  if (dataLocation !== 0) {
    fail("NotImplementedError", `${where} lies in a file of its own (external data), and only this one is read`);
  }
  if (dataType !== dataTypes.float32 && dataType !== dataTypes.float64) {
    fail("NotImplementedError", `${where} expected float32 (1) or float64 (11), got ONNX's data type ${dataType}`);
  }
  const single = dataType === dataTypes.float32;
  const size = single ? 4 : 8;
  const listed = (single ? floatData : doubleData) ?? [];
  const count = rawData === undefined ? listed.length : rawData.length / size;
  if (dims.some((size) => size < 0) || numel(dims) !== count) {
    fail("ValueError", `${where} expected numbers for shape ${listText(dims)}, got: ${count}`);
  }
  // Little-endian, as every engine this runs on is.
  const data = rawData === undefined ? listed : new Uint8Array(rawData).buffer;
  return tensor(single ? new Float32Array(data) : new Float64Array(data), dims);
}
