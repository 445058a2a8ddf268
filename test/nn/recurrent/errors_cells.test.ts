/**
 * Every way in which a cell can be used wrongly, with the kind and the sentence of PyTorch 2.13, and which of two mistakes
 * is named: RNNCell checks weights, input, states; GRUCell input, states, weights; LSTMCell input, weights, states. On
 * purpose otherwise than there: every size of a weight is checked, options must be of their types, and RNNCell refuses an
 * unknown nonlinearity at construction.
 */

import { describe, expect, it } from "vitest";
import { type DType, type ErrorKind, nn, zeros } from "../../../src/index.js";
import { cellKinds, expectError, forwardAnyhow, replace, step, wrong } from "../../support/recurrent.js";

describe("construction", () => {
  it.each(cellKinds)("$name", ({ make }) => {
    const type = make(3, 4).constructor.name;
    const G = make(3, 4).weight_ih.size(0) / 4;
    const refused = (C: unknown, H: unknown, options: unknown, kind: ErrorKind, message: string) => {
      expectError(() => make(wrong(C), wrong(H), wrong(options)), kind, message);
    };
    const negative = "Trying to create tensor with negative dimension";
    refused(-1, 4, {}, "RuntimeError", `${negative} -1: [${4 * G}, -1]`);
    refused(3, -4, {}, "RuntimeError", `${negative} ${-4 * G}: [${-4 * G}, 3]`);
    refused(3.5, 4, {}, "TypeError", "input_size should be of type int, got: number");
    refused("3", 4, {}, "TypeError", "input_size should be of type int, got: string");
    refused(3, undefined, {}, "TypeError", "hidden_size should be of type int, got: undefined");
    refused(3, Number.NaN, {}, "TypeError", "hidden_size should be of type int, got: number");
    refused(3, 4, { foo: 1 }, "TypeError", `${type}.__init__() got an unexpected keyword argument 'foo'`);
    refused(3, 4, { numLayers: 2 }, "TypeError", `${type}.__init__() got an unexpected keyword argument 'numLayers'`);
    refused(3, 4, { bias: 1 }, "TypeError", "bias should be of type bool, got: number");
    refused(3, 4, { bias: null }, "TypeError", "bias should be of type bool, got: null");
    const float = "Only Tensors of floating point and complex dtype can require gradients";
    refused(3, 4, { dtype: "int32" }, "RuntimeError", float);
    refused(3, 4, { dtype: "float16" }, "RuntimeError", float);
  });

  it("takes options as an object only", () => {
    for (const type of [nn.RNNCell, nn.GRUCell, nn.LSTMCell]) {
      for (const [given, came] of [
        [true, " such as { bias: true }, got: boolean"],
        [null, ", got: null"],
      ]) {
        const message = `${type.name}.__init__() expected its options as an object${came}`;
        expectError(() => new type(3, 4, wrong(given)), "TypeError", message);
      }
    }
  });

  it("checks the nonlinearity of RNNCell", () => {
    const message = "Unknown nonlinearity: garbage";
    expectError(() => new nn.RNNCell(3, 4, { nonlinearity: wrong("garbage") }), "RuntimeError", message);
    const unexpected = "RNNCell.__init__() got an unexpected keyword argument 'foo'";
    expectError(() => new nn.RNNCell(3, 4, wrong({ nonlinearity: "garbage", foo: 1 })), "TypeError", unexpected);
    for (const type of [nn.GRUCell, nn.LSTMCell]) {
      const other = `${type.name}.__init__() got an unexpected keyword argument 'nonlinearity'`;
      expectError(() => new type(3, 4, wrong({ nonlinearity: "tanh" })), "TypeError", other);
    }
  });
});

describe.each(cellKinds)("forward of $name", ({ name, make: construct }) => {
  const make = () => construct(3, 4);
  const pair = name === "LSTMCell";
  const type = make().constructor.name;
  const G = make().weight_ih.size(0) / 4;
  const states = (h: number[], c = h, dtype: DType = "float32", second: DType = dtype) =>
    pair ? [zeros(h, { dtype }), zeros(c, { dtype: second })] : [zeros(h, { dtype })];
  const refused = (input: number[], given: ReturnType<typeof states> | null, kind: ErrorKind, message: string) =>
    expectError(() => step(make(), zeros(input), given), kind, message);
  const rank = (what: string, n: number) => `${type}: Expected ${what} to be 1D or 2D, got ${n}D instead`;
  const hidden = pair ? "hx[0]" : "hidden";
  const features = "input has inconsistent input_size: got 5 expected 3";
  const batch = (i: number, n: number) => `Input batch size 2 doesn't match hidden${i} batch size ${n}`;
  const width = (i: number, n: number) => `hidden${i} has inconsistent hidden_size: got ${n}, expected 4`;

  it("checks ranks, then features, then batch and width of each state", () => {
    refused([], null, "ValueError", rank("input", 0));
    refused([1, 2, 3], states([1, 1, 1, 4]), "ValueError", rank("input", 3));
    refused([2, 3], states([1, 1, 1, 4]), "ValueError", rank(hidden, 4));
    refused([2, 3], states([]), "ValueError", rank(hidden, 0));
    refused([2, 5], states([1, 2, 4]), "ValueError", rank(hidden, 3));
    refused([2, 5], null, "RuntimeError", features);
    refused([5], null, "RuntimeError", features);
    refused([2, 5], states([3, 4]), "RuntimeError", features);
    refused([2, 3], states([3, 5]), "RuntimeError", batch(0, 3));
    refused([2, 3], states([1, 4]), "RuntimeError", batch(0, 1));
    refused([2, 3], states([2, 5]), "RuntimeError", width(0, 5));
    refused([2, 3], states([4]), "RuntimeError", batch(0, 4));
    refused([3], states([1, 4]), "RuntimeError", width(0, 1));
    // A vector of as many as the batch has no second dimension; PyTorch says it so.
    const outOfRange = "Dimension out of range (expected to be in range of [-1, 0], but got 1)";
    refused([4, 3], states([4]), "IndexError", outOfRange);
    // Here the width is right by chance.
    const unbatched = "For unbatched 1-D input, hx should also be 1-D but got 2-D tensor";
    expectError(() => step(construct(3, 1), zeros([3]), states([1, 1])), "RuntimeError", unbatched);
    if (!pair) return;
    refused([2, 3], states([2, 4], [1, 2, 4]), "ValueError", rank("hx[1]", 3));
    refused([2, 3], states([2, 4], [3, 4]), "RuntimeError", batch(1, 3));
    refused([2, 3], states([2, 4], [2, 5]), "RuntimeError", width(1, 5));
    refused([2, 3], states([2, 5], [3, 4]), "RuntimeError", width(0, 5));
  });

  it("checks dtypes last", () => {
    const mixed = "mat1 and mat2 must have the same dtype, but got Double and Float";
    const double = (shape: number[]) => zeros(shape, { dtype: "float64" });
    expectError(() => step(make(), double([2, 3])), "RuntimeError", mixed);
    expectError(() => step(make(), double([2, 3]), states([2, 4])), "RuntimeError", mixed);
    expectError(() => step(make(), double([2, 3]), states([3, 4])), "RuntimeError", batch(0, 3));
    expectError(() => step(make(), double([2, 5])), "RuntimeError", features);
    refused([2, 3], states([2, 4], [2, 4], "float64"), "RuntimeError", mixed);
    if (pair) refused([2, 3], states([2, 4], [2, 4], "float32", "float64"), "RuntimeError", mixed);
    for (const field of ["weight_hh", "bias_ih", "bias_hh"] as const) {
      const cell = make();
      cell[field] = new nn.Parameter(zeros(cell[field]?.shape ?? [], { dtype: "float64" }));
      expectError(() => step(cell, zeros([2, 3])), "RuntimeError", mixed);
    }
  });

  it("refuses what is no tensor, after the rank of the input", () => {
    for (const [input, came] of [
      [[1, 2, 3], "Array"],
      [undefined, "undefined"],
      [null, "null"],
    ]) {
      expectError(
        () => forwardAnyhow(make(), input),
        "TypeError",
        `${type}: Expected input to be a Tensor, got: ${came}`,
      );
    }
    const [h] = states([2, 4]);
    const given = (hx: unknown, kind: ErrorKind, message: string) => {
      expectError(() => forwardAnyhow(make(), zeros([2, 3]), hx), kind, message);
      expectError(() => forwardAnyhow(make(), zeros([1, 2, 3]), hx), "ValueError", rank("input", 3));
    };
    const tuple = (came: string) => `lstm_cell(): argument 'hx' (position 2) must be tuple of Tensors, not ${came}`;
    const dim = (came: string) => `'${came}' object has no attribute 'dim'`;
    given("h", "TypeError", pair ? tuple("string") : dim("string"));
    given({ h }, "TypeError", pair ? tuple("Object") : dim("Object"));
    if (!pair) return given([h, h], "TypeError", dim("Array"));
    given(h, "TypeError", tuple("Tensor"));
    for (const list of [[], [h], [h, h, h]]) given(list, "RuntimeError", "lstm_cell expects two hidden states");
    given([h, null], "TypeError", "lstm_cell(): expected a Tensor as hx[1], got: null");
    given(new Array(2), "TypeError", "lstm_cell(): expected a Tensor as hx[0], got: undefined");
  });

  it("checks what stands in the place of a weight, in the cell's own order", () => {
    const rows = (name: string) => `${name} first dim must be ${G} * hidden_size = ${4 * G}, but got 2`;
    for (const field of ["weight_ih", "weight_hh"] as const) {
      const cell = make();
      cell[field] = new nn.Parameter(zeros([2, field === "weight_ih" ? 3 : 4]));
      expectError(() => step(cell, zeros([2, 3])), "RuntimeError", rows(field));
      const weightsFirst = type === "RNNCell";
      const statesFirst = type === "GRUCell";
      expectError(() => step(cell, zeros([2, 5])), "RuntimeError", weightsFirst ? rows(field) : features);
      const wide = () => step(cell, zeros([2, 3]), states([2, 5]));
      expectError(wide, "RuntimeError", statesFirst ? width(0, 5) : rows(field));
    }
    const sizes = { weight_ih: [4 * G, 3], weight_hh: [4 * G, 4], bias_ih: [4 * G], bias_hh: [4 * G] };
    for (const [field, came] of [
      ["weight_ih", [4 * G, 5]],
      ["weight_ih", [4 * G]],
      ["weight_ih", []],
      ["weight_hh", [4 * G, 5]],
      ["bias_ih", [5]],
      ["bias_hh", [1]],
      ["bias_hh", [1, 4 * G]],
    ] as const) {
      const cell = make();
      cell[field] = new nn.Parameter(zeros(came));
      const message = `Expected ${field} of size [${sizes[field].join(", ")}], got [${came.join(", ")}]`;
      expectError(() => step(cell, zeros([2, 3])), "RuntimeError", message);
    }
    const native = { "RNNCell tanh": "rnn_tanh", "RNNCell relu": "rnn_relu", GRUCell: "gru", LSTMCell: "lstm" }[name];
    ["weight_ih", "weight_hh", "bias_ih", "bias_hh"].forEach((field, i) => {
      const argument = `${native}_cell(): argument '${field.replace(/eight|ias/, "")}' (position ${i + 3})`;
      const cell = make();
      replace(cell, field);
      expectError(() => step(cell, zeros([2, 3])), "TypeError", `${argument} must be Tensor, not undefined`);
      replace(cell, field, zeros(sizes[field as keyof typeof sizes]));
      const plain = `cannot assign 'Tensor' as parameter '${field}' (torch.nn.Parameter or None expected)`;
      expectError(() => step(cell, zeros([2, 3])), "TypeError", plain);
      replace(cell, field, null);
      if (i >= 2) expect(step(cell, zeros([2, 3]))[0].shape).toEqual([2, 4]);
      else expectError(() => step(cell, zeros([2, 3])), "TypeError", `${argument} must be Tensor, not null`);
    });
  });
});
