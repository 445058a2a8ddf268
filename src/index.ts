export { ElmanError, type ErrorKind, setWarningHandler } from "./base/errors.js";
export { Generator } from "./base/random.js";
export type { Shape } from "./base/shape.js";
export type { DType } from "./device/value.js";
export { isGradEnabled, noGrad } from "./tensor/autograd.js";
export { manualSeed } from "./tensor/chance.js";
export { cat, stack, where } from "./tensor/combine.js";
export * from "./tensor/create.js";
export { Tensor } from "./tensor/tensor.js";
