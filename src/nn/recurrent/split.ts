/** Outputs by direction, and states by layer and direction: so that nobody has to remember where they stand. */

import { checkOptions, fail, mistyped, typed } from "../../base/errors.js";
import { listText } from "../../base/shape.js";
import { cat } from "../../tensor/combine.js";
import { full, tensor } from "../../tensor/create.js";
import { Tensor } from "../../tensor/tensor.js";
import { checkLengths, type Lengths, lengthsArray } from "./layout.js";
import { PackedSequence, padPackedSequence } from "./packed.js";

/** A state of one layer, by direction. */
export interface LayerState {
  /** Of the direction that begins at the first step: `[N, H]`, or `[H]` unbatched. */
  readonly forward: Tensor;
  /** Of the direction that begins at the last step; null where there is none. */
  readonly reverse: Tensor | null;
}

/**
 * A state by layer and direction, whatever the form of the input was: `splitStates(hn)[1].forward` is that of the second
 * layer. Of an LSTM h and c are states of their own.
 * @param state `[S, N, H]`, `[N, S, H]` with `batchFirst` (states of a `Recurrent` with stateBatchFirst), `[S, H]`
 *   unbatched, or a list of S tensors; S = layers·directions
 * @param options `bidirectional`: whether each layer has two directions. Default false.
 */
export function splitStates(
  state: Tensor | readonly Tensor[],
  options: { bidirectional?: boolean; batchFirst?: boolean } = {},
): LayerState[] {
  checkOptions("split_states()", options, ["bidirectional", "batchFirst"]);
  const { bidirectional = false, batchFirst = false } = options;
  typed("bidirectional", bidirectional, "bool");
  typed("batch_first", batchFirst, "bool");
  const isList = Array.isArray(state) && state.every((one) => one instanceof Tensor);
  if (!(state instanceof Tensor || isList)) mistyped("split_states() expected a Tensor or a list of them", state);
  const [given, what, ranks] =
    state instanceof Tensor
      ? [[state], "a state", [2, 3]]
      : [state, "a list with one state a layer and direction, each", [1, 2]];
  const other = given.find(({ ndim }) => !ranks.includes(ndim));
  if (other !== undefined) {
    fail("ValueError", `split_states() expected ${what} of ${ranks.join(" or ")} dimensions, got: ${other.ndim}`);
  }
  const parts = state instanceof Tensor ? state.unbind(batchFirst && state.ndim === 3 ? 1 : 0) : state;
  const D = bidirectional ? 2 : 1;
  if (parts.length % D !== 0) {
    fail("ValueError", `split_states() expected two states a layer with bidirectional=true, got: ${parts.length}`);
  }
  return Array.from({ length: parts.length / D }, (_, k) => ({
    forward: parts[k * D],
    reverse: bidirectional ? parts[k * D + 1] : null,
  }));
}

/** The two halves of a bidirectional output. */
export interface Directions {
  /** The output of the direction that begins at the first step. */
  readonly forward: Tensor;
  /** The output of the direction that begins at the last step. */
  readonly reverse: Tensor;
  /** What each direction had read the whole sequence for: `[N, H]`, or `[H]` unbatched; zeros for an empty sequence. */
  readonly last: { readonly forward: Tensor; readonly reverse: Tensor };
}

/**
 * Splits the output of a bidirectional layer: `last.forward` stands at each sequence's last step, `last.reverse` at its
 * first, so that nobody has to remember it.
 * @param output `[T, N, 2·H]`, `[N, T, 2·H]` with `batchFirst`, `[T, 2·H]` unbatched, or packed
 */
export function splitDirections(
  output: Tensor | PackedSequence,
  options: { batchFirst?: boolean; lengths?: Lengths | null } = {},
): Directions {
  checkOptions("split_directions()", options, ["batchFirst", "lengths"]);
  const { batchFirst = false } = options;
  typed("batch_first", batchFirst, "bool");
  if (output instanceof PackedSequence) {
    if (options.lengths != null) fail("ValueError", "split_directions() expected no lengths beside a PackedSequence");
    const [padded, lengths] = padPackedSequence(output, { batchFirst });
    return splitDirections(padded, { batchFirst, lengths });
  }
  if (!(output instanceof Tensor)) mistyped("split_directions() expected a Tensor", output);
  if ((output.ndim !== 2 && output.ndim !== 3) || output.size(-1) % 2 !== 0) {
    fail(
      "ValueError",
      `split_directions() expected a 2D or 3D output of 2·hidden_size features, got: ${listText(output.shape)}`,
    );
  }
  const [forward, reverse] = output.chunk(2, -1);
  const timeFirst = (x: Tensor) => (x.ndim === 2 ? x.unsqueeze(1) : batchFirst ? x.transpose(0, 1) : x);
  const [T, N, H] = timeFirst(forward).shape;
  const lengths =
    options.lengths == null ? Array<number>(N).fill(T) : lengthsArray("split_directions()", options.lengths);
  checkLengths(lengths, T, N);
  // Row T·N is a row of zeros: an empty sequence has no last step.
  const at = (x: Tensor, step: (length: number) => number): Tensor => {
    const rows = lengths.map((n, i) => (n === 0 ? T * N : step(n) * N + i));
    const padded = cat([timeFirst(x).reshape([T * N, H]), full([1, H], 0, { dtype: x.dtype })]);
    const last = padded.indexSelect(0, tensor(Int32Array.from(rows)));
    return output.ndim === 2 ? last.select(0, 0) : last;
  };
  return { forward, reverse, last: { forward: at(forward, (n) => n - 1), reverse: at(reverse, () => 0) } };
}
