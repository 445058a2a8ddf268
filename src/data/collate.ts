/** Samples side by side in a batch. Source: https://docs.pytorch.org/docs/stable/data.html#torch.utils.data.default_collate */

import { isPlain } from "../base/dict.js";
import { checkOptions, fail, mistyped, typeName } from "../base/errors.js";
import { isA } from "../base/realm.js";
import { nn, stack, Tensor, tensor } from "../index.js";

/** What `defaultCollate` makes of samples. */
export type Collated<T> = T extends Tensor | number | boolean | Float32Array | Float64Array | Int32Array
  ? Tensor
  : T extends string
    ? string[]
    : T extends readonly unknown[]
      ? { -readonly [K in keyof T]: Collated<T[K]> }
      : T extends object
        ? { [K in keyof T]: Collated<T[K]> }
        : never;

/**
 * A batch of samples: tensors are stacked along a new first dimension, numbers become a tensor (int32 where all are
 * whole, else float64), strings stay a list, and of lists and records each place becomes a batch of its own.
 * @throws TypeError for what no batch can be made of, RuntimeError for lists of several lengths
 */
export function defaultCollate<T>(batch: readonly T[]): Collated<T> {
  return collated(batch) as Collated<T>;
}

function collated(batch: readonly unknown[]): unknown {
  const [first] = batch;
  if (first instanceof Tensor) return stack(batch as Tensor[]);
  if (isA(first, "Float32Array") || isA(first, "Float64Array") || isA(first, "Int32Array")) {
    return stack((batch as Float32Array[]).map((one) => tensor(one)));
  }
  if (typeof first === "number" || typeof first === "boolean") return numbers(batch);
  if (typeof first === "string") return [...batch];
  if (Array.isArray(first)) {
    if (batch.some((one) => !Array.isArray(one) || one.length !== first.length)) {
      fail("RuntimeError", "each element in list of batch should be of equal size");
    }
    return first.map((_, i) => collated((batch as unknown[][]).map((one) => one[i])));
  }
  if (isPlain(first)) {
    return Object.fromEntries(
      Object.keys(first).map((key) => {
        const values = (batch as (Record<string, unknown> | null | undefined)[]).map((one) => one?.[key]);
        if (values.includes(undefined)) fail("ValueError", `default_collate: a sample of the batch has no '${key}'`);
        return [key, collated(values)];
      }),
    );
  }
  return fail(
    "TypeError",
    `default_collate: batch must contain tensors, numpy arrays, numbers, dicts or lists; found ${typeName(first)}`,
  );
}

function numbers(batch: readonly unknown[]): Tensor {
  const kind = typeof batch[0];
  for (const one of batch) {
    if (typeof one !== kind) fail("TypeError", `default_collate: expected ${kind}s in a batch, found ${typeName(one)}`);
  }
  if (kind === "boolean") return tensor(batch as boolean[]);
  return tensor(batch as number[], { dtype: batch.every(Number.isSafeInteger) ? "int32" : "float64" });
}

/** Sequences of several lengths in one tensor, and how long each is. */
export interface Padded {
  /** `[T, N, …]`, or `[N, T, …]` with batchFirst. */
  input: Tensor;
  /** Steps of each sequence. */
  lengths: number[];
}

/** Settings of `padCollate`. */
export interface PadCollateOptions {
  /** Whether the batch is the first dimension. Default false, as layers have it. */
  batchFirst?: boolean;
  /** What stands behind a sequence's end. Default 0. */
  paddingValue?: number;
  /**
   * Says that what comes second in a sample is a sequence, too, and what stands behind its end: −100 is what losses of
   * classes leave out. Default: it is no sequence.
   */
  targetPadding?: number;
}

/**
 * A collate for samples `[sequence, …]` whose sequences `[L, …]` have lengths of their own: a batch is
 * `[{ input, lengths }, …]`, what comes after as `defaultCollate` makes it.
 */
export function padCollate(options: PadCollateOptions = {}) {
  checkOptions("padCollate()", options, ["batchFirst", "paddingValue", "targetPadding"]);
  const { batchFirst = false, paddingValue = 0, targetPadding } = options;
  const { padSequence } = nn.utils.rnn;
  return <R extends readonly unknown[]>(batch: readonly (readonly [Tensor, ...R])[]): [Padded, ...Collated<R>] => {
    if (batch.some((sample) => !Array.isArray(sample))) {
      mistyped("padCollate() expected samples as arrays that begin with a sequence", batch[0]);
    }
    const sequences = batch.map(([sequence]) => sequence);
    const input = padSequence(sequences, { batchFirst, paddingValue });
    const rest = collated(batch.map((sample) => sample.slice(targetPadding === undefined ? 1 : 2))) as unknown[];
    if (targetPadding !== undefined) {
      const targets = batch.map((sample) => sample[1] as Tensor);
      rest.unshift(padSequence(targets, { batchFirst, paddingValue: targetPadding }));
    }
    const lengths = sequences.map((sequence) => sequence.size(0));
    return [{ input, lengths }, ...rest] as unknown as [Padded, ...Collated<R>];
  };
}
