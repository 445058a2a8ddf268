/** Single modules as ONNX nodes, their weights in their places. Whole models are in export.test.ts. */

import { describe, expect, it } from "vitest";
import { GraphBuilder } from "../../../src/convert/onnx/builder.js";
import { stepOf } from "../../../src/convert/onnx/steps.js";
import { nn, type Tensor, tensor } from "../../../src/index.js";
import { refuses } from "../../support/refuses.js";

/** Parameters 1, 2, 3, … through the whole module. */
function counted<M extends nn.Module>(module: M): M {
  let next = 1;
  const filled = [...module.stateDict()].map(([name, x]): [string, Tensor] => {
    const from = next;
    next += x.numel();
    return [
      name,
      tensor(
        Float32Array.from({ length: x.numel() }, (_, i) => from + i),
        x.shape,
      ),
    ];
  });
  module.loadStateDict(new Map(filled));
  return module;
}

/** What a module writes: nodes as text, and what is stored. */
function written(module: nn.Module, { path = "2.", states = "2.", lengths = "" } = {}) {
  const graph = new GraphBuilder("float32");
  const step = stepOf(module, path);
  const given = { value: "x", dims: ["a", "b", step.takes?.size ?? "c"] };
  const { value, dims, finals } = step.write(graph, given, states, lengths);
  const { node = [], initializer = [], input = [] } = graph.finish("");
  const floats = (bytes: Uint8Array) => [...new Float32Array(bytes.buffer)];
  return {
    step,
    takes: step.takes?.size ?? null,
    gives: dims.at(-1),
    value,
    finals,
    nodes: node.map(({ opType, input = [], output = [] }) => `${output} = ${opType}(${input})`),
    attributes: Object.fromEntries(
      node.flatMap(({ attribute = [] }) =>
        attribute.map(({ name, f, i, s, ints, strings }) => [
          name,
          f ?? i ?? ints ?? (s ? `${Buffer.from(s)}` : strings?.map((one) => `${Buffer.from(one)}`)),
        ]),
      ),
    ),
    inputs: input.map(({ name, type }) => [
      name,
      type?.tensorType?.shape?.dim?.map(({ value, param }) => value ?? param),
    ]),
    stored: Object.fromEntries(
      initializer.map(({ name, dims, rawData, int64Data }) => [
        name,
        { dims, data: rawData ? floats(rawData) : int64Data },
      ]),
    ),
  };
}

describe("what has no state", () => {
  it("Linear: the weight as PyTorch has it, turned by a node", () => {
    const { step, takes, gives, value, nodes, stored } = written(counted(new nn.Linear(2, 3)));
    expect([takes, gives, step.recurrent, value]).toEqual([2, 3, null, "2.Add"]);
    const products = ["2.Transpose = Transpose(2.weight)", "2.MatMul = MatMul(x,2.Transpose)"];
    expect(nodes).toEqual([...products, "2.Add = Add(2.MatMul,2.bias)"]);
    expect(stored).toEqual({
      "2.weight": { dims: [3, 2], data: [1, 2, 3, 4, 5, 6] },
      "2.bias": { dims: [3], data: [7, 8, 9] },
    });
    const bare = written(new nn.Linear(2, 3, { bias: false }));
    expect([bare.nodes, bare.value]).toEqual([products, "2.MatMul"]);
  });

  it("Embedding", () => {
    const { step, takes, gives, value, nodes, attributes, stored } = written(counted(new nn.Embedding(3, 2)));
    expect([takes, gives, step.recurrent, value]).toEqual([null, 2, null, "2.Gather"]);
    expect([nodes, attributes]).toEqual([["2.Gather = Gather(2.weight,x)"], { axis: 0 }]);
    expect(stored).toEqual({ "2.weight": { dims: [3, 2], data: [1, 2, 3, 4, 5, 6] } });
  });

  it("LayerNorm, with and without weights", () => {
    const { takes, gives, nodes, attributes, stored } = written(counted(new nn.LayerNorm(2, { eps: 0.25 })));
    expect([takes, gives]).toEqual([2, 2]);
    expect(nodes).toEqual(["2.LayerNormalization = LayerNormalization(x,2.weight,2.bias)"]);
    expect(attributes).toEqual({ axis: -1, epsilon: 0.25 });
    expect(stored).toEqual({ "2.weight": { dims: [2], data: [1, 2] }, "2.bias": { dims: [2], data: [3, 4] } });
    const bare = written(new nn.LayerNorm(2, { elementwiseAffine: false }));
    expect(bare.nodes).toEqual(["2.LayerNormalization = LayerNormalization(x,2.weight)"]);
    expect(bare.stored).toEqual({ "2.weight": { dims: [2], data: [1, 1] } });
  });
});

describe("layers", () => {
  it("LSTM: i f g o becomes i o f c", () => {
    const { step, takes, gives, value, finals, nodes, attributes, inputs, stored } = written(
      counted(new nn.LSTM(1, 1)),
      {
        path: "",
        states: "",
        lengths: "lengths",
      },
    );
    expect([takes, gives, step.recurrent]).toEqual([1, 1, { cell: false, batchFirst: false }]);
    expect(inputs).toEqual([
      ["h0", [1, "batch", 1]],
      ["c0", [1, "batch", 1]],
    ]);
    expect(nodes).toEqual([
      "LSTM_l0.Y,LSTM_l0.Y_h,LSTM_l0.Y_c = LSTM(x,l0.W,l0.R,l0.B,lengths,h0,c0)",
      "l0.one_direction = Squeeze(LSTM_l0.Y,int64[1])",
    ]);
    expect(attributes).toEqual({ hidden_size: 1, direction: "forward" });
    expect(value).toBe("l0.one_direction");
    expect(finals).toEqual([
      ["hn", "LSTM_l0.Y_h", [1, "batch", 1]],
      ["cn", "LSTM_l0.Y_c", [1, "batch", 1]],
    ]);
    expect(stored).toEqual({
      "l0.W": { dims: [1, 4, 1], data: [1, 4, 2, 3] },
      "l0.R": { dims: [1, 4, 1], data: [5, 8, 6, 7] },
      "l0.B": { dims: [1, 8], data: [9, 12, 10, 11, 13, 16, 14, 15] },
      "int64[1]": { dims: [1], data: [1] },
    });
  });

  it("GRU: r z n becomes z r h; two directions, two layers", () => {
    const module = counted(new nn.GRU(1, 1, { numLayers: 2, bidirectional: true, bias: false, batchFirst: true }));
    const { step, takes, gives, finals, nodes, attributes, stored } = written(module);
    expect([takes, gives, step.recurrent]).toEqual([1, 2, { cell: false, batchFirst: true }]);
    expect(nodes).toEqual([
      "2.time_first = Transpose(x)",
      "2.h0.l0,2.h0.l1 = Split(2.h0)",
      "2.GRU_l0.Y,2.GRU_l0.Y_h = GRU(2.time_first,2.l0.W,2.l0.R,,,2.h0.l0)",
      "2.l0.directions_last = Transpose(2.GRU_l0.Y)",
      "2.l0.joined = Reshape(2.l0.directions_last,int64[0,0,2])",
      "2.GRU_l1.Y,2.GRU_l1.Y_h = GRU(2.l0.joined,2.l1.W,2.l1.R,,,2.h0.l1)",
      "2.l1.directions_last = Transpose(2.GRU_l1.Y)",
      "2.l1.joined = Reshape(2.l1.directions_last,int64[0,0,2])",
      "2.hn = Concat(2.GRU_l0.Y_h,2.GRU_l1.Y_h)",
      "2.batch_first = Transpose(2.l1.joined)",
    ]);
    expect(attributes).toEqual({
      axis: 0,
      hidden_size: 1,
      direction: "bidirectional",
      linear_before_reset: 1,
      perm: [1, 0, 2],
    });
    expect(finals).toEqual([["2.hn", "2.hn", [4, "batch", 1]]]);
    expect(stored["2.l0.W"]).toEqual({ dims: [2, 3, 1], data: [2, 1, 3, 8, 7, 9] });
    expect(stored["2.l1.R"]).toEqual({ dims: [2, 3, 1], data: [20, 19, 21, 29, 28, 30] });
    expect(stored["2.l1.W"]).toEqual({ dims: [2, 3, 2], data: [15, 16, 13, 14, 17, 18, 24, 25, 22, 23, 26, 27] });
  });

  it("RNN: relu is named, tanh is not", () => {
    const relu = written(new nn.RNN(2, 3, { nonlinearity: "relu", bidirectional: true }));
    expect(relu.attributes.activations).toEqual(["Relu", "Relu"]);
    expect(written(new nn.RNN(2, 3)).attributes).toEqual({ hidden_size: 3, direction: "forward" });
  });
});

describe("an LSTM with a projection", () => {
  it("has units more, which begin as the state that is given; what comes out is projected", () => {
    const { gives, nodes, inputs, stored, attributes } = written(
      counted(new nn.LSTM(1, 2, { projSize: 1, bias: false })),
      {
        path: "",
        states: "",
      },
    );
    expect([gives, attributes.hidden_size]).toEqual([1, 3]);
    expect(inputs).toEqual([
      ["h0", [1, "batch", 1]],
      ["c0", [1, "batch", 2]],
    ]);
    expect(nodes).toEqual([
      "h0_wide = Pad(h0,int64[0,0,2,0,0,0])",
      "c0_wide = Pad(c0,int64[0,0,0,0,0,1])",
      "LSTM_l0.Y,LSTM_l0.Y_h,LSTM_l0.Y_c = LSTM(x,l0.W,l0.R,,,h0_wide,c0_wide)",
      "l0.projected = MatMul(LSTM_l0.Y,l0.projection)",
      "l0.h = MatMul(LSTM_l0.Y_h,l0.projection)",
      "l0.c = Slice(LSTM_l0.Y_c,int64[0],int64[2],int64[2])",
      "l0.one_direction = Squeeze(l0.projected,int64[1])",
    ]);
    // Of weight_hh = 9 … 16 and weight_hr = [17, 18] the rows of the input gate: 9·17, 9·18 and 9.
    expect(stored["l0.R"].dims).toEqual([1, 12, 3]);
    expect(stored["l0.R"].data?.slice(0, 9)).toEqual([153, 162, 9, 170, 180, 10, 0, 0, 0]);
    expect(stored["l0.W"].data?.slice(0, 6)).toEqual([1, 2, 0, 7, 8, 0]);
    expect(stored["l0.projection"]).toEqual({ dims: [1, 3, 1], data: [17, 18, 0] });
  });
});

describe("what reads channels", () => {
  it("Conv1d: padding on both sides, or before it", () => {
    const { nodes, attributes, gives } = written(new nn.Conv1d(2, 4, 4, { padding: "same", dilation: 3, groups: 2 }));
    expect(nodes).toEqual(["2.Conv = Conv(x,2.weight,2.bias)"]);
    expect(attributes).toEqual({ kernel_shape: [4], strides: [1], pads: [4, 5], dilations: [3], group: 2 });
    expect(gives).toBe("2.out_length");
    const reflected = written(new nn.Conv1d(2, 4, 3, { padding: 1, paddingMode: "reflect", bias: false }));
    expect(reflected.nodes).toEqual(["2.Pad = Pad(x,int64[0,0,1,0,0,1])", "2.Conv = Conv(2.Pad,2.weight)"]);
    expect(reflected.attributes.pads).toEqual([0, 0]);
    const circular = written(new nn.Conv1d(2, 4, 2, { padding: "same", paddingMode: "circular", bias: false }));
    expect(circular.nodes).toEqual([
      "2.First0 = Slice(x,int64[0],int64[1],int64[2])",
      "2.Pad0 = Concat(x,2.First0)",
      "2.Conv = Conv(2.Pad0,2.weight)",
    ]);
    const wide = written(new nn.Conv1d(2, 4, 5, { padding: 3, paddingMode: "circular", bias: false }));
    expect(wide.nodes[0]).toBe("2.Last0 = Slice(x,int64[-3],int64[2147483647],int64[2])");
    expect(wide.nodes[2]).toBe("2.Pad0 = Concat(2.Last0,x,2.First0)");
  });

  it("BatchNorm1d, without weights too", () => {
    const { nodes, stored, attributes } = written(new nn.BatchNorm1d(2, { affine: false, eps: 0.25 }));
    expect(nodes).toEqual(["2.BatchNormalization = BatchNormalization(x,2.weight,2.bias,2.mean,2.variance)"]);
    expect(stored["2.weight"].data).toEqual([1, 1]);
    expect(attributes).toEqual({ epsilon: 0.25 });
  });

  it("Flatten: what is before it stays open", () => {
    expect(written(new nn.Flatten()).nodes).toEqual(["2.Reshape = Reshape(x,int64[0,-1])"]);
    expect(written(new nn.Flatten()).gives).toBe("2.flat");
    const split = written(new nn.Unflatten(-1, [2, 3]));
    expect(split.nodes).toEqual(["2.Reshape = Reshape(x,int64[0,0,-1,3])"]);
  });
});

describe("cells", () => {
  it("one step of a sequence", () => {
    const { step, takes, gives, value, finals, nodes, inputs } = written(new nn.LSTMCell(2, 3));
    expect([takes, gives, step.recurrent]).toEqual([2, 3, { cell: true, batchFirst: false }]);
    expect(inputs).toEqual([
      ["2.h0", ["batch", 3]],
      ["2.c0", ["batch", 3]],
    ]);
    expect(nodes).toEqual([
      "2.one_step = Unsqueeze(x,int64[0])",
      "2.h0_one = Unsqueeze(2.h0,int64[0])",
      "2.c0_one = Unsqueeze(2.c0,int64[0])",
      "2.LSTM_l0.Y,2.LSTM_l0.Y_h,2.LSTM_l0.Y_c = LSTM(2.one_step,2.l0.W,2.l0.R,2.l0.B,,2.h0_one,2.c0_one)",
      "2.l0.one_direction = Squeeze(2.LSTM_l0.Y,int64[1])",
      "2.hn_one = Squeeze(2.LSTM_l0.Y_h,int64[0])",
      "2.cn_one = Squeeze(2.LSTM_l0.Y_c,int64[0])",
      "2.the_step = Squeeze(2.l0.one_direction,int64[0])",
    ]);
    expect(value).toBe("2.the_step");
    expect(finals).toEqual([
      ["2.hn", "2.hn_one", ["batch", 3]],
      ["2.cn", "2.cn_one", ["batch", 3]],
    ]);
  });

  it("of each kind", () => {
    const gru = written(counted(new nn.GRUCell(1, 1)));
    expect(gru.attributes).toEqual({ hidden_size: 1, direction: "forward", linear_before_reset: 1 });
    expect(gru.stored["2.l0.B"]).toEqual({ dims: [1, 6], data: [8, 7, 9, 11, 10, 12] });
    const relu = written(new nn.RNNCell(1, 1, { nonlinearity: "relu", bias: false }));
    expect(relu.attributes.activations).toEqual(["Relu"]);
    expect(relu.nodes[2]).toBe("2.RNN_l0.Y,2.RNN_l0.Y_h = RNN(2.one_step,2.l0.W,2.l0.R,,,2.h0_one)");
    expect(written(new nn.RNNCell(1, 1)).attributes.activations).toBe(undefined);
  });
});

describe("what it refuses", () => {
  class Own extends nn.Linear {
    override forward(x: Tensor): Tensor {
      return x;
    }
  }
  refuses([
    [
      () => stepOf(new nn.BatchNorm1d(2, { trackRunningStats: false }), ""),
      "expected running statistics, got: BatchNorm1d with track_running_stats=False, which needs the whole batch",
    ],
    [
      () => stepOf(new nn.MaxPool1d(2, { returnIndices: true }), ""),
      "a pool with returnIndices, which gives two values",
    ],
    [() => stepOf(new nn.AdaptiveMaxPool1d(1, { returnIndices: true }), ""), "a pool with returnIndices"],
    [() => stepOf(new nn.AvgPool2d(2, { divisorOverride: 3 }), ""), "an AvgPool2d with divisorOverride"],
    [() => stepOf(new nn.AdaptiveAvgPool2d([1, 2]), ""), "an adaptive pool to any size but 1"],
    [() => stepOf(new nn.Softplus({ threshold: 2 }), ""), "a Softplus with a threshold below 20"],
    [() => stepOf(new nn.Softmax(), ""), "exportOnnx() expected a Softmax with a dim, got: None"],
    [
      () => stepOf(new nn.LayerNorm([2, 3]), ""),
      "expected a LayerNorm over the last dimension alone, got one over (2, 3)",
    ],
    [
      () => stepOf(new Own(2, 3), ""),
      "exportOnnx() does not know what Own computes: give it the layers that run, as a list",
    ],
    [() => stepOf(new nn.Module(), ""), "exportOnnx() does not know what Module computes"],
  ]);
});
