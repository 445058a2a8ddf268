/**
 * torch.nn.utils.rnn: sequences of different lengths, padded and packed. Every function carries gradients.
 * Source: https://docs.pytorch.org/docs/stable/generated/torch.nn.utils.rnn.PackedSequence.html and its neighbours
 * @packageDocumentation
 */

import { checkOptions, fail, isIterable, mistyped, shown, typed, typeName } from "../../base/errors.js";
import { inverse, listText } from "../../base/shape.js";
import type { DType } from "../../device/value.js";
import { cat, stack } from "../../tensor/combine.js";
import { full, tensor } from "../../tensor/create.js";
import { type Operand, Tensor } from "../../tensor/tensor.js";
import { checkTensor } from "../checks.js";
import { checkLengths, type Layout, type Lengths, layout, lengthsArray, spreadRows } from "./layout.js";

export type { Lengths } from "./layout.js";

/** What `map` takes: a layer, or a function of rows. */
type Step = ((rows: Tensor) => Tensor) | { forward(rows: Tensor): Tensor };

/** Sequences in one tensor without padding: all first steps, longest sequence first, then all second steps, … */
export class PackedSequence {
  static name = "PackedSequence";

  /** `[Σ lengths, …]` */
  readonly data: Tensor;
  /** How many sequences have a step at each time: int32, never increasing. */
  readonly batchSizes: Tensor;
  /** sortedIndices[i] is the number of the sequence that is packed i-th; null where they came sorted. int32 */
  readonly sortedIndices: Tensor | null;
  /** The inverse of `sortedIndices`. */
  readonly unsortedIndices: Tensor | null;

  /**
   * Normally made by `packSequence` and `packPaddedSequence`; what does not fit together is refused.
   * @param data `[Σ lengths, …]`
   * @param batchSizes how many sequences have a step at each time
   * @param sortedIndices the number of the sequence that is packed i-th, or null
   * @param unsortedIndices the inverse, or null
   */
  constructor(
    data: Tensor,
    batchSizes: Tensor | readonly number[],
    sortedIndices: Tensor | null = null,
    unsortedIndices: Tensor | null = null,
  ) {
    if (!(data instanceof Tensor)) mistyped("PackedSequence expected data as a Tensor", data);
    const sizes = lengthsArray("PackedSequence", batchSizes);
    if (sizes.length === 0) fail("IndexError", "index 0 is out of bounds for dimension 0 with size 0");
    if (sizes.some((n, t) => n < 0 || n > (sizes[t - 1] ?? n))) {
      fail("RuntimeError", `PackedSequence expected batch_sizes that never increase, got: ${listText(sizes)}`);
    }
    const total = sizes.reduce((a, b) => a + b, 0);
    if (data.ndim === 0 || data.size(0) !== total) {
      fail(
        "RuntimeError",
        `PackedSequence expected data of ${total} rows (the sum of batch_sizes), got a Tensor of size ${listText(data.shape)}`,
      );
    }
    this.data = data;
    this.batchSizes = tensor(Int32Array.from(sizes));
    const [there, back] = [invertPermutation(unsortedIndices), invertPermutation(sortedIndices)];
    this.sortedIndices = sortedIndices ?? there;
    this.unsortedIndices = unsortedIndices ?? back;
    if (this.sortedIndices !== null && this.sortedIndices.numel() !== sizes[0]) {
      const came = this.sortedIndices.numel();
      fail("RuntimeError", `PackedSequence expected ${sizes[0]} indices, one a sequence, got: ${came}`);
    }
    if (there !== null && sortedIndices !== null && String(sortedIndices.toArray()) !== String(there.toArray())) {
      fail("RuntimeError", "PackedSequence expected unsorted_indices to be the inverse of sorted_indices");
    }
  }

  /** The same sequences in another dtype; this itself where they have it already. */
  to(dtype: DType): PackedSequence {
    const data = this.data.to(dtype);
    return data === this.data ? this : this.with(data);
  }

  /** Other data in the same arrangement, with as many rows. */
  with(data: Tensor): PackedSequence {
    return new PackedSequence(data, this.batchSizes, this.sortedIndices, this.unsortedIndices);
  }

  /**
   * What layers and functions make of all rows at once, one after the other: `packed.map(linear, nn.functional.relu)`. Each
   * gives as many rows as it takes, and must treat them one by one.
   */
  map(...steps: readonly Step[]): PackedSequence {
    let { data } = this;
    for (const step of steps) {
      if (typeof step === "function") data = step(data);
      else if (typeof (step as Partial<typeof step> | undefined)?.forward === "function") data = step.forward(data);
      else mistyped("PackedSequence.map() expected layers and functions of rows", step);
    }
    return this.with(data);
  }

  /** Row by row the sum with another of the same arrangement, or with what a tensor of rows can be added to. */
  add(other: Operand | PackedSequence): PackedSequence {
    return this.with(this.data.add(this.beside(other)));
  }

  /** Row by row the difference. */
  sub(other: Operand | PackedSequence): PackedSequence {
    return this.with(this.data.sub(this.beside(other)));
  }

  /** Row by row the product. */
  mul(other: Operand | PackedSequence): PackedSequence {
    return this.with(this.data.mul(this.beside(other)));
  }

  /** Row by row the quotient. */
  div(other: Operand | PackedSequence): PackedSequence {
    return this.with(this.data.div(this.beside(other)));
  }

  /** An operand for the rows. @throws ValueError for sequences of other lengths, or packed in another order */
  private beside(other: Operand | PackedSequence): Operand {
    if (!(other instanceof PackedSequence)) return other;
    if (!haveOneArrangement(this, other)) {
      fail("ValueError", "expected two PackedSequences of the same lengths in the same order");
    }
    const [rank, came] = [this.data.ndim, other.data.ndim];
    // Stretched over each other, a row of one would meet a column of the other.
    if (rank !== came)
      fail("ValueError", `expected two PackedSequences of as many dimensions, got ${rank} and ${came}`);
    return other.data;
  }

  /** As PyTorch prints it. */
  toString(): string {
    return `PackedSequence(data=${this.data}, batch_sizes=${this.batchSizes}, sorted_indices=${this.sortedIndices ?? "None"}, unsorted_indices=${this.unsortedIndices ?? "None"})`;
  }

  [Symbol.for("nodejs.util.inspect.custom")](): string {
    return this.toString();
  }
}

/** Whether two have sequences of the same lengths, packed in the same order. */
export function haveOneArrangement(...both: [PackedSequence, PackedSequence]): boolean {
  const [one, other] = both.map(({ batchSizes, unsortedIndices: order }) => {
    const indices = order?.toArray() ?? Int32Array.from({ length: batchSizes.at(0).item() }, (_, i) => i);
    return `${batchSizes.toArray()}|${indices}`;
  });
  return one === other;
}

/** Refuses what is no PackedSequence. */
export function checkPacked(where: string, sequence: unknown): asserts sequence is PackedSequence {
  if (!(sequence instanceof PackedSequence)) mistyped(`${where} expected a PackedSequence`, sequence);
}

/** inverse[permutation[i]] = i; null gives null. */
export function invertPermutation(permutation: Tensor | null): Tensor | null {
  if (permutation === null) return null;
  checkTensor("invert_permutation()", "permutation", 1, permutation);
  if (permutation.dtype !== "int32" || permutation.ndim !== 1) {
    fail(
      "RuntimeError",
      `invert_permutation() expected a vector of int32, got: ${permutation.ndim}-D ${permutation.dtype}`,
    );
  }
  const order = permutation.toArray() as Int32Array;
  const wrong = order.find((i) => i < 0 || i >= order.length);
  if (wrong !== undefined) {
    fail("RuntimeError", `index ${wrong} is out of bounds for dimension 0 with size ${order.length}`);
  }
  if (new Set(order).size !== order.length) {
    fail("RuntimeError", `invert_permutation() expected each index once, got: ${listText(Array.from(order))}`);
  }
  return tensor(inverse(order), null, { dtype: "int32" });
}

/** Options of `packPaddedSequence`. */
export interface PackOptions {
  /** Whether the batch comes first in the padded tensor. Default false. */
  batchFirst?: boolean;
  /** Whether to insist on lengths that never increase; false sorts for you. Default true. */
  enforceSorted?: boolean;
}

/**
 * Packs a padded batch.
 * @param input `[T, N, …]`, or `[N, T, …]` with `batchFirst`
 * @param lengths N whole numbers, 1 … T
 */
export function packPaddedSequence(input: Tensor, lengths: Lengths, options: PackOptions = {}): PackedSequence {
  checkOptions("pack_padded_sequence()", options, ["batchFirst", "enforceSorted"]);
  const { batchFirst = false, enforceSorted = true } = options;
  typed("batch_first", batchFirst, "bool");
  typed("enforce_sorted", enforceSorted, "bool");
  if (!(input instanceof Tensor)) mistyped("pack_padded_sequence() expected a Tensor as input", input);
  const list = lengthsArray("pack_padded_sequence()", lengths);
  if (input.ndim < 2) fail("IndexError", "Dimension out of range (expected to be in range of [-1, 0], but got 1)");
  if (input.numel() === 0) fail("RuntimeError", "Cannot pack empty tensors.");
  const padded = batchFirst ? input.transpose(0, 1) : input;
  const [T, N] = padded.shape;
  if (list.length !== N) checkLengths(list, T, N);
  if (list.some((n) => n <= 0)) {
    fail(
      "RuntimeError",
      "Length of all samples has to be greater than 0, but found an element in 'lengths' that is <= 0",
    );
  }
  if (enforceSorted && list.some((n, i) => n > (list[i - 1] ?? n))) {
    fail(
      "RuntimeError",
      "`lengths` array must be sorted in decreasing order when `enforce_sorted` is True. You can pass `enforce_sorted=False` to pack_padded_sequence and/or pack_sequence to sidestep this requirement if you do not need ONNX exportability.",
    );
  }
  checkLengths(list, T, N);
  const { steps, padded: rows, order } = layout(list);
  const data = padded.reshape([T * N, ...padded.shape.slice(2)]).indexSelect(0, tensor(rows));
  return new PackedSequence(data, steps, enforceSorted ? null : tensor(order));
}

/** How the rows of a packed sequence lie, and the lengths in the caller's order. */
function layoutOf(sequence: PackedSequence): { rows: Layout; lengths: number[] } {
  const steps = Array.from(sequence.batchSizes.toArray());
  const [N] = steps;
  const order = (sequence.sortedIndices?.toArray() ?? Int32Array.from({ length: N }, (_, i) => i)) as Int32Array;
  const lengths = new Array<number>(N).fill(0);
  const padded = steps.flatMap((alive, t) => Array.from({ length: alive }, (_, i) => t * N + order[i]));
  steps.forEach((alive) => {
    for (let i = 0; i < alive; i++) lengths[order[i]]++;
  });
  return { rows: { steps, padded: Int32Array.from(padded), order }, lengths };
}

/** Options of `padPackedSequence`. */
export interface UnpackOptions {
  /** Whether the batch is to come first. Default false. */
  batchFirst?: boolean;
  /** What stands where there is no step. Default 0. */
  paddingValue?: number;
  /** How many steps the result has at least the longest's; default exactly those. */
  totalLength?: number | null;
}

/**
 * Unpacks into a padded tensor `[T, N, …]` (`[N, T, …]` with `batchFirst`) and int32 lengths, in the caller's order.
 * @param sequence of `packSequence`, `packPaddedSequence` or a layer
 */
export function padPackedSequence(sequence: PackedSequence, options: UnpackOptions = {}): [Tensor, Tensor] {
  checkPacked("pad_packed_sequence()", sequence);
  checkOptions("pad_packed_sequence()", options, ["batchFirst", "paddingValue", "totalLength"]);
  const { batchFirst = false, paddingValue = 0, totalLength = null } = options;
  typed("batch_first", batchFirst, "bool");
  typed("padding_value", paddingValue, "float");
  const { rows, lengths } = layoutOf(sequence);
  const longest = rows.steps.length;
  if (totalLength !== null && !(Number.isInteger(totalLength) && totalLength >= longest)) {
    fail(
      "ValueError",
      `Expected total_length to be at least the length of the longest sequence in input, but got total_length=${shown(totalLength)} and max sequence length being ${longest}`,
    );
  }
  const T = totalLength ?? longest;
  const N = lengths.length;
  const padded = spreadRows(sequence.data, rows, T, N, paddingValue).reshape([T, N, ...sequence.data.shape.slice(1)]);
  return [batchFirst ? padded.transpose(0, 1) : padded, tensor(Int32Array.from(lengths))];
}

/** Options of `padSequence`. */
export interface PadOptions {
  /** Whether the batch is to come first. Default false. */
  batchFirst?: boolean;
  /** What stands where there is no step. Default 0. */
  paddingValue?: number;
  /** On which side of the steps the padding goes. Default "right". */
  paddingSide?: "right" | "left";
}

function tensorList(where: string, sequences: Iterable<Tensor> | Tensor): Tensor[] {
  const several = sequences instanceof Tensor ? sequences.unbind(0) : sequences;
  if (!isIterable(several)) {
    fail(
      "RuntimeError",
      `${where}: Expected iterable for input sequences, but got arg of type: ${typeName(sequences)}`,
    );
  }
  const list = [...several];
  if (list.length === 0) fail("RuntimeError", "received an empty list of sequences");
  list.forEach((item, i) => {
    if (!(item instanceof Tensor)) mistyped(`${where} expected a Tensor as element ${i}`, item);
    if (item.ndim === 0)
      fail("RuntimeError", `${where} expected tensors of at least 1 dimension, got a scalar as element ${i}`);
  });
  return list;
}

/**
 * Sequences `[Lᵢ, …]` as one padded tensor `[T, N, …]`; dtype and trailing sizes are those of the first.
 * @param sequences of one dtype; only their first sizes differ
 */
export function padSequence(sequences: Iterable<Tensor> | Tensor, options: PadOptions = {}): Tensor {
  checkOptions("pad_sequence()", options, ["batchFirst", "paddingValue", "paddingSide"]);
  const { batchFirst = false, paddingValue = 0, paddingSide = "right" } = options;
  typed("batch_first", batchFirst, "bool");
  typed("padding_value", paddingValue, "float");
  const list = tensorList("pad_sequence", sequences);
  if (paddingSide !== "left" && paddingSide !== "right") {
    fail("RuntimeError", `Expected padding_side to be one of left or right, but got ${shown(paddingSide)}.`);
  }
  const [first] = list;
  const rest = first.shape.slice(1);
  const T = list.reduce((longest, item) => Math.max(longest, item.size(0)), 0);
  const columns = list.map((item) => {
    const sequence = item.to(first.dtype).expand([item.size(0), ...rest]);
    const blank = full([T - item.size(0), ...rest], paddingValue, { dtype: first.dtype });
    return cat(paddingSide === "right" ? [sequence, blank] : [blank, sequence]);
  });
  return stack(columns, batchFirst ? 0 : 1);
}

/** Packs sequences `[Lᵢ, …]`. */
export function packSequence(
  sequences: Iterable<Tensor> | Tensor,
  options: Pick<PackOptions, "enforceSorted"> = {},
): PackedSequence {
  checkOptions("pack_sequence()", options, ["enforceSorted"]);
  const list = tensorList("pack_sequence", sequences);
  return packPaddedSequence(
    padSequence(list),
    list.map((item) => item.size(0)),
    options,
  );
}

/**
 * The sequences of a padded tensor, without the padding.
 * @param padded `[T, N, …]`, or `[N, T, …]` with `batchFirst`
 * @param lengths N whole numbers
 */
export function unpadSequence(padded: Tensor, lengths: Lengths, options: { batchFirst?: boolean } = {}): Tensor[] {
  checkOptions("unpad_sequence()", options, ["batchFirst"]);
  const { batchFirst = false } = options;
  typed("batch_first", batchFirst, "bool");
  if (!(padded instanceof Tensor) || padded.ndim < 2) {
    fail(
      "RuntimeError",
      `unpad_sequence() expected a Tensor of at least 2 dimensions, got: ${padded instanceof Tensor ? `${padded.ndim}-D` : typeName(padded)}`,
    );
  }
  const list = lengthsArray("unpad_sequence()", lengths);
  const rows = batchFirst ? padded : padded.transpose(0, 1);
  checkLengths(list, rows.size(1), rows.size(0));
  return list.map((length, n) => rows.select(0, n).narrow(0, 0, length));
}

/**
 * The sequences of a packed one, in the caller's order.
 * @param sequence of `packSequence`, `packPaddedSequence` or a layer
 */
export function unpackSequence(sequence: PackedSequence): Tensor[] {
  checkPacked("unpack_sequence()", sequence);
  const [padded, lengths] = padPackedSequence(sequence, { batchFirst: true });
  return unpadSequence(padded, lengths, { batchFirst: true });
}
