/** Each form of input as packed rows and back, with the numbers in their places; checks are those of errors.test.ts. */

import { describe, expect, it } from "vitest";
import { type Tensor, tensor } from "../../../src/index.js";
import {
  blanks,
  checkForm,
  checkStates,
  type Form,
  formOf,
  joined,
  listHx,
  parts,
  restored,
} from "../../../src/nn/recurrent/forms.js";
import { PackedSequence, packPaddedSequence } from "../../../src/nn/recurrent/packed.js";
import { expectError } from "../../support/recurrent.js";

const expected = { name: "GRU", inputSize: 1, dtype: "float32", batchFirst: false } as const;
/** Step t of sequence n is the number 10·t + n. */
const input = tensor([
  [[0], [1], [2]],
  [[10], [11], [12]],
]);
const lengths = [1, 2, 0];
const flat = (x: Tensor) => [...x.toArray()];
const back = (form: Form) => restored(form.rows, form) as Tensor;

describe("input", () => {
  it("is dense, with time or the batch in front", () => {
    const form = formOf(input, null, null, expected);
    expect([flat(form.rows), form.steps, form.T, form.N, form.order]).toEqual([
      [0, 1, 2, 10, 11, 12],
      [3, 3],
      2,
      3,
      null,
    ]);
    expect(back(form).toNested()).toEqual(input.toNested());
    const turned = input.transpose(0, 1);
    const first = formOf(turned, null, null, { ...expected, batchFirst: true });
    expect([flat(first.rows), first.steps]).toEqual([flat(form.rows), form.steps]);
    expect(back(first).toNested()).toEqual(turned.toNested());
  });

  it("is unbatched", () => {
    const form = formOf(input.select(1, 2), null, null, { ...expected, batchFirst: true });
    expect([flat(form.rows), form.steps, form.T, form.N]).toEqual([[2, 12], [1, 1], 2, 1]);
    expect(back(form).toNested()).toEqual([[2], [12]]);
  });

  it("is padded with lengths, and zero behind them", () => {
    const form = formOf(input, null, lengths, expected);
    expect([flat(form.rows), form.steps]).toEqual([
      [1, 0, 11],
      [2, 1],
    ]);
    expect(flat(form.order as Tensor)).toEqual([1, 0, 2]);
    expect(back(form).toNested()).toEqual([
      [[0], [1], [0]],
      [[0], [11], [0]],
    ]);
  });

  it("is packed", () => {
    const packed = packPaddedSequence(input, [1, 2, 1], { enforceSorted: false });
    const form = formOf(packed, null, null, expected);
    expect([form.rows, form.steps, form.T, form.N]).toEqual([packed.data, [3, 1], 2, 3]);
    const again = restored(form.rows.mul(2), form) as PackedSequence;
    expect(again).toBeInstanceOf(PackedSequence);
    expect(flat(again.data)).toEqual(flat(packed.data.mul(2)));
    expect(again.sortedIndices).toBe(packed.sortedIndices);
  });

  it("has a rank, and lengths beside padded batches alone", () => {
    expectError(
      () => checkForm(tensor([1]), null, "GRU", "GRU"),
      "ValueError",
      "GRU: Expected input to be 2D or 3D, got 1D instead",
    );
    const packed = packPaddedSequence(input, [2, 2, 1]);
    const message = "GRU: Expected no lengths beside a PackedSequence, which knows its own";
    expectError(() => checkForm(packed, [1], "GRU", "GRU"), "ValueError", message);
    checkForm(packed, null, "GRU", "GRU");
    checkForm(input, lengths, "GRU", "GRU");
  });
});

describe("states", () => {
  const state = tensor([
    [[0], [1], [2]],
    [[10], [11], [12]],
  ]);
  const forms = {
    dense: formOf(input, null, null, expected),
    lengths: formOf(input, null, lengths, expected),
    unbatched: formOf(input.select(1, 0), null, null, expected),
  };

  it("fall into parts in the packed order, and are joined in the caller's", () => {
    for (const [form, first] of [
      [forms.dense, [0, 1, 2]],
      [forms.lengths, [1, 0, 2]],
    ] as const) {
      const list = parts(state, 2, form);
      expect(list.map(flat)).toEqual([first, first.map((x) => x + 10)]);
      expect(joined(list, form).toNested()).toEqual(state.toNested());
      const single = parts(state.narrow(0, 1, 1), 1, form);
      expect(single.map(flat)).toEqual([first.map((x) => x + 10)]);
      expect(joined(single, form).toNested()).toEqual([[[10], [11], [12]]]);
    }
  });

  it("have no batch beside an unbatched input", () => {
    const two = tensor([[1], [2]]);
    const list = parts(two, 2, forms.unbatched);
    expect(list.map((part) => part.toNested())).toEqual([[[1]], [[2]]]);
    expect(joined(list, forms.unbatched).toNested()).toEqual([[1], [2]]);
    const one = tensor([[3]]);
    expect(joined(parts(one, 1, forms.unbatched), forms.unbatched).toNested()).toEqual([[3]]);
  });

  it("are zeros where none are given", () => {
    expect(blanks(2, 4, "float64", forms.dense).map((part) => [part.shape, part.dtype])).toEqual([
      [[3, 4], "float64"],
      [[3, 4], "float64"],
    ]);
    expect(blanks(1, 2, "float32", forms.unbatched).map(flat)).toEqual([[0, 0]]);
  });

  it("that are joined may be written into, while gradients are recorded", () => {
    const part = tensor([[1], [2], [3]], { requiresGrad: true }).mul(1);
    const whole = joined([part], forms.dense);
    whole.mul_(2);
    expect(whole.toNested()).toEqual([[[2], [4], [6]]]);
  });

  it("are checked for size", () => {
    checkStates([state], 2, [1], forms.dense);
    const size = "Expected hidden size (2, 3, 4), got [2, 3, 1]";
    expectError(() => checkStates([state], 2, [4], forms.dense), "RuntimeError", size);
    const batch = "Expected hidden[1] size (2, 1, 1), got [2, 1, 3]";
    const wide = tensor([
      [1, 2, 3],
      [4, 5, 6],
    ]);
    expectError(() => checkStates([tensor([[1], [2]]), wide], 2, [1, 1], forms.unbatched), "RuntimeError", batch);
  });

  it("come as one tensor, or as the two of an LSTM", () => {
    expect(listHx("lstm", "GRU", null)).toBe(null);
    expect(listHx("lstm", "GRU", state)).toEqual([state]);
    expect(listHx("lstm", "LSTM", [state, input])).toEqual([state, input]);
    expectError(() => listHx("lstm_cell", "LSTM", [state]), "RuntimeError", "lstm_cell expects two hidden states");
  });
});
