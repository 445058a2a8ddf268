/** What moves the elements of a tensor without changing them: shape, order, and picking by index. */

import { fail, shown, typeName } from "../base/errors.js";
import {
  dimension,
  expandView,
  inferShape,
  listText,
  permuteView,
  type Shape,
  squeezeView,
  unsqueezeView,
} from "../base/shape.js";
import { checkDType, type DType, elements, isFloat, scalarName } from "../device/value.js";
import { checkWhole, copy } from "./kernels.js";
import { to } from "./ops/elementwise.js";
import { gather } from "./ops/gather.js";
import * as ops from "./ops/shape.js";
import { Readable } from "./readable.js";

export abstract class Movable<T extends Movable<T>> extends Readable<T> {
  /** This in another dtype; this itself where it has that dtype already. */
  to(dtype: DType): T {
    checkDType("to()", dtype);
    if (dtype === "int32" && isFloat(this.dtype)) checkWhole(this.toArray());
    return dtype === this.dtype ? this.self : this.apply(to, this, dtype);
  }

  /** A copy with memory of its own, through which gradients flow. */
  clone(): T {
    return this.apply(to, this, this.dtype);
  }

  /** This itself if it lies row-major, else a copy that does. */
  contiguous(): T {
    return this.isContiguous() ? this.self : this.clone();
  }

  /** As many elements in another shape, row-major; one size may be −1. A view where that is possible. */
  reshape(shape: Shape): T {
    if (!Array.isArray(shape)) fail("TypeError", `reshape() expected a shape such as [2, -1], got: ${typeName(shape)}`);
    return this.apply(ops.reshape, this, inferShape(shape, this.numel()));
  }

  /** Dimensions `start` … `end` as one. */
  flatten(start = 0, end = -1): T {
    if (this.ndim === 0) return this.reshape([1]);
    const from = dimension(start, this.ndim);
    const to = dimension(end, this.ndim);
    if (from > to) fail("RuntimeError", "flatten() has invalid args: start_dim cannot come after end_dim");
    const size = this.value.shape.slice(from, to + 1).reduce((a, b) => a * b, 1);
    return this.reshape(this.value.shape.toSpliced(from, to - from + 1, size));
  }

  /** The dimensions in another order: dimension i of the result is `order[i]` of this. A view. */
  permute(order: readonly number[]): T {
    if (!Array.isArray(order)) fail("TypeError", `permute() expected an array of numbers, got: ${typeName(order)}`);
    const checked = permuteView(this.value, order).shape.length === 0 ? [] : order.map((d) => dimension(d, this.ndim));
    return this.apply(ops.permute, this, checked);
  }

  /** With two dimensions exchanged. A view. */
  transpose(dim0: number, dim1: number): T {
    const [a, b] = [dimension(dim0, this.ndim), dimension(dim1, this.ndim)];
    const order = [...this.value.shape.keys()];
    if (this.ndim > 0) [order[a], order[b]] = [b, a];
    return this.permute(order);
  }

  /** The transpose of a matrix; a vector or a scalar as it is. */
  t(): T {
    if (this.ndim > 2) fail("RuntimeError", `t() expects a tensor with <= 2 dimensions, but self is ${this.ndim}D`);
    return this.ndim < 2 ? this.permute([...this.value.shape.keys()]) : this.transpose(0, 1);
  }

  /** Without the dimensions of size 1, or without `dim` if its size is 1. */
  squeeze(dim?: number): T {
    const at = dim === undefined ? null : dimension(dim, this.ndim);
    const ones = [...this.value.shape.keys()].filter((i) => this.value.shape[i] === 1 && (at === null || i === at));
    return this.apply(ops.view, this, squeezeView(this.value, ones));
  }

  /** With a dimension of size 1 before `dim`. */
  unsqueeze(dim: number): T {
    return this.apply(ops.view, this, unsqueezeView(this.value, dimension(dim, this.ndim + 1)));
  }

  /** Sizes of 1 repeated without a copy; −1 keeps a size; new dimensions come in front. */
  expand(shape: Shape): T {
    if (!Array.isArray(shape)) fail("TypeError", `expand() expected a shape such as [2, -1], got: ${typeName(shape)}`);
    if (shape.length < this.ndim) {
      const type = `torch.${scalarName(this.dtype)}Tensor{${listText(this.value.shape)}}`;
      fail(
        "RuntimeError",
        `expand(${type}, size=${listText(shape)}): the number of sizes provided (${shape.length}) must be greater or equal to the number of dimensions in the tensor (${this.ndim})`,
      );
    }
    return this.apply(ops.expand, this, expandView(this.value, shape).shape);
  }

  /** The elements in reverse along the given dimensions. */
  flip(dims: number | readonly number[]): T {
    if (typeof dims !== "number" && !Array.isArray(dims)) {
      fail("TypeError", `flip() expected a number or an array of numbers, got: ${typeName(dims)}`);
    }
    let result = this.self;
    const list = (typeof dims === "number" ? [dims] : dims).map((dim) => dimension(dim, this.ndim));
    const twice = list.find((at, i) => list.indexOf(at) !== i);
    if (twice !== undefined) fail("RuntimeError", `dim ${twice} appears multiple times in the list of dims`);
    for (const at of list) result = result.apply(ops.flip, result, at);
    return result === this.self ? this.clone() : result;
  }

  /** The index `i`, possibly negative, of `dim`. */
  private place(index: number, dim: number): number {
    const size = this.value.shape[dim];
    if (this.ndim === 0) fail("IndexError", "select() cannot be applied to a 0-dim tensor.");
    if (!Number.isInteger(index) || index < -size || index >= size) {
      fail(
        "IndexError",
        `select(): index ${shown(index)} out of range for tensor of size ${listText(this.value.shape)} at dimension ${dim}`,
      );
    }
    return index < 0 ? index + size : index;
  }

  /** The view at one index of `dim`, which goes. */
  select(dim: number, index: number): T {
    const at = dimension(dim, this.ndim);
    return this.apply(ops.narrow, this, at, this.place(index, at), 1, 1).squeeze(at);
  }

  /** What Python writes x[i, j, …]. */
  at(...index: number[]): T {
    let result = this.self;
    for (const i of index) {
      if (result.ndim === 0) {
        fail("IndexError", `too many indices for tensor of dimension ${this.ndim}`);
      }
      if (typeof i !== "number") {
        fail("TypeError", `at() expected numbers, got: ${typeName(i)}; slice() takes ranges, indexSelect() lists`);
      }
      const size = result.value.shape[0];
      if (!Number.isInteger(i) || i < -size || i >= size) {
        fail("IndexError", `index ${i} is out of bounds for dimension ${this.ndim - result.ndim} with size ${size}`);
      }
      result = result.select(0, i);
    }
    return result;
  }

  /** Elements start … start + length − 1 of `dim`; a view. */
  narrow(dim: number, start: number, length: number): T {
    if (this.ndim === 0) fail("RuntimeError", "narrow() cannot be applied to a 0-dim tensor.");
    const at = dimension(dim, this.ndim);
    const size = this.value.shape[at];
    if (!Number.isInteger(start) || start < -size || start > size) {
      fail(
        "IndexError",
        `start out of range (expected to be in range of [${-size}, ${size}], but got ${shown(start)})`,
      );
    }
    const from = start < 0 ? start + size : start;
    if (!Number.isInteger(length) || length < 0) fail("RuntimeError", "narrow(): length must be non-negative.");
    if (from + length > size)
      fail("RuntimeError", `start (${from}) + length (${length}) exceeds dimension size (${size}).`);
    return this.apply(ops.narrow, this, at, from, length, 1);
  }

  /** What Python writes x[start:end:step] along `dim`; a view. `end` null means to the end; step is positive. */
  slice(dim: number, start: number, end: number | null = null, step = 1): T {
    if (this.ndim === 0) fail("IndexError", "slice() cannot be applied to a 0-dim tensor.");
    if (step === 0) fail("ValueError", "slice step cannot be zero");
    if (!Number.isInteger(step)) fail("TypeError", `slice() expected a whole number as step, got: ${shown(step)}`);
    if (step < 0) fail("ValueError", "step must be greater than zero");
    const at = dimension(dim, this.ndim);
    const size = this.value.shape[at];
    const bound = (i: number) => {
      if (!Number.isInteger(i)) fail("TypeError", `slice() expected whole numbers as bounds, got: ${shown(i)}`);
      return Math.min(Math.max(i < 0 ? i + size : i, 0), size);
    };
    const from = bound(start);
    const to = bound(end ?? size);
    return this.apply(ops.narrow, this, at, from, Math.max(0, Math.ceil((to - from) / step)), step);
  }

  /** The slices of `dim` that an int32 vector names. */
  indexSelect(dim: number, index: T): T {
    const at = dimension(dim, this.ndim);
    checkIndex("index_select()", "int32 or int64", index);
    if (index.ndim > 1) fail("IndexError", "index_select(): Index is supposed to be a vector");
    const line = copy(index.value);
    const source = this.ndim === 0 ? this.reshape([1]) : this.self;
    const { shape } = source.value;
    if (elements(line).some((i) => i < 0 || i >= shape[at])) fail("IndexError", "index out of range in self");
    // The index once for every element of a slice, without a copy.
    const strides = shape.map((_, i) => (i === at ? 1 : 0));
    const everywhere = line.at({ shape: shape.with(at, line.numel), strides, offset: 0 });
    const picked = this.apply(gather, source, at, this.make(everywhere));
    return this.ndim === 0 ? picked.reshape([]) : picked;
  }

  /** y[i][j] = x[index[i][j]][j] for dim 0, y[i][j] = x[i][index[i][j]] for dim 1, and so on; int32 indices. */
  gather(dim: number, index: T): T {
    const at = dimension(dim, this.ndim);
    checkIndex("gather()", "int32/int64", index);
    if (index.ndim !== this.ndim) {
      fail("RuntimeError", "Index tensor must have the same number of dimensions as input tensor");
    }
    const positions = elements(copy(index.value));
    let source = this.self;
    index.value.shape.forEach((size, d) => {
      if (d === at) return;
      if (size > this.value.shape[d]) {
        fail(
          "RuntimeError",
          `Size does not match at dimension ${d} expected index ${listText(index.value.shape)} to be no larger than self ${listText(this.value.shape)} apart from dimension ${at}`,
        );
      }
      if (size < this.value.shape[d]) source = source.narrow(d, 0, size);
    });
    const length = this.value.shape[at] ?? 1;
    const wrong = positions.find((i) => i < 0 || i >= length);
    if (wrong !== undefined) {
      fail("RuntimeError", `index ${wrong} is out of bounds for dimension ${at} with size ${length}`);
    }
    return this.apply(gather, source, at, index);
  }

  /** The views at every index of `dim`. */
  unbind(dim = 0): T[] {
    const at = dimension(dim, this.ndim);
    if (this.ndim === 0) fail("IndexError", "Dimension specified as 0 but tensor has no dimensions");
    return this.split(Array<number>(this.value.shape[at]).fill(1), at).map((part) => part.squeeze(at));
  }

  /** Views of `size` elements each along `dim` (the last may be smaller), or of the sizes given. */
  split(size: number | readonly number[], dim = 0): T[] {
    const at = dimension(dim, this.ndim);
    const total = this.value.shape[at] ?? fail("RuntimeError", "split expects at least a 1-dimensional tensor");
    if (typeof size !== "number" && !Array.isArray(size)) {
      fail("TypeError", `split() expected a number or an array of numbers, got: ${typeName(size)}`);
    }
    if (typeof size === "number" && !(Number.isInteger(size) && size >= 0)) {
      fail("RuntimeError", `split expects split_size be non-negative, but got split_size=${size}`);
    }
    if (size === 0 && total > 0) {
      fail("RuntimeError", `split_size can only be 0 if dimension size is 0, but got dimension size of ${total}`);
    }
    if (typeof size !== "number" && !size.every((part) => Number.isInteger(part) && part >= 0)) {
      fail(
        "RuntimeError",
        `split_with_sizes expects split_sizes have only non-negative entries, but got split_sizes=${listText(size)}`,
      );
    }
    const sizes =
      typeof size === "number"
        ? Array.from({ length: Math.max(1, Math.ceil(total / Math.max(size, 1))) }, (_, i) =>
            Math.min(size, total - i * size),
          )
        : size;
    if (sizes.reduce((a, b) => a + b, 0) !== total) {
      fail(
        "RuntimeError",
        `split_with_sizes expects split_sizes to sum exactly to ${total} (input tensor's size at dimension ${at}), but got split_sizes=${listText(sizes)}`,
      );
    }
    return this.apply(ops.split, this, at, sizes);
  }

  /** `chunks` views along `dim`, all of one size but the last; fewer where there are not enough elements. */
  chunk(chunks: number, dim = 0): T[] {
    if (!Number.isInteger(chunks) || chunks <= 0) {
      fail("RuntimeError", `chunk expects \`chunks\` to be greater than 0, got: ${shown(chunks)}`);
    }
    const along = dimension(dim, this.ndim);
    const size = this.value.shape[along] ?? fail("RuntimeError", "chunk expects at least a 1-dimensional tensor");
    return size === 0 ? this.split(Array(chunks).fill(0), dim) : this.split(Math.ceil(size / chunks), dim);
  }
}

function checkIndex(where: string, types: string, index: unknown): void {
  if (!(index instanceof Readable)) fail("TypeError", `${where} expected a Tensor as index, got: ${typeName(index)}`);
  if (index.dtype !== "int32") {
    fail("RuntimeError", `${where}: Expected dtype ${types} for index`);
  }
}
