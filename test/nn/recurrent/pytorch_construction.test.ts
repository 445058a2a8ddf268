/**
 * PyTorch's own tests of construction, shapes and errors, by their names there.
 * https://github.com/pytorch/pytorch/blob/v2.13.0/test/test_nn.py and torch/testing/_internal/common_modules.py
 * Not ported: test_RNN_nonlinearity_passed_as_arg (options are named here), the checks of devices (there is one).
 */

import { describe, expect, it } from "vitest";
import { type ErrorKind, nn, ones, randn, type Tensor, zeros } from "../../../src/index.js";
import {
  type CellKind,
  cellKinds,
  expectError,
  type Layer,
  layerKinds,
  run,
  step,
  wrong,
} from "../../support/recurrent.js";
import { expectClose, float32 } from "../../support/tolerance.js";

const layers = { RNN: nn.RNN, GRU: nn.GRU, LSTM: nn.LSTM };
const names = ["RNN", "GRU", "LSTM"] as const;

describe("test_nn.py: layers", () => {
  it("test_RNN_nonlinearity", () => {
    expect(new nn.RNN(1, 10).nonlinearity).toBe("tanh");
    expect(new nn.RNN(1, 10, { nonlinearity: "relu" }).nonlinearity).toBe("relu");
    expectError(
      () => new nn.RNN(1, 10, { nonlinearity: wrong("garbage") }),
      "ValueError",
      "Unknown nonlinearity 'garbage'. Select from 'tanh' or 'relu'.",
    );
  });

  /** Shapes of the input and of each state, which one mutation each makes wrong. */
  function checkShapes(layer: Layer, mutations: [input: number[], states: number[][], message: string][]): void {
    for (const [input, states, message] of mutations) {
      const body = () => run(layer, zeros(input), states.length === 0 ? null : states.map((shape) => zeros(shape)));
      expectError(body, "RuntimeError", message);
    }
  }

  it.each(names)("test_rnn_args_check: %s", (name) => {
    const [I, H, L, N, T, bad] = [3, 5, 2, 4, 6, 7];
    for (const bidirectional of [false, true]) {
      const S = bidirectional ? 2 * L : L;
      const layer = new layers[name](I, H, { numLayers: L, bidirectional });
      const right = [S, N, H];
      const count = name === "LSTM" ? 2 : 1;
      const label = (i: number) => (name === "LSTM" ? `hidden[${i}]` : "hidden");
      const all = Array.from({ length: count }, () => right);
      expect(
        run(
          layer,
          zeros([T, N, I]),
          all.map((shape) => zeros(shape)),
        ).output.shape,
      ).toEqual([T, N, (S / L) * H]);
      checkShapes(layer, [
        [[T, bad, I], all, `Expected ${label(0)} size (${S}, ${bad}, ${H}), got [${S}, ${N}, ${H}]`],
        [[T, N, bad], all, `input.size(-1) must be equal to input_size. Expected ${I}, got ${bad}`],
      ]);
      for (let i = 0; i < count; i++) {
        const mutated = (shape: number[]) => all.with(i, shape);
        const text = (shape: number[]) => `Expected ${label(i)} size (${S}, ${N}, ${H}), got [${shape.join(", ")}]`;
        const shapes = [
          [S, bad, H],
          [S, N, bad],
          [bad, N, H],
        ];
        checkShapes(
          layer,
          shapes.map((shape) => [[T, N, I], mutated(shape), text(shape)]),
        );
      }
    }
  });

  it("test_projections_lstm_args_check", () => {
    const [I, H, P, L, N, T, bad] = [3, 5, 2, 2, 4, 6, 7];
    for (const bidirectional of [false, true]) {
      const S = bidirectional ? 2 * L : L;
      const layer = new nn.LSTM(I, H, { numLayers: L, bidirectional, projSize: P });
      const [h, c] = [
        [S, N, P],
        [S, N, H],
      ];
      const h0 = (shape: number[]) => `Expected hidden[0] size (${S}, ${N}, ${P}), got [${shape.join(", ")}]`;
      const c0 = (shape: number[]) => `Expected hidden[1] size (${S}, ${N}, ${H}), got [${shape.join(", ")}]`;
      const right = run(layer, zeros([T, N, I]), [zeros(h), zeros(c)]);
      expect([right.output.shape, ...right.states.map((state) => state.shape)]).toEqual([[T, N, (S / L) * P], h, c]);
      checkShapes(layer, [
        [[T, bad, I], [h, c], `Expected hidden[0] size (${S}, ${bad}, ${P}), got [${S}, ${N}, ${P}]`],
        [[T, N, bad], [h, c], `input.size(-1) must be equal to input_size. Expected ${I}, got ${bad}`],
        ...[
          [S, bad, P],
          [S, N, bad],
          [bad, N, P],
          [S, N, H],
          [H, N, P],
        ].map((shape): [number[], number[][], string] => [[T, N, I], [shape, c], h0(shape)]),
        ...[
          [S, bad, H],
          [S, N, bad],
          [bad, N, H],
          [S, N, P],
        ].map((shape): [number[], number[][], string] => [[T, N, I], [h, shape], c0(shape)]),
      ]);
    }
  });

  it("test_projections_errors_on_gru_and_rnn", () => {
    const message = "proj_size argument is only supported for LSTM, not RNN or GRU";
    for (const projSize of [2, 0, undefined]) {
      const options = wrong({ projSize });
      expectError(() => new nn.RNN(30, 20, options), "ValueError", message);
      expectError(() => new nn.GRU(30, 20, options), "ValueError", message);
      expectError(() => new nn.RNNBase("GRU", 30, 20, options), "ValueError", message);
    }
  });

  /** A forward without states beside one from zeros. */
  function expectZerosByDefault(layer: Layer, shapes: number[][]): void {
    const input = randn([10, 32, 30]);
    const without = run(layer, input);
    const given = run(
      layer,
      input,
      shapes.map((shape) => zeros(shape)),
    );
    expect(without.output.toArray()).toEqual(given.output.toArray());
    expect(without.states.map((state) => state.toArray())).toEqual(given.states.map((state) => state.toArray()));
    expect(without.states.map((state) => state.shape)).toEqual(shapes);
  }

  it.each(names)("test_rnn_initial_hidden_state: %s", (name) => {
    const shape = [2, 32, 20];
    expectZerosByDefault(new layers[name](30, 20, { numLayers: 2 }), name === "LSTM" ? [shape, shape] : [shape]);
  });

  it.each([false, true])("test_projections_lstm_initial_hidden_state: bidirectional %s", (bidirectional) => {
    const S = bidirectional ? 4 : 2;
    const layer = new nn.LSTM(30, 20, { numLayers: 2, bidirectional, projSize: 10 });
    expectZerosByDefault(layer, [
      [S, 32, 10],
      [S, 32, 20],
    ]);
  });

  it.each(names)("test_error_RNN_seq_len_zero: %s", (name) => {
    for (const bidirectional of [false, true]) {
      const layer = new layers[name](5, 6, { bidirectional });
      const message = "Expected sequence length to be larger than 0 in RNN";
      for (const shape of [
        [0, 10, 5],
        [0, 0, 5],
        [0, 5],
      ]) {
        expectError(() => run(layer, zeros(shape)), "RuntimeError", message);
      }
    }
  });

  it.each(layerKinds)("test_RNN_input_size_zero: $name", ({ make, P }) => {
    const layer = make(3, 4);
    const { output, states } = run(layer, zeros([5, 0, 3]));
    expect(output.shape).toEqual([5, 0, P || 4]);
    expect(states[0].shape).toEqual([1, 0, P || 4]);
    output.sum().backward();
    for (const parameter of layer.parameters()) {
      expect(parameter.grad?.toArray()).toEqual(new Float32Array(parameter.numel()));
    }
  });
});

describe("test_nn.py: cells", () => {
  const width = 20;
  const hx = (kind: CellKind, ...shapes: number[][]): Tensor[] =>
    Array.from({ length: kind.name === "LSTMCell" ? 2 : 1 }, (_, i) => randn(shapes[i] ?? shapes[0]));

  it.each(cellKinds)("test_RNN_cell, test_LSTM_cell: $name", (kind) => {
    for (const bias of [true, false]) {
      const cell = kind.make(10, width, { bias });
      expect(cell.parameters().length).toBe(bias ? 4 : 2);
      const input = randn([3, 10]);
      let states = hx(kind, [3, width]);
      for (let i = 0; i < 6; i++) states = step(cell, input, states);
      expect(states[0].shape).toEqual([3, width]);
      states[0].sum().backward();
      for (const parameter of cell.parameters()) expect(parameter.grad?.abs().sum().item()).toBeGreaterThan(0);
    }
  });

  it.each(cellKinds)("test_RNN_cell_forward_input_size, test_LSTM_cell_forward_input_size: $name", (kind) => {
    const cell = kind.make(10, width);
    const message = "input has inconsistent input_size: got 11 expected 10";
    expectError(() => step(cell, randn([3, 11]), hx(kind, [3, width])), "RuntimeError", message);
    expectError(() => step(cell, randn([3, 11])), "RuntimeError", message);
  });

  it.each(cellKinds)("test_RNN_cell_forward_hidden_size, test_LSTM_cell_forward_hidden_size: $name", (kind) => {
    const cell = kind.make(10, width);
    const message = (i: number) => `hidden${i} has inconsistent hidden_size: got 21, expected 20`;
    expectError(() => step(cell, randn([3, 10]), hx(kind, [3, 21], [3, 20])), "RuntimeError", message(0));
    if (kind.name !== "LSTMCell") return;
    expectError(() => step(cell, randn([3, 10]), hx(kind, [3, 20], [3, 21])), "RuntimeError", message(1));
  });

  it.each(cellKinds)("test_RNN_cell_forward_zero_hidden_size: $name", (kind) => {
    const cell = kind.make(10, 0);
    for (const states of [hx(kind, [3, 0]), null]) {
      expect(step(cell, randn([3, 10]), states).map((state) => state.shape)).toEqual(
        hx(kind, [3, 0]).map((x) => x.shape),
      );
    }
  });

  it.each(cellKinds)("test_RNN_cell_no_broadcasting: $name", (kind) => {
    const cell = kind.make(10, width);
    const right = [3, width];
    const refused = (input: number[], states: number[][], message: string) =>
      expectError(() => step(cell, randn(input), hx(kind, ...states)), "RuntimeError", message);
    const batch = (n: number, i: number, other: number) =>
      `Input batch size ${n} doesn't match hidden${i} batch size ${other}`;
    refused([3, 10], [[1, width], right], batch(3, 0, 1));
    refused([1, 10], [right, right], batch(1, 0, 3));
    refused([3, 10], [[3, 1], right], "hidden0 has inconsistent hidden_size: got 1, expected 20");
    refused([3, 1], [right, right], "input has inconsistent input_size: got 1 expected 10");
    if (kind.name !== "LSTMCell") return;
    refused([3, 10], [right, [1, width]], batch(3, 1, 1));
    refused([3, 10], [right, [3, 1]], "hidden1 has inconsistent hidden_size: got 1, expected 20");
  });
});

describe("common_modules.py: errors", () => {
  const construction: [name: string, sizes: unknown[], options: object, kind: ErrorKind, message: string][] = [
    ["hidden_size 0", [10, 0], {}, "ValueError", "hidden_size must be greater than zero"],
    ["num_layers 0", [10, 10], { numLayers: 0 }, "ValueError", "num_layers must be greater than zero"],
    ["bias 0", [10, 10], { bias: 0 }, "TypeError", "bias should be of type bool, got: number"],
    ["bias 1", [10, 10], { bias: 1 }, "TypeError", "bias should be of type bool, got: number"],
    ['bias "True"', [10, 10], { bias: "True" }, "TypeError", "bias should be of type bool, got: string"],
    ["batch_first 0", [10, 10], { batchFirst: 0 }, "TypeError", "batch_first should be of type bool, got: number"],
    ["batch_first 1", [10, 10], { batchFirst: 1 }, "TypeError", "batch_first should be of type bool, got: number"],
    [
      'batch_first "False"',
      [10, 10],
      { batchFirst: "False" },
      "TypeError",
      "batch_first should be of type bool, got: string",
    ],
    ["input_size 3.5", [3.5, 10], {}, "TypeError", "input_size should be of type int, got: number"],
    ['input_size "10"', ["10", 10], {}, "TypeError", "input_size should be of type int, got: string"],
    ["input_size 0", [0, 10], {}, "ValueError", "input_size must be greater than zero"],
    ["input_size -1", [-1, 10], {}, "ValueError", "input_size must be greater than zero"],
    ["hidden_size 5.5", [10, 5.5], {}, "TypeError", "hidden_size should be of type int, got: number"],
  ];

  it.each(construction)("module_error_inputs_torch_nn_RNN_GRU: %s", (_, [C, H], options, kind, message) => {
    for (const { make } of layerKinds) expectError(() => make(wrong(C), wrong(H), wrong(options)), kind, message);
  });

  it.each(layerKinds)("module_error_inputs_torch_nn_RNN_GRU: $name, dtype mismatch", ({ make }) => {
    const came = ["torch.float64", "torch.float32"];
    for (const [layerType, inputType, [own, other]] of [
      ["float32", "float64", came.toReversed()],
      ["float64", "float32", came],
    ] as const) {
      expectError(
        () => run(make(10, 10, { dtype: layerType }), randn([3, 5, 10], { dtype: inputType })),
        "ValueError",
        `RNN input dtype (${other}) does not match weight dtype (${own}). Convert input: input.to(${own}), or convert model: model.to(${other})`,
      );
    }
  });

  it.each(cellKinds)("module_error_inputs_torch_nn_RNN_GRU_Cell, …_LSTMCell: $name", ({ name, make }) => {
    const states = (...shape: number[]) => (name === "LSTMCell" ? [ones(shape), ones(shape)] : [ones(shape)]);
    const cell = make(10, 20);
    const type = cell.constructor.name;
    const label = name === "LSTMCell" ? "hx[0]" : "hidden";
    const rows: [input: number[], states: Tensor[], kind: ErrorKind, message: string][] = [
      [[3, 11], states(3, 20), "RuntimeError", "input has inconsistent input_size: got 11 expected 10"],
      [[3, 10], states(3, 21), "RuntimeError", "hidden0 has inconsistent hidden_size: got 21, expected 20"],
      [[3, 10], states(5, 20), "RuntimeError", "Input batch size 3 doesn't match hidden0 batch size 5"],
      [[3, 10], states(3, 1, 1, 20), "ValueError", `${type}: Expected ${label} to be 1D or 2D, got 4D instead`],
    ];
    for (const [input, given, kind, message] of rows) expectError(() => step(cell, ones(input), given), kind, message);
    expectClose(step(cell, ones([3, 10]), states(3, 20))[0].mean(0), step(cell, ones([10]), states(20))[0], float32);
  });
});
