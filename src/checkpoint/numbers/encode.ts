/**
 * Numbers in memory to the bytes of a file: the way back of `decode.ts`.
 *
 * Floats are rounded to the nearest, ties to even; numbers that do not fit, whole or not, are refused: none becomes
 * infinite.
 */

import { fail } from "../../base/errors.js";
import { isRowMajor } from "../../base/shape.js";
import { elements, wrap } from "../../device/value.js";
import { rowMajor } from "../../tensor/kernels.js";
import { Tensor } from "../../tensor/tensor.js";
import type { Target } from "./decode.js";
import { type FileDType, fileDTypes } from "./dtypes.js";
import type { WideTensor } from "./wide.js";

/** The bits of float32 to float16. */
export function narrowHalf(bits: number): number {
  const sign = (bits >>> 16) & 0x8000;
  const magnitude = bits & 0x7fffffff;
  if (magnitude > 0x7f800000) return sign | 0x7c00 | ((magnitude >> 13) & 0x3ff || 0x200); // NaN
  if (magnitude >= 0x477ff000) return sign | 0x7c00; // 65520 and more
  if (magnitude >= 0x38800000) return sign | ((magnitude - 0x38000000 + 0xfff + ((magnitude >> 13) & 1)) >> 13);
  // Subnormal: beside 0.5, float32 has just the digits that float16 has here.
  scratch.setInt32(0, magnitude);
  scratch.setFloat32(0, scratch.getFloat32(0) + 0.5);
  return sign | (scratch.getInt32(0) - 0x3f000000);
}

const scratch = new DataView(new ArrayBuffer(4));

/** The bits of float32 to bfloat16. */
export function narrowBrain(bits: number): number {
  const isNothing = (bits & 0x7fffffff) > 0x7f800000;
  if (isNothing) return (bits >>> 16) | ((bits & 0x7f0000) === 0 ? 0x40 : 0);
  return ((bits >>> 0) + 0x7fff + ((bits >>> 16) & 1)) >>> 16;
}

type Bytes = Uint8Array<ArrayBuffer>;

const bytesOf = (data: ArrayBufferView): Bytes =>
  new Uint8Array(data.buffer as ArrayBuffer, data.byteOffset, data.byteLength);

function halves(where: string, data: Target, dtype: "F16" | "BF16"): Bytes {
  const [narrow, infinity] = dtype === "F16" ? [narrowHalf, 0x7c00] : [narrowBrain, 0x7f80];
  const floats = data instanceof Float32Array ? data : new Float32Array(data as Float64Array);
  const bits = new Int32Array(floats.buffer, floats.byteOffset, floats.length);
  const out = new Uint16Array(bits.length);
  for (let i = 0; i < out.length; i++) {
    out[i] = narrow(bits[i]);
    if ((out[i] & 0x7fff) === infinity && Number.isFinite(data[i])) tooLarge(where, data[i], dtype);
  }
  return bytesOf(out);
}

function floats(where: string, data: Target, dtype: "F32" | "F64"): Bytes {
  const out = dtype === "F64" ? new Float64Array(data as Float32Array) : new Float32Array(data as Float64Array);
  const large = out.findIndex((x, i) => !Number.isFinite(x) && Number.isFinite(data[i]));
  if (large >= 0) tooLarge(where, data[large], dtype);
  return bytesOf(out);
}

function wholes(where: string, data: Target, dtype: FileDType): Bytes {
  const { array, size } = fileDTypes[dtype];
  const out = new array(data.length);
  for (let i = 0; i < data.length; i++) {
    const x = size === 8 ? BigInt(data[i]) : Number(data[i]);
    out[i] = x;
    if (out[i] !== x) tooLarge(where, x, dtype);
  }
  return bytesOf(out);
}

function tooLarge(where: string, x: number | bigint, dtype: FileDType): never {
  return fail("RuntimeError", `${where} holds ${x}, which ${dtype} cannot hold`);
}

/** `data` in a file's dtype, little-endian; its own memory where that is what it is already. */
function encode(where: string, data: Target, dtype: FileDType): Bytes {
  if (data instanceof fileDTypes[dtype].array) return bytesOf(data);
  if (dtype === "F16" || dtype === "BF16") return halves(where, data, dtype);
  return dtype === "F32" || dtype === "F64" ? floats(where, data, dtype) : wholes(where, data, dtype);
}

/** Elements in a part: engines have arrays of more elements than they have of bytes. */
const portion = 1 << 24;

/**
 * `data` in a file's dtype, little-endian, in parts; they are its own memory where that is what it is already.
 * @param where how errors call it
 * @throws RuntimeError for a number that the dtype cannot hold
 */
export function* encodeNumbers(where: string, data: Target, dtype: FileDType): Generator<Uint8Array> {
  for (let at = 0; at < data.length; at += portion) {
    yield encode(where, data.subarray(at, at + portion), dtype);
  }
}

/** All numbers of the storage behind a tensor. */
export function memoryOf(tensor: Tensor | WideTensor): Target {
  return tensor instanceof Tensor ? tensor.value.storage.data : tensor.data;
}

/** The elements in row-major order, bit for bit: as a number, a signalling NaN of float32 would become a quiet one. */
export function rowMajorOf(tensor: Tensor | WideTensor): Target {
  if (!(tensor instanceof Tensor)) return tensor.data;
  const { value } = tensor;
  const { dtype, data } = value.storage;
  if (dtype !== "float32" || isRowMajor(value)) return elements(rowMajor(value));
  const bits = new Int32Array(data.buffer, data.byteOffset, data.length);
  const copied = elements(rowMajor(wrap("int32", bits, [bits.length]).at(value)));
  return new Float32Array(copied.buffer, copied.byteOffset, copied.length);
}

/**
 * The parts of a file of tensors, as long as nobody writes into them: whoever saves may pause between two parts.
 * @throws RuntimeError behind the last part, where somebody has
 */
export function* unchanged(
  where: string,
  tensors: readonly (Tensor | WideTensor)[],
  parts: Iterable<Uint8Array>,
): Generator<Uint8Array> {
  const versions = () => tensors.map((one) => (one instanceof Tensor ? one.value.storage.version : 0));
  const before = versions();
  yield* parts;
  if (versions().some((version, i) => version !== before[i])) {
    fail("RuntimeError", `${where}: a tensor was written into while it was saved`);
  }
}
