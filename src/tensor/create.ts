/**
 * Functions that make tensors out of numbers, shapes or chance.
 * Source: https://docs.pytorch.org/docs/stable/torch.html#creation-ops
 */

import { checkOptions, fail, mistyped, typeName } from "../base/errors.js";
import { fillNormal, fillPermutation, fillRandint, fillUniform, type Generator } from "../base/random.js";
import { isA } from "../base/realm.js";
import { checkShape, listText, numel, type Shape } from "../base/shape.js";
import {
  allocate,
  checkDType,
  type DType,
  type FloatArray,
  isFloat,
  promote,
  scalarName,
  type TypedArray,
  wrap,
} from "../device/value.js";
import { chosenGenerator } from "./chance.js";
import { checkWhole } from "./kernels.js";
import { Tensor } from "./tensor.js";

/** What every function that makes a tensor takes. */
export interface TensorOptions {
  /** Default float32 (where the numbers do not say otherwise). */
  dtype?: DType;
  /** Whether gradients are wanted for it. Default false. */
  requiresGrad?: boolean;
}

/** What every function that draws takes. */
export interface RandomOptions extends TensorOptions {
  /** Where the numbers are drawn from. Default: the generator that `manualSeed` restarts. */
  generator?: Generator;
}

const plain = ["dtype", "requiresGrad"];
const drawing = [...plain, "generator"];

/** A shape as one array or number by number, and perhaps options. */
export type Sized<Options> = [shape: Shape, options?: Options] | number[] | [...shape: number[], options: Options];

function sized<Options extends TensorOptions>(given: Sized<Options>): [Shape, Options] {
  const [first] = given;
  if (typeof first !== "number") return [first as Shape, (given[1] ?? {}) as Options];
  const last = given[given.length - 1];
  if (typeof last === "number") return [given as number[], {} as Options];
  return [given.slice(0, -1) as number[], last as Options];
}

function finish(data: TypedArray, dtype: DType, shape: Shape, options: TensorOptions): Tensor {
  const result = new Tensor(wrap(dtype, data, shape));
  const { requiresGrad = false } = options;
  if (requiresGrad && !isFloat(dtype)) {
    fail("RuntimeError", "Only Tensors of floating point dtype can require gradients");
  }
  result.requiresGrad = requiresGrad;
  return result;
}

/** Numbers and booleans, nested in arrays; the innermost may be typed arrays. */
export type TensorData = number | boolean | Float32Array | Float64Array | Int32Array | readonly TensorData[];

/** The dtype of a typed array whose type counts. */
function keptDType(data: unknown): DType | undefined {
  if (isA(data, "Float32Array")) return "float32";
  if (isA(data, "Float64Array")) return "float64";
  return isA(data, "Int32Array") ? "int32" : undefined;
}

/** Copies numbers into memory of a dtype; int32 cuts fractions off, and what it cannot hold is refused. */
function converted(type: "int" | "int32", from: ArrayLike<number | boolean>, dtype: DType): TypedArray {
  const out = allocate(dtype, from.length);
  for (let i = 0; i < from.length; i++) {
    const x = Number(from[i]);
    if (dtype === "int32") checkWhole([x], type);
    out[i] = dtype === "bool" ? Number(x !== 0) : x;
  }
  return out;
}

/**
 * A tensor of the given numbers, copied.
 * @param data nested arrays (numbers give float32, booleans bool), a number, or a Float32Array, Float64Array or
 *   Int32Array, which keep their type, alone and in arrays; of several types comes what PyTorch promotes them to.
 * @param shape for flat data: the shape it is to take, row-major.
 */
export function tensor(data: TensorData, shape?: Shape | TensorOptions | null, options: TensorOptions = {}): Tensor {
  if (shape !== undefined && shape !== null && !Array.isArray(shape)) return tensor(data, null, shape as TensorOptions);
  checkOptions("tensor()", options, plain);
  const { flat, own, natural } = flattened(data);
  const dtype = checkDType("tensor()", options.dtype ?? natural);
  const sizes = (shape as Shape | null | undefined) ?? own;
  checkShape("tensor()", sizes);
  if (numel(sizes) !== flat.length) {
    fail("RuntimeError", `shape '${listText(sizes)}' is invalid for input of size ${flat.length}`);
  }
  return finish(converted("int32", flat, dtype), dtype, [...sizes], options);
}

/** PyTorch's limit of dimensions for nested data; what holds itself has no end. */
const deepest = 128;

function flattened(data: unknown): { flat: TypedArray; own: number[]; natural: DType } {
  let natural = keptDType(data);
  if (natural !== undefined) return { flat: data as TypedArray, own: [(data as TypedArray).length], natural };
  if (ArrayBuffer.isView(data)) {
    fail(
      "TypeError",
      `tensor() expected a Float32Array, Float64Array or Int32Array, got: ${typeName(data)}; convert it, for example with Float32Array.from(data)`,
    );
  }
  const own: number[] = [];
  const isList = (level: unknown): level is readonly unknown[] =>
    Array.isArray(level) || keptDType(level) !== undefined;
  for (let level: unknown = data; isList(level); level = level[0]) {
    own.push(level.length);
    if (own.length > deepest) fail("ValueError", `too many dimensions '${typeName(level)}'`);
  }
  const flat = allocate("float64", numel(own));
  let count = 0;
  const join = (dtype: DType): void => {
    if (dtype !== natural) natural = natural === undefined ? dtype : promote(natural, dtype);
  };
  const walk = (level: unknown, depth: number, isKept: boolean): void => {
    if (depth === own.length) {
      if (typeof level !== "number" && typeof level !== "boolean") {
        mistyped("tensor() expected numbers or booleans in nested arrays", level);
      }
      if (!isKept) join(typeof level === "boolean" ? "bool" : "float32");
      flat[count++] = Number(level);
      return;
    }
    if (!isList(level)) mistyped(`tensor() expected an array at depth ${depth}`, level);
    const kept = keptDType(level);
    if (kept !== undefined) join(kept);
    if (level.length !== own[depth]) {
      fail("ValueError", `expected sequence of length ${own[depth]} at dim ${depth} (got ${level.length})`);
    }
    for (const item of level) walk(item, depth + 1, kept !== undefined);
  };
  walk(data, 0, false);
  return { flat, own, natural: natural ?? "float32" };
}

/** A tensor of a shape whose fresh zeros `fill` writes over; `natural` is its dtype where the options name none. */
function made(
  where: string,
  shape: Shape,
  options: RandomOptions,
  natural: DType,
  fill: (memory: TypedArray, dtype: DType) => void,
  known: readonly string[] = plain,
): Tensor {
  checkShape(where, shape);
  checkOptions(where, options, known);
  const dtype = checkDType(where, options.dtype ?? natural);
  const memory = allocate(dtype, numel(shape));
  fill(memory, dtype);
  return finish(memory, dtype, [...shape], options);
}

function filled(where: string, shape: Shape, value: number | boolean, options: TensorOptions): Tensor {
  return made(where, shape, options, typeof value === "boolean" ? "bool" : "float32", (memory, dtype) => {
    if (typeof value !== "number" && typeof value !== "boolean") {
      mistyped(`${where} expected a number or a boolean`, value);
    }
    const [one] = converted("int", [value], dtype);
    // New memory is zeros, which the system need not provide before it is touched.
    if (!Object.is(one, 0)) memory.fill(one);
  });
}

/** Every element `value`. */
export function full(shape: Shape, value: number | boolean, options: TensorOptions = {}): Tensor {
  return filled("full()", shape, value, options);
}

/** Every element 0. */
export function zeros(...given: Sized<TensorOptions>): Tensor {
  const [shape, options] = sized(given);
  return filled("zeros()", shape, 0, options);
}

/** Every element 1. */
export function ones(...given: Sized<TensorOptions>): Tensor {
  const [shape, options] = sized(given);
  return filled("ones()", shape, 1, options);
}

/** The shape and the options for a tensor like another. */
function like(where: string, other: Tensor, options: TensorOptions): [Shape, TensorOptions] {
  if (!(other instanceof Tensor)) mistyped(`${where} expected a Tensor`, other);
  return [other.shape, { dtype: other.dtype, ...options }];
}

/** Zeros in the shape and dtype of another tensor. */
export function zerosLike(other: Tensor, options: TensorOptions = {}): Tensor {
  return zeros(...like("zerosLike()", other, options));
}

/** Ones in the shape and dtype of another tensor. */
export function onesLike(other: Tensor, options: TensorOptions = {}): Tensor {
  return ones(...like("onesLike()", other, options));
}

/** One value in the shape and dtype of another tensor. */
export function fullLike(other: Tensor, value: number | boolean, options: TensorOptions = {}): Tensor {
  const [shape, rest] = like("fullLike()", other, options);
  return full(shape, value, rest);
}

/** U(0, 1) in the shape and dtype of another tensor. */
export function randLike(other: Tensor, options: RandomOptions = {}): Tensor {
  return rand(...like("randLike()", other, options));
}

/** N(0, 1) in the shape and dtype of another tensor. */
export function randnLike(other: Tensor, options: RandomOptions = {}): Tensor {
  return randn(...like("randnLike()", other, options));
}

/** start, start + step, … below end; `arange(n)` counts from 0. Whole numbers give int32, others float32. */
export function arange(start: number, end?: number, step = 1, options: TensorOptions = {}): Tensor {
  checkOptions("arange()", options, plain);
  const [from, to] = end === undefined ? [0, start] : [start, end];
  if (![from, to, step].every((x) => typeof x === "number")) {
    fail("TypeError", `arange() expected numbers, got: ${[from, to, step].map(typeName).join(", ")}`);
  }
  if (![from, to, step].every(Number.isFinite)) {
    fail("RuntimeError", `unsupported range: ${pythonText(from)} -> ${pythonText(to)}`);
  }
  if (step === 0) fail("RuntimeError", "step must be nonzero");
  if ((to - from) * step < 0) fail("RuntimeError", "upper bound and lower bound inconsistent with step sign");
  const dtype = checkDType(
    "arange()",
    options.dtype ?? ([from, to, step].every(Number.isInteger) ? "int32" : "float32"),
  );
  const numbers = allocate("float64", Math.ceil((to - from) / step)).map((_, i) => from + i * step);
  return finish(converted("int", numbers, dtype), dtype, [numbers.length], options);
}

const pythonText = (x: number): string => String(x).replace("NaN", "nan").replace("Infinity", "inf");

/** Ones on the diagonal of an n × m matrix. */
export function eye(n: number, m = n, options: TensorOptions = {}): Tensor {
  if (Number.isSafeInteger(n) && n < 0) fail("RuntimeError", `n must be greater or equal to 0, got ${n}`);
  if (Number.isSafeInteger(m) && m < 0) fail("RuntimeError", `m must be greater or equal to 0, got ${m}`);
  return made("eye()", [n, m], options, "float32", (memory) => {
    for (let i = 0; i < Math.min(n, m); i++) memory[i * m + i] = 1;
  });
}

function drawn(
  name: string,
  kernel: string,
  shape: Shape,
  options: RandomOptions,
  fill: (out: FloatArray, low: number, high: number, generator: Generator) => void,
): Tensor {
  const draw = (out: TypedArray, dtype: DType) => {
    if (!isFloat(dtype)) fail("NotImplementedError", `"${kernel}" not implemented for '${scalarName(dtype)}'`);
    fill(out as FloatArray, 0, 1, chosenGenerator(options));
  };
  return made(`${name}()`, shape, options, "float32", draw, drawing);
}

/** U(0, 1): torch's stream, bit for bit. */
export function rand(...given: Sized<RandomOptions>): Tensor {
  const [shape, options] = sized(given);
  return drawn("rand", "check_uniform_bounds", shape, options, fillUniform);
}

/** N(0, 1): torch's stream; float32 bit for bit as on x86 with AVX2. */
export function randn(...given: Sized<RandomOptions>): Tensor {
  const [shape, options] = sized(given);
  return drawn("randn", "normal_kernel_cpu", shape, options, fillNormal);
}

/** Whole numbers low … high − 1 (torch's stream, exactly); `randint(high, shape)` starts from 0. int32 by default. */
export function randint(high: number, shape: Shape, options?: RandomOptions): Tensor;
export function randint(low: number, high: number, shape: Shape, options?: RandomOptions): Tensor;
export function randint(
  first: number,
  second: number | Shape,
  third?: Shape | RandomOptions,
  fourth?: RandomOptions,
): Tensor {
  const [low, high, shape, options] =
    typeof second === "number"
      ? [first, second, third as Shape, fourth ?? {}]
      : [0, first, second, (third as RandomOptions | undefined) ?? {}];
  const draw = (out: TypedArray) => fillRandint(out, low, high, chosenGenerator(options));
  return made("randint()", shape, options, "int32", draw, drawing);
}

/** 0 … n − 1 in random order (torch's stream, exactly). int32 */
export function randperm(n: number, options: { generator?: Generator } = {}): Tensor {
  const draw = (out: TypedArray) => fillPermutation(out as Int32Array, chosenGenerator(options));
  return made("randperm()", [n], options, "int32", draw, ["generator"]);
}
