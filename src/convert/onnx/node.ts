/**
 * One recurrent node of an ONNX graph as a layer.
 *
 * An LSTM with peepholes and a GRU with linear_before_reset = 0 are Recurrents of their cells, all else is a layer of
 * PyTorch's. What none of them can do is refused with a sentence: clipping, other activations, coupled gates, lengths that
 * are fixed in the file.
 * Source: https://onnx.ai/onnx/operators/onnx__LSTM.html, …GRU.html, …RNN.html;
 * https://github.com/microsoft/onnxruntime/blob/main/docs/ContribOperators.md#com.microsoft.DynamicQuantizeLSTM
 */

import { ElmanError, fail } from "../../base/errors.js";
import { inverse, listText, sameShape } from "../../base/shape.js";
import { isFloat } from "../../device/value.js";
import { zerosLike } from "../../tensor/create.js";
import type { Tensor } from "../../tensor/tensor.js";
import { type DirectionWeights, layerFrom } from "../gates.js";
import { Attributes } from "./attributes.js";
import { operators, peepholes } from "./operators.js";
import type { OnnxNode } from "./proto.js";
import { Missing, type Scope } from "./scope.js";

/** An operator's name in the table of operators. */
export type Kind = keyof typeof operators;

/** Whatever a node may be. */
type Layer = ReturnType<typeof layerFrom>;

/** A layer, and the state that the file lets it begin in: `[h]`, or `[h, c]`; null for zeros. */
interface Read {
  readonly layer: Layer;
  readonly states: readonly Tensor[] | null;
}

/** The kind of a recurrent node, and whether its weights are quantised; null for any other node. */
export function recurrentKind({ opType = "", domain = "" }: OnnxNode): { kind: Kind; isQuantized: boolean } | null {
  if (domain === "com.microsoft" && opType === "DynamicQuantizeLSTM") return { kind: "LSTM", isQuantized: true };
  const isPlain = domain === "" || domain === "ai.onnx";
  return isPlain && Object.hasOwn(operators, opType) ? { kind: opType as Kind, isQuantized: false } : null;
}

/**
 * @param where how errors begin
 * @throws NotImplementedError for what no layer here computes, ValueError for numbers that do not fit the node
 */
export function layerOf(where: string, kind: Kind, node: OnnxNode, scope: Scope, isQuantized: boolean): Read {
  const { gates, order } = operators[kind];
  const { D, hiddenSize, options, reverse, resetsBefore } = optionsOf(where, kind, node);
  const input = node.input ?? [];
  const fixed = (at: number): Tensor | Missing => {
    try {
      return scope.get(input[at]);
    } catch (error) {
      if (error instanceof ElmanError) fail(error.kind, `${where}: ${error.message}`);
      throw error;
    }
  };
  const weight = (name: string, at: number): Tensor => {
    const found = input[at] ? fixed(at) : new Missing("is left out", false);
    if (found instanceof Missing) {
      fail(
        "NotImplementedError",
        `${where} expected numbers in the file, but ${name} ('${input[at] ?? ""}') ${found.why}`,
      );
    }
    return found;
  };
  /** `[D, C, G·H]` of 8 bits, a scale and a zero for each column or for all, to `[D, G·H, C]`. */
  const dequantized = (name: string, at: number, scaleAt: number): Tensor => {
    const [numbers, scale, zero] = [
      weight(name, at),
      weight(`${name}_scale`, scaleAt),
      weight(`${name}_zero_point`, scaleAt + 1),
    ];
    const along = (one: Tensor) => one.to(scale.dtype).reshape([D, 1, -1]);
    return numbers.to(scale.dtype).sub(along(zero)).mul(along(scale)).transpose(1, 2);
  };
  if (input[4] && !(fixed(4) instanceof Missing)) {
    fail("NotImplementedError", `${where} has fixed lengths (sequence_lens), which no layer here has`);
  }
  const W = isQuantized ? dequantized("W", 1, 8) : weight("W", 1);
  const R = isQuantized ? dequantized("R", 2, 10) : weight("R", 2);
  const B = input[3] ? weight("B", 3) : null;
  const P = input[7] ? weight("P", 7) : null;
  if (P !== null && kind !== "LSTM") fail("ValueError", `${where} expected no input P, which an LSTM alone has`);
  const [H, C] = [R.shape[2] ?? 0, W.shape[2] ?? 0];
  const rows = gates * H;
  const expected = { W: [D, rows, C], R: [D, rows, H], B: [D, 2 * rows], P: [D, peepholes.length * H] };
  for (const [name, given] of Object.entries({ W, R, ...(B && { B }), ...(P && { P }) })) {
    const shape = expected[name as keyof typeof expected];
    if (!isFloat(given.dtype)) fail("ValueError", `${where} expected ${name} as floats, got: ${given.dtype}`);
    if (given.dtype !== W.dtype) {
      fail("ValueError", `${where} expected ${name} as ${W.dtype} like W, got: ${given.dtype}`);
    }
    if (sameShape(given.shape, shape) && given.numel() > 0) continue;
    fail("ValueError", `${where} expected ${name} of shape ${listText(shape)}, got: ${listText(given.shape)}`);
  }
  if (hiddenSize !== null && hiddenSize !== H) {
    fail("ValueError", `${where} expected R for hidden_size ${hiddenSize}, got: ${H}`);
  }
  const names = kind === "LSTM" ? ["initial_h", "initial_c"] : ["initial_h"];
  const initial = names.map((name, i) =>
    input[5 + i] ? stateOf(where, name, fixed(5 + i), [D, H], options.batchFirst) : null,
  );
  const directions = Array.from({ length: D }, (_, d): DirectionWeights => {
    const both = B?.select(0, d);
    return {
      ih: W.select(0, d),
      hh: R.select(0, d),
      biases: both ? [both.narrow(0, 0, rows), both.narrow(0, rows, rows)] : null,
      ...(P && { own: Object.fromEntries(peepholes.map((stem, i) => [stem, P.select(0, d).narrow(0, i * H, H)])) }),
    };
  });
  const cell = P !== null ? "peepholeLSTM" : resetsBefore ? "gruResetBefore" : kind;
  const layer = layerFrom(cell, inverse(order), directions, options);
  if (reverse) layer.reverse = true;
  return { layer, states: together(where, initial, W) };
}

/**
 * An initial state `[D, N, H]`, N being 1 where all sequences begin alike; null where it is zeros, and "given" where the
 * caller of the model gives it.
 */
function stateOf(where: string, name: string, from: Tensor | Missing, [D, H]: readonly number[], batchFirst: boolean) {
  if (from instanceof Missing) {
    if (from.isGiven) return "given";
    fail("NotImplementedError", `${where} begins in a state (${name}) that ${from.why}`);
  }
  const state = batchFirst && from.ndim === 3 ? from.transpose(0, 1) : from;
  const [d, N, h] = [1, 1, 1, ...state.shape].slice(-3);
  // PyTorch's exporter writes an LSTM with a projection as if it had none: c still tells.
  if (state.ndim > 3 || (d !== 1 && d !== D) || (h !== 1 && h !== H)) {
    fail("ValueError", `${where} expected ${name} of shape [${D}, N, ${H}], got: ${listText(state.shape)}`);
  }
  return state.toArray().every((x) => x === 0) ? null : state.expand([D, N, H]).contiguous();
}

/** The states of one layer: zeros beside one that is fixed. */
function together(where: string, states: readonly (Tensor | "given" | null)[], like: Tensor): Tensor[] | null {
  const fixed = states.filter((one) => one !== null && one !== "given");
  if (fixed.length === 0) return null;
  if (states.includes("given")) {
    fail(
      "NotImplementedError",
      `${where} begins in a state of which the file fixes one half and the caller gives the other`,
    );
  }
  const longest = fixed.reduce((a, b) => (b.size(1) > a.size(1) ? b : a));
  return states.map((one) => {
    const state = one === null || one === "given" ? zerosLike(longest) : one.expand(longest.shape);
    return state.to(like.dtype).contiguous();
  });
}

/** The attributes of a node, each either taken into account or refused. */
function optionsOf(where: string, kind: Kind, node: OnnxNode) {
  const attributes = new Attributes(node, () => fail("NotImplementedError", `${where} has a tensor as an attribute`));
  const taken = ["direction", "hidden_size", "linear_before_reset", "activations", "layout"];
  const harmless = ["activation_alpha", "activation_beta", "output_sequence"];
  for (const { name = "", i = 0 } of attributes.all) {
    if (taken.includes(name) || harmless.includes(name) || (name === "input_forget" && i === 0)) continue;
    const value = name === "clip" ? "" : ` = ${i}`;
    fail("NotImplementedError", `${where} has the attribute ${name}${value}, which PyTorch's ${kind} cannot follow`);
  }
  const direction = attributes.text("direction", "forward");
  if (!["forward", "reverse", "bidirectional"].includes(direction)) {
    fail("ValueError", `${where} expected direction forward, reverse or bidirectional, got: ${direction}`);
  }
  const resetsBefore = kind === "GRU" && attributes.int("linear_before_reset", 0) === 0;
  const D = direction === "bidirectional" ? 2 : 1;
  const each = (names: readonly string[]): string => Array<string>(D).fill(names.join(", ")).join(", ");
  const wanted = each(operators[kind].activations);
  const came = attributes.texts("activations")?.join(", ") ?? wanted;
  const relu = kind === "RNN" && came.toLowerCase() === each(["relu"]);
  if (!relu && came.toLowerCase() !== wanted.toLowerCase()) {
    fail("NotImplementedError", `${where} expected the activations of PyTorch's ${kind}, ${wanted}, got: ${came}`);
  }
  const hiddenSize = attributes.all.find(({ name }) => name === "hidden_size")?.i ?? null;
  const batchFirst = attributes.int("layout", 0) === 1;
  const options = { batchFirst, ...(relu && ({ nonlinearity: "relu" } as const)) };
  return { D, hiddenSize, reverse: direction === "reverse", resetsBefore, options };
}
