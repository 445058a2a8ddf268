/** `Recurrent`: PyTorch's layers made of their records, every cell in every form, and cells that are modules. */

import { describe, expect, it } from "vitest";
import { cat, manualSeed, nn, randn, type Tensor, zeros } from "../../../src/index.js";
import { expectError, gradients, leaf, lossOf, wrong } from "../../support/recurrent.js";
import { expectClose, float64 } from "../../support/tolerance.js";

const { recurrentCells: records } = nn;
const all = Object.entries(records) as [string, Parameters<typeof nn.checkCell>[0] & { states: number }][];
type Options = nn.RecurrentOptions;

/** Output and final states in one list, whatever the cell. */
function results([output, final]: [unknown, unknown]): Tensor[] {
  return [output, final].flat(2) as Tensor[];
}

/** Everything that a layer gives, and every gradient. */
function everything(layer: nn.Module, input: Tensor, forward: (x: Tensor) => [unknown, unknown]): Map<string, Tensor> {
  const x = leaf(input);
  const found = results(forward(x));
  lossOf(found).backward();
  const outcome = found.map((y, i) => [`result ${i}`, y.detach()] as const);
  return new Map([...outcome, ...gradients([["d input", x], ...layer.namedParameters()])]);
}

function expectNear(actual: Map<string, Tensor>, expected: Map<string, Tensor>, tolerance = float64): void {
  expect([...actual.keys()]).toEqual([...expected.keys()]);
  for (const [name, value] of expected) expectClose(actual.get(name) as Tensor, value, tolerance, name);
}

describe("PyTorch's records", () => {
  const pairs: [string, (o: Options) => nn.RNNBase, (o: Options) => nn.Recurrent][] = [
    ["LSTM", (o) => new nn.LSTM(5, 6, o as nn.LSTMOptions), (o) => new nn.Recurrent(records.lstm, 5, 6, o)],
    ["GRU", (o) => new nn.GRU(5, 6, o), (o) => new nn.Recurrent(records.gru, 5, 6, o)],
    ["RNN", (o) => new nn.RNN(5, 6, o), (o) => new nn.Recurrent(records.rnnTanh, 5, 6, o)],
    [
      "RNN of relu",
      (o) => new nn.RNN(5, 6, { ...o, nonlinearity: "relu" } as nn.RNNOptions),
      (o) => new nn.Recurrent(records.rnnRelu, 5, 6, o),
    ],
  ];
  const options: Options[] = [
    {},
    { bias: false, dtype: "float64" },
    { numLayers: 2, dropout: 0.4 },
    { numLayers: 2, bidirectional: true, batchFirst: true },
  ];
  const cases: (readonly [...(typeof pairs)[number], Options])[] = [
    ...pairs.flatMap((pair) => options.map((given) => [...pair, given] as const)),
    [...pairs[0], { numLayers: 2, projSize: 3, bidirectional: true }],
  ];

  it.each(cases)("%s: the same bits for a seed", (_, make, makeBeyond, given) => {
    const run = (make: (o: Options) => nn.Module) => {
      manualSeed(3);
      const layer = make(given);
      const input = randn([4, 3, 5], given.dtype ? { dtype: given.dtype } : {});
      const forward = layer.forward.bind(layer) as unknown as (...a: unknown[]) => [unknown, unknown];
      const dense = everything(layer, input, (x) => forward(x));
      const lengths = given.batchFirst ? [3, 0, 2, 1] : [4, 0, 2];
      const ragged = everything(layer, input, (x) => forward(x, null, { lengths }));
      return [...layer.stateDict(), ...dense, ...ragged].map(([name, x]) => [name, x.shape, [...x.toArray()]]);
    };
    expect(run(makeBeyond)).toEqual(run(make));
  });

  it("packed and unbatched, with a state, and as a copy", () => {
    manualSeed(4);
    const lstm = new nn.LSTM(5, 6, { bidirectional: true });
    const layer = new nn.Recurrent(records.lstm, 5, 6, { bidirectional: true });
    layer.loadStateDict(lstm.stateDict());
    const bits = (found: [unknown, unknown]) => results(found).map((x) => [...x.toArray()]);
    const [x, h, c] = [randn([4, 5]), randn([2, 6]), randn([2, 6])];
    expect(bits(layer.clone().forward(x, [h, c]))).toEqual(bits(lstm.forward(x, [h, c])));
    const packed = nn.utils.rnn.packSequence([randn([2, 5]), randn([4, 5])], { enforceSorted: false });
    const [y, state] = layer.forwardPacked(packed);
    const [want, wanted] = lstm.forwardPacked(packed);
    expect(bits([y.data, state])).toEqual(bits([want.data, wanted]));
    expect(y.sortedIndices?.tolist()).toEqual([1, 0]);
  });

  it("says what it is", () => {
    const layer = new nn.Recurrent(records.layerNormLSTM, 3, [4, 5], { zoneout: 0.1, initialState: "learned" });
    expect(String(layer)).toBe(
      "Recurrent(LAYER_NORM_LSTM, 3, [4, 5], num_layers=2, zoneout=(0.1, 0.1), initial_state=learned)",
    );
    expect([...layer.stateDict().keys()].slice(0, 10)).toEqual([
      ...["weight_ih_l0", "weight_hh_l0", "bias_ih_l0", "bias_hh_l0", "gamma_ih_l0", "gamma_hh_l0", "gamma_c_l0"],
      ...["beta_c_l0", "h_0_l0", "c_0_l0"],
    ]);
    expect(layer.cell).toBe(records.layerNormLSTM);
  });
});

describe.each(all)("%s", (_, cell) => {
  const make = (given: Options = {}) => {
    manualSeed(5);
    return new nn.Recurrent(cell, 3, 4, { dtype: "float64", ...given }) as nn.Recurrent;
  };
  const f64 = (...shape: number[]) => randn(shape, { dtype: "float64" });

  it("gives each sequence what it gives it alone, in both directions of two layers", () => {
    const layer = make({ numLayers: 2, bidirectional: true });
    const x = f64(4, 3, 3);
    const [output, final] = layer.forward(x, null, { lengths: [2, 4, 1] });
    [2, 4, 1].forEach((length, n) => {
      const [alone, last] = layer.forward(x.select(1, n).narrow(0, 0, length));
      expectClose(output.select(1, n).narrow(0, 0, length), alone, float64, `output of ${n}`);
      [last].flat().forEach((state, s) => {
        expectClose([final].flat()[s].select(1, n), state as Tensor, float64, `state ${s} of ${n}`);
      });
    });
  });

  it("goes on from a state as if it had never stopped", () => {
    const layer = make();
    const x = f64(5, 2, 3);
    const whole = layer.forward(x);
    const [first, state] = layer.forward(x.narrow(0, 0, 2));
    const [second, final] = layer.forward(x.narrow(0, 2, 3), state);
    results([cat([first, second]), final]).forEach((y, i) => {
      expectClose(y, results(whole)[i], float64, `${i}`);
    });
  });

  it("streams", () => {
    const layer = make({ dtype: "float32", numLayers: 2 });
    const x = randn([6, 2, 3]);
    const [output] = layer.forward(x);
    const stream = layer.stream({ batch: 2 });
    const outputs = new Float32Array(6 * 2 * 4);
    stream.run(x.toArray() as Float32Array, outputs, 6);
    expectClose(outputs, output.toArray(), { absolute: 1e-5, relative: 1e-5 });
    stream.close();
  });
});

describe("a cell that is a module", () => {
  class Leaky extends nn.Module {
    readonly linear: nn.Linear;
    constructor(inputSize: number, hiddenSize: number) {
      super();
      this.linear = new nn.Linear(inputSize, hiddenSize);
    }
    override forward(x: Tensor, h: Tensor): Tensor {
      return h.mul(0.5).add(this.linear.forward(x));
    }
  }

  it("is made for every layer and direction, and stepped over time", () => {
    manualSeed(1);
    const layer = new nn.Recurrent(Leaky, 3, 2, { numLayers: 2, bidirectional: true });
    expect([...layer.stateDict().keys()].filter((name) => name.endsWith("weight"))).toEqual([
      ...["cell_l0.linear.weight", "cell_l0_reverse.linear.weight"],
      ...["cell_l1.linear.weight", "cell_l1_reverse.linear.weight"],
    ]);
    const x = randn([3, 2, 3]);
    const [y, hn] = layer.forward(x);
    expect([y.shape, hn.shape]).toEqual([
      [3, 2, 4],
      [4, 2, 2],
    ]);
    const { linear } = (layer as unknown as Record<string, Leaky>).cell_l0_reverse;
    const last = linear.forward(x.at(2));
    const then = last.mul(0.5).add(linear.forward(x.at(1)));
    expectClose(hn.at(1), then.mul(0.5).add(linear.forward(x.at(0))), { absolute: 1e-6, relative: 1e-6 });
  });

  it("of PyTorch's cells gives what the layers give, gradients and lengths included", () => {
    for (const [kind, cell] of [
      ["GRU", nn.GRUCell],
      ["LSTM", nn.LSTMCell],
    ] as const) {
      manualSeed(2);
      const layer = new nn[kind](3, 4, { dtype: "float64" });
      const module = new nn.Recurrent(cell as never, 3, 4).to("float64") as nn.Recurrent;
      const weights = [...layer.stateDict()].map(([name, x]) => [`cell_l0.${name.replace("_l0", "")}`, x] as const);
      module.loadStateDict(new Map(weights));
      const x = randn([4, 3, 3], { dtype: "float64" });
      const forward = (one: nn.Module) => (x: Tensor) =>
        (one.forward as (...a: unknown[]) => [unknown, unknown]).call(one, x, null, { lengths: [1, 4, 0] });
      const bare = (found: Map<string, Tensor>) =>
        new Map([...found].map(([name, value]) => [name.replace("cell_l0.", "").replace("_l0", ""), value]));
      expectNear(bare(everything(module, x, forward(module))), bare(everything(layer, x, forward(layer))));
    }
  });

  it("a single one is the cell of one layer; for more a class is asked for", () => {
    const one = new Leaky(3, 2);
    expect(new nn.Recurrent(one, 3, 2).forward(randn([2, 1, 3]))[1].shape).toEqual([1, 1, 2]);
    expectError(
      () => new nn.Recurrent(one, 3, 2, { numLayers: 2 }),
      "ValueError",
      "Recurrent expected a class or a function that makes a module for each layer and direction, got one Leaky",
    );
  });

  it("that hands a state on gives its caller memory of its own", () => {
    class Keeps extends Leaky {
      readonly stateSizes: readonly number[] = [2, 2];
      override forward(x: Tensor, states: never): never {
        const [h, c] = states as Tensor[];
        return [super.forward(x, h), c] as never;
      }
    }
    const layer = new nn.Recurrent(Keeps, 3, 2);
    const c = zeros([1, 1, 2]);
    const [, final] = layer.forward(randn([2, 1, 3]), wrong([zeros([1, 1, 2]), c]));
    (final as Tensor[])[1].detach().fill_(7);
    expect(c.tolist()).toEqual([[[0, 0]]]);
  });

  it("is told what is wrong with what it gives", () => {
    const bad = (answer: unknown) => () => {
      const module = Object.assign(new Leaky(3, 2), { forward: () => answer }) as never;
      return new nn.Recurrent(module as nn.GRUCell, 3, 2).forward(zeros([1, 1, 3]));
    };
    expectError(bad(zeros([1, 3])), "RuntimeError", "Leaky: Expected state 0 of size [1, 2], got [1, 3]");
    expectError(bad(7), "TypeError", "Leaky: Expected a Tensor as state 0 of forward, got: number");
    const two = [zeros([1, 2]), zeros([1, 2])];
    expectError(bad(two), "ValueError", "Leaky: Expected 1 of forward's states, as stateSizes says, got 2");
    const nothing = wrong(() => 5);
    expectError(
      () => new nn.Recurrent(nothing, 3, 2),
      "TypeError",
      "Recurrent expected a Module of what makes the cell, got: number",
    );
  });
});

describe("refused", () => {
  const { lstm, gru, mgu, minGRU } = records;
  const make =
    (cell: unknown, options: unknown, H: unknown = 4) =>
    () =>
      new nn.Recurrent(wrong(cell), 3, wrong(H), wrong(options));
  const rows: [string, () => unknown, "ValueError" | "TypeError", string][] = [
    [
      "",
      make(7, {}),
      "TypeError",
      "Recurrent expected a cell: a record of nn.recurrentCells or of your own, or a module, got: number",
    ],
    ["", make(lstm, { foo: 1 }), "TypeError", "Recurrent.__init__() got an unexpected keyword argument 'foo'"],
    ["", make(lstm, {}, 0), "ValueError", "hidden_size must be greater than zero"],
    [
      "",
      make(lstm, { numLayers: 3 }, [4, 4]),
      "ValueError",
      "Recurrent: expected one hiddenSize a layer, got 2 and numLayers=3",
    ],
    ["", make(lstm, { dropout: 2 }), "ValueError", "Recurrent: expected dropout as a probability from 0 to 1, got: 2"],
    [
      "",
      make(lstm, { zoneout: { h: -1 } }),
      "ValueError",
      "Recurrent: expected zoneout.h as a probability from 0 to 1, got: -1",
    ],
    [
      "",
      make(lstm, { zoneout: "1" }),
      "TypeError",
      "Recurrent: expected zoneout as a probability or as { h, c }, got: string",
    ],
    [
      "",
      make(lstm, { init: "x" }),
      "ValueError",
      "Recurrent: expected init as one of torch, keras, orthogonal, got: x",
    ],
    [
      "",
      make(gru, { forgetBias: 1 }),
      "ValueError",
      "Recurrent: forgetBias needs a cell with a gate that forgets, got GRU",
    ],
    [
      "",
      make(lstm, { forgetBias: 1, bias: false }),
      "ValueError",
      "Recurrent: forgetBias needs biases, got bias=false",
    ],
    [
      "",
      make(lstm, { biasMode: "single", bias: false }),
      "ValueError",
      "Recurrent: biasMode needs biases, got bias=false",
    ],
    [
      "",
      make(minGRU, { recurrentDropout: 0.5 }),
      "ValueError",
      "Recurrent: recurrentDropout needs a recurrent weight, got MIN_GRU",
    ],
    [
      "",
      make(minGRU, { init: "orthogonal" }),
      "ValueError",
      "Recurrent: init=orthogonal needs square recurrent weights, got MIN_GRU",
    ],
    [
      "",
      make(mgu, { projSize: 2 }),
      "ValueError",
      "Recurrent: projSize needs a cell that knows h by one dense recurrent product alone, got MGU",
    ],
    [
      "",
      make(gru, { projSize: 2 }),
      "ValueError",
      "Recurrent: projSize needs a cell that knows h by one dense recurrent product alone, got GRU",
    ],
    ["", make(lstm, { projSize: 4 }), "ValueError", "Recurrent: projSize needs 0 or less than every hiddenSize, got 4"],
    [
      "",
      make(gru, { zoneout: { c: 0.1 } }),
      "ValueError",
      "Recurrent: zoneout.c needs a cell with a second state, got GRU",
    ],
    ["", make(lstm, { residual: true }), "ValueError", "Recurrent: residual needs several layers, got one"],
    ["", make(lstm, { residual: true }, [4, 5]), "ValueError", "Recurrent: residual needs layers of one size, got 4,5"],
    [
      "",
      make(nn.GRUCell, { recurrentDropout: 0.1 }),
      "ValueError",
      "Recurrent: recurrentDropout needs a cell that is a record, got a module, whose forward and parameters are its own",
    ],
  ];
  it.each(rows)("by name %#", (_, body, kind, message) => expectError(body, kind, message));

  it("modules whose states have no place", () => {
    class Sized extends nn.Linear {
      readonly stateSizes: unknown = 5;
    }
    const sizes = "Sized: Expected stateSizes as a list of one size a state, got: 5";
    expectError(make(Sized, {}), "ValueError", sizes);
    const extended = "Recurrent expected a class that extends Module, got: function";
    expectError(make(class {}, {}), "TypeError", extended);
    const second = "Recurrent: zoneout.c needs a cell with a second state, got a module";
    expectError(make(nn.GRUCell, { zoneout: { c: 0.5 } }), "ValueError", second);
    expect(make(nn.GRUCell, { zoneout: 0.5 })().forward(zeros([2, 1, 3]))[0].shape).toEqual([2, 1, 4]);
    expectError(
      make(nn.GRUCell, { residual: true }),
      "ValueError",
      "Recurrent: residual needs several layers, got one",
    );
    // Rows of one number would be stretched over those of four.
    const one = "Recurrent: residual needs layers of one size, got 1,4";
    expectError(make(nn.GRUCell, { residual: true }, [1, 4]), "ValueError", one);
    class Reads extends nn.Linear {
      readonly stateSizes: number[];
      constructor(C: number, H: number) {
        super(C, H);
        this.stateSizes = [H, C];
      }
    }
    const alike =
      "Recurrent: expected states of the same sizes in every layer and direction, or hiddenSize as a list, got [4, 3] and [4, 4]";
    expectError(make(Reads, { numLayers: 2 }), "ValueError", alike);
    expect(make(Reads, {}, [4, 4])().numLayers).toBe(2);
  });

  it("records whose parameters cannot be", () => {
    const own = (own: unknown) => make({ ...records.rnnTanh, own }, {});
    const begin = "the cell RNN_TANH expected own";
    expectError(own(5), "ValueError", `${begin} as a function that gives shapes, got: 5`);
    expectError(
      own(() => null),
      "ValueError",
      `${begin} as a function that gives shapes, got: null`,
    );
    expectError(
      own(() => ({ a: 5 })),
      "ValueError",
      `${begin}.a as a shape, got: 5`,
    );
    const taken = `${begin} as parameters beside PyTorch's weights, got: weight_ih`;
    expectError(
      own((H: number) => ({ weight_ih: [H] })),
      "ValueError",
      taken,
    );
  });

  it("streams that would need more than a step", () => {
    const stream =
      (options: Options, cell: unknown = lstm) =>
      () =>
        new nn.Recurrent(wrong(cell), 3, 4, options).stream();
    const expected = "Recurrent.stream() expected a record as cell, in one direction, got";
    expectError(
      stream({ bidirectional: true }),
      "ValueError",
      `${expected} bidirectional=true, which needs the future`,
    );
    expectError(stream({}, nn.GRUCell), "ValueError", `${expected} a module`);
    expectError(stream({ residual: true, numLayers: 2 }), "ValueError", `${expected} residual=true`);
  });

  it("states and resets that do not fit", () => {
    const layer = new nn.Recurrent(lstm, 3, 4);
    const x = zeros([2, 5, 3]);
    const bad =
      (hx: unknown, options: nn.RecurrentForwardOptions = {}) =>
      () =>
        layer.forward(x, wrong(hx), options as never);
    const state = zeros([1, 5, 4]);
    expectError(
      bad(state),
      "TypeError",
      "Recurrent: Expected the state as a list of 2, one a state of the cell, got: Tensor",
    );
    expectError(
      bad([state]),
      "TypeError",
      "Recurrent: Expected the state as a list of 2, one a state of the cell, not of 1, got: Array",
    );
    expectError(bad([state, 1]), "TypeError", "Recurrent: Expected state 1 as a Tensor, got: number");
    expectError(bad([state, zeros([1, 4, 4])]), "RuntimeError", "Expected hidden[1] size (1, 5, 4), got [1, 4, 4]");
    expectError(
      bad(null, { resets: zeros([2, 4]) }),
      "ValueError",
      "Recurrent: Expected resets as bools of size [2, 5], got float32 of size [2, 4]",
    );
    // Every size is that which the caller is to give.
    const sizes = (H: number | number[], hx: unknown, input: Tensor, message: string) => {
      const layer = new nn.Recurrent(records.gru, 3, H, { numLayers: 2, stateBatchFirst: typeof H === "number" });
      expectError(() => layer.forward(input, wrong(hx)), "RuntimeError", message);
    };
    sizes(4, zeros([2, 5, 4]), x, "Expected hidden size (5, 2, 4), got [2, 5, 4]");
    sizes(4, zeros([3, 4]), zeros([2, 3]), "Expected hidden size (2, 4), got [3, 4]");
    sizes([4, 6], [zeros([5, 4]), zeros([1, 5, 6])], x, "Expected hidden[1] size (5, 6), got [1, 5, 6]");
    sizes([4, 6], [zeros([6]), zeros([6])], zeros([2, 3]), "Expected hidden[0] size (4,), got [6]");
    const listed = () => new nn.Recurrent(records.gru, 3, [4, 4], { stateBatchFirst: true });
    const numeric = "Recurrent: stateBatchFirst needs hiddenSize as a number, whose states are one tensor, got [4, 4]";
    expectError(listed, "ValueError", numeric);
    // As many sequences alive at every step, but in another order.
    const { packSequence } = nn.utils.rnn;
    const packed = packSequence([zeros([1, 3]), zeros([2, 3])], { enforceSorted: false });
    const resets = packSequence([zeros([2]).to("bool"), zeros([1]).to("bool")]);
    const sentence = "Recurrent: Expected resets packed as the input is, one bool a step";
    expectError(() => layer.forwardPacked(packed, null, { resets }), "ValueError", sentence);
  });
});
