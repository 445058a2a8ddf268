/** Sizes along dimensions of space, as options give them: one number for all, or one each. */

import { fail, typeName } from "../../base/errors.js";
import type { Shape } from "../../base/shape.js";

/** A whole number for each of D dimensions of space. */
export type Sizes<D extends 1 | 2> = D extends 1 ? readonly [number] : readonly [number, number];
/** As `Sizes`; one number stands for all. */
export type Extent<D extends 1 | 2> = number | Sizes<D>;

/** One whole number a dimension. `refusal` words that there were too many or too few. */
export function extents(
  where: string,
  name: string,
  value: number | Shape,
  dims: number,
  refusal: (list: Shape) => string,
): number[] {
  const list = typeof value === "number" ? [value] : value;
  if (!Array.isArray(list)) {
    fail("TypeError", `${where}: argument '${name}' must be tuple of ints, not ${typeName(value)}`);
  }
  const wrong = list.findIndex((size) => !Number.isInteger(size));
  if (wrong !== -1) {
    fail(
      "TypeError",
      `${where}: argument '${name}' must be tuple of ints, but found element of type ${typeName(list[wrong])} at pos ${wrong}`,
    );
  }
  if (list.length !== 1 && list.length !== dims) fail("RuntimeError", refusal(list));
  return list.length === 1 ? Array<number>(dims).fill(list[0]) : [...list];
}

/** "same": how many places before and behind each dimension keep its size; the odd one is behind. */
export function samePadding(kernel: Shape, dilation: Shape): { before: number[]; after: number[] } {
  const total = kernel.map((size, d) => dilation[d] * (size - 1));
  const before = total.map((size) => Math.floor(size / 2));
  return { before, after: total.map((size, d) => size - before[d]) };
}
