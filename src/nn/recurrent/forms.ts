/**
 * The forms that input and states of a recurrent layer may have: dense, unbatched, packed, or padded with lengths. Each
 * becomes packed rows, and rows take their form again. Checks come in PyTorch's order and words.
 *
 * S states: layers times directions; those of one direction of one layer are [N, P or H].
 */

import { fail, mistyped, typeName } from "../../base/errors.js";
import { inverse, listText, type Shape, tupleText } from "../../base/shape.js";
import type { Mode } from "../../device/cells/index.js";
import { type FloatDType, fresh, torchName } from "../../device/value.js";
import { cat, stack } from "../../tensor/combine.js";
import { tensor } from "../../tensor/create.js";
import { Tensor } from "../../tensor/tensor.js";
import { checkLengths, type Layout, type Lengths, layout, lengthsArray, spreadRows } from "./layout.js";
import { PackedSequence } from "./packed.js";

/** What a layer asks of its input. */
export interface Expected {
  /** The layer's name in messages. */
  readonly name: string;
  readonly inputSize: number;
  readonly dtype: FloatDType;
  readonly batchFirst: boolean;
}

/** An input as packed rows, and what its form was. */
export interface Form {
  /** [R, C] */
  readonly rows: Tensor;
  /** How many sequences are alive at each time. */
  readonly steps: readonly number[];
  /** How many steps, and how many sequences. */
  readonly T: number;
  readonly N: number;
  /** The packed order of the sequences, where it is not the caller's. */
  readonly order: Tensor | null;
  readonly kind: "packed" | "unbatched" | "batchFirst" | "timeFirst";
  /** The input, where it was packed. */
  readonly packed: PackedSequence | null;
  /** Where the rows stood, where lengths were given. */
  readonly padded: Layout | null;
}

const kindOf = (mode: string): string => (mode.startsWith("RNN") ? "RNN" : mode);

/** Refuses what is no tensor, lengths beside what is packed, and ranks that no form has. */
export function checkForm(input: unknown, lengths: Lengths | null, mode: string, name: string): void {
  if (input instanceof PackedSequence) {
    if (lengths === null) return;
    fail("ValueError", `${name}: Expected no lengths beside a PackedSequence, which knows its own`);
  }
  if (!(input instanceof Tensor)) mistyped(`${name}: Expected input to be a Tensor or a PackedSequence`, input);
  if (input.ndim === 2 || input.ndim === 3) return;
  const what = kindOf(mode) === "RNN" ? " tensor" : "";
  fail("ValueError", `${kindOf(mode)}: Expected input to be 2D or 3D, got ${input.ndim}D${what} instead`);
}

/** What was given as `hx`, as a list of tensors: one, or the two of an LSTM (`name` in messages); null for none. */
export function listHx(name: "lstm" | "lstm_cell", mode: Mode, hx: unknown): readonly Tensor[] | null {
  if (hx === null) return null;
  if (mode !== "LSTM") {
    if (!(hx instanceof Tensor)) fail("TypeError", `'${typeName(hx)}' object has no attribute 'dim'`);
    return [hx];
  }
  if (!Array.isArray(hx)) {
    fail("TypeError", `${name}(): argument 'hx' (position 2) must be tuple of Tensors, not ${typeName(hx)}`);
  }
  if (hx.length !== 2) fail("RuntimeError", `${name} expects two hidden states`);
  for (let i = 0; i < 2; i++) {
    if (!(hx[i] instanceof Tensor)) mistyped(`${name}(): expected a Tensor as hx[${i}]`, hx[i]);
  }
  return hx;
}

function checkInput(input: Tensor, rank: number, { inputSize, dtype }: Expected): void {
  const { shape } = input.value;
  if (input.dtype !== dtype) {
    const [came, own] = [torchName(input.dtype), torchName(dtype)];
    fail(
      "ValueError",
      `RNN input dtype (${came}) does not match weight dtype (${own}). Convert input: input.to(${own}), or convert model: model.to(${came})`,
    );
  }
  if (shape.length !== rank) fail("RuntimeError", `input must have ${rank} dimensions, got ${shape.length}`);
  const last = shape[shape.length - 1];
  if (last !== inputSize) {
    fail("RuntimeError", `input.size(-1) must be equal to input_size. Expected ${inputSize}, got ${last}`);
  }
}

function checkRanks(ndim: number, states: readonly Tensor[]): void {
  if (states.every((state) => state.ndim === ndim)) return;
  const form = ndim === 2 ? "unbatched 2-D" : "batched 3-D";
  const ranks = states.map((state) => `${state.ndim}-D`).join(", ");
  const came =
    states.length === 1
      ? `hx should also be ${ndim}-D but got ${ranks} tensor`
      : `hx and cx should also be ${ndim}-D but got (${ranks}) tensors`;
  fail("RuntimeError", `For ${form} input, ${came}`);
}

/** The packed rows of an input that `checkForm` let pass. */
export function formOf(
  input: Tensor | PackedSequence,
  states: readonly Tensor[] | null,
  lengths: Lengths | null,
  expected: Expected,
): Form {
  if (input instanceof PackedSequence) {
    const { data: rows, batchSizes, sortedIndices: order } = input;
    checkInput(rows, 2, expected);
    const steps = Array.from(batchSizes.toArray());
    return { rows, steps, T: steps.length, N: steps[0], order, kind: "packed", packed: input, padded: null };
  }
  const { name, batchFirst } = expected;
  const { ndim } = input;
  if (states !== null) checkRanks(ndim, states);
  checkInput(input, ndim, expected);
  const { shape } = input.value;
  const kind = ndim === 2 ? "unbatched" : batchFirst ? "batchFirst" : "timeFirst";
  const [T, N] = ndim === 2 ? [shape[0], 1] : batchFirst ? [shape[1], shape[0]] : shape;
  const timeFirst = kind === "batchFirst" ? input.transpose(0, 1) : input;
  const rows = kind === "unbatched" ? input : timeFirst.reshape([T * N, expected.inputSize]);
  // A flat literal: spreading an object costs a short call more than its checks.
  if (lengths === null) {
    return { rows, steps: new Array<number>(T).fill(N), T, N, order: null, kind, packed: null, padded: null };
  }
  if (kind === "unbatched") {
    fail("ValueError", `${name}: Expected lengths beside batched 3-D input only, got 2-D input`);
  }
  const list = lengthsArray(name, lengths);
  checkLengths(list, T, N);
  const padded = layout(list);
  const ordered = rows.indexSelect(0, tensor(padded.padded));
  const { steps, order } = padded;
  return { rows: ordered, steps, T, N, order: tensor(order), kind, packed: null, padded };
}

/** Rows [R, …] in the form that the input had. */
export function restored(rows: Tensor, { kind, T, N, packed, padded }: Form): Tensor | PackedSequence {
  if (packed !== null) return packed.with(rows);
  if (kind === "unbatched") return rows;
  const all = padded === null ? rows : spreadRows(rows, padded, T, N, 0);
  const shaped = all.reshape([T, N, rows.value.shape[1]]);
  return kind === "batchFirst" ? shaped.transpose(0, 1) : shaped;
}

/** Refuses states that are not of S states of N sequences, each of its own width. */
export function checkStates(states: readonly Tensor[], S: number, widths: readonly number[], { N, kind }: Form): void {
  for (let i = 0; i < states.length; i++) {
    const { shape } = states[i].value;
    // PyTorch speaks of a batch of one.
    const came: Shape = kind === "unbatched" ? [shape[0], 1, shape[1]] : shape;
    if (came.length === 3 && came[0] === S && came[1] === N && came[2] === widths[i]) continue;
    const label = states.length === 2 ? `hidden[${i}]` : "hidden";
    fail("RuntimeError", `Expected ${label} size ${tupleText([S, N, widths[i]])}, got ${listText(came)}`);
  }
}

/** A state as its S parts [N, width], in the packed order. */
export function parts(state: Tensor, S: number, { kind, order }: Form): Tensor[] {
  if (kind === "unbatched") return S === 1 ? [state] : Array.from({ length: S }, (_, s) => state.narrow(0, s, 1));
  const ordered = order === null ? state : state.indexSelect(1, order);
  if (S === 1) return [ordered.squeeze(0)];
  return Array.from({ length: S }, (_, s) => ordered.select(0, s));
}

/** S parts of zeros: one tensor, since nobody writes into it. */
export function blanks(S: number, width: number, dtype: FloatDType, { N }: Form): Tensor[] {
  return new Array<Tensor>(S).fill(new Tensor(fresh(dtype, [N, width])));
}

/** S parts [N, width] as the state that the caller gets, in the caller's order. */
export function joined(states: readonly Tensor[], { kind, order }: Form): Tensor {
  if (kind === "unbatched") return states.length === 1 ? states[0] : cat(states);
  const all = states.length === 1 ? states[0].unsqueeze(0) : stack(states);
  // Its memory is nobody else's, so that it may be written into.
  all.base = null;
  return order === null ? all : all.indexSelect(1, tensor(inverse(order.toArray()), null, { dtype: "int32" }));
}
