/**
 * The numbers of a TensorProto, in the file or beside it, as tensors. Half-precision floats widen to float32.
 * Source: https://onnx.ai/onnx/repo-docs/IR.html, …/ExternalData.html
 */

import { fail, typeName } from "../../base/errors.js";
import { isA } from "../../base/realm.js";
import { listText, numel } from "../../base/shape.js";
import { decode } from "../../checkpoint/numbers/decode.js";
import { type FileDType, fileDTypes, rememberOrigin } from "../../checkpoint/numbers/dtypes.js";
import { type TypedArray, wrap } from "../../device/value.js";
import { Tensor } from "../../tensor/tensor.js";
import type { OnnxTensor } from "./proto.js";

/** Where the weights lie that are not in the file. */
export interface OnnxOptions {
  /**
   * The contents of the file at a location, which is relative to the model: `torch.onnx.export` writes `net.onnx.data`
   * beside `net.onnx` by default. Asked for once a location.
   */
  externalData?: (location: string) => Uint8Array;
}

/** The contents of a model's other files. */
export type ExternalData = (where: string, location: string) => Uint8Array;

/**
 * Reads each file once.
 * @param onRead is told of each
 */
export function externalDataOf(
  name: string,
  read: OnnxOptions["externalData"],
  onRead: (bytes: Uint8Array) => void,
): ExternalData {
  const files = new Map<string, Uint8Array>();
  return (where, location) => {
    if (read === undefined) {
      fail(
        "ValueError",
        `${where} lies in a file of its own, '${location}': give its bytes as { externalData: (location) => bytes }`,
      );
    }
    const known = files.get(location);
    if (known !== undefined) return known;
    const bytes: unknown = read(location);
    if (!isA(bytes, "Uint8Array")) {
      fail(
        "TypeError",
        `${name} expected externalData to give a Uint8Array for '${location}', got: ${typeName(bytes)}`,
      );
    }
    files.set(location, bytes);
    onRead(bytes);
    return bytes;
  };
}

/** TensorProto.DataType. What is missing are strings, complex numbers, and floats and whole numbers of 8 bits or less. */
const dtypes: Readonly<Record<number, FileDType>> = {
  ...{ 1: "F32", 2: "U8", 3: "I8", 4: "U16", 5: "I16", 6: "I32", 7: "I64", 9: "BOOL", 10: "F16", 11: "F64" },
  ...{ 12: "U32", 13: "U64", 16: "BF16" },
};

/** The bytes of a tensor that lies in another file. */
function external(where: string, { externalData = [] }: OnnxTensor, files: ExternalData): Uint8Array {
  const entries = new Map(externalData.map(({ key, value }) => [key, value]));
  const location = entries.get("location") ?? "";
  const bytes = files(where, location);
  const begin = Number(entries.get("offset") ?? 0);
  const length = Number(entries.get("length") ?? bytes.length - begin);
  if (Number.isInteger(begin) && begin >= 0 && length >= 0 && begin + length <= bytes.length) {
    return bytes.subarray(begin, begin + length);
  }
  return fail(
    "ValueError",
    `${where} expected bytes ${begin} to ${begin + length} of '${location}', which has ${bytes.length}`,
  );
}

/** Numbers that stand in a list of their own, as bytes. */
function listed({ floatData, doubleData, int32Data, int64Data, uint64Data }: OnnxTensor, dtype: FileDType): Uint8Array {
  const list = floatData ?? doubleData ?? int32Data ?? int64Data ?? uint64Data ?? [];
  const numbers = new fileDTypes[dtype].array(list.length);
  // The greatest number of 64 bits, which means the end, is too large for itself once it has been a double.
  const whole = (x: number) => (x >= 2 ** 63 && dtype === "I64" ? 2n ** 63n - 1n : BigInt(x));
  list.forEach((x, i) => {
    numbers[i] = fileDTypes[dtype].size === 8 && dtype !== "F64" ? whole(x) : x;
  });
  return new Uint8Array(numbers.buffer);
}

/** The numbers, and the dtype that the file has them in; whole ones of 64 bits become int32 unless `isLong`. */
function numbersOf(where: string, from: OnnxTensor, files: ExternalData, isLong: boolean) {
  const { dims = [], dataType = 0, rawData, dataLocation = 0 } = from;
  const dtype = dtypes[dataType];
  if (dtype === undefined) {
    fail("NotImplementedError", `${where} expected numbers of 8 bits or more, got ONNX's data type ${dataType}`);
  }
  const bytes = dataLocation === 0 ? (rawData ?? listed(from, dtype)) : external(where, from, files);
  const count = bytes.length / fileDTypes[dtype].size;
  if (dims.some((size) => size < 0) || numel(dims) !== count) {
    fail("ValueError", `${where} expected numbers for shape ${listText(dims)}, got: ${count}`);
  }
  // A copy lies where numbers of any width may, and is the tensor's own.
  return { dtype, data: decode(where, dtype, new Uint8Array(bytes), "little", isLong), dims };
}

/** What the file has, as a checkpoint would give it: whole numbers are int32. */
export function storedTensor(where: string, from: OnnxTensor, files: ExternalData): Tensor {
  const { dtype, data, dims } = numbersOf(where, from, files, false);
  const stored = new Tensor(wrap(fileDTypes[dtype].dtype, data as TypedArray, dims));
  rememberOrigin(stored.value.storage, dtype);
  return stored;
}

/** What is computed with: whole numbers of 64 bits are float64, in which sizes and indices are exact. */
export function tensorOf(where: string, from: OnnxTensor, files: ExternalData): Tensor {
  const { dtype, data, dims } = numbersOf(where, from, files, true);
  const wide = data instanceof BigInt64Array || data instanceof BigUint64Array;
  const numbers = wide ? Float64Array.from(data as ArrayLike<bigint>, Number) : (data as TypedArray);
  return new Tensor(wrap(wide ? "float64" : fileDTypes[dtype].dtype, numbers, dims));
}
