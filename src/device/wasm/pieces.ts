/**
 * Arrays go through the kernels' memory in pieces of whole rows, as many at a time as stay in the second cache. Behind
 * each piece is room for sixteen floats, which the kernels may read and write.
 */

import { expandView, numel, type Shape } from "../../base/shape.js";
import { laidOut } from "../js/elementwise.js";
import type { TypedArray, Value } from "../value.js";
import type { Ops } from "./ops_module.js";

/** Floats of a piece, unless one row has more. */
export const chunk = 16384;
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

/** How many numbers of x there are before they repeat in `shape`; 0 where they lie in no such order. */
function period(x: Value, shape: Shape): number {
  if (x.dtype !== "float32") return 0;
  const { strides } = expandView(x, shape);
  let last = shape.length - 1;
  let length = 1;
  for (; last >= 0 && (strides[last] === length || shape[last] === 1); last--) length *= shape[last];
  for (; last >= 0; last--) if (strides[last] !== 0 && shape[last] !== 1) return 0;
  return length > longest && length < numel(shape) ? 0 : length;
}

/**
 * Operands stretched to `shape` as they come: a number or a row is repeated; what lies in no such order is laid out
 * before.
 * @param compute is told where they lie, where the results do, and how many there are
 */
export function stretched(
  ops: Ops,
  operands: readonly Value[],
  shape: Shape,
  to: TypedArray,
  compute: (places: readonly number[], to: number, count: number) => void,
): void {
  const periods = operands.map((x) => period(x, shape));
  const isRepeated = (length: number) => length > 0 && length < to.length;
  // A shorter row fits into a longer one: each is as long as some of the last dimensions.
  const C = periods.filter(isRepeated).reduce((most, length) => Math.max(most, length), 1);
  const data = operands.map((x, i) => {
    const length = periods[i];
    if (length === 0) return laidOut(x, shape);
    const own = x.storage.data.subarray(x.offset, x.offset + length);
    if (!isRepeated(length)) return own;
    const rows = new Float32Array(rowsOfPiece(to.length / C, C) * C);
    rows.set(own);
    for (let done = length; done < rows.length; done *= 2) rows.copyWithin(done, 0, done);
    return rows;
  });
  const given = data.filter((_, i) => !isRepeated(periods[i]));
  const fixed = data.filter((_, i) => isRepeated(periods[i]));
  pieces(ops, [to.length / C, C], given, [to], fixed, (at, rows) => compute(data.map(at), at(to), rows * C));
}
