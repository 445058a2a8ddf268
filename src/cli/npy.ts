/**
 * NumPy's .npy: a magic word, a header that is a Python dict, and the numbers.
 *
 * The header is matched and never evaluated. Little-endian numbers and bools only; no structures, no Python
 * objects. int64 becomes int32, or is refused where that is too narrow.
 * Source: https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html
 */

import { type Tensor, tensor } from "../index.js";
import { CommandError } from "./terminal.js";

/** What a file begins with. */
export const magic = [0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59];

/** NumPy's names of dtypes: how wide they are, and how their bytes are read. */
const readers: Readonly<Record<string, { size: number; read(name: string, data: ArrayBuffer): Tensor }>> = {
  "<f4": { size: 4, read: (_, data) => tensor(new Float32Array(data)) },
  "<f8": { size: 8, read: (_, data) => tensor(new Float64Array(data)) },
  "<i4": { size: 4, read: (_, data) => tensor(new Int32Array(data)) },
  "<i8": { size: 8, read: (name, data) => tensor(narrowed(name, new BigInt64Array(data))) },
  "|b1": { size: 1, read: (_, data) => tensor(Int32Array.from(new Uint8Array(data)), { dtype: "bool" }) },
};

function narrowed(name: string, data: BigInt64Array): Int32Array {
  const wide = data.find((x) => BigInt.asIntN(32, x) !== x);
  if (wide !== undefined) throw new CommandError(`${name}: the whole number ${wide} is too large for int32`);
  return Int32Array.from(data, Number);
}

/**
 * The tensor in a .npy file.
 * @param name how errors call it
 * @throws CommandError for anything else
 */
export function decodeNpy(name: string, bytes: Uint8Array): Tensor {
  if (bytes.length < 12 || magic.some((byte, i) => bytes[i] !== byte)) {
    throw new CommandError(`${name} is no .npy file: it does not begin as one`);
  }
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const version = bytes[6];
  if (version < 1 || version > 3) {
    throw new CommandError(`${name} has version ${version} of the .npy format; 1, 2 and 3 are known`);
  }
  const begin = version === 1 ? 10 : 12;
  const length = version === 1 ? view.getUint16(8, true) : view.getUint32(8, true);
  const end = begin + length;
  if (end > bytes.length) {
    throw new CommandError(`${name}: the header claims ${length} bytes, in a file of ${bytes.length}`);
  }
  const { descr, fortranOrder, shape } = parseHeader(
    name,
    new TextDecoder("latin1").decode(bytes.subarray(begin, end)),
  );
  if (!Object.hasOwn(readers, descr)) {
    const known = Object.keys(readers).join(", ");
    throw new CommandError(`${name} has numbers of the dtype '${descr}'; supported are ${known}`);
  }
  const { size, read } = readers[descr];
  const wanted = shape.reduce((product, length) => product * length, size);
  const data = new Uint8Array(bytes.subarray(end)).buffer;
  if (wanted !== data.byteLength) {
    const text = `shape (${shape.join(", ")}) of '${descr}'`;
    throw new CommandError(`${name}: ${text} takes ${wanted} bytes, but there are ${data.byteLength}`);
  }
  const flat = read(name, data);
  return fortranOrder ? flat.reshape(shape.toReversed()).permute([...shape.keys()].reverse()) : flat.reshape(shape);
}

/** The parts of a header, which may stand in any order. */
const parts = {
  descr: /'descr'\s*:\s*'([^'\\]*)'/,
  fortran: /'fortran_order'\s*:\s*(True|False)/,
  shape: /'shape'\s*:\s*\(\s*((?:\d{1,15}\s*,\s*)*(?:\d{1,15})?)\s*\)/,
};

/** A Python dict of a string, a bool and a tuple of whole numbers: exactly that. */
function parseHeader(name: string, text: string) {
  const [descr, fortran, shape] = Object.values(parts).map((part) => part.exec(text)?.[1]);
  const rest = Object.values(parts).reduce((left, part) => left.replace(part, "*"), text);
  if (descr === undefined || shape === undefined || !/^\s*\{\s*(\*\s*,\s*){2}\*\s*,?\s*\}\s*$/.test(rest)) {
    throw new CommandError(`${name}: the header is no dict of descr, fortran_order and shape`);
  }
  return { descr, fortranOrder: fortran === "True", shape: (shape.match(/\d+/g) ?? []).map(Number) };
}

const written = { float32: "<f4", float64: "<f8", int32: "<i4", bool: "|b1" };

/** A .npy file: its header, and its numbers. */
export function encodeNpy(tensor: Tensor): [Uint8Array, Uint8Array] {
  const { shape } = tensor;
  const tuple = shape.length === 1 ? `(${shape[0]},)` : `(${shape.join(", ")})`;
  const dict = `{'descr': '${written[tensor.dtype]}', 'fortran_order': False, 'shape': ${tuple}, }`;
  // Numbers begin at a multiple of 64, and the header ends with a line break.
  const length = Math.ceil((10 + dict.length + 1) / 64) * 64 - 10;
  const text = `${dict.padEnd(length - 1)}\n`;
  const head = Uint8Array.from([...magic, 1, 0, length & 255, length >> 8, ...new TextEncoder().encode(text)]);
  const data = tensor.toArray();
  return [head, new Uint8Array(data.buffer, data.byteOffset, data.byteLength)];
}
