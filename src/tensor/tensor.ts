/**
 * The tensor: a value that remembers where it came from, with PyTorch's methods in camelCase.
 *
 * A method checks its arguments (checks/) and applies an op (ops/). Derived methods are written in terms of others and
 * have no gradient of their own. Source: https://docs.pytorch.org/docs/stable/tensors.html
 */

import { fail, mistyped } from "../base/errors.js";
import { fillNormal, fillUniform, type Generator } from "../base/random.js";
import { broadcast, dimension, isRowMajor, type Shape, squeezeView, unsqueezeView } from "../base/shape.js";
import type { Compare } from "../device/device.js";
import {
  allocate,
  checkDType,
  type DType,
  type FloatArray,
  isFloat,
  promote,
  type TypedArray,
  type Value,
} from "../device/value.js";
import { Aliases } from "./aliases.js";
import { applied, backward, isGradEnabled, nodeName, write } from "./autograd.js";
import { chosenGenerator } from "./chance.js";
import * as folds from "./checks/folds.js";
import { checkGather, checkIndexSelect } from "./checks/indices.js";
import * as operands from "./checks/operands.js";
import * as shapes from "./checks/shapes.js";
import * as writes from "./checks/writes.js";
import { binary, checkWhole, convert, copy, device, inMemoryOrder, scalar, unary } from "./kernels.js";
import * as elementwise from "./ops/elementwise.js";
import { gather } from "./ops/gather.js";
import { matmul } from "./ops/matmul.js";
import type { Applied, Lifted, Op, Part } from "./ops/op.js";
import * as reduce from "./ops/reduce.js";
import * as moves from "./ops/shape.js";
import { print } from "./print.js";
import * as read from "./read.js";

/** What stands on the right of an operator: a number takes the tensor's dtype. */
export type Operand = Tensor | number;

/** What was found along a dimension, and where: int32 indices. */
export interface ValuesAndIndices<T> {
  /** What was found. */
  readonly values: T;
  /** Where it stood along the dimension. int32 */
  readonly indices: T;
}

/**
 * Runs an op on tensors and remembers it where a gradient may be wanted.
 * @internal
 */
export function apply<Args extends readonly unknown[], Out extends Value | Value[], Saved extends readonly unknown[]>(
  op: Op<Args, Out, Saved> | Part<Args, Out, Saved>,
  ...args: Lifted<Args, Tensor>
): Applied<Out, Tensor> {
  return applied(op, args, (value) => new Tensor(value));
}

/**
 * A tensor itself, or a number as one beside a tensor of dtype `beside`; anything else is refused.
 * @internal
 */
export function operand(where: string, x: Operand, beside: DType): Tensor {
  if (x instanceof Tensor) return x;
  if (typeof x !== "number") mistyped(`${where} expected a Tensor or a number`, x);
  return new Tensor(scalar(x, operands.numberType(x, beside)));
}

/**
 * Numbers of one dtype in a shape, which remember where they came from. Made by `tensor()`, `zeros()`, `randn()` and the
 * like, never by `new`. Methods have PyTorch's names in camelCase; those that end in `_` write in place.
 *
 * Source: https://docs.pytorch.org/docs/stable/tensors.html
 */
export class Tensor extends Aliases<Tensor> {
  static override name = "Tensor";

  // ---- what can be read

  /** The size of each dimension; `[]` for a scalar. A copy. */
  get shape(): number[] {
    return [...this.value.shape];
  }

  /** The number of dimensions; 0 for a scalar. */
  get ndim(): number {
    return this.value.shape.length;
  }

  /** float32, float64, int32 or bool. */
  get dtype(): DType {
    return this.value.dtype;
  }

  /** The shape, or the size of one dimension (negative counts from the back). */
  size(): number[];
  size(dim: number): number;
  size(dim?: number): number | number[] {
    return dim === undefined ? this.shape : shapes.sizeAt(this.value.shape, dim);
  }

  /** The number of elements. */
  numel(): number {
    return this.value.numel;
  }

  /** How many elements of memory lie between neighbours, for each dimension. */
  stride(): number[] {
    return [...this.value.strides];
  }

  /** Whether the elements lie row-major and side by side. */
  isContiguous(): boolean {
    return isRowMajor(this.value);
  }

  /**
   * All elements in row-major order, as a flat typed array of their own: Uint8Array of 0 and 1 for bool. A copy, since
   * raw memory never goes out writable: the version of the storage would lie.
   */
  toArray(): TypedArray {
    return read.toArray(this.value);
  }

  /** As `toArray()`, on every device: reading may have to wait for a device that is not the CPU. */
  async data(): Promise<TypedArray> {
    return this.toArray();
  }

  /** Writes all elements in row-major order into `out`, which must hold exactly as many, and returns it. */
  copyTo<A extends TypedArray>(out: A): A {
    return read.copyTo(this.value, out);
  }

  /** The elements as nested arrays. */
  toNested(): read.Nested {
    return read.toNested(this.value);
  }

  /** The one element as a number (0 or 1 for bool). Throws RuntimeError if there are more, or none. */
  item(): number {
    return read.item(this.value);
  }

  /** As PyTorch prints it. */
  override toString(): string {
    return print(this.value, this.node && nodeName(this.node), this.tracked);
  }

  [Symbol.for("nodejs.util.inspect.custom")](): string {
    return this.toString();
  }

  // ---- gradients

  /** Whether operations on this are recorded: true for a leaf that wants its gradient, and for what was computed from one. */
  get requiresGrad(): boolean {
    return this.tracked;
  }

  set requiresGrad(wanted: boolean) {
    writes.checkRequiresGrad(this, wanted);
    if (this.node === null) this.wanted = wanted;
  }

  /** Says whether gradients are wanted for this leaf; floats only. */
  requiresGrad_(wanted = true): this {
    this.requiresGrad = wanted;
    return this;
  }

  /** Whether this was made by the user, not by a recorded operation. */
  get isLeaf(): boolean {
    return this.node === null;
  }

  /**
   * The gradient accumulated by `backward()`, or null. It shares memory: writing into it changes it. Only leaves have one,
   * and those for which `retainGrad()` asked: reading it elsewhere warns.
   */
  get grad(): Tensor | null {
    if (this.gradient === null && !this.isLeaf && !this.retainsGrad) writes.warnOfNoGrad();
    return this.gradient && new Tensor(this.gradient);
  }

  set grad(grad: Tensor | null) {
    if (grad !== null) writes.checkGrad(this.value, grad);
    this.gradient = grad && convert(grad.value, this.dtype);
  }

  /** Whether `backward()` leaves a gradient here although this is no leaf. */
  get retainsGrad(): boolean {
    return this.node?.retaining.includes(this) ?? false;
  }

  /** Makes `backward()` leave a gradient in `grad` of this, which was computed; nothing changes for a leaf. */
  retainGrad(): void {
    writes.checkRetainGrad(this);
    if (this.node !== null && !this.retainsGrad) this.node.retaining.push(this);
  }

  /**
   * Adds the gradient of this to `grad` of every leaf it was computed from.
   * @param gradient what to start from, of this shape; may be left out for a scalar, where it is 1.
   * @throws RuntimeError where there is no graph, or it has been freed, or a saved tensor was modified since.
   */
  backward(gradient?: Tensor | null, options: writes.BackwardOptions = {}): void {
    const retainGraph = writes.retained(options);
    backward(this, writes.startingGradient(this, gradient ?? null), retainGraph);
  }

  /** The same memory without the past: no gradient flows through it. */
  detach(): Tensor {
    return new Tensor(this.value);
  }

  // ---- what moves elements without changing them

  /** This in another dtype; this itself where it has that dtype already. */
  to(dtype: DType): Tensor {
    checkDType("to()", dtype);
    if (dtype === "int32" && isFloat(this.dtype)) checkWhole(this.toArray());
    return dtype === this.dtype ? this : apply(elementwise.to, this, dtype);
  }

  /** A copy with memory of its own, through which gradients flow. */
  clone(): Tensor {
    return apply(elementwise.to, this, this.dtype);
  }

  /** This itself if it lies row-major, else a copy that does. */
  contiguous(): Tensor {
    return this.isContiguous() ? this : this.clone();
  }

  /** As many elements in another shape, row-major; one size may be −1. A view where that is possible. */
  reshape(...shape: shapes.Sizes): Tensor {
    return apply(moves.reshape, this, shapes.reshaped(shapes.sizesOf(shape), this.numel()));
  }

  /** Dimensions `start` … `end` as one. */
  flatten(start = 0, end = -1): Tensor {
    return this.reshape(shapes.flattened(this.value.shape, start, end));
  }

  /**
   * Dimension `dim` as several, row-major; one size may be −1. A view.
   * @param sizes the dimensions that it becomes
   */
  unflatten(dim: number, sizes: Shape): Tensor {
    return this.reshape(shapes.unflattened(this.value.shape, dim, sizes));
  }

  /** The dimensions in another order: dimension i of the result is `order[i]` of this. A view. */
  permute(...order: shapes.Sizes): Tensor {
    return apply(moves.permute, this, shapes.permutation(this.value, shapes.sizesOf(order)));
  }

  /**
   * With two dimensions exchanged. A view.
   * @param dim0 the one
   * @param dim1 the other
   */
  transpose(dim0: number, dim1: number): Tensor {
    return this.permute(shapes.exchange(this.ndim, dim0, dim1));
  }

  /** The transpose of a matrix; a vector or a scalar as it is. */
  t(): Tensor {
    shapes.checkTransposed(this.ndim);
    return this.transpose(0, this.ndim === 2 ? 1 : 0);
  }

  /** Without the dimensions of size 1, or without `dim` if its size is 1. */
  squeeze(dim?: number): Tensor {
    return apply(moves.view, this, squeezeView(this.value, shapes.squeezed(this.value.shape, dim)));
  }

  /** With a dimension of size 1 before `dim`. */
  unsqueeze(dim: number): Tensor {
    return apply(moves.view, this, unsqueezeView(this.value, dimension(dim, this.ndim + 1)));
  }

  /** Sizes of 1 repeated without a copy; −1 keeps a size; new dimensions come in front. */
  expand(...shape: shapes.Sizes): Tensor {
    return apply(moves.expand, this, shapes.expanded(this.value, shapes.sizesOf(shape)));
  }

  /** A copy in which each dimension comes so many times, one behind the other; new dimensions come in front. */
  repeat(...times: shapes.Sizes): Tensor {
    const { sizes, repeats } = shapes.repeated(this.value.shape, shapes.sizesOf(times));
    const apart = this.reshape(sizes.flatMap((size) => [1, size]));
    const stretched = apart.expand(sizes.flatMap((size, i) => [repeats[i], size]));
    return stretched.clone().reshape(sizes.map((size, i) => size * repeats[i]));
  }

  /**
   * Each slice of `dim` so many times, side by side; without `dim` each element of the flattened tensor.
   * @param repeats how often each, or of each slice how often
   */
  repeatInterleave(repeats: number | Tensor, dim: number | null = null): Tensor {
    if (dim === null) return this.flatten().repeatInterleave(repeats, 0);
    const times = repeats instanceof Tensor ? repeats.value : repeats;
    return this.indexSelect(dim, new Tensor(read.repeatedPlaces(shapes.sizeAt(this.value.shape, dim), times)));
  }

  /**
   * The elements in reverse along the given dimensions.
   * @param dims one or several
   */
  flip(dims: number | readonly number[]): Tensor {
    const list = shapes.flipped(this.ndim, dims);
    return list.length === 0 ? this.clone() : list.reduce<Tensor>((x, dim) => apply(moves.flip, x, dim), this);
  }

  /** The view at one index of `dim`, which goes. */
  select(dim: number, index: number): Tensor {
    return apply(moves.select, this, ...shapes.selected(this.value.shape, dim, index));
  }

  /**
   * What Python writes x[i, j, …].
   * @param index a place along each of the first dimensions; one below 0 counts from the end
   */
  at(...index: number[]): Tensor {
    shapes.checkAt(this.value.shape, index);
    return index.reduce<Tensor>((x, i) => x.select(0, i), this);
  }

  /** Elements start … start + length − 1 of `dim`; a view. */
  narrow(dim: number, start: number, length: number): Tensor {
    return apply(moves.narrow, this, ...shapes.narrowed(this.value.shape, dim, start, length));
  }

  /** What Python writes x[start:end:step] along `dim`; a view. `end` null means to the end; step is positive. */
  slice(dim: number, start: number, end: number | null = null, step = 1): Tensor {
    return apply(moves.narrow, this, ...shapes.sliced(this.value.shape, dim, start, end, step));
  }

  /** The windows of `size` elements of `dim`, `step` apart: their elements are a new dimension at the end. A view. */
  unfold(dim: number, size: number, step: number): Tensor {
    return apply(moves.unfold, this, ...shapes.windowed(this.value.shape, dim, size, step));
  }

  /**
   * The slices of `dim` that an int32 vector names.
   * @param index numbers of slices, in any order
   */
  indexSelect(dim: number, index: Tensor): Tensor {
    const at = checkIndexSelect(this.value.shape, dim, index);
    const source = this.ndim === 0 ? this.reshape([1]) : this;
    // The index once for every element of a slice, without a copy.
    const line = copy(index.value);
    const strides = source.value.shape.map((_, i) => (i === at ? 1 : 0));
    const everywhere = line.at({ shape: source.value.shape.with(at, line.numel), strides, offset: 0 });
    const picked = apply(gather, source, at, new Tensor(everywhere));
    return this.ndim === 0 ? picked.reshape([]) : picked;
  }

  /** y[i][j] = x[index[i][j]][j] for dim 0, y[i][j] = x[i][index[i][j]] for dim 1, and so on; int32 indices. */
  gather(dim: number, index: Tensor): Tensor {
    const at = checkGather(this.value.shape, dim, index);
    const narrowed = index.value.shape.reduce<Tensor>(
      (x, size, d) => (d === at || size === x.value.shape[d] ? x : x.narrow(d, 0, size)),
      this,
    );
    return apply(gather, narrowed, at, index);
  }

  /** The views at every index of `dim`. */
  unbind(dim = 0): Tensor[] {
    const at = dimension(dim, this.ndim);
    const ones = Array<number>(shapes.sizeAt(this.value.shape, at)).fill(1);
    return this.split(ones, at).map((part) => part.squeeze(at));
  }

  /** Views of `size` elements each along `dim` (the last may be smaller), or of the sizes given. */
  split(size: number | readonly number[], dim = 0): Tensor[] {
    return apply(moves.split, this, ...shapes.parts(this.value.shape, size, dim));
  }

  /** `chunks` views along `dim`, all of one size but the last; fewer where there are not enough elements. */
  chunk(chunks: number, dim = 0): Tensor[] {
    return this.split(shapes.chunked(this.value.shape, chunks, dim), dim);
  }

  // ---- element by element

  /** This and another operand in the dtype they meet in. */
  private meet(where: string, other: Operand): [Tensor, Tensor] {
    const right = operand(where, other, this.dtype);
    const dtype = operands.meeting(this, right);
    return [this.to(dtype), right.to(dtype)];
  }

  private float(): Tensor {
    return isFloat(this.dtype) ? this : this.to("float32");
  }

  private compare(op: Compare, other: Operand): Tensor {
    const [a, b] = this.meet(`${op}()`, other);
    return new Tensor(binary(op, a.value, b.value, "bool"));
  }

  /** this + other, stretched over each other. */
  add(other: Operand): Tensor {
    return apply(elementwise.add, ...this.meet("add()", other));
  }

  /** this − other, stretched over each other; not for bool. */
  sub(other: Operand): Tensor {
    const [a, b] = this.meet("sub()", other);
    operands.checkSub(this.dtype, other instanceof Tensor ? other.dtype : b.dtype);
    return apply(elementwise.add, a, b.neg());
  }

  /** this · other, element by element, stretched over each other. */
  mul(other: Operand): Tensor {
    return apply(elementwise.mul, ...this.meet("mul()", other));
  }

  /** True division: whole numbers give floats. */
  div(other: Operand): Tensor {
    return apply(elementwise.div, ...this.meet("div()", other));
  }

  /** this to the power of `exponent`, stretched over each other; whole numbers stay whole. */
  pow(exponent: Operand): Tensor {
    const [a, b] = this.meet("pow()", exponent);
    operands.checkPow(a.dtype, exponent);
    return apply(elementwise.pow, a, b);
  }

  /** −this; not for bool. */
  neg(): Tensor {
    operands.checkNeg(this.dtype);
    return apply(elementwise.neg, this);
  }

  /** eˣ; whole numbers give float32. */
  exp(): Tensor {
    return apply(elementwise.exp, this.float());
  }

  /** The natural logarithm. */
  log(): Tensor {
    return apply(elementwise.log, this.float());
  }

  /** √x; whole numbers give float32. */
  sqrt(): Tensor {
    return apply(elementwise.sqrt, this.float());
  }

  /** |x|; not for bool. */
  abs(): Tensor {
    operands.checkImplemented("abs_cpu", this.dtype, this.dtype !== "bool");
    return apply(elementwise.abs, this);
  }

  /** The hyperbolic tangent; whole numbers give float32. */
  tanh(): Tensor {
    return apply(elementwise.tanh, this.float());
  }

  /** The logistic function 1 / (1 + e⁻ˣ). */
  sigmoid(): Tensor {
    return apply(elementwise.sigmoid, this.float());
  }

  /** max(x, 0); not for bool. */
  relu(): Tensor {
    operands.checkRelu(this.dtype);
    return apply(elementwise.relu, this);
  }

  /** Limits every element to `min` … `max`; null leaves a side open. */
  clamp(min: number | null, max: number | null = null): Tensor {
    const bounds = operands.clampBounds(min, max).map((bound) => operand("clamp()", bound, this.dtype).dtype);
    return apply(elementwise.clamp, this.to(bounds.reduce(promote, this.dtype)), min, max);
  }

  /** Where this = other, stretched over each other. bool, without gradient, like the five below. */
  eq(other: Operand): Tensor {
    return this.compare("eq", other);
  }

  /** Where this ≠ other. bool */
  ne(other: Operand): Tensor {
    return this.compare("ne", other);
  }

  /** Where this < other. bool */
  lt(other: Operand): Tensor {
    return this.compare("lt", other);
  }

  /** Where this ≤ other. bool */
  le(other: Operand): Tensor {
    return this.compare("le", other);
  }

  /** Where this > other. bool */
  gt(other: Operand): Tensor {
    return this.compare("gt", other);
  }

  /** Where this ≥ other. bool */
  ge(other: Operand): Tensor {
    return this.compare("ge", other);
  }

  /** Where neither this nor other is 0. bool */
  logicalAnd(other: Operand): Tensor {
    return this.compare("logicalAnd", other);
  }

  /** Where this or other is not 0. bool */
  logicalOr(other: Operand): Tensor {
    return this.compare("logicalOr", other);
  }

  /** Where this is 0. bool */
  logicalNot(): Tensor {
    return new Tensor(unary("logicalNot", this.value));
  }

  /** Where this is NaN. bool */
  isnan(): Tensor {
    return new Tensor(unary("isnan", this.value));
  }

  /** `value` where `mask` (bool, stretched to this shape) is true, else this. */
  maskedFill(mask: Tensor, value: number): Tensor {
    operands.checkMask(mask);
    return apply(elementwise.where, mask, operand("maskedFill()", value, this.dtype).to(this.dtype), this);
  }

  /** The elements, in row-major order, where `mask` (bool) is true; both are stretched over each other. */
  maskedSelect(mask: Tensor): Tensor {
    operands.checkTensor("maskedSelect()", mask);
    if (mask.dtype !== "bool") fail("RuntimeError", "masked_select: expected BoolTensor for mask");
    const shape = broadcast(mask.value.shape, this.value.shape);
    return this.expand(shape)
      .flatten()
      .indexSelect(0, new Tensor(read.truePlaces(mask.expand(shape).value)));
  }

  /** The matrix products of two batches `[B, M, K]` and `[B, K, N]`. */
  bmm(other: Tensor): Tensor {
    operands.checkTensor("bmm()", other);
    operands.checkBmm(this.value, other.value);
    return this.matmul(other);
  }

  /** The matrix product, batches stretched over each other: `[…, M, K]·[…, K, N]`; vectors as in PyTorch. */
  matmul(other: Tensor): Tensor {
    operands.checkTensor("matmul()", other);
    operands.checkMatmul(this.value, other.value);
    return apply(matmul, this, other);
  }

  // ---- what folds dimensions, or runs along one

  /** Folded dimensions of `shape` back as size 1, if asked. */
  private keep(dims: readonly number[], keepdim: boolean, shape: Shape): Tensor {
    operands.checkFlag("keepdim", keepdim);
    return keepdim ? this.reshape(shape.map((size, i) => (dims.includes(i) ? 1 : size))) : this;
  }

  /** Over `dim`, or all; bool and int32 give int32. */
  sum(dim?: folds.Dims, keepdim = false): Tensor {
    const dims = folds.dimensions(this.value.shape, dim);
    return apply(reduce.sum, this, dims).keep(dims, keepdim, this.value.shape);
  }

  /** Over `dim`, or all; floats only. */
  mean(dim?: folds.Dims, keepdim = false): Tensor {
    folds.checkMean(this.dtype);
    return this.sum(dim, keepdim).div(folds.folded(this.value.shape, dim));
  }

  /** The variance; `correction` 1 is the unbiased estimate, 0 the plain mean of squares. */
  var(dim?: folds.Dims, options: folds.VarOptions = {}): Tensor {
    const { correction, keepdim } = folds.varOptions(this.dtype, options);
    const difference = this.sub(this.mean(dim, true));
    const count = folds.folded(this.value.shape, dim);
    return difference
      .mul(difference)
      .sum(dim, keepdim)
      .div(Math.max(count - correction, 0));
  }

  /** The standard deviation: the root of `var`. */
  std(dim?: folds.Dims, options: folds.VarOptions = {}): Tensor {
    return apply(elementwise.root, this.var(dim, options));
  }

  /** The p-norm (Σ |x|ᵖ)^(1/p); p may be Infinity or 0 (how many are not 0). */
  norm(p = 2, dim?: folds.Dims, keepdim = false): Tensor {
    const dims = folds.checkNorm(this.value, p, dim);
    return apply(reduce.norm, this, p, dims).keep(dims, keepdim, this.value.shape);
  }

  private extreme(op: folds.Extreme, dim: number | undefined, keepdim: boolean): Tensor | ValuesAndIndices<Tensor> {
    if (dim === undefined) {
      folds.checkExtreme(op, this.numel());
      return apply(reduce.extreme, op, this);
    }
    operands.checkFlag("keepdim", keepdim);
    const indices = this.place(op, op, dim, true);
    const values = this.gather(dim, indices);
    return keepdim ? { values, indices } : { values: values.squeeze(dim), indices: indices.squeeze(dim) };
  }

  /** Where the extreme stands along `dim`; `name` is the method that asks. */
  private place(op: folds.Extreme, name: string, dim: number, keepdim: boolean): Tensor {
    const along = folds.extremeDim(name, this.value.shape, dim);
    const line = this.ndim === 0 ? this.reshape([1]) : this;
    return new Tensor(device().extremum(op, line.value, along).indices).keep([along], keepdim, this.value.shape);
  }

  private arg(op: folds.Extreme, dim: number | undefined, keepdim: boolean): Tensor {
    const name = `arg${op}`;
    if (dim !== undefined) return this.place(op, name, dim, keepdim);
    folds.checkArg(name, this.numel());
    return this.flatten().place(op, name, 0, false);
  }

  /** The greatest of all elements, or along `dim`; the first of equals; NaN wins. */
  max(): Tensor;
  max(dim: number, keepdim?: boolean): ValuesAndIndices<Tensor>;
  max(dim?: number, keepdim = false): Tensor | ValuesAndIndices<Tensor> {
    return this.extreme("max", dim, keepdim);
  }

  /** The least of all elements, or along `dim`; the first of equals; NaN wins. */
  min(): Tensor;
  min(dim: number, keepdim?: boolean): ValuesAndIndices<Tensor>;
  min(dim?: number, keepdim = false): Tensor | ValuesAndIndices<Tensor> {
    return this.extreme("min", dim, keepdim);
  }

  /** Where the greatest stands: in the flattened tensor, or along `dim`. int32 */
  argmax(dim?: number, keepdim = false): Tensor {
    return this.arg("max", dim, keepdim);
  }

  /** Where the least stands: in the flattened tensor, or along `dim`. int32 */
  argmin(dim?: number, keepdim = false): Tensor {
    return this.arg("min", dim, keepdim);
  }

  private quantify(op: folds.Extreme, dim: folds.Dims | undefined, keepdim: boolean): Tensor {
    const dims = folds.dimensions(this.value.shape, dim, "none");
    const found = device().reduce(op, convert(this.value, "bool"), dims);
    return new Tensor(found).keep(dims, keepdim, this.value.shape);
  }

  /** Whether any element is not 0. bool */
  any(dim?: folds.Dims, keepdim = false): Tensor {
    return this.quantify("max", dim, keepdim);
  }

  /** Whether every element is not 0. bool */
  all(dim?: folds.Dims, keepdim = false): Tensor {
    return this.quantify("min", dim, keepdim);
  }

  /** Running sums along `dim`; bool gives int32. */
  cumsum(dim: number): Tensor {
    return apply(reduce.cumsum, this, dimension(dim, this.ndim));
  }

  /** log Σ eˣ, computed so that nothing overflows. */
  logsumexp(dim: folds.Dims, keepdim = false): Tensor {
    const dims = folds.dimensions(this.value.shape, dim);
    return apply(reduce.logsumexp, this.float(), dims).keep(dims, keepdim, this.value.shape);
  }

  /**
   * In order along `dim`, and where each element stood; equals keep their order; NaN is the greatest.
   * @param descending whether the greatest comes first
   */
  sort(dim = -1, descending = false): ValuesAndIndices<Tensor> {
    operands.checkFlag("descending", descending);
    const line = this.ndim === 0 ? this.reshape([1]) : this;
    const order = device().argsort(line.value, dimension(dim, this.ndim), descending);
    const indices = new Tensor(order).reshape(this.value.shape);
    return { values: this.gather(dim, indices), indices };
  }

  /**
   * The k greatest (or least) along `dim`, in order, and where they stand.
   * @param largest whether the greatest are asked for, not the least
   */
  topk(k: number, dim = -1, largest = true): ValuesAndIndices<Tensor> {
    operands.checkFlag("largest", largest);
    folds.checkTopk(k, this.value.shape, dim);
    const { values, indices } = this.sort(dim, largest);
    if (this.ndim === 0) return { values, indices };
    return { values: values.narrow(dim, 0, k), indices: indices.narrow(dim, 0, k) };
  }

  /** eˣ / Σ eˣ along `dim`. */
  softmax(dim: number): Tensor {
    return apply(reduce.softmax, this, folds.softmaxDim("softmax", this.value, dim));
  }

  /** log softmax along `dim`. */
  logSoftmax(dim: number): Tensor {
    return apply(reduce.logSoftmax, this, folds.softmaxDim("log_softmax", this.value, dim));
  }

  // ---- in place

  /** Takes over the elements, and the past, of `result`, which was computed from this. */
  private become(result: Tensor): this {
    writes.checkRoom(this.value, result.value.shape);
    write(this, result);
    return this;
  }

  /** Overwrites the elements with those of `source`; the past of a view's own elements ends with its base. */
  private overwrite(source: Tensor): this {
    return this.become(apply(elementwise.overwrite, this.base === null ? this : this.detach(), source));
  }

  private update(other: Operand, compute: () => Tensor): this {
    writes.checkHistory(this, other instanceof Tensor ? other : null);
    const result = compute();
    writes.checkCast(result.dtype, this.dtype);
    return this.become(result);
  }

  /** Overwrites the elements with those of `source`, stretched and converted. */
  copy_(source: Tensor): this {
    operands.checkTensor("copy_()", source);
    writes.checkHistory(this, source);
    writes.checkRoom(this.value, broadcast(this.value.shape, source.value.shape));
    if (this.dtype === "int32" && isFloat(source.dtype)) checkWhole(source.toArray());
    return this.overwrite(source);
  }

  /**
   * Overwrites every element with one number, in place.
   * @param value the number
   */
  fill_(value: number): this {
    if (typeof value !== "number") mistyped("fill_() expected a number", value);
    writes.checkHistory(this, null);
    return this.overwrite(new Tensor(scalar(value, this.dtype)));
  }

  /** Overwrites every element with 0, in place. */
  zero_(): this {
    return this.fill_(0);
  }

  /** Adds in place; the shape and the dtype stay. Under grad, leaves that want gradients and views of them are refused. */
  add_(other: Operand): this {
    return this.update(other, () => this.add(other));
  }

  /** Multiplies in place; the shape and the dtype stay. Under grad, leaves that want gradients and views of them are refused. */
  mul_(other: Operand): this {
    // A gradient is made of what it held before.
    return this.update(other, () => (isGradEnabled() ? this.clone() : this).mul(other));
  }

  /** Draws every element from U(low, high): torch's stream, bit for bit. */
  uniform_(low = 0, high = 1, options: { generator?: Generator } = {}): this {
    writes.checkDraw("uniform_()", { from: low, to: high }, options);
    return this.draw("check_uniform_bounds", (out) => fillUniform(out, low, high, chosenGenerator(options)));
  }

  /**
   * Draws every element from N(mean, std²): torch's stream; float32 bit for bit as on x86 with AVX2.
   * @param mean of the distribution
   * @param std its deviation
   */
  normal_(mean = 0, std = 1, options: { generator?: Generator } = {}): this {
    writes.checkDraw("normal_()", { mean, std }, options);
    return this.draw("normal_kernel_cpu", (out) => fillNormal(out, mean, std, chosenGenerator(options)));
  }

  private draw(kernel: string, fill: (out: FloatArray) => void): this {
    operands.checkImplemented(kernel, this.dtype, isFloat(this.dtype));
    writes.checkHistory(this, null);
    const drawn = allocate(this.dtype, this.numel()) as FloatArray;
    // As in torch: in the order of memory, and where elements do not lie side by side one at a time.
    if (this.isContiguous()) fill(drawn);
    else for (let i = 0; i < drawn.length; i++) fill(drawn.subarray(i, i + 1));
    return this.overwrite(new Tensor(inMemoryOrder(this.value, this.dtype, drawn)));
  }
}
