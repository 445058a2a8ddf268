/**
 * Operands of ops on their way into the kernels' memory, piece by piece, stretched as they come: a number stands there
 * once, a row is repeated, a column spread. Only what lies in no such order is laid out before.
 */

import { expandView, type Shape } from "../../base/shape.js";
import { laidOut } from "../js/elementwise.js";
import { type Value, wrap } from "../value.js";
import type { Ops } from "./ops_module.js";

/** So few elements take less time in JavaScript, whose sums, products and comparisons are the same to the last bit. */
export const few = 32;

/** Floats that go through the kernels at a time: they stay in the nearest caches on their way. */
export const chunk = 8192;

export interface Operand {
  /** Where its pieces are put. */
  readonly at: number;
  /** Bytes from four elements to the next: 0 where one number stands for all. */
  readonly step: 0 | 16;
  /** How many elements repeat: pieces are a multiple of it. */
  readonly period: number;
  /** Puts `count` elements from `start` on in their place. */
  load(start: number, count: number): void;
}

/** How often each number stands side by side, and how many numbers there are before they repeat; null where neither. */
function pattern(x: Value, shape: Shape): { width: number; length: number } | null {
  const { strides } = expandView(x, shape);
  let last = shape.length - 1;
  let [width, length] = [1, 1];
  for (; last >= 0 && (strides[last] === 0 || shape[last] === 1); last--) width *= shape[last];
  for (; last >= 0 && (strides[last] === length || shape[last] === 1); last--) length *= shape[last];
  for (; last >= 0; last--) if (strides[last] !== 0 && shape[last] !== 1) return null;
  return { width, length };
}

/** float32 `x`, stretched to `shape`, of `numel` elements. */
export function operand(ops: Ops, x: Value, shape: Shape, numel: number): Operand {
  const { kernels, memory } = ops;
  const { offset } = x;
  const data = x.storage.data as Float32Array;
  const at = memory.take(chunk);
  const put = (from: number, count: number, to: number) => memory.floats.set(data.subarray(from, from + count), to / 4);
  const { width, length } = pattern(x, shape) ?? { width: 0, length: 0 };
  if (length === 1) {
    memory.floats.fill(data[offset], at / 4, at / 4 + 4);
    return { at, step: 0, period: 1, load() {} };
  }
  if (width === 1 && length === numel) {
    return { at, step: 16, period: 1, load: (start, count) => put(offset + start, count, at) };
  }
  if (width === 1 && length <= chunk) {
    for (let done = 0; done + length <= chunk; done += length) put(offset, length, at + done * 4);
    return { at, step: 16, period: length, load() {} };
  }
  if (width * length === numel) {
    const source = memory.take(chunk);
    return {
      ...{ at, step: 16, period: 1 },
      load(start, count) {
        const first = Math.floor(start / width);
        put(offset + first, Math.floor((start + count - 1) / width) + 1 - first, source);
        kernels.spread(source, width, start - first * width, at, count);
      },
    };
  }
  return operand(ops, wrap("float32", laidOut(x, shape), [numel]), [numel], numel);
}
