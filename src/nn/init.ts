/**
 * Ways to fill a parameter, each under PyTorch's name and drawing PyTorch's numbers.
 * Sources: Glorot & Bengio (2010) for xavier, He et al. (2015) for kaiming, Saxe et al. (2013) for orthogonal;
 * https://docs.pytorch.org/docs/stable/nn.init.html
 * @packageDocumentation
 */

import { checkOptions, fail, shown } from "../base/errors.js";
import type { Generator } from "../base/random.js";
import { noGrad } from "../tensor/autograd.js";
import { randn, tensor } from "../tensor/create.js";
import type { Tensor } from "../tensor/tensor.js";
import { checkNumber, checkTensor } from "./checks.js";
import { isSkipping } from "./skip.js";

/** The option of everything that draws. */
export interface InitOptions {
  /** Where the numbers are drawn from. Default: the generator that `manualSeed` restarts. */
  generator?: Generator;
}

/** What follows the weight: its gain is known to `calculateGain`. */
export type Nonlinearity = "linear" | "sigmoid" | "tanh" | "relu" | "leaky_relu" | "selu";
/** Whether the variance of the forward or of the backward pass is kept. */
export type FanMode = "fan_in" | "fan_out";

/** Options of `kaimingUniform_` and `kaimingNormal_`. */
export interface KaimingOptions extends InitOptions {
  /** The slope of a leaky relu below 0. */
  a?: number;
  /** Default "fan_in". */
  mode?: FanMode;
  /** Default "leaky_relu". */
  nonlinearity?: Nonlinearity;
}

/**
 * U(low, high)
 * @param tensor is overwritten, and returned
 */
export function uniform_(tensor: Tensor, low = 0, high = 1, options: InitOptions = {}): Tensor {
  checkTensor("uniform_()", "tensor", 1, tensor);
  checkOptions("uniform_()", options, ["generator"]);
  return isSkipping() ? tensor : noGrad(() => tensor.uniform_(low, high, options));
}

/**
 * N(mean, std²)
 * @param tensor is overwritten, and returned
 * @param mean of the distribution
 * @param std its deviation
 */
export function normal_(tensor: Tensor, mean = 0, std = 1, options: InitOptions = {}): Tensor {
  checkTensor("normal_()", "tensor", 1, tensor);
  checkOptions("normal_()", options, ["generator"]);
  return isSkipping() ? tensor : noGrad(() => tensor.normal_(mean, std, options));
}

/**
 * Every element `value`.
 * @param tensor is overwritten, and returned
 */
export function constant_(tensor: Tensor, value: number): Tensor {
  checkTensor("constant_()", "tensor", 1, tensor);
  return noGrad(() => tensor.fill_(value));
}

/**
 * Every element 0.
 * @param tensor is overwritten, and returned
 */
export function zeros_(tensor: Tensor): Tensor {
  return constant_(tensor, 0);
}

/**
 * Every element 1.
 * @param tensor is overwritten, and returned
 */
export function ones_(tensor: Tensor): Tensor {
  return constant_(tensor, 1);
}

const gains: Readonly<Record<Nonlinearity, number>> = {
  ...{ linear: 1, sigmoid: 1, tanh: 5 / 3, relu: Math.SQRT2, leaky_relu: Math.SQRT2, selu: 3 / 4 },
};

/**
 * The factor by which a nonlinearity asks the deviation to be scaled.
 * @param slope that of `"leaky_relu"` below 0
 */
export function calculateGain(nonlinearity: Nonlinearity, slope = 0.01): number {
  checkNumber("calculate_gain()", "param", slope);
  if (!Object.hasOwn(gains, nonlinearity)) fail("ValueError", `Unsupported nonlinearity ${shown(nonlinearity)}`);
  return nonlinearity === "leaky_relu" ? Math.sqrt(2 / (1 + slope ** 2)) : gains[nonlinearity];
}

/** How many inputs and outputs a weight of [out, in, …] connects. */
function fans(where: string, tensor: Tensor): { fanIn: number; fanOut: number } {
  checkTensor(where, "tensor", 1, tensor);
  if (tensor.ndim < 2) {
    fail("ValueError", "Fan in and fan out can not be computed for tensor with fewer than 2 dimensions");
  }
  const [out, into, ...field] = tensor.shape;
  const size = field.reduce((a, b) => a * b, 1);
  return { fanIn: into * size, fanOut: out * size };
}

function xavier(where: string, tensor: Tensor, gain: number): number {
  checkNumber(where, "gain", gain);
  const { fanIn, fanOut } = fans(where, tensor);
  return gain * Math.sqrt(2 / (fanIn + fanOut));
}

/**
 * U(−b, b), b = gain·√(6 / (fanIn + fanOut))
 * @param tensor two dimensions at least; is overwritten, and returned
 */
export function xavierUniform_(tensor: Tensor, gain = 1, options: InitOptions = {}): Tensor {
  const bound = Math.sqrt(3) * xavier("xavier_uniform_()", tensor, gain);
  return uniform_(tensor, -bound, bound, options);
}

/**
 * N(0, gain²·2 / (fanIn + fanOut))
 * @param tensor two dimensions at least; is overwritten, and returned
 * @param gain a factor of the deviation
 */
export function xavierNormal_(tensor: Tensor, gain = 1, options: InitOptions = {}): Tensor {
  return normal_(tensor, 0, xavier("xavier_normal_()", tensor, gain), options);
}

function kaiming(where: string, tensor: Tensor, options: KaimingOptions): number {
  checkOptions(where, options, ["a", "mode", "nonlinearity", "generator"]);
  const { a = 0, mode = "fan_in", nonlinearity = "leaky_relu" } = options;
  if (mode !== "fan_in" && mode !== "fan_out") {
    fail("ValueError", `Mode ${shown(mode)} not supported, please use one of ['fan_in', 'fan_out']`);
  }
  const { fanIn, fanOut } = fans(where, tensor);
  return calculateGain(nonlinearity, a) / Math.sqrt(mode === "fan_in" ? fanIn : fanOut);
}

const drawing = ({ generator }: InitOptions): InitOptions => (generator === undefined ? {} : { generator });

/**
 * U(−b, b), b = gain·√(3 / fan)
 * @param tensor two dimensions at least; is overwritten, and returned
 */
export function kaimingUniform_(tensor: Tensor, options: KaimingOptions = {}): Tensor {
  const bound = Math.sqrt(3) * kaiming("kaiming_uniform_()", tensor, options);
  return tensor.numel() === 0 ? tensor : uniform_(tensor, -bound, bound, drawing(options));
}

/**
 * N(0, gain² / fan)
 * @param tensor two dimensions at least; is overwritten, and returned
 */
export function kaimingNormal_(tensor: Tensor, options: KaimingOptions = {}): Tensor {
  const std = kaiming("kaiming_normal_()", tensor, options);
  return tensor.numel() === 0 ? tensor : normal_(tensor, 0, std, drawing(options));
}

/**
 * A matrix with orthonormal rows or columns (whichever are fewer), times gain; further dimensions count as columns.
 * @param target two dimensions at least; is overwritten, and returned
 */
export function orthogonal_(target: Tensor, gain = 1, options: InitOptions = {}): Tensor {
  checkNumber("orthogonal_()", "gain", gain);
  checkTensor("orthogonal_()", "tensor", 1, target);
  checkOptions("orthogonal_()", options, ["generator"]);
  if (target.ndim < 2) fail("ValueError", "Only tensors with 2 or more dimensions are supported");
  const [rows] = target.shape;
  const columns = target.numel() / Math.max(rows, 1);
  if (target.numel() === 0 || isSkipping()) return target;
  const drawn = randn([rows, columns], { dtype: target.dtype, ...options });
  const flat = Float64Array.from((rows < columns ? drawn.t() : drawn).toArray());
  const [m, n] = rows < columns ? [columns, rows] : [rows, columns];
  orthonormalize(flat, m, n);
  const q = tensor(flat, [m, n]);
  return noGrad(() => target.copy_((rows < columns ? q.t() : q).mul(gain).reshape(target.shape)));
}

/**
 * The columns of a row-major m × n matrix made orthonormal, one after the other, each keeping its direction as far as
 * the earlier ones allow: the Q of a QR decomposition whose R has a positive diagonal. Twice over, for precision.
 */
function orthonormalize(a: Float64Array, m: number, n: number): void {
  const dot = (p: number, q: number) => {
    let sum = 0;
    for (let i = 0; i < m; i++) sum += a[i * n + p] * a[i * n + q];
    return sum;
  };
  for (let column = 0; column < n; column++) {
    for (let pass = 0; pass < 2; pass++) {
      for (let before = 0; before < column; before++) {
        const along = dot(column, before);
        for (let i = 0; i < m; i++) a[i * n + column] -= along * a[i * n + before];
      }
    }
    const length = Math.sqrt(dot(column, column));
    for (let i = 0; i < m; i++) a[i * n + column] /= length;
  }
}
