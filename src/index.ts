/** elman-nn: tensors, layers, optimisers, and what makes them. @packageDocumentation */

// The kernels' bytes come first in a bundle: gzip looks back no further than they are long, and so finds what is alike behind them.
import "./device/wasm/ops_module.js";

export { ElmanError, type ErrorKind, setWarningHandler } from "./base/errors.js";
export { Generator, type GeneratorState } from "./base/random.js";
export type { Shape } from "./base/shape.js";
export { type DeviceName, defaultDevice, setDefaultDevice } from "./device/default.js";
export type { DType, FloatDType, TypedArray } from "./device/value.js";
export * as nn from "./nn/index.js";
export * as optim from "./optim/index.js";
export { Stream, type StreamOptions } from "./stream/stream.js";
export { isGradEnabled, noGrad } from "./tensor/autograd.js";
export { manualSeed } from "./tensor/chance.js";
export type { Dims } from "./tensor/checks/folds.js";
export type { Sizes } from "./tensor/checks/shapes.js";
export type { BackwardOptions } from "./tensor/checks/writes.js";
export { cat, stack, where } from "./tensor/combine.js";
export {
  arange,
  eye,
  full,
  fullLike,
  ones,
  onesLike,
  type RandomOptions,
  rand,
  randint,
  randLike,
  randn,
  randnLike,
  randperm,
  type Sized,
  type TensorData,
  type TensorOptions,
  tensor,
  zeros,
  zerosLike,
} from "./tensor/create.js";
export { einsum } from "./tensor/einsum.js";
export { type MultinomialOptions, multinomial } from "./tensor/multinomial.js";
export type { Nested } from "./tensor/read.js";
export { type Operand, Tensor, type ValuesAndIndices } from "./tensor/tensor.js";
