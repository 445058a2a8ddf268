/**
 * An op is one record: a sentence, a forward and a backward, side by side.
 *
 * Ops work on values, so a backward builds no graph: gradients are of first order. A backward may return a gradient in
 * the stretched shape or another float dtype of an operand: whoever calls it sums and converts back, once for all ops.
 */

import type { Value } from "../../device/value.js";

/** What arrives at backward: one gradient, or for an op of several outputs one each, null where none came. */
export type Arriving<Out> = Out extends Value ? Value : (Value | null)[];

/**
 * Args: operands (values) and options in any order. Out: what comes out. Saved: what backward needs.
 * forward returns [out, saved].
 */
interface Forward<Args extends readonly unknown[], Out extends Value | Value[], Saved extends readonly unknown[]> {
  /** PyTorch's name for the node is this and "Backward0". */
  readonly name: string;
  forward(...args: Args): [out: Out, saved: Saved];
}

/** backward returns one entry an argument, null for what has no gradient. */
export interface Op<Args extends readonly unknown[], Out extends Value | Value[], Saved extends readonly unknown[]>
  extends Forward<Args, Out, Saved> {
  /** Which of what was saved backward reads, given which arguments want a gradient; left out: all of it. */
  reads?(needs: readonly boolean[]): readonly boolean[];
  backward(d: Arriving<Out>, saved: Saved, needs: readonly boolean[]): readonly (Value | null)[];
}

/**
 * An op that takes parts of its first argument, which alone has a gradient. Its backward adds what arrives to those
 * parts of a gradient that other parts add to as well: a loop over the parts of a sequence costs no more than the sequence.
 */
export interface Part<Args extends readonly unknown[], Out extends Value | Value[], Saved extends readonly unknown[]>
  extends Forward<Args, Out, Saved> {
  /** `into` is row-major, of the first argument's shape and dtype. */
  accumulate(into: Value, d: Arriving<Out>, saved: Saved): void;
}

/**
 * A write of one value over a part of another. Backward takes the part's gradient out of that of the whole, in place: a
 * loop that writes a sequence step by step costs no more than the sequence.
 */
export interface Write<Saved extends readonly unknown[]> {
  readonly name: string;
  /** Returns the part of `d`, which is row-major, and leaves zeros there. */
  take(d: Value, saved: Saved): Value;
}

/** Operands as their variables. */
export type Lifted<Args, V> = {
  [K in keyof Args]: Args[K] extends Value | null ? V | Extract<Args[K], null> : Args[K];
};
export type Applied<Out, V> = Out extends Value ? V : V[];
