/**
 * Arrays go through the kernels' memory in pieces of whole rows, as many at a time as stay in the nearest caches. Behind
 * each piece is room for sixteen floats, which the kernels may read and write.
 */

import { expandView, numel, type Shape } from "../../base/shape.js";
import { laidOut } from "../js/elementwise.js";
import type { TypedArray, Value } from "../value.js";
import type { Ops } from "./ops_module.js";

/** Floats of a piece, unless one row has more. */
export const chunk = 4096;
/** Floats of a row at most where operands are stretched. */
const longest = 65536;

/** So few elements take less time in JavaScript, whose sums, products and comparisons are the same to the last bit. */
export const few = 32;

/** Rows of a piece. */
const rowsOfPiece = (rows: number, C: number): number => Math.min(rows, Math.max(1, Math.floor(chunk / C)));

/**
 * Copies what is `given` in, computes, and copies what is `made` out. Each of these arrays has as many elements a row;
 * one that is in both lists is changed in place. `fixed` arrays lie there whole from before the first piece on.
 * @param compute is told where each array lies, how many rows the piece has, and which is the first
 * @returns the fixed arrays as they lie there in the end
 */
export function pieces(
  { memory }: Ops,
  [rows, C]: readonly number[],
  given: readonly TypedArray[],
  made: readonly TypedArray[],
  fixed: readonly TypedArray[],
  compute: (at: (array: TypedArray) => number, count: number) => void,
): TypedArray[] {
  const most = rowsOfPiece(rows, C);
  const moving = new Set([...given, ...made]);
  const places = new Map<TypedArray, number>();
  memory.reset();
  const lengthOf = (array: TypedArray) => (moving.has(array) ? (array.length / rows) * most : array.length);
  for (const array of [...moving, ...fixed]) {
    places.set(array, memory.take((lengthOf(array) * array.BYTES_PER_ELEMENT) / 4 + 16));
  }
  const { buffer } = memory.floats;
  const at = (array: TypedArray) => places.get(array) as number;
  const viewOf = (array: TypedArray): TypedArray => {
    const View = array.constructor as new (buffer: ArrayBuffer, at: number, length: number) => TypedArray;
    return new View(buffer as ArrayBuffer, at(array), lengthOf(array));
  };
  const [loaded, stored, still] = [given, made, fixed].map((list) => list.map(viewOf));
  fixed.forEach((array, i) => {
    still[i].set(array);
  });
  for (let first = 0; first < rows; first += most) {
    const count = Math.min(most, rows - first);
    for (let i = 0; i < given.length; i++) {
      const width = given[i].length / rows;
      loaded[i].set(count === rows ? given[i] : given[i].subarray(first * width, (first + count) * width));
    }
    compute(at, count);
    for (let i = 0; i < made.length; i++) {
      const width = made[i].length / rows;
      made[i].set(count === most ? stored[i] : stored[i].subarray(0, count * width), first * width);
    }
  }
  return still;
}

/** How often each number stands side by side, and how many numbers there are before they repeat; null where neither. */
function pattern(x: Value, shape: Shape): { width: number; length: number } | null {
  if (x.dtype !== "float32") return null;
  const { strides } = expandView(x, shape);
  let last = shape.length - 1;
  let [width, length] = [1, 1];
  for (; last >= 0 && (strides[last] === 0 || shape[last] === 1); last--) width *= shape[last];
  for (; last >= 0 && (strides[last] === length || shape[last] === 1); last--) length *= shape[last];
  for (; last >= 0; last--) if (strides[last] !== 0 && shape[last] !== 1) return null;
  return width * length > longest && length < numel(shape) ? null : { width, length };
}

/** Writes `count` numbers, each `width` times. */
function spread(from: TypedArray, start: number, count: number, width: number, to: TypedArray, at: number): void {
  for (let i = 0; i < count; i++) {
    const x = from[start + i];
    for (let j = 0; j < width; j++) to[at++] = x;
  }
}

/**
 * Operands stretched to `shape` as they come: a number or a row is repeated, a column spread; only what lies in no such
 * order is laid out before.
 * @param compute is told where they lie, where the results do, and how many there are
 */
export function stretched(
  ops: Ops,
  operands: readonly Value[],
  shape: Shape,
  to: TypedArray,
  compute: (places: readonly number[], to: number, count: number) => void,
): void {
  const total = to.length;
  const patterns = operands.map((x) => pattern(x, shape));
  // What is repeated or spread fits into the longest such row: both are as many as some last dimensions have.
  const units = patterns.map((found) => {
    if (found === null || found.length === 1 || found.length === total) return 1;
    return found.length * found.width === total ? found.width : found.length * found.width;
  });
  const C = units.reduce((most, unit) => Math.max(most, unit));
  const room = rowsOfPiece(total / C, C) * C;
  const parts = operands.map((x, i) => {
    const { width, length } = patterns[i] ?? { width: 1, length: total };
    const data = patterns[i] === null ? laidOut(x, shape) : x.storage.data.subarray(x.offset, x.offset + length);
    if (length === total) return { data, width };
    const row = new Float32Array(room);
    if (length > 1 && width * length === total) return { data, width, row };
    spread(data, 0, length, units[i] / length, row, 0);
    for (let done = units[i]; done < room; done *= 2) row.copyWithin(done, 0, done);
    return { data: row, width, isFixed: true };
  });
  const given = parts.filter(({ isFixed }) => !isFixed).map(({ data }) => data);
  const fixed = parts.flatMap(({ data, row = data, isFixed }) => (isFixed || row !== data ? [row] : []));
  pieces(ops, [total / C, C], given, [to], fixed, (at, rows) => {
    const { floats } = ops.memory;
    for (const { data, width, row } of parts) {
      if (row) spread(floats, at(data) / 4, (rows * C) / width, width, floats, at(row) / 4);
    }
    compute(
      parts.map(({ data, row = data }) => at(row)),
      at(to),
      rows * C,
    );
  });
}
