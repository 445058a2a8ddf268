/** Layers that treat the rows of their input one by one: they take packed sequences as they take tensors. */

import type { Tensor } from "../../tensor/tensor.js";
import { Module } from "../module.js";
import { checkPacked, PackedSequence } from "../recurrent/packed.js";

/** The base of layers that may be given sequences in one tensor without padding, of which they see rows. */
export abstract class Rowwise extends Module {
  /** What becomes of rows `[…, C]`, whatever stands before their last size. */
  protected abstract ofRows(input: Tensor): Tensor;

  /**
   * What the class says of an `input` of any shape that it takes. In JavaScript the input may be packed; TypeScript has
   * `forwardPacked` for that, so that a subclass's forward needs one signature.
   */
  override forward(input: Tensor): Tensor {
    return (input as unknown) instanceof PackedSequence
      ? (this.forwardPacked(input as never) as never)
      : this.ofRows(input);
  }

  /**
   * As `forward`, of packed sequences: those that stay packed as they are.
   * @param input packed rows `[R, C]`
   */
  forwardPacked(input: PackedSequence): PackedSequence {
    checkPacked(`${this.constructor.name}.forwardPacked()`, input);
    return input.map((rows) => this.forward(rows));
  }
}
