/** The door to a file: the model that bytes are, the files beside it, and how much may be made of them. */

import { checkOptions, fail, typeName } from "../../base/errors.js";
import { isA } from "../../base/realm.js";
import { decodeGraph, decodeModel, type OnnxGraph, type OnnxModel } from "./proto.js";
import { Room, type Surroundings } from "./scope.js";
import { externalDataOf, type OnnxOptions } from "./tensors.js";

/** Nodes may share weights, which the layers do not: as many numbers a byte of the file may come of that. */
const mostShared = 16;

/** @throws RuntimeError for bytes that are no ONNX model */
export function modelOf(
  where: string,
  bytes: Uint8Array,
  options: OnnxOptions,
): { model: OnnxModel; surroundings: Surroundings } {
  if (!isA(bytes, "Uint8Array")) fail("TypeError", `${where} expected a Uint8Array, got: ${typeName(bytes)}`);
  checkOptions(where, options, ["externalData"]);
  let model: OnnxModel;
  try {
    model = decodeModel(bytes);
  } catch (error) {
    return fail("RuntimeError", `${where} expected an ONNX model, but the bytes are none: ${(error as Error).message}`);
  }
  if (model.graph === undefined) fail("RuntimeError", `${where} expected an ONNX model, but the bytes have no graph`);
  const room = new Room(where, mostShared * bytes.length);
  const files = externalDataOf(where, options.externalData, (bytes) => room.take(-mostShared * bytes.length));
  return { model, surroundings: { room, files, used: new Set() } };
}

/** A graph within a node. */
export function graphOf(where: string, bytes: Uint8Array): OnnxGraph {
  try {
    return decodeGraph(bytes);
  } catch (error) {
    return fail(
      "RuntimeError",
      `${where} expected an ONNX model, but a graph in it is none: ${(error as Error).message}`,
    );
  }
}
