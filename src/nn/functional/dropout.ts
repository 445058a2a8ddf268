/** Zeroing at random while training, element by element or channel by channel; the masks are torch's. */

import { checkOptions, fail, typeName, warn } from "../../base/errors.js";
import { fillBernoulli, type Generator } from "../../base/random.js";
import { fresh, isFloat, scalarName, type Value } from "../../device/value.js";
import { chosenGenerator } from "../../tensor/chance.js";
import { inMemoryOrder } from "../../tensor/kernels.js";
import { Tensor } from "../../tensor/tensor.js";
import { checkProbability, checkTensor } from "../checks.js";

/** Options of `dropout`, `dropout1d` and `dropout2d`. */
export interface DropoutOptions {
  /** Where the mask is drawn from. Default: the generator that `manualSeed` restarts. */
  generator?: Generator;
}

/** `drawn` says for which shape, and in which order of memory, the mask is drawn. */
function masked(
  name: string,
  input: Tensor,
  p: number,
  training: boolean,
  options: DropoutOptions,
  drawn: () => Value,
): Tensor {
  checkProbability(p);
  if (typeof training !== "boolean") {
    fail("TypeError", `${name}(): argument 'training' (position 3) must be bool, not ${typeName(training)}`);
  }
  checkOptions(`${name}()`, options, ["generator"]);
  checkTensor(`${name}()`, "input", 1, input);
  const like = drawn();
  if (!training || p === 0 || input.numel() === 0) return input;
  if (!isFloat(input.dtype))
    fail("RuntimeError", `result type Float can't be cast to the desired output type ${scalarName(input.dtype)}`);
  const kept = new Uint8Array(like.numel);
  if (p < 1) fillBernoulli(kept, 1 - p, chosenGenerator(options));
  const mask = new Tensor(inMemoryOrder(like, "bool", kept));
  return input.mul(mask.to(input.dtype).mul(p < 1 ? 1 / (1 - p) : 0));
}

/**
 * Zeroes each element with probability `p` and scales the others by 1 / (1 − p); the mask is torch's.
 * @param input any shape
 * @throws ValueError unless 0 ≤ p ≤ 1
 */
export function dropout(input: Tensor, p = 0.5, training = true, options: DropoutOptions = {}): Tensor {
  return masked("dropout", input, p, training, options, () => input.value);
}

/** One element for each channel, which dimension 1 counts. */
function channels({ value: { shape } }: Tensor): Value {
  if (shape.length < 2) fail("RuntimeError", "Feature dropout requires at least 2 dimensions in the input");
  return fresh(
    "bool",
    shape.map((size, i) => (i < 2 ? size : 1)),
  );
}

/**
 * Zeroes each channel of `[N, C, L]` or `[C, L]` with probability `p` and scales the others by 1 / (1 − p).
 * @param input the channels
 * @throws ValueError unless 0 ≤ p ≤ 1, RuntimeError for other numbers of dimensions
 */
export function dropout1d(input: Tensor, p = 0.5, training = true, options: DropoutOptions = {}): Tensor {
  return masked("dropout1d", input, p, training, options, () => {
    const { ndim } = input;
    if (ndim === 2) return fresh("bool", [input.size(0), 1]);
    if (ndim === 3) return channels(input);
    return fail(
      "RuntimeError",
      `dropout1d: Expected 2D or 3D input, but received a ${ndim}D input. Note that dropout1d exists to provide channel-wise dropout on inputs with 1 spatial dimension, a channel dimension, and an optional batch dimension (i.e. 2D or 3D inputs).`,
    );
  });
}

/**
 * Zeroes each channel of `[N, C, H, W]` with probability `p` and scales the others by 1 / (1 − p). Three dimensions count
 * as `[N, C, L]`, with PyTorch's warning.
 * @param input the channels
 * @throws ValueError unless 0 ≤ p ≤ 1, RuntimeError for less than two dimensions
 */
export function dropout2d(input: Tensor, p = 0.5, training = true, options: DropoutOptions = {}): Tensor {
  return masked("dropout2d", input, p, training, options, () => {
    const { ndim } = input;
    if (ndim === 3) {
      warn(
        "dropout2d: Received a 3D input to dropout2d and assuming that channel-wise 1D dropout behavior is desired - input is interpreted as shape (N, C, L), where C is the channel dim. This behavior will change in a future release to interpret the input as one without a batch dimension, i.e. shape (C, H, W). To maintain the 1D channel-wise dropout behavior, please switch to using dropout1d instead.",
      );
    } else if (ndim !== 4) {
      warn(
        `dropout2d: Received a ${ndim}-D input to dropout2d, which is deprecated and will result in an error in a future release. To retain the behavior and silence this warning, please use dropout instead. Note that dropout2d exists to provide channel-wise dropout on inputs with 2 spatial dimensions, a channel dimension, and an optional batch dimension (i.e. 3D or 4D inputs).`,
      );
    }
    return channels(input);
  });
}
