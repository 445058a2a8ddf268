/**
 * Every way in which a recurrent layer can be constructed wrongly, with the kind and the sentence of PyTorch 2.13, names
 * of types being JavaScript's; and its one warning. On purpose otherwise than there: booleans are no numbers, and
 * `bidirectional` must be a boolean. Forward: errors.test.ts.
 */

import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type ErrorKind, nn, setWarningHandler, zeros } from "../../../src/index.js";
import { expectError, wrong } from "../../support/recurrent.js";

const layers = [nn.RNN, nn.GRU, nn.LSTM];
const proj = "proj_size argument is only supported for LSTM, not RNN or GRU";
const range = "dropout should be a number in range [0, 1] representing the probability of an element being zeroed";

describe("construction", () => {
  const floating = "float() argument must be a string or a real number, not";
  // In the order in which PyTorch checks: the first of two mistakes is named.
  const rows: [C: unknown, H: unknown, options: object, kind: ErrorKind, message: string][] = [
    [3, 4, { foo: 1, dropout: 5 }, "TypeError", "RNNBase.__init__() got an unexpected keyword argument 'foo'"],
    [
      3,
      4,
      { num_layers: 2 },
      "TypeError",
      "RNNBase.__init__() got an unexpected keyword argument 'num_layers'. Did you mean 'numLayers'?",
    ],
    [3, 4, { dropout: null, bias: 1 }, "TypeError", `${floating} 'null'`],
    [3, 4, { dropout: [] }, "TypeError", `${floating} 'Array'`],
    [3, 4, { dropout: {} }, "TypeError", `${floating} 'Object'`],
    [3, 4, { dropout: Symbol("p") }, "TypeError", `${floating} 'symbol'`],
    [3, 4, { dropout: "x" }, "ValueError", "could not convert string to float: 'x'"],
    [3, 4, { dropout: "0.5x" }, "ValueError", "could not convert string to float: '0.5x'"],
    [3, 4, { dropout: "0.5" }, "ValueError", range],
    [3, 4, { dropout: true }, "ValueError", range],
    [3, 4, { dropout: Number.NaN }, "ValueError", range],
    [3, 4, { dropout: -0.1 }, "ValueError", range],
    [3, 4, { dropout: 1.5, bias: 1 }, "ValueError", range],
    [3, 4, { dropout: zeros([]) }, "ValueError", range],
    [3, 4, { bias: 1, batchFirst: 1 }, "TypeError", "bias should be of type bool, got: number"],
    [3, 4, { bias: null }, "TypeError", "bias should be of type bool, got: null"],
    [0, 4, { batchFirst: "no" }, "TypeError", "batch_first should be of type bool, got: string"],
    ["3", 0, {}, "TypeError", "input_size should be of type int, got: string"],
    [Number.NaN, 4, {}, "TypeError", "input_size should be of type int, got: number"],
    [0, 4.5, {}, "ValueError", "input_size must be greater than zero"],
    [3, undefined, {}, "TypeError", "hidden_size should be of type int, got: undefined"],
    [3, 4.5, { numLayers: 0 }, "TypeError", "hidden_size should be of type int, got: number"],
    [3, 0, { numLayers: 0 }, "ValueError", "hidden_size must be greater than zero"],
    [3, 4, { numLayers: 0, dtype: "int32" }, "ValueError", "num_layers must be greater than zero"],
    [3, 4, { numLayers: -1.5 }, "ValueError", "num_layers must be greater than zero"],
    [3, 4, { numLayers: 1.5 }, "TypeError", "'number' object cannot be interpreted as an integer"],
    [3, 4, { numLayers: "2" }, "TypeError", "'string' object cannot be interpreted as an integer"],
    [3, 4, { numLayers: Symbol("2") }, "TypeError", "'symbol' object cannot be interpreted as an integer"],
    [3, 4, { bidirectional: 1 }, "TypeError", "bidirectional should be of type bool, got: number"],
    [
      3,
      4,
      { dtype: "int32" },
      "RuntimeError",
      "Only Tensors of floating point and complex dtype can require gradients",
    ],
    [
      3,
      4,
      { dtype: "float16" },
      "RuntimeError",
      "Only Tensors of floating point and complex dtype can require gradients",
    ],
    [
      3,
      4,
      wrong(2),
      "TypeError",
      "RNNBase.__init__() expected its options as an object such as { numLayers: 2 }, got: number",
    ],
    [3, 4, wrong(null), "TypeError", "RNNBase.__init__() expected its options as an object, got: null"],
  ];

  it.each(rows)("%o, %o, %o", (C, H, options, kind, message) => {
    for (const type of layers) {
      expectError(() => new type(wrong(C), wrong(H), wrong(options)), kind, message);
    }
    expectError(() => new nn.RNNBase("LSTM", wrong(C), wrong(H), wrong(options)), kind, message);
  });

  it("checks projections", () => {
    const negative = "proj_size should be a positive integer or zero to disable projections";
    const make = (options: object) => () => new nn.LSTM(3, 4, wrong(options));
    expectError(make({ projSize: -1, numLayers: 1.5 }), "ValueError", negative);
    expectError(make({ projSize: -1, numLayers: 0 }), "ValueError", "num_layers must be greater than zero");
    expectError(make({ projSize: 4 }), "ValueError", "proj_size has to be smaller than hidden_size");
    expectError(make({ projSize: 1.5 }), "TypeError", "proj_size should be of type int, got: number");
    for (const projSize of [2, 0]) {
      expectError(() => new nn.GRU(3, 4, wrong({ projSize, dropout: 5 })), "ValueError", proj);
      expectError(() => new nn.RNN(3, 4, wrong({ projSize, nonlinearity: "x" })), "ValueError", proj);
      expectError(() => new nn.RNNBase("RNN_TANH", 3, 4, { projSize }), "ValueError", proj);
    }
  });

  it("checks nonlinearities and modes", () => {
    const message = (name: string) => `Unknown nonlinearity '${name}'. Select from 'tanh' or 'relu'.`;
    const make = (nonlinearity: unknown) => () => new nn.RNN(3, 4, wrong({ nonlinearity, dropout: 5 }));
    expectError(make("x"), "ValueError", message("x"));
    expectError(make(null), "ValueError", message("null"));
    expectError(() => new nn.RNNBase(wrong("FOO"), 3, 4), "ValueError", "Unrecognized RNN mode: FOO");
    expectError(() => new nn.RNNBase(wrong("toString"), 3, 4), "ValueError", "Unrecognized RNN mode: toString");
    expectError(() => new nn.RNNBase(wrong(Symbol("x")), 3, 4), "ValueError", "Unrecognized RNN mode: Symbol(x)");
    expectError(() => new nn.RNNBase(wrong(["LSTM"]), 3, 4), "ValueError", "Unrecognized RNN mode: Array");
    const foreign = wrong({ nonlinearity: "relu" });
    const unexpected = "RNNBase.__init__() got an unexpected keyword argument 'nonlinearity'";
    expectError(() => new nn.GRU(3, 4, foreign), "TypeError", unexpected);
    expectError(() => new nn.LSTM(3, 4, foreign), "TypeError", unexpected);
  });
});

describe("warnings", () => {
  const heard: string[] = [];
  let before: (text: string) => void;
  beforeEach(() => {
    heard.length = 0;
    before = setWarningHandler((text) => heard.push(text));
  });
  afterEach(() => {
    setWarningHandler(before);
  });
  const warning = (p: number) =>
    `elman: dropout option adds dropout after all but last recurrent layer, so non-zero dropout expects num_layers greater than 1, but got dropout=${p} and num_layers=1`;

  it("come once a text", () => {
    for (const type of layers) new type(3, 4, { dropout: 0.5 });
    expect(heard).toEqual([warning(0.5)]);
    new nn.LSTM(3, 4, { dropout: 1 });
    new nn.LSTM(3, 4, { dropout: 0.5 });
    expect(heard).toEqual([warning(0.5), warning(1)]);
    new nn.Recurrent(nn.recurrentCells.mgu, 3, [4], { dropout: 0.25 });
    expect(heard.at(-1)).toBe(warning(0.25));
  });

  it("do not come where dropout is of use, or is zero", () => {
    for (const type of layers) {
      new type(3, 4, { dropout: 0.5, numLayers: 2 });
      new type(3, 4, { dropout: 0 });
    }
    expect(heard).toEqual([]);
  });

  it("come before an error that is found later", () => {
    expectError(
      () => new nn.GRU(3, 4, wrong({ dropout: 0.25, bias: 1 })),
      "TypeError",
      "bias should be of type bool, got: number",
    );
    expect(heard).toEqual([warning(0.25)]);
  });
});
