/** `elman-nn/device`: what a device of one's own is made of and made known by. Every public name, by name; nothing else. @packageDocumentation */

export { ElmanError, type ErrorKind, warn } from "../base/errors.js";
export {
  broadcast,
  expandView,
  inverse,
  isRowMajor,
  permuteView,
  type Shape,
  selectView,
  type View,
} from "../base/shape.js";
export { type BackwardStep, type Cell, type SecondProduct, type Step, sigmoid } from "./cell.js";
export { gru } from "./cells/gru.js";
export { cells, type Mode } from "./cells/index.js";
export { lstm } from "./cells/lstm.js";
export { rnnRelu, rnnTanh } from "./cells/rnn.js";
export { type DeviceName, defaultDevice, ownDevice, registerDevice, setDefaultDevice } from "./default.js";
export type {
  Affine,
  Arriving,
  Binary,
  Compare,
  Convolution,
  Device,
  Layout as ConvolutionLayout,
  Leaving,
  Net,
  Reduction,
  Return,
  RowFunction,
  Rows,
  Run,
  Sequence,
  Slope,
  Stack,
  Stage,
  Stepper,
  Unary,
  Update,
  Weights,
} from "./device.js";
export { js } from "./js/index.js";
export { backward, forward, type Kept } from "./recurrence.js";
export { Past, roomOf, type State, statesOf } from "./state.js";
export {
  allocate,
  type DType,
  elements,
  type FloatArray,
  type FloatDType,
  fresh,
  type Storage,
  type TypedArray,
  Value,
  wrap,
} from "./value.js";
