/** The numbers that an ONNX model stores, by name: what `fromStateDict` and `loadStateDict` take. */

import { ElmanError, warn } from "../../base/errors.js";
import type { Tensor } from "../../tensor/tensor.js";
import { graphOf, modelOf } from "./model.js";
import type { OnnxGraph, OnnxNode, OnnxTensor } from "./proto.js";
import { type OnnxOptions, storedTensor } from "./tensors.js";

const where = "onnxTensors()";

/** Graphs within graphs. */
const deepest = 32;

/** A tensor, its name, and the graphs around it: `"If_3.then_branch."`. */
type Stored = readonly [name: string, tensor: OnnxTensor, path: string];

function* storedIn(graph: OnnxGraph, path: string, depth: number): Generator<Stored> {
  for (const one of graph.initializer ?? []) yield [one.name ?? "", one, path];
  yield* constantsIn(graph.node ?? [], path, depth);
}

/** Exporters write what no operator may fold, or all of a branch, as nodes: of these the floats that are no scalars. */
function* constantsIn(nodes: readonly OnnxNode[], path: string, depth: number): Generator<Stored> {
  for (const { opType = "", name = "", output: [first = ""] = [], attribute = [] } of nodes) {
    for (const { t, g, name: called = "" } of attribute) {
      if (opType === "Constant" && t?.dims?.length && [1, 10, 11, 16].includes(t.dataType ?? 0)) yield [first, t, path];
      if (g === undefined || depth >= deepest) continue;
      yield* storedIn(graphOf(where, g), `${path}${name || first || opType}.${called}.`, depth + 1);
    }
  }
}

/**
 * The tensors that an ONNX model stores by the names that they have in it: initialisers, and the floats of Constant nodes,
 * in the bodies of If, Loop and functions too. An exporter that keeps PyTorch's names keeps PyTorch's order of gates as
 * well: `fromStateDict(onnxTensors(bytes), "decoder.rnn")`. A name that comes again has the names of the graphs around it
 * before it. Half-precision floats become float32, whole numbers int32.
 * @param bytes the contents of an .onnx file
 * @param options `externalData`: the contents of the files beside it
 * @returns as good as all: a warning names those that no tensor here holds (strings, complex numbers, 8 bits of floats,
 *   whole numbers beyond int32)
 * @throws RuntimeError for bytes that are no ONNX model, ValueError for numbers that are not there
 */
export function onnxTensors(bytes: Uint8Array, options: OnnxOptions = {}): Map<string, Tensor> {
  const { model, surroundings } = modelOf(where, bytes, options);
  const found = new Map<string, Tensor>();
  const others: string[] = [];
  const inFunctions = (model.functions ?? []).flatMap(({ node = [], name = "" }) => [
    ...constantsIn(node, `${name}.`, 0),
  ]);
  for (const [name, from, path] of [...storedIn(model.graph ?? {}, "", 0), ...inFunctions]) {
    try {
      found.set(
        found.has(name) ? `${path}${name}` : name,
        storedTensor(`${where}: '${name}'`, from, surroundings.files),
      );
    } catch (error) {
      const isOther = error instanceof ElmanError && ["NotImplementedError", "RuntimeError"].includes(error.kind);
      if (!isOther) throw error;
      others.push(error.message.replace(`${where}: `, ""));
    }
  }
  if (others.length > 0) warn(`${where} leaves out ${others.join("; ")}`);
  return found;
}
