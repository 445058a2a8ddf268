/**
 * The seam: what a machine must be able to do so that everything above it runs there.
 *
 * A device offers a dozen kernels over values and runs a cell over time. Kernels trust their arguments: shapes, dtypes
 * and ranges were checked at the public door. Every kernel returns fresh row-major values except `copy`,
 * `accumulate`, `scatterAdd`, `scatterAddRows`, `gemm` and the updates, which write into values they are given.
 *
 * Letters, here and everywhere: T steps, N sequences, C input features, H hidden units, P units of the output (H, or
 * the projection's size), G gates, R rows = the sum of `steps`; a gradient is `d` and the name.
 */

import type { Cell } from "./cell.js";
import type { DType, Value } from "./value.js";

/** An op of one operand, element by element. */
export type Unary =
  | "neg"
  | "exp"
  | "log"
  | "sqrt"
  | "abs"
  | "sign"
  | "tanh"
  | "sigmoid"
  | "logSigmoid"
  | "relu"
  | "isnan"
  | "logicalNot";
/** An op of two operands that answers with true or false. */
export type Compare = "eq" | "ne" | "lt" | "le" | "gt" | "ge" | "logicalAnd" | "logicalOr";
/** An op of two operands, element by element. */
export type Binary = "add" | "sub" | "mul" | "div" | "pow" | "maximum" | "minimum" | Compare;
/** What an op of one operand is called by its gradient; `root` is a square root whose slope at 0 is 0. */
export type Slope = "exp" | "log" | "sqrt" | "root" | "abs" | "tanh" | "sigmoid" | "logSigmoid" | "relu";
/** `squares`: the sum of squares. */
export type Reduction = "sum" | "squares" | "max" | "min";

/** The parameters of one layer in one direction, row-major. */
export interface Weights<V = Value> {
  /** [G·H, C] */
  readonly ih: V;
  /** The cell's recurrent weight: [G·H, P], [G·H], or null for a cell that has none. */
  readonly hh: V | null;
  /** [G·H] */
  readonly biasIh: V | null;
  /** [G·H] */
  readonly biasHh: V | null;
  /** `[P, H]`: the projection of h. */
  readonly hr: V | null;
  /** The cell's own parameters, for a cell that has some. */
  readonly own?: Readonly<Record<string, V>>;
}

/** One direction of one layer over a whole sequence, packed: equal steps are the dense case. */
export interface Sequence {
  /** What a step computes. */
  readonly cell: Cell;
  /** How many sequences are alive at each time; never increasing, N at most. */
  readonly steps: readonly number[];
  /** Whether time runs from the last step to the first. */
  readonly reverse: boolean;
  /** [R, C], the rows of each time side by side. */
  readonly input: Value;
  /** h [N, P], and the cell's other states [N, H]. Sequences beyond steps[0] have no step: their state stays. */
  readonly initial: readonly Value[];
  /** The parameters of this layer and direction. */
  readonly weights: Weights;
  /** [N, P], or null: what the recurrent weight multiplies is multiplied by it first, the same at every step. */
  readonly mask?: Value | null;
}

/** What one run over time gives: output [R, P] and the states after each sequence's own last step. */
export interface Run {
  /** `[R, P]`: h of every step, in the order of the input's rows. */
  readonly output: Value;
  /** The states after each sequence's last step: h `[N, P]`, and c `[N, H]` of an LSTM. */
  readonly final: readonly Value[];
  /** What backward needs, the device's own affair; null unless it was asked for. */
  readonly kept: unknown;
  /** Where it ran, and where its backward runs: that of all runs of one call. */
  readonly device: Device;
}

/** The gradients that arrive; null counts as zero. */
export interface Arriving {
  /** The gradient of the output `[R, P]`; null where nobody asks. */
  readonly output: Value | null;
  /** Those of the final states; null where nobody asks. */
  readonly final: readonly (Value | null)[];
}

/** One run, to be walked the other way, and which of the gradients that leave are wanted beside those of the states. */
export interface Return {
  /** What ran. */
  readonly sequence: Sequence;
  /** What came of it. */
  readonly run: Run;
  /** The gradients that arrive. */
  readonly d: Arriving;
  /** Which gradients somebody waits for. */
  readonly needs: { readonly input: boolean; readonly weights: boolean };
}

/** The gradients that leave, of the shapes of what they belong to. `input` and `weights` only if they were asked for. */
export interface Leaving {
  /** The gradient of the input `[R, C]`, if it was asked for. */
  readonly input: Value | null;
  /** Those of the initial states. */
  readonly initial: readonly Value[];
  /** Those of the parameters, if they were asked for. */
  readonly weights: Weights<Value | null> | null;
}

/** What moves one step at a time, in float32: rows of `inputSize` in, rows of `outputSize` out. */
export interface Net {
  /** N, sequences side by side. */
  readonly batch: number;
  /** C */
  readonly inputSize: number;
  /** Features of a row that the last stage gives. */
  readonly outputSize: number;
  /** Each stage's input is the output of the one before. */
  readonly stages: readonly Stage[];
}

/** `take()` gives its weights as they are now, row-major; the stepper copies them. */
export type Stage = Stack | Affine | Rows;

/** A stack of recurrent layers, each on the output of the one below. */
export interface Stack {
  /** Which kind of stage. */
  readonly kind: "stack";
  /** What a step of each layer computes. */
  readonly cell: Cell;
  readonly numLayers: number;
  /** C of the lowest layer. */
  readonly inputSize: number;
  /** H */
  readonly hiddenSize: number;
  /** P */
  readonly outputSize: number;
  /** Those of each layer, from the lowest up. */
  take(): readonly Weights<Float32Array>[];
}

/** yₜ = b + Σₖ Wₖ·xₛ, s = t − (taps − 1 − k)·dilation: what a Linear does with one tap, and a causal convolution with more. */
export interface Affine {
  /** Which kind of stage. */
  readonly kind: "affine";
  readonly inputSize: number;
  /** Features of a row that it gives. */
  readonly outputSize: number;
  /** How many rows of now and the past it reads. */
  readonly taps: number;
  /** How many steps lie between them. */
  readonly dilation: number;
  /** weight [outputSize, taps, inputSize], bias [outputSize] */
  take(): { readonly weight: Float32Array; readonly bias: Float32Array | null };
}

/** Changes `size` floats from `x[at]` on. */
export type RowFunction = (x: Float32Array, at: number, size: number) => void;

/** A function of each row by itself. */
export interface Rows {
  /** Which kind of stage. */
  readonly kind: "rows";
  /** Features of a row; null for any number of them. */
  readonly inputSize: number | null;
  /** What a device may do instead, since it is the same. */
  readonly same?: "sigmoid" | "tanh";
  /** The function with its weights as they are now, in copies of its own. It must not allocate. */
  take(): RowFunction;
}

/** A net at work: weights and states in the device's memory. It allocates when it is made and loaded, and never in a step. */
export interface Stepper {
  /** How many floats all states have. */
  readonly states: number;
  /** Takes the weights of every stage, or, where one cannot be taken, of none. The states stay. */
  load(): void;
  /** One step: N rows of C from `input`, starting at `from`, to N rows in `output`, starting at `to`. */
  step(input: Float32Array, from: number, output: Float32Array, to: number): void;
  /**
   * The states of every stage, one after the other. Of a stack h [numLayers, N, P], then each of the cell's others
   * [numLayers, N, H]; of an affine stage its past inputs [N, C, (taps − 1)·dilation], the oldest first.
   */
  read(states: Float32Array): void;
  /** Overwrites the `states`, in the order in which they are read. */
  write(states: Float32Array): void;
  /** Gives the memory back; nothing may be asked of it afterwards. */
  close(): void;
}

/**
 * One step of an optimiser's rule on one parameter, in place: what it does is the rule's formula. The parameter, its
 * gradient and its running values are row-major, of one float dtype and as many elements.
 * @param parameter what is learnt, overwritten
 * @param gradient as many elements
 * @param running the rule's running values, overwritten
 * @param numbers the numbers of this step
 */
export type Update = (
  parameter: Value,
  gradient: Value,
  running: readonly Value[],
  numbers: Readonly<Record<string, number>>,
) => void;

/** A convolution over one line: elements a stride apart are a phase of it, and a plane of several dimensions is one line. */
export interface Layout {
  /** N, samples. */
  readonly batch: number;
  /** G; the channels of each know nothing of the others. */
  readonly groups: number;
  /** C: channels of a group in the input. */
  readonly inputs: number;
  /** O: channels of a group in the output. */
  readonly outputs: number;
  /** S: the product of the strides. */
  readonly phases: number;
  /** L: places of a channel in one phase. */
  readonly length: number;
  /** Q: places of a channel of the output. */
  readonly places: number;
  /** Where each tap begins. */
  readonly taps: readonly { readonly phase: number; readonly at: number }[];
}

/** The three products of a convolution, of row-major values. */
export interface Convolution {
  /**
   * The output `[N, G·O, Q]`.
   * @param x the input `[N, S, G·C, L]`
   * @param w the weight `[G·O, C, taps]`
   * @param bias `[G·O]`, or null
   * @param layout the sizes, and where each tap begins
   */
  forward(x: Value, w: Value, bias: Value | null, layout: Layout): Value;
  /**
   * The gradient of the input, of its shape.
   * @param dy that of the output
   * @param w the weight
   * @param layout of the run forward
   */
  inputGradient(dy: Value, w: Value, layout: Layout): Value;
  /**
   * The gradient of the weight, of its shape.
   * @param dy that of the output
   * @param x the input
   * @param layout of the run forward
   */
  weightGradient(dy: Value, x: Value, layout: Layout): Value;
}

/** What a device does: kernels over values, and a cell run over time. Inputs are never written to. */
export interface Device {
  readonly name: string;
  /** The `op` of every element of `x`. */
  unary(op: Unary, x: Value): Value;
  /** f of each element, of x's dtype: for functions that are too rare for a kernel. */
  map(f: (x: number) => number, x: Value): Value;
  /**
   * d times the op's slope, given x for log, abs and logSigmoid, and y for the others.
   * @param op which function
   * @param d the gradient of y
   * @param saved x or y
   */
  slope(op: Slope, d: Value, saved: Value): Value;
  /**
   * The result has dtype `dtype`; operands are stretched over each other.
   * @param op which function
   * @param a the first operand
   * @param b the second
   */
  binary(op: Binary, a: Value, b: Value, dtype: DType): Value;
  /** condition ? a : b, stretched over each other; a and b of one dtype. */
  where(condition: Value, a: Value, b: Value): Value;
  /** Writes `from`, stretched and converted, into `to`. */
  copy(from: Value, to: Value): void;
  /** Adds `from`, stretched and of the same float dtype, to `to`. */
  accumulate(from: Value, to: Value): void;
  /**
   * Over `dims`, which go.
   * @param op what becomes of the elements
   * @param x any strides
   */
  reduce(op: Reduction, x: Value, dims: readonly number[]): Value;
  /**
   * The greatest or least along `dim`, which goes, and where it stands (the first of equals; NaN counts as found).
   * @param op which of both
   * @param x any strides
   */
  extremum(op: "max" | "min", x: Value, dim: number): { values: Value; indices: Value };
  /**
   * eˣ / Σ eˣ along `dim`, or its logarithm. Floats, of one dimension at least.
   * @param x the exponents
   * @param log whether the logarithm is asked for
   */
  softmax(x: Value, dim: number, log: boolean): Value;
  /**
   * The gradient of x, from that of y = softmax(x).
   * @param dy the gradient of y
   * @param log whether y is the logarithm
   */
  softmaxBackward(dy: Value, y: Value, dim: number, log: boolean): Value;
  /** The sums of `x` along `dim`, up to each element. */
  cumsum(x: Value, dim: number): Value;
  /**
   * Where the elements stand in ascending or descending order along `dim`; stable; NaN is the greatest.
   * @param x any strides
   */
  argsort(x: Value, dim: number, descending: boolean): Value;
  /** out[i][j][k] = x[i][index[i][j][k]][k] for dim 1, and so on. */
  gather(x: Value, dim: number, index: Value): Value;
  /** into[i][index[i][j][k]][k] += source[i][j][k] for dim 1, and so on. */
  scatterAdd(into: Value, dim: number, index: Value, source: Value): void;
  /** The rows of x [V, D] that the int32 vector `index` [R] names: [R, D]. */
  takeRows(x: Value, index: Value): Value;
  /** into[index[r]] += source[r], for rows [D]; the row `skip` stays as it is. `into` is row-major. */
  scatterAddRows(into: Value, index: Value, source: Value, skip: number | null): void;
  /**
   * Each row of x [R, C] brought to mean 0 and variance 1, times weight, plus bias [C]. `moments` is for backward.
   * @param eps what keeps the root from 0
   */
  layerNorm(x: Value, weight: Value | null, bias: Value | null, eps: number): { y: Value; moments: Value };
  /**
   * `moments` float64 [R, 2]: of each row its mean and 1 / √(variance + eps). dWeight and dBias are [C].
   * @param dy the gradient of y `[R, C]`
   * @param x what was normalised `[R, C]`
   * @param weight `[C]`, or null
   */
  layerNormBackward(
    dy: Value,
    x: Value,
    weight: Value | null,
    moments: Value,
  ): { dx: Value; dWeight: Value; dBias: Value };
  /** −log softmax(x)[r][target[r]] for each row of x [R, C]: [R]. `sums` is for backward. */
  crossEntropy(x: Value, target: Value): { losses: Value; sums: Value };
  /** dx[r] = d[r]·(softmax(x)[r] − 1 at target[r]). `sums` float64 [R, 2]: of each row the greatest and Σ eˣ⁻ᵍʳᵉᵃᵗᵉˢᵗ. */
  crossEntropyBackward(d: Value, x: Value, target: Value, sums: Value): Value;
  /** The updates that are faster here than the formula of the optimiser's rule, by its name. */
  readonly updates: Readonly<Record<string, Update>>;
  /**
   * out (+)= a·b for [M, K]·[K, N], or a batch of them with one leading dimension; any strides, one float dtype.
   * @param a `[M, K]`, or `[B, M, K]`
   * @param b `[K, N]`, or `[B, K, N]`
   * @param out is written to
   * @param accumulate whether the product is added to what `out` holds
   */
  gemm(a: Value, b: Value, out: Value, accumulate: boolean): void;
  /** Convolutions, if they are faster here than the products that `gemm` makes of them. */
  readonly convolution?: Convolution;
  /**
   * Whether `forward` has kernels of its own for such a run, which is not the common loop then.
   * @param sequence what is to be run; its values are not read
   */
  compiles(sequence: Sequence): boolean;
  /**
   * Runs the directions of one layer, which know nothing of each other: side by side, or one after the other.
   * @param keep whether what backward needs is to be kept
   */
  forward(directions: readonly Sequence[], keep: boolean): Run[];
  /**
   * Runs of one call to `forward`, or some of them.
   * @param directions runs, each with the gradients that arrive at it
   */
  backward(directions: readonly Return[]): Leaving[];
  /** A net at work, with states of zero and no weights yet. */
  stepper(net: Net): Stepper;
}
