/**
 * Places drawn by weights, with torch's stream on the CPU: with replacement by a search in running sums, without (or one
 * alone) the greatest of weight / q, q of the exponential distribution.
 * Source: https://docs.pytorch.org/docs/stable/generated/torch.multinomial.html
 */

import { checkOptions, fail, mistyped, typed } from "../base/errors.js";
import { fillCategories, fillExponential, type Generator } from "../base/random.js";
import { narrowView } from "../base/shape.js";
import { allocate, elements, type FloatArray, isFloat, scalarName, type Value, wrap } from "../device/value.js";
import { chosenGenerator } from "./chance.js";
import { copy, device, div, inMemoryOrder, reshape, rowMajor } from "./kernels.js";
import { Tensor } from "./tensor.js";

/** Options of `multinomial`. */
export interface MultinomialOptions {
  /** Whether a place may be drawn again. Default false. */
  replacement?: boolean;
  /** Where the numbers are drawn from. Default: the generator that `manualSeed` restarts. */
  generator?: Generator;
}

/**
 * So many places of each row of `input` `[C]` or `[R, C]`, drawn with its numbers as weights: torch's stream, place by
 * place. int32 `[numSamples]` or `[R, numSamples]`
 * @throws RuntimeError for weights that are negative or not finite, or whose sum is 0; for more places than there are
 *   without replacement
 */
export function multinomial(input: Tensor, numSamples: number, options: MultinomialOptions = {}): Tensor {
  if (!(input instanceof Tensor)) mistyped("multinomial() expected a Tensor", input);
  return new Tensor(drawn(input.value, numSamples, options));
}

function drawn(weights: Value, numSamples: number, options: MultinomialOptions): Value {
  checkOptions("multinomial()", options, ["replacement", "generator"]);
  const { replacement = false } = options;
  typed("num_samples", numSamples, "int");
  typed("replacement", replacement, "bool");
  const { shape, dtype } = weights;
  if (shape.length !== 1 && shape.length !== 2) fail("RuntimeError", "prob_dist must be 1 or 2 dim");
  if (!isFloat(dtype)) {
    fail("RuntimeError", `multinomial only supports floating-point dtypes for input, got: ${scalarName(dtype)}`);
  }
  const [rows, categories] = shape.length === 1 ? [1, shape[0]] : shape;
  if (numSamples <= 0) fail("RuntimeError", "cannot sample n_sample <= 0 samples");
  if (!replacement && numSamples > categories) {
    fail("RuntimeError", "cannot sample n_sample > prob_dist.size(-1) samples without replacement");
  }
  const out = [...shape.slice(0, -1), numSamples];
  const numbers = elements(rowMajor(weights)) as FloatArray;
  const generator = chosenGenerator(options);
  if (replacement && numSamples > 1) {
    const places = allocate("int32", rows * numSamples) as Int32Array;
    fillCategories(places, numbers, categories, generator);
    return wrap("int32", places, out);
  }
  if (!numbers.every((x) => x >= 0 && x < Number.POSITIVE_INFINITY)) {
    fail("RuntimeError", "probability tensor contains either `inf`, `nan` or element < 0");
  }
  for (let r = 0; r < rows; r++) {
    if (!numbers.subarray(r * categories, (r + 1) * categories).some((x) => x > 0)) {
      fail("RuntimeError", "invalid multinomial distribution (sum of probabilities <= 0)");
    }
  }
  const q = allocate(dtype, weights.numel) as FloatArray;
  fillExponential(q, generator);
  const chances = reshape(div(weights, inMemoryOrder(weights, dtype, q)), [rows, categories]);
  if (numSamples === 1) return reshape(device().extremum("max", chances, 1).indices, out);
  const order = device().argsort(chances, 1, true);
  return reshape(copy(order.at(narrowView(order, 1, 0, numSamples))), out);
}
