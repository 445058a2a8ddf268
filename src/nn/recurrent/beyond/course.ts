/**
 * The sequences that a layer runs over: those of its input, or, where resets cut them, the pieces between. A piece is a
 * sequence like any other, so that the loop over time, packing and directions need to know nothing of resets.
 */

import { fail, mistyped } from "../../../base/errors.js";
import { inverse, listText } from "../../../base/shape.js";
import { cat } from "../../../tensor/combine.js";
import { tensor } from "../../../tensor/create.js";
import { Tensor } from "../../../tensor/tensor.js";
import type { Form } from "../forms.js";
import { layout } from "../layout.js";
import { haveOneArrangement, PackedSequence } from "../packed.js";

/** Where the state goes back to the beginning: true at a step that begins anew. */
export type Resets = Tensor | readonly boolean[] | readonly (readonly boolean[])[];

export interface Course {
  /** [R, C] */
  readonly rows: Tensor;
  /** How many sequences are alive at each time. */
  readonly steps: readonly number[];
  /** How many sequences there are. */
  readonly count: number;
  /** The pieces, where there are some: int32 vectors. */
  readonly pieces: Pieces | null;
}

/** Rows and sequences of pieces among those of the input. */
interface Pieces {
  /** Where each row of the input is found. */
  readonly back: Tensor;
  /** The input's sequence that each piece is of. */
  readonly owner: Tensor;
  /** Of each direction: with the state of which of N sequences each piece begins; N stands for the layer's own. */
  readonly begin: readonly Tensor[];
  /** Of each direction: which piece each sequence ends with. */
  readonly end: readonly Tensor[];
}

const whole = (numbers: readonly number[] | Int32Array): Tensor => tensor(Int32Array.from(numbers));

/** Of each packed row whether the state begins anew there. */
function resetRows(name: string, resets: unknown, { kind, T, N, padded, packed }: Form): ArrayLike<number> {
  if (packed !== null) {
    if (!(resets instanceof PackedSequence))
      mistyped(`${name}: Expected resets of packed input as a PackedSequence`, resets);
    const { data } = resets;
    if (!haveOneArrangement(resets, packed) || data.ndim !== 1 || data.dtype !== "bool") {
      fail("ValueError", `${name}: Expected resets packed as the input is, one bool a step`);
    }
    return data.toArray();
  }
  const given = resets instanceof Tensor ? resets : tensor(resets as boolean[], null, { dtype: "bool" });
  const expected = kind === "unbatched" ? [T] : kind === "batchFirst" ? [N, T] : [T, N];
  if (given.dtype !== "bool" || String(given.shape) !== String(expected)) {
    fail(
      "ValueError",
      `${name}: Expected resets as bools of size ${listText(expected)}, got ${given.dtype} of size ${listText(given.shape)}`,
    );
  }
  const flat = (kind === "batchFirst" ? given.t() : given).toArray();
  return padded === null ? flat : Array.from(padded.padded, (row) => flat[row]);
}

/** The sequences to run over. @param resets as the caller gave them, or null */
export function courseOf(name: string, form: Form, resets: unknown): Course {
  const { rows, steps, N } = form;
  if (resets === null) return { rows, steps, count: N, pieces: null };
  const anew = resetRows(name, resets, form);
  let row = 0;
  const starts = steps.map((n) => (row += n) - n);
  const cuts: { owner: number; from: number; begins: number; length: number }[] = [];
  const [first, last] = [new Int32Array(N), new Int32Array(N)];
  for (let owner = 0; owner < N; owner++) {
    first[owner] = cuts.length;
    cuts.push({ owner, from: 0, begins: owner, length: 0 });
    for (let t = 0; t < steps.length && owner < steps[t]; t++) {
      if (anew[starts[t] + owner]) {
        if (t === 0) cuts[cuts.length - 1].begins = N;
        else cuts.push({ owner, from: t, begins: N, length: 0 });
      }
      cuts[cuts.length - 1].length++;
    }
    last[owner] = cuts.length - 1;
  }
  const laid = layout(cuts.map(({ length }) => length));
  const source = laid.padded.map((place) => {
    const { owner, from } = cuts[place % cuts.length];
    return starts[from + Math.floor(place / cuts.length)] + owner;
  });
  // Backwards a sequence begins with its last piece.
  const place = inverse(laid.order);
  const ordered = Array.from(laid.order, (i) => ({ ...cuts[i], i }));
  return {
    rows: rows.indexSelect(0, whole(source)),
    steps: laid.steps,
    count: cuts.length,
    pieces: {
      back: whole(inverse(source)),
      owner: whole(ordered.map(({ owner }) => owner)),
      begin: [ordered.map(({ begins }) => begins), ordered.map(({ owner, i }) => (last[owner] === i ? owner : N))].map(
        whole,
      ),
      end: [last, first].map((list) => whole(list.map((i) => place[i]))),
    },
  };
}

/** Rows in the order of the input's. */
export function inOrder(rows: Tensor, { pieces }: Course): Tensor {
  return pieces === null ? rows : rows.indexSelect(0, pieces.back);
}

/** The states that a direction begins with. @param own `[1, size]`, the layer's own @param given `[N, size]`, or null */
export function beginning(own: Tensor, given: Tensor | null, N: number, direction: number, { pieces }: Course): Tensor {
  const size = own.size(1);
  const all = given ?? own.expand([N, size]);
  return pieces === null ? all : cat([all, own]).indexSelect(0, pieces.begin[direction]);
}

/** The states `[N, size]` that the sequences end with, of those of the pieces. */
export function ending(states: Tensor, direction: number, { pieces }: Course): Tensor {
  return pieces === null ? states : states.indexSelect(0, pieces.end[direction]);
}
