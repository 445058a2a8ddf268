/** Values of checkpoints as Python tells of them, and what elman has instead: every number, name and kind. */

import {
  type Checkpoint,
  type CheckpointValue,
  fileDTypeOf,
  OrderedDict,
  type WideTensor,
} from "../../src/checkpoint/index.js";
import { type DType, Tensor } from "../../src/index.js";

/** As checkpoint.py writes them. */
export type PlainValue =
  | { tensor: string; dtype: string; shape: number[] }
  | { dict: [PlainValue, PlainValue][]; attributes: PlainValue | null }
  | { set: PlainValue[] }
  | { list: PlainValue[] }
  | { tuple: PlainValue[] }
  | { bytes: string }
  | { text: string }
  | { constant: boolean | null }
  | { int: string }
  | { float: string };

type Found = CheckpointValue | undefined;

const bytesOf = (text: string): Uint8Array<ArrayBuffer> => Uint8Array.from(Buffer.from(text, "base64"));
const isWide = (value: Found): value is WideTensor =>
  typeof value === "object" && value !== null && "data" in value && "dtype" in value && !(value instanceof Tensor);

/** Whole numbers that int32 may not hold travel as they are. */
const whole: Record<string, (buffer: ArrayBuffer) => ArrayLike<number | bigint>> = {
  I64: (buffer) => new BigInt64Array(buffer),
  U64: (buffer) => new BigUint64Array(buffer),
  U32: (buffer) => new Uint32Array(buffer),
};
const memory: Record<DType, (buffer: ArrayBuffer) => ArrayLike<number>> = {
  float32: (buffer) => new Float32Array(buffer),
  float64: (buffer) => new Float64Array(buffer),
  int32: (buffer) => new Int32Array(buffer),
  // Whatever bits Python has for true.
  bool: (buffer) => new Uint8Array(buffer).map((byte) => (byte === 0 ? 0 : 1)),
};

/** The first number that differs; NaN is NaN, and zeros have signs. */
function numbers(
  actual: ArrayLike<number | bigint>,
  expected: ArrayLike<number | bigint>,
  path: string,
): string | null {
  if (actual.length !== expected.length) return `${path}: ${actual.length} elements instead of ${expected.length}`;
  for (let i = 0; i < expected.length; i++) {
    const [a, b] = [actual[i], expected[i]];
    // Whole numbers may be bigints on one side and numbers on the other.
    const isSame = typeof a === typeof b ? Object.is(a, b) : BigInt(a) === BigInt(b);
    if (!isSame) return `${path}[${i}]: ${a} instead of ${b}`;
  }
  return null;
}

function tensors(actual: Found, expected: { tensor: string; dtype: string; shape: number[] }, path: string) {
  if (!(actual instanceof Tensor) && !isWide(actual)) return `${path}: no tensor, but ${String(actual)}`;
  const dtype = actual instanceof Tensor ? fileDTypeOf(actual) : actual.dtype;
  if (dtype !== expected.dtype) return `${path}: ${dtype} instead of ${expected.dtype}`;
  if (actual.shape.join() !== expected.shape.join())
    return `${path}: shape [${actual.shape}] instead of [${expected.shape}]`;
  const { buffer } = bytesOf(expected.tensor);
  const given = whole[dtype]?.(buffer) ?? memory[(actual as Tensor).dtype](buffer);
  return numbers(actual instanceof Tensor ? actual.toArray() : actual.data, given, path);
}

function lists(actual: readonly CheckpointValue[], expected: PlainValue[], path: string): string | null {
  if (actual.length !== expected.length) return `${path}: ${actual.length} items instead of ${expected.length}`;
  return first(expected.map((one, i) => () => difference(actual[i], one, `${path}[${i}]`)));
}

function dicts(actual: Found, entries: [PlainValue, PlainValue][], attributes: PlainValue | null, path: string) {
  if (!(actual instanceof Map)) return `${path}: no dict, but ${String(actual)}`;
  const found = [...actual];
  if (found.length !== entries.length) return `${path}: ${found.length} entries instead of ${entries.length}`;
  const own = actual instanceof OrderedDict && actual.attributes.size > 0 ? actual.attributes : null;
  return first([
    ...entries.map(
      ([key], i) =>
        () =>
          difference(found[i][0], key, `${path} key ${i}`),
    ),
    ...entries.map(
      ([, one], i) =>
        () =>
          difference(found[i][1], one, `${path}.${String(found[i][0])}`),
    ),
    () =>
      attributes === null ? own && `${path}: attributes` : difference(own ?? undefined, attributes, `${path}.__dict__`),
  ]);
}

function first(checks: readonly (() => string | null)[]): string | null {
  for (const check of checks) {
    const found = check();
    if (found !== null) return found;
  }
  return null;
}

/** What a checkpoint holds as a whole: a value that is no dict of names, or itself. */
export const wholeOf = (checkpoint: Checkpoint): CheckpointValue =>
  checkpoint.root === undefined ? checkpoint : checkpoint.root;

/**
 * The same of Python's value. The attributes of a dict of names are the checkpoint's metadata; and the reference reader
 * of safetensors gives tensors in an order of its own.
 */
export function expectedOf(value: PlainValue, checkpoint: Checkpoint): PlainValue {
  if (checkpoint.root !== undefined || !("dict" in value)) return value;
  if (checkpoint.format !== "safetensors") return { dict: value.dict, attributes: null };
  const places = new Map([...checkpoint.keys()].map((name, i) => [name, i]));
  const place = ([key]: [PlainValue, PlainValue]): number => ("text" in key ? (places.get(key.text) ?? -1) : -1);
  return { dict: value.dict.toSorted((a, b) => place(a) - place(b)), attributes: null };
}

/** Where elman's value is another than Python's, and how; null where it is the same. */
export function difference(actual: Found, expected: PlainValue, path: string): string | null {
  if ("tensor" in expected) return tensors(actual, expected, path);
  if ("dict" in expected) return dicts(actual, expected.dict, expected.attributes, path);
  const wrong = `${path}: ${String(actual)} instead of ${JSON.stringify(expected).slice(0, 200)}`;
  if ("list" in expected)
    return Array.isArray(actual) && !Object.isFrozen(actual) ? lists(actual, expected.list, path) : wrong;
  if ("tuple" in expected)
    return Array.isArray(actual) && Object.isFrozen(actual) ? lists(actual, expected.tuple, path) : wrong;
  if ("set" in expected) return actual instanceof Set ? sets([...actual], expected.set, path) : wrong;
  if ("bytes" in expected) return actual instanceof Uint8Array ? numbers(actual, bytesOf(expected.bytes), path) : wrong;
  if ("text" in expected) return actual === expected.text ? null : wrong;
  if ("constant" in expected) return actual === expected.constant ? null : wrong;
  if ("float" in expected) return Object.is(actual, new Float64Array(bytesOf(expected.float).buffer)[0]) ? null : wrong;
  const isExact = typeof actual === "bigint" || (typeof actual === "number" && Number.isSafeInteger(actual));
  return isExact && String(actual) === expected.int ? null : wrong;
}

/** Sets have no order. */
function sets(actual: CheckpointValue[], expected: PlainValue[], path: string): string | null {
  const left = expected.filter((one) => !actual.some((item) => difference(item, one, "") === null));
  if (left.length === 0 && actual.length === expected.length) return null;
  return `${path}: a set of ${actual.length} instead of ${expected.length}, without ${JSON.stringify(left).slice(0, 200)}`;
}
