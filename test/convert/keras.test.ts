/** Keras's layers: the values it publishes, its equations step by step, and what has no counterpart. */

import { describe, expect, it } from "vitest";
import { fromKerasGRU, fromKerasLSTM, type KerasWeights } from "../../src/convert/index.js";
import { full, manualSeed, type nn, randn, type Tensor, tensor, zeros } from "../../src/index.js";
import { fixture, run } from "../support/recurrent.js";
import { refuses } from "../support/refuses.js";
import { expectClose, float64 } from "../support/tolerance.js";

/** A matrix as rows. */
const rows = (x: Tensor): number[][] => x.toNested() as number[][];
const sigmoid = (x: number): number => 1 / (1 + Math.exp(-x));
/** `vector @ matrix` */
const product = (vector: number[], matrix: number[][]): number[] =>
  matrix[0].map((_, j) => vector.reduce((sum, x, i) => sum + x * matrix[i][j], 0));
/** Four or three parts of H. */
const parts = (z: number[], H: number): number[][] =>
  Array.from({ length: z.length / H }, (_, k) => z.slice(k * H, (k + 1) * H));

/** keras/src/layers/rnn/lstm.py, LSTMCell.call: the hidden states of one sequence. */
function kerasLSTM({ kernel, recurrentKernel, bias }: KerasWeights, sequence: number[][]): number[][] {
  const H = recurrentKernel.size(0);
  const offset = bias ? (bias.toNested() as number[]) : Array<number>(4 * H).fill(0);
  let h = Array<number>(H).fill(0);
  let c = h;
  return sequence.map((x) => {
    const [xs, hs] = [product(x, rows(kernel)), product(h, rows(recurrentKernel))];
    const [z0, z1, z2, z3] = parts(
      xs.map((z, j) => z + hs[j] + offset[j]),
      H,
    );
    c = c.map((old, j) => sigmoid(z1[j]) * old + sigmoid(z0[j]) * Math.tanh(z2[j]));
    h = c.map((cell, j) => sigmoid(z3[j]) * Math.tanh(cell));
    return h;
  });
}

/** keras/src/layers/rnn/gru.py, GRUCell.call with reset_after. */
function kerasGRU({ kernel, recurrentKernel, bias }: KerasWeights, sequence: number[][]): number[][] {
  const H = recurrentKernel.size(0);
  const [inner, outer] = bias ? rows(bias) : Array<number[]>(2).fill(Array<number>(3 * H).fill(0));
  let h = Array<number>(H).fill(0);
  return sequence.map((x) => {
    const [xz, xr, xh] = parts(
      product(x, rows(kernel)).map((z, j) => z + inner[j]),
      H,
    );
    const [hz, hr, hh] = parts(
      product(h, rows(recurrentKernel)).map((z, j) => z + outer[j]),
      H,
    );
    h = h.map((old, j) => {
      const [z, r] = [sigmoid(xz[j] + hz[j]), sigmoid(xr[j] + hr[j])];
      return z * old + (1 - z) * Math.tanh(xh[j] + r * hh[j]);
    });
    return h;
  });
}

/** Weights of C = 3 and H = 4 without pattern. */
function drawn(gates: number, biasShape: number[] | null): KerasWeights {
  const draw = (shape: number[]) => randn(shape, { dtype: "float64" });
  const both = { kernel: draw([3, gates * 4]), recurrentKernel: draw([4, gates * 4]) };
  return biasShape === null ? both : { ...both, bias: draw(biasShape) };
}

const outputs = (layer: nn.LSTM | nn.GRU, x: Tensor): Tensor => run(layer, x).output;

describe("its equations", () => {
  manualSeed(5);
  const x = randn([2, 6, 3], { dtype: "float64" });
  const sequences = x.unbind(0).map(rows);
  const padded = (all: number[][][]) => tensor(all, { dtype: "float64" });

  it.each([true, false])("LSTM, bias %s", (bias) => {
    const weights = drawn(4, bias ? [16] : null);
    const layer = fromKerasLSTM(weights);
    expect(String(layer)).toBe(`LSTM(3, 4${bias ? "" : ", bias=False"}, batch_first=True)`);
    expectClose(outputs(layer, x), padded(sequences.map((one) => kerasLSTM(weights, one))), float64);
  });

  it.each([true, false])("GRU, bias %s", (bias) => {
    const weights = drawn(3, bias ? [2, 12] : null);
    const layer = fromKerasGRU(weights, { resetAfter: true });
    expectClose(outputs(layer, x), padded(sequences.map((one) => kerasGRU(weights, one))), float64);
  });

  it("Bidirectional, and time first", () => {
    const [lstm, lstmBack] = [drawn(4, [16]), drawn(4, [16])];
    const [gru, gruBack] = [drawn(3, [2, 12]), drawn(3, [2, 12])];
    const reversed = (equation: typeof kerasGRU, weights: KerasWeights) => (one: number[][]) =>
      equation(weights, one.toReversed()).toReversed();
    const joined = (a: number[][][], b: number[][][]) =>
      padded(a.map((one, n) => one.map((h, t) => [...h, ...b[n][t]])));
    const both = fromKerasLSTM(lstm, { backward: lstmBack, batchFirst: false });
    expect(String(both)).toBe("LSTM(3, 4, bidirectional=True)");
    expectClose(
      outputs(both, x.transpose(0, 1)).transpose(0, 1),
      joined(
        sequences.map((one) => kerasLSTM(lstm, one)),
        sequences.map(reversed(kerasLSTM, lstmBack)),
      ),
      float64,
    );
    expectClose(
      outputs(fromKerasGRU(gru, { backward: gruBack }), x),
      joined(
        sequences.map((one) => kerasGRU(gru, one)),
        sequences.map(reversed(kerasGRU, gruBack)),
      ),
      float64,
    );
  });
});

describe("the values it publishes", () => {
  interface Published {
    name: string;
    input: number[][][];
    expected: number[][];
    tol: number;
  }
  const published = fixture<Published[]>("numeric_cases.json");
  /** The constants of keras/src/layers/rnn/lstm_test.py and gru_test.py: units 3, features 4. */
  const constants = (gates: number) => ({
    kernel: full([4, gates * 3], 0.01),
    recurrentKernel: full([3, gates * 3], 0.02),
  });
  const [dull, one] = [full([3], 0.03).toNested(), full([3], 1).toNested()] as number[][];
  const layers: [string, () => nn.LSTM | nn.GRU][] = [
    [
      "keras-lstm-correctness",
      () => fromKerasLSTM({ ...constants(4), bias: tensor([dull, one, dull, dull]).flatten() }),
    ],
    ["keras-lstm-no-unit-forget-bias", () => fromKerasLSTM({ ...constants(4), bias: full([12], 0.03) })],
    ["keras-lstm-no-bias", () => fromKerasLSTM({ ...constants(4), bias: null })],
    ["keras-gru-correctness", () => fromKerasGRU({ ...constants(3), bias: full([2, 9], 0.03) })],
    ["keras-gru-no-bias", () => fromKerasGRU(constants(3), { resetAfter: true })],
  ];

  it.each(layers)("%s", (name, make) => {
    const { input, expected, tol } = published.find((one) => one.name === name) as Published;
    const last = outputs(make(), tensor(input)).select(1, -1);
    expectClose(last, tensor(expected), { absolute: tol, relative: 0 });
  });
});

describe("what it refuses", () => {
  const blank = (shape: number[]) => zeros(shape, { dtype: "float64" });
  const lstm = drawn(4, [16]);
  const gru = drawn(3, [2, 12]);
  const { kernel, recurrentKernel } = gru;
  refuses([
    [
      () => fromKerasGRU({ kernel, recurrentKernel, bias: blank([12]) }),
      "fromKerasGRU() expected a GRU with reset_after=True",
    ],
    [() => fromKerasGRU(gru, { resetAfter: false }), "fromKerasGRU() expected a GRU with reset_after=True"],
    [
      () => fromKerasGRU(gru, { resetAfter: "x" as never }),
      "fromKerasGRU() expected resetAfter as a boolean, got: string",
    ],
    [() => fromKerasGRU(gru, { resetAfter: null as never }), "expected resetAfter as a boolean, got: null"],
    [() => fromKerasGRU(gru, { batchFirst: null as never }), "batch_first should be of type bool, got: null"],
    [() => fromKerasLSTM(lstm, { batchFirst: null as never }), "batch_first should be of type bool, got: null"],
    [() => fromKerasLSTM(lstm, { batchFirst: 1 as never }), "batch_first should be of type bool, got: number"],
    [() => fromKerasLSTM(lstm, { backward: null as never }), "expected { kernel, recurrentKernel, bias }, got: null"],
    [() => fromKerasLSTM({ ...lstm, bias: 0 as never }), "expected bias to be a float Tensor, got: number"],
    [
      () => fromKerasGRU({ kernel, recurrentKernel }),
      "cannot see reset_after in a GRU without bias: say { resetAfter: true }",
    ],
    [
      () => fromKerasGRU({ ...gru, bias: blank([2, 13]) }),
      "fromKerasGRU() expected bias of shape [2, 12], got: [2, 13]",
    ],
    [() => fromKerasGRU(lstm), "fromKerasGRU() expected recurrentKernel of shape [4, 12], got: [4, 16]"],
    [
      () => fromKerasLSTM({ ...lstm, kernel: blank([16, 3]) }),
      "fromKerasLSTM() expected kernel of shape [16, 16], got: [16, 3]",
    ],
    [() => fromKerasLSTM({ ...lstm, kernel: blank([]) }), "fromKerasLSTM() expected kernel of shape [1, 16], got: []"],
    [() => fromKerasLSTM({ ...lstm, recurrentKernel: blank([]) }), "expected recurrentKernel of shape [1, 4], got: []"],
    [
      () => fromKerasLSTM({ ...lstm, bias: blank([2, 16]) }),
      "fromKerasLSTM() expected bias of shape [16], got: [2, 16]",
    ],
    [
      () => fromKerasLSTM({ ...lstm, bias: zeros([16]) }),
      "fromKerasLSTM() expected bias as float64 like kernel, got: float32",
    ],
    [() => fromKerasLSTM({ ...lstm, kernel: [1] as never }), "expected kernel to be a float Tensor, got: Array"],
    [
      () => fromKerasLSTM({ ...lstm, kernel: zeros([3, 16], { dtype: "int32" }) }),
      "kernel to be a float Tensor, got: int32",
    ],
    [() => fromKerasLSTM([kernel] as never), "expected kernel to be a float Tensor, got: undefined"],
    [() => fromKerasLSTM({ ...lstm, biases: zeros([16]) } as never), "got an unexpected keyword argument 'biases'"],
    [() => fromKerasLSTM(null as never), "expected { kernel, recurrentKernel, bias }, got: null"],
    [() => fromKerasLSTM(lstm, { resetAfter: true } as never), "got an unexpected keyword argument 'resetAfter'"],
    [
      () => fromKerasLSTM(lstm, { backward: drawn(4, null) }),
      "expected backward with float64 kernel [3, 16], recurrentKernel [4, 16], with bias, got: float64 kernel [3, 16], recurrentKernel [4, 16], without bias",
    ],
    [() => fromKerasLSTM(lstm, { backward: { ...lstm, kernel: blank([2, 16]) } }), "got: float64 kernel [2, 16]"],
  ]);
});
