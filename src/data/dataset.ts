/** Sets of samples, and parts of them. Source: https://docs.pytorch.org/docs/stable/data.html */

import { checkOptions, fail, mistyped, shown, typeName, warn } from "../base/errors.js";
import { type Generator, randperm, Tensor } from "../index.js";

/** Samples by number: an array is one. */
export interface Dataset<T> {
  /** How many samples there are. */
  readonly length: number;
  /** Sample `index`, 0 to length − 1; what is read from elsewhere may come later. */
  at(index: number): T | undefined | Promise<T>;
}

/** What a loader draws from: samples by number, or one after the other. */
export type Source<T> = Dataset<T> | Iterable<T> | AsyncIterable<T>;

/** Whether samples can be had by number. */
export function isDataset<T>(source: Source<T>): source is Dataset<T> {
  const { at, length } = (source ?? {}) as Partial<Dataset<T>>;
  return typeof at === "function" && typeof length === "number";
}

/**
 * Samples that are slices of tensors: sample i has slice i of each, along the first dimension.
 *
 * Source: https://docs.pytorch.org/docs/stable/data.html#torch.utils.data.TensorDataset
 */
export class TensorDataset<T extends readonly Tensor[] = Tensor[]> implements Dataset<T> {
  /** As they were given: sample i is row i of each. */
  readonly tensors: T;

  constructor(...tensors: T) {
    if (tensors.length === 0 || tensors.some((one) => !(one instanceof Tensor) || one.ndim === 0)) {
      const came = tensors.map((one) => (one instanceof Tensor ? "a number" : typeName(one))).join(", ");
      fail("TypeError", `TensorDataset() expected Tensors of at least one dimension, got: ${came || "none"}`);
    }
    if (tensors.some((one) => one.size(0) !== tensors[0].size(0))) {
      fail("ValueError", "Size mismatch between tensors");
    }
    this.tensors = tensors;
  }

  /** How many samples there are: the first size of each tensor. */
  get length(): number {
    return this.tensors[0].size(0);
  }

  at(index: number): T {
    return this.tensors.map((one) => one.at(index)) as readonly Tensor[] as T;
  }
}

/**
 * Some samples of a set, by their numbers.
 *
 * Source: https://docs.pytorch.org/docs/stable/data.html#torch.utils.data.Subset
 */
export class Subset<T> implements Dataset<T> {
  /**
   * @param dataset the samples to choose from
   * @param indices which of them, in this order
   */
  constructor(
    /** The samples to choose from. */
    readonly dataset: Dataset<T>,
    /** Which of them, in this order. */
    readonly indices: ArrayLike<number>,
  ) {
    if (!isDataset(dataset)) mistyped("Subset() expected a set of samples", dataset);
    if (typeof indices?.length !== "number") mistyped("Subset() expected indices as an array of numbers", indices);
    for (const index of Array.from(indices)) {
      if (!Number.isInteger(index) || index < 0 || index >= dataset.length) {
        fail("IndexError", `Subset() expected indices from 0 to ${dataset.length - 1}, got: ${shown(index)}`);
      }
    }
  }

  /** How many samples were chosen. */
  get length(): number {
    return this.indices.length;
  }

  at(index: number): T | undefined | Promise<T> {
    const inner = this.indices[index < 0 ? index + this.length : index];
    if (inner === undefined) fail("IndexError", `Subset expected an index below ${this.length}, got: ${shown(index)}`);
    return this.dataset.at(inner);
  }
}

/**
 * Random parts of a set, none with a sample of another: training and test.
 * @param dataset the samples to part
 * @param lengths how many samples each part has, or fractions that sum up to 1
 * @throws ValueError where they do not add up
 *
 * Source: https://docs.pytorch.org/docs/stable/data.html#torch.utils.data.random_split
 */
export function randomSplit<T>(
  dataset: Dataset<T>,
  lengths: readonly number[],
  options: { generator?: Generator } = {},
): Subset<T>[] {
  checkOptions("randomSplit()", options, ["generator"]);
  if (!isDataset(dataset)) mistyped("randomSplit() expected a set of samples", dataset);
  if (!Array.isArray(lengths) || lengths.some((one) => !Number.isFinite(one))) {
    mistyped("randomSplit() expected lengths as an array of numbers", lengths);
  }
  const counts = countsOf(dataset.length, lengths);
  if (sum(counts) !== dataset.length || counts.some((one) => !Number.isInteger(one) || one < 0)) {
    fail("ValueError", "Sum of input lengths does not equal the length of the input dataset!");
  }
  const order = randperm(dataset.length, options).toArray();
  let end = 0;
  return counts.map((count) => {
    end += count;
    return new Subset(dataset, order.slice(end - count, end));
  });
}

const sum = (numbers: readonly number[]): number => numbers.reduce((a, b) => a + b, 0);

/** Fractions as counts: what rounding down leaves over is dealt out from the first part on. */
function countsOf(length: number, lengths: readonly number[]): readonly number[] {
  const total = sum(lengths);
  if (!(total <= 1 && Math.abs(total - 1) <= 1e-9)) return lengths;
  lengths.forEach((fraction, i) => {
    if (fraction < 0 || fraction > 1) fail("ValueError", `Fraction at index ${i} is not between 0 and 1`);
  });
  const counts = lengths.map((fraction) => Math.floor(length * fraction));
  const rest = length - sum(counts);
  for (let i = 0; i < rest; i++) counts[i % counts.length]++;
  counts.forEach((count, i) => {
    if (count === 0) warn(`Length of split at index ${i} is 0. This might result in an empty dataset.`);
  });
  return counts;
}
