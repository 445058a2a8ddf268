/**
 * Shapes and views: where the elements of a tensor lie in its memory. Arithmetic on numbers only; no memory is touched.
 *
 * A view is a shape, one stride a dimension (in elements; 0 repeats, so expanding is free) and an offset. Negative
 * strides do not exist, as in PyTorch.
 */

import { fail, shown } from "./errors.js";

/** How many there are along each dimension, the outermost first; `[]` is one number. */
export type Shape = readonly number[];

/** Where element [i, j, …] lies: offset + i·strides[0] + j·strides[1] + … */
export interface View {
  readonly shape: Shape;
  /** How far apart neighbours along each dimension lie, in elements. */
  readonly strides: Shape;
  /** Where the first element lies. */
  readonly offset: number;
}

/** The number of elements of a shape; 1 for a scalar's `[]`. */
export function numel(shape: Shape): number {
  let count = 1;
  for (const size of shape) count *= size;
  return count;
}

/** Row-major strides: the last dimension lies side by side. */
export function rowMajor(shape: Shape): number[] {
  const strides = new Array<number>(shape.length);
  let step = 1;
  for (let i = shape.length - 1; i >= 0; i--) {
    strides[i] = step;
    step *= Math.max(shape[i], 1);
  }
  return strides;
}

/** The view of fresh row-major memory. */
export function freshView(shape: Shape): View {
  return { shape, strides: rowMajor(shape), offset: 0 };
}

/** Whether the elements of a `view` lie row-major and side by side (sizes 0 and 1 have no say). */
export function isRowMajor(view: View): boolean {
  let step = 1;
  if (view.shape.includes(0)) return true;
  for (let i = view.shape.length - 1; i >= 0; i--) {
    if (view.shape[i] !== 1 && view.strides[i] !== step) return false;
    step *= view.shape[i];
  }
  return true;
}

export function sameShape(a: Shape, b: Shape): boolean {
  return a.length === b.length && a.every((size, i) => size === b[i]);
}

/** A shape as Python prints a list: `[2, 3]`. */
export function listText(shape: readonly (number | string)[]): string {
  return `[${shape.join(", ")}]`;
}

/** A shape as Python prints a tuple: `(2, 3)`, `(2,)`. */
export function tupleText(shape: Shape): string {
  return shape.length === 1 ? `(${shape[0]},)` : `(${shape.join(", ")})`;
}

/** Checks a shape that came through the public door: an array of whole numbers, none negative. */
export function checkShape(where: string, shape: Shape): void {
  if (!Array.isArray(shape) || shape.some((size) => !Number.isSafeInteger(size))) {
    const came = Array.isArray(shape) ? listText(shape.map(shown)) : shown(shape);
    fail("TypeError", `${where} expected a shape such as [2, 3], got: ${came}`);
  }
  const negative = shape.find((size) => size < 0);
  if (negative !== undefined) {
    fail("RuntimeError", `Trying to create tensor with negative dimension ${negative}: ${listText(shape)}`);
  }
}

/** Turns a possibly negative dimension into 0 … ndim−1 (a scalar counts as one dimension, as in PyTorch). */
export function dimension(dim: number, ndim: number): number {
  const n = Math.max(ndim, 1);
  if (!Number.isInteger(dim) || dim < -n || dim >= n) {
    fail("IndexError", `Dimension out of range (expected to be in range of [${-n}, ${n - 1}], but got ${shown(dim)})`);
  }
  return dim < 0 ? dim + n : dim;
}

/** The shape of two operands `a` and `b` stretched over each other: trailing dimensions align, and a size of 1 stretches. */
export function broadcast(a: Shape, b: Shape): number[] {
  const ndim = Math.max(a.length, b.length);
  const shape = new Array<number>(ndim);
  // As PyTorch from the back, whose sentence names the last dimension that does not fit.
  for (let i = ndim - 1; i >= 0; i--) {
    const m = a[a.length - ndim + i] ?? 1;
    const n = b[b.length - ndim + i] ?? 1;
    if (m !== n && m !== 1 && n !== 1) {
      fail(
        "RuntimeError",
        `The size of tensor a (${m}) must match the size of tensor b (${n}) at non-singleton dimension ${i}`,
      );
    }
    shape[i] = m === 1 ? n : m;
  }
  return shape;
}

/** The view stretched to `shape`; −1 keeps a size. */
export function expandView(view: View, shape: Shape): View {
  const ndim = view.shape.length;
  const lead = shape.length - ndim;
  if (lead < 0) {
    fail(
      "RuntimeError",
      `expand: the number of sizes provided (${shape.length}) must be greater or equal to the number of dimensions in the tensor (${ndim})`,
    );
  }
  const missing = shape.findIndex((size, i) => size === -1 && i < lead);
  if (missing !== -1) {
    fail(
      "RuntimeError",
      `The expanded size of the tensor (-1) isn't allowed in a leading, non-existing dimension ${missing}`,
    );
  }
  const sizes = shape.map((size, i) => (size === -1 ? view.shape[i - lead] : size));
  const strides = sizes.map((size, i) => {
    const own = i < lead ? 1 : view.shape[i - lead];
    if (own !== 1 && own !== size) {
      fail(
        "RuntimeError",
        `The expanded size of the tensor (${size}) must match the existing size (${own}) at non-singleton dimension ${i}.  Target sizes: ${listText(shape)}.  Tensor sizes: ${listText(view.shape)}`,
      );
    }
    return i < lead || (own === 1 && size !== 1) ? 0 : view.strides[i - lead];
  });
  checkShape("expand()", sizes);
  return { shape: sizes, strides, offset: view.offset };
}

/** A `view` whose dimensions stand in another `order`. */
export function permuteView(view: View, order: readonly number[]): View {
  const ndim = view.shape.length;
  if (order.length !== ndim) {
    fail(
      "RuntimeError",
      `permute(sparse_coo): number of dimensions in the tensor input does not match the length of the desired ordering of dimensions i.e. input.dim() = ${ndim} is not equal to len(dims) = ${order.length}`,
    );
  }
  const dims = order.map((dim) => dimension(dim, ndim));
  if (new Set(dims).size !== ndim) fail("RuntimeError", "permute(): duplicate dims are not allowed.");
  return { shape: dims.map((d) => view.shape[d]), strides: dims.map((d) => view.strides[d]), offset: view.offset };
}

/** Where each of the numbers 0 … n − 1 stands in an order of them: inverse(order)[order[i]] = i. */
export function inverse(order: ArrayLike<number>): number[] {
  const result = new Array<number>(order.length);
  for (let i = 0; i < order.length; i++) result[order[i]] = i;
  return result;
}

/** Elements start, start + step, … of `dim`, `length` of them. */
export type Range = [dim: number, start: number, length: number, step: number];

/** Elements start, start+step, … (length of them) along `dim`. */
export function narrowView(view: View, dim: number, start: number, length: number, step = 1): View {
  return {
    shape: view.shape.with(dim, length),
    strides: view.strides.with(dim, view.strides[dim] * step),
    offset: view.offset + start * view.strides[dim],
  };
}

/** The view at one index of `dim`, which goes. */
export function selectView(view: View, dim: number, index: number): View {
  return {
    shape: view.shape.toSpliced(dim, 1),
    strides: view.strides.toSpliced(dim, 1),
    offset: view.offset + index * view.strides[dim],
  };
}

/** The view without the dimensions named, whose sizes are 1. */
export function squeezeView(view: View, dims: readonly number[]): View {
  const stays = (_: number, i: number) => !dims.includes(i);
  return { shape: view.shape.filter(stays), strides: view.strides.filter(stays), offset: view.offset };
}

export function unsqueezeView(view: View, dim: number): View {
  const stride = dim < view.shape.length ? view.shape[dim] * view.strides[dim] : 1;
  return {
    shape: view.shape.toSpliced(dim, 0, 1),
    strides: view.strides.toSpliced(dim, 0, stride),
    offset: view.offset,
  };
}

/** `shape` with its one −1 filled in so that it holds `count` elements. */
export function inferShape(shape: Shape, count: number): number[] {
  const holes = shape.filter((size) => size === -1).length;
  if (holes > 1) fail("RuntimeError", "only one dimension can be inferred");
  const wrong = shape.find((size) => !Number.isInteger(size) || size < -1);
  if (wrong !== undefined) {
    fail(
      "RuntimeError",
      `invalid shape dimension ${shown(wrong)} at index ${shape.indexOf(wrong)} of shape ${listText(shape)}`,
    );
  }
  const rest = numel(shape.filter((size) => size !== -1));
  if (holes === 1 && rest === 0 && count === 0) {
    fail(
      "RuntimeError",
      `cannot reshape tensor of 0 elements into shape ${listText(shape)} because the unspecified dimension size -1 can be any value and is ambiguous`,
    );
  }
  if (holes === 1 ? rest === 0 || count % rest !== 0 : rest !== count) {
    fail("RuntimeError", `shape '${listText(shape)}' is invalid for input of size ${count}`);
  }
  return shape.map((size) => (size === -1 ? count / rest : size));
}

/** The view in another shape over the same memory, or null where that needs a copy. */
export function reshapeView(view: View, shape: Shape): View | null {
  if (view.shape.length === 0 || numel(shape) === 0) return { ...freshView(shape), offset: view.offset };
  // Walk both shapes from the back: a run of new sizes must fill a run of old dimensions that lie evenly in memory.
  const strides = new Array<number>(shape.length);
  let to = shape.length - 1;
  let from = view.shape.length - 1;
  while (from >= 0) {
    let count = view.shape[from];
    const base = view.strides[from];
    while (from > 0 && (view.shape[from - 1] === 1 || view.strides[from - 1] === count * base))
      count *= view.shape[--from];
    from--;
    let filled = 1;
    while (to >= 0 && (filled < count || shape[to] === 1)) {
      strides[to] = filled * base;
      filled *= shape[to--];
    }
    if (filled !== count) return null;
  }
  return { shape, strides, offset: view.offset };
}

/**
 * The dimensions in the order in which torch draws, that of memory: from the one whose neighbours lie furthest apart to
 * the closest. A stride of 0 says nothing, so there torch's insertion goes on to the next (aten/src/ATen/ExpandUtils.cpp).
 */
export function memoryOrder({ strides }: View): number[] {
  const order = [...strides.keys()].reverse();
  for (let i = 1; i < order.length; i++) {
    for (let at = i, before = i - 1; before >= 0; before--) {
      const [a, b] = [strides[order[before]], strides[order[at]]];
      if (a === 0 || b === 0 || a === b) continue;
      if (a < b) break;
      [order[before], order[at]] = [order[at], order[before]];
      at = before;
    }
  }
  return order.reverse();
}

/** Refuses a result of another shape than that of what it takes the place of. */
export function checkKept(shape: Shape, result: Shape): void {
  if (sameShape(result, shape)) return;
  fail("RuntimeError", `output with shape ${listText(shape)} doesn't match the broadcast shape ${listText(result)}`);
}
