/** From a module's tensors to the weights of a stream. */

import { fail, typeName } from "../base/errors.js";
import { listText, type Shape, sameShape } from "../base/shape.js";
import { elements } from "../device/value.js";
import { rowMajor } from "../tensor/kernels.js";
import { Tensor } from "../tensor/tensor.js";

/** The numbers of a parameter or buffer, row-major. @throws RuntimeError unless they are float32 */
export function floatsOf(where: string, tensor: Tensor): Float32Array {
  if (tensor.dtype !== "float32") {
    fail("RuntimeError", `${where} expected parameters of dtype float32, got: ${tensor.dtype}`);
  }
  return elements(rowMajor(tensor.value)) as Float32Array;
}

/** The numbers of what has to be a tensor of that shape. @throws TypeError, RuntimeError where it is none */
export function weightOf(where: string, name: string, tensor: Tensor | null, shape: Shape): Float32Array {
  if (!(tensor instanceof Tensor)) fail("TypeError", `${where} expected ${name} as a Tensor, got: ${typeName(tensor)}`);
  if (!sameShape(tensor.value.shape, shape)) {
    fail("RuntimeError", `${where} expected ${name} of size ${listText(shape)}, got ${listText(tensor.shape)}`);
  }
  return floatsOf(where, tensor);
}

/** The same, or null where there is none. */
export function weightIfAny(where: string, name: string, tensor: Tensor | null, shape: Shape): Float32Array | null {
  return tensor === null ? null : weightOf(where, name, tensor, shape);
}
