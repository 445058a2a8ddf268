/** From a module's tensors to the weights of a stream. */

import { fail } from "../base/errors.js";
import { elements } from "../device/value.js";
import { rowMajor } from "../tensor/kernels.js";
import type { Tensor } from "../tensor/tensor.js";

/** The numbers of a parameter or buffer, row-major. @throws RuntimeError unless they are float32 */
export function floatsOf(where: string, tensor: Tensor): Float32Array {
  if (tensor.dtype !== "float32") {
    fail("RuntimeError", `${where} expected parameters of dtype float32, got: ${tensor.dtype}`);
  }
  return elements(rowMajor(tensor.value)) as Float32Array;
}
