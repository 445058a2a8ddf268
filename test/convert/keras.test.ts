/** Keras's layers: the values it publishes, its equations step by step, and what has no counterpart. */

import { describe, expect, it } from "vitest";
import {
  fromKerasGRU,
  fromKerasLSTM,
  fromKerasPeepholeLSTM,
  fromKerasSimpleRNN,
  type KerasGRUOptions,
  type KerasList,
  type KerasLSTMOptions,
  type KerasWeights,
} from "../../src/convert/index.js";
import type { Cell } from "../../src/device/index.js";
import { cat, full, manualSeed, nn, randn, type Tensor, tensor, zeros } from "../../src/index.js";
import { fixture, run } from "../support/recurrent.js";
import { refuses } from "../support/refuses.js";
import { expectClose, float32, float64 } from "../support/tolerance.js";

/** As Keras 3's `get_config()` has them. */
const said = { activation: "tanh", recurrentActivation: "sigmoid" };
const lstmOf = (weights: KerasWeights | KerasList, options: Partial<KerasLSTMOptions> = {}) =>
  fromKerasLSTM(weights, { ...said, ...options });
const gruOf = (weights: KerasWeights | KerasList, options: Partial<KerasGRUOptions> = {}) =>
  fromKerasGRU(weights, { ...said, ...options }) as nn.GRU;

/** Weights as tensors. */
interface Weights {
  readonly kernel: Tensor;
  readonly recurrentKernel: Tensor;
  readonly bias?: Tensor | null;
}

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
function kerasLSTM({ kernel, recurrentKernel, bias }: Weights, sequence: number[][]): number[][] {
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
function kerasGRU({ kernel, recurrentKernel, bias }: Weights, sequence: number[][]): number[][] {
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
function drawn(gates: number, biasShape: number[] | null): Weights {
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
    const layer = lstmOf(weights);
    expect(String(layer)).toBe(`LSTM(3, 4${bias ? "" : ", bias=False"}, batch_first=True)`);
    expectClose(outputs(layer, x), padded(sequences.map((one) => kerasLSTM(weights, one))), float64);
  });

  it.each([true, false])("GRU, bias %s", (bias) => {
    const weights = drawn(3, bias ? [2, 12] : null);
    const layer = gruOf(weights, { resetAfter: true });
    expectClose(outputs(layer, x), padded(sequences.map((one) => kerasGRU(weights, one))), float64);
  });

  it("SimpleRNN, of tanh and of relu", () => {
    for (const activation of ["tanh", "relu"]) {
      const weights = drawn(1, [4]);
      const act = activation === "tanh" ? Math.tanh : (z: number) => Math.max(0, z);
      const steps = (sequence: number[][]) => {
        let h = [0, 0, 0, 0];
        return sequence.map((one) => {
          const [xs, hs] = [product(one, rows(weights.kernel)), product(h, rows(weights.recurrentKernel))];
          h = xs.map((z, j) => act(z + hs[j] + ((weights.bias as Tensor).toNested() as number[])[j]));
          return h;
        });
      };
      const layer = fromKerasSimpleRNN(weights, { activation });
      expectClose(run(layer, x).output, padded(sequences.map(steps)), float64);
    }
  });

  it("lists as get_weights() gives them, of arrays and of Bidirectional, and Keras's spelling", () => {
    const [one, other] = [drawn(4, [16]), drawn(4, [16])];
    const list = ({ kernel, recurrentKernel, bias }: Weights) => [kernel, recurrentKernel, bias as Tensor];
    const same = (a: nn.LSTM, b: nn.LSTM) => expectClose(outputs(a, x), outputs(b, x), float64);
    same(lstmOf(list(one)), lstmOf(one));
    same(lstmOf([...list(one), ...list(other)]), lstmOf(one, { backward: other }));
    same(lstmOf(list(one), { backward: list(other) }), lstmOf(one, { backward: other }));
    const { kernel, recurrentKernel: recurrent_kernel } = one;
    same(lstmOf({ kernel, recurrent_kernel }), lstmOf([kernel, recurrent_kernel]));
    const arrays = lstmOf(list(one).map((weight) => weight.toNested()));
    expectClose(outputs(arrays, x.to("float32")), outputs(lstmOf(one), x), float32);
  });

  // Keras's own loader turns a CuDNN layer's weights into a plain one's with numpy: k.T.reshape(k.shape, order="F") of each
  // gate's kernel, k.T of each recurrent one; the biases of input and state are added, or of a GRU stacked.
  it.each([4, 3])("CuDNN layers of %i gates", (gates) => {
    const [C, H] = [3, 4];
    const { kernel, recurrentKernel } = drawn(gates, null);
    const bias = randn([2 * gates * H], { dtype: "float64" });
    const ordered = (k: Tensor) => {
      const flat = (k.t().toNested() as number[][])[0].flatMap((_, c) =>
        (k.t().toNested() as number[][]).map((row) => row[c]),
      );
      return tensor(
        Array.from({ length: C }, (_, c) => Array.from({ length: H }, (_, h) => flat[c + C * h])),
        { dtype: "float64" },
      );
    };
    const plain = {
      kernel: cat(kernel.chunk(gates, 1).map(ordered), 1),
      recurrentKernel: cat(
        recurrentKernel.chunk(gates, 1).map((k) => k.t()),
        1,
      ),
    };
    if (gates === 4) {
      const [a, b] = bias.chunk(2);
      const cudnn = lstmOf({ kernel, recurrentKernel, bias });
      expectClose(outputs(cudnn, x), outputs(lstmOf({ ...plain, bias: a.add(b) }), x), float64);
    } else {
      const cudnn = gruOf({ kernel, recurrentKernel, bias });
      expectClose(outputs(cudnn, x), outputs(gruOf({ ...plain, bias: bias.reshape([2, 12]) }), x), float64);
    }
  });

  it("Bidirectional, and time first", () => {
    const [lstm, lstmBack] = [drawn(4, [16]), drawn(4, [16])];
    const [gru, gruBack] = [drawn(3, [2, 12]), drawn(3, [2, 12])];
    const reversed = (equation: typeof kerasGRU, weights: Weights) => (one: number[][]) =>
      equation(weights, one.toReversed()).toReversed();
    const joined = (a: number[][][], b: number[][][]) =>
      padded(a.map((one, n) => one.map((h, t) => [...h, ...b[n][t]])));
    const both = lstmOf(lstm, { backward: lstmBack, batchFirst: false });
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
      outputs(gruOf(gru, { backward: gruBack }), x),
      joined(
        sequences.map((one) => kerasGRU(gru, one)),
        sequences.map(reversed(kerasGRU, gruBack)),
      ),
      float64,
    );
  });
});

describe("what Keras 3.15 computes, from its get_weights()", () => {
  const { x, cases } = fixture<{ x: number[]; cases: Record<string, { weights: number[][]; output: number[] }> }>(
    "keras.json",
  );
  it.each<[name: string, make: (weights: number[][]) => nn.RNN | nn.LSTM | nn.GRU | nn.Recurrent<Cell<1>>]>([
    ["simple_rnn", (weights) => fromKerasSimpleRNN(weights, { activation: "tanh" })],
    ["simple_rnn_relu", (weights) => fromKerasSimpleRNN(weights, { activation: "relu" })],
    ["lstm", (weights) => lstmOf(weights)],
    ["lstm_no_bias", (weights) => lstmOf(weights)],
    ["gru", (weights) => gruOf(weights)],
    ["bidirectional", (weights) => lstmOf(weights)],
    ["gru_reset_before", (weights) => fromKerasGRU(weights, { ...said, resetAfter: false })],
    ["gru_reset_before_no_bias", (weights) => fromKerasGRU(weights, { ...said, resetAfter: false })],
    ["bidirectional_gru_reset_before", (weights) => fromKerasGRU(weights, { ...said, resetAfter: false })],
  ])("%s", (name, make) => {
    const { weights, output } = cases[name];
    const layer = make(weights);
    const [y] = layer instanceof nn.Recurrent ? layer.forward(tensor(x)) : layer.forward(tensor(x));
    expectClose(y, tensor(output), float32);
    if (name.includes("reset_before")) expect(String(layer)).toMatch(/^Recurrent\(GRU_RESET_BEFORE, 3, 4/);
  });
});

describe("what Keras's LSTM with peepholes computes, inside TensorFlow 2.21", () => {
  const { x, cases } = fixture<{ x: number[]; cases: Record<string, { weights: number[][]; output: number[] }> }>(
    "keras_peephole.json",
  );
  it.each(["peephole", "no_bias", "bidirectional"])("%s", (name) => {
    const { weights, output } = cases[name];
    const layer = fromKerasPeepholeLSTM(weights, said);
    expect(String(layer)).toMatch(/^Recurrent\(PEEPHOLE_LSTM, 3, 4/);
    expectClose(layer.forward(tensor(x))[0], tensor(output), float32);
  });

  it("takes the weights by name, and each direction by itself", () => {
    const { weights, output } = cases.bidirectional;
    const named = (list: readonly number[][]) => {
      const [kernel, recurrentKernel, bias, ...peepholes] = list;
      return { kernel, recurrentKernel, bias, peepholes };
    };
    const [forward, backward] = [named(weights.slice(0, 6)), named(weights.slice(6))];
    const layer = fromKerasPeepholeLSTM(forward, { ...said, backward, batchFirst: false });
    expectClose(layer.forward(tensor(x).transpose(0, 1))[0].transpose(0, 1), tensor(output), float32);
    expect(String(layer)).toBe("Recurrent(PEEPHOLE_LSTM, 3, 4, bidirectional=True)");
  });

  const { weights } = cases.peephole;
  const [kernel, recurrentKernel, bias, ...peepholes] = weights;
  const named = { kernel, recurrentKernel, bias, peepholes };
  const of = (given: unknown, options = said) => fromKerasPeepholeLSTM(given as KerasList, options);
  refuses([
    [
      () => of(weights.slice(1, 4)),
      "fromKerasPeepholeLSTM() expected 5 or 6 weights, or of two directions 10 or 12, got: 3",
    ],
    [() => of(Array(11).fill(kernel)), "expected 5 or 6 weights, or of two directions 10 or 12, got: 11"],
    [
      () => of({ kernel, recurrentKernel, bias }),
      "fromKerasPeepholeLSTM() expected peepholes as a list of 3, of the gates i, f and o, got: undefined",
    ],
    [() => of({ ...named, peepholes: peepholes.slice(1) }), "expected peepholes as a list of 3"],
    [() => of({ ...named, peepholes: [bias, bias, bias] }), "expected peepholes[0] of shape [4], got: [16]"],
    [
      () => of({ ...named, peepholes: peepholes.map((one) => tensor(one, { dtype: "float64" })) }),
      "expected peepholes[0] as float32 like kernel, got: float64",
    ],
    [() => of(null), "expected { kernel, recurrentKernel, bias, peepholes }, got: null"],
    [() => of({ ...named, peephole: 1 }), "got an unexpected keyword argument 'peephole'"],
    [
      () => of(weights, { ...said, recurrentActivation: "hard_sigmoid" }),
      'expected { recurrentActivation: "sigmoid" }',
    ],
    [() => of([...weights, ...weights], { ...said, backward: weights } as never), "got: 12 beside backward"],
    [() => fromKerasLSTM(weights, said), "fromKerasLSTM() expected recurrentKernel of shape"],
  ]);
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
    ["keras-lstm-correctness", () => lstmOf({ ...constants(4), bias: tensor([dull, one, dull, dull]).flatten() })],
    ["keras-lstm-no-unit-forget-bias", () => lstmOf({ ...constants(4), bias: full([12], 0.03) })],
    ["keras-lstm-no-bias", () => lstmOf({ ...constants(4), bias: null })],
    ["keras-gru-correctness", () => gruOf({ ...constants(3), bias: full([2, 9], 0.03) })],
    ["keras-gru-no-bias", () => gruOf(constants(3), { resetAfter: true })],
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
  const known = { activation: "tanh" };
  refuses([
    [
      () => fromKerasLSTM(lstm, known as never),
      'fromKerasLSTM() cannot see recurrentActivation in weights: say { recurrentActivation: "sigmoid" } if layer.get_config() has that',
    ],
    [() => fromKerasGRU(gru, {} as never), "fromKerasGRU() cannot see activation in weights"],
    [() => fromKerasLSTM(lstm, undefined as never), "fromKerasLSTM() cannot see activation in weights"],
    [() => fromKerasSimpleRNN(lstm, {} as never), 'say { activation: "tanh" } or { activation: "relu" } if'],
    [
      () => lstmOf(lstm, { recurrentActivation: "hard_sigmoid" }),
      'expected { recurrentActivation: "sigmoid" }: PyTorch\'s layer has no other, got: hard_sigmoid',
    ],
    [
      () => gruOf(gru, { activation: "relu" }),
      'expected { activation: "tanh" }: PyTorch\'s layer has no other, got: relu',
    ],
    [() => fromKerasSimpleRNN(lstm, { activation: "linear" }), "got: linear"],
    [() => fromKerasSimpleRNN(lstm, said as never), "got an unexpected keyword argument 'recurrentActivation'"],
    [
      () => fromKerasSimpleRNN(lstm, known),
      "fromKerasSimpleRNN() expected recurrentKernel of shape [4, 4], got: [4, 16]",
    ],
    [() => lstmOf([]), "expected 2 or 3 weights, or of two directions 4 or 6, got: 0"],
    [() => lstmOf(Array(5).fill(kernel)), "or of two directions 4 or 6, got: 5"],
    [() => lstmOf(Array(8).fill(kernel)), "or of two directions 4 or 6, got: 8"],
    [() => lstmOf(Array(6).fill(kernel), { backward: lstm }), "or of two directions 4 or 6, got: 6"],
    [() => lstmOf(lstm, { backward: Array(6).fill(kernel) }), "or of two directions 4 or 6, got: 6"],
    [() => lstmOf([[["a"]] as never, kernel]), "tensor() expected"],
    [
      () => gruOf({ kernel, recurrentKernel, bias: blank([12]) }),
      "fromKerasGRU() expected { resetAfter: false }, which gives an nn.Recurrent, beside a bias of shape [12], as reset_after=False has it",
    ],
    [() => gruOf(gru, { resetAfter: false }), "fromKerasGRU() expected bias of shape [12], got: [2, 12]"],
    [
      () => gruOf({ ...gru, bias: blank([24]) }, { resetAfter: false }),
      "fromKerasGRU() expected bias of shape [12], got: [24]",
    ],
    [
      () => gruOf({ ...gru, bias: blank([12]) }, { resetAfter: true }),
      "fromKerasGRU() expected bias of shape [2, 12], got: [12]",
    ],
    [() => gruOf(gru, { resetAfter: "x" as never }), "fromKerasGRU() expected resetAfter as a boolean, got: string"],
    [() => gruOf(gru, { resetAfter: null as never }), "expected resetAfter as a boolean, got: null"],
    [() => gruOf(gru, { batchFirst: null as never }), "batch_first should be of type bool, got: null"],
    [() => lstmOf(lstm, { batchFirst: null as never }), "batch_first should be of type bool, got: null"],
    [() => lstmOf(lstm, { batchFirst: 1 as never }), "batch_first should be of type bool, got: number"],
    [() => lstmOf(lstm, { backward: null as never }), "expected { kernel, recurrentKernel, bias }, got: null"],
    [
      () => lstmOf({ ...lstm, bias: 0 as never }),
      "expected bias to be a float Tensor, or arrays of numbers, got: number",
    ],
    [
      () => gruOf({ kernel, recurrentKernel }),
      "cannot see reset_after in a GRU without bias: say { resetAfter: true } or false",
    ],
    [() => gruOf({ ...gru, bias: blank([2, 13]) }), "fromKerasGRU() expected bias of shape [2, 12], got: [2, 13]"],
    [() => gruOf(lstm), "fromKerasGRU() expected recurrentKernel of shape [4, 12], got: [4, 16]"],
    [
      () => lstmOf({ ...lstm, kernel: blank([16, 3]) }),
      "fromKerasLSTM() expected kernel of shape [16, 16], got: [16, 3]",
    ],
    [() => lstmOf({ ...lstm, kernel: blank([]) }), "fromKerasLSTM() expected kernel of shape [1, 16], got: []"],
    [() => lstmOf({ ...lstm, recurrentKernel: blank([]) }), "expected recurrentKernel of shape [1, 4], got: []"],
    [() => lstmOf({ ...lstm, bias: blank([2, 16]) }), "fromKerasLSTM() expected bias of shape [16], got: [2, 16]"],
    [
      () => lstmOf({ ...lstm, bias: zeros([16]) }),
      "fromKerasLSTM() expected bias as float64 like kernel, got: float32",
    ],
    [
      () => lstmOf({ ...lstm, kernel: {} as never }),
      "expected kernel to be a float Tensor, or arrays of numbers, got: Object",
    ],
    [() => lstmOf({ ...lstm, kernel: [1] }), "expected recurrentKernel as float32 like kernel, got: float64"],
    [
      () => lstmOf({ ...lstm, kernel: zeros([3, 16], { dtype: "int32" }) }),
      "kernel to be a float Tensor, or arrays of numbers, got: int32",
    ],
    [() => lstmOf([kernel]), "expected 2 or 3 weights, or of two directions 4 or 6, got: 1"],
    [() => lstmOf({ kernel }), "expected recurrentKernel to be a float Tensor, or arrays of numbers, got: undefined"],
    [() => lstmOf({ ...lstm, biases: zeros([16]) } as never), "got an unexpected keyword argument 'biases'"],
    [() => lstmOf(null as never), "expected { kernel, recurrentKernel, bias }, got: null"],
    [() => lstmOf(lstm, { resetAfter: true } as never), "got an unexpected keyword argument 'resetAfter'"],
    [
      () => lstmOf(lstm, { backward: drawn(4, null) }),
      "expected backward with float64 kernel [3, 16], recurrentKernel [4, 16], with bias, got: float64 kernel [3, 16], recurrentKernel [4, 16], without bias",
    ],
    [() => lstmOf(lstm, { backward: { ...lstm, kernel: blank([2, 16]) } }), "got: float64 kernel [2, 16]"],
  ]);
});
