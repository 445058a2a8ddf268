/** Whole models: what goes in and out, in which order it runs, and that it can be read again. `npm run test:peers` runs them. */

import { describe, expect, it } from "vitest";
import { exportOnnx, fromOnnx, fromStateDict, inferLayers, onnxTensors } from "../../../src/convert/index.js";
import { decodeModel, type OnnxValueInfo } from "../../../src/convert/onnx/proto.js";
import { nn, type Tensor } from "../../../src/index.js";
import { plainLayer } from "../../support/recurrent.js";
import { refuses } from "../../support/refuses.js";

/** A model as text. */
function read(bytes: Uint8Array) {
  const { graph = {}, ...model } = decodeModel(bytes);
  const info = ({ name, type }: OnnxValueInfo) => {
    const { elemType, shape } = type?.tensorType ?? {};
    return `${name}: ${elemType} [${shape?.dim?.map(({ value, param }) => value ?? param).join(", ")}]`;
  };
  return {
    model,
    name: graph.name,
    inputs: graph.input?.map(info),
    outputs: graph.output?.map(info),
    nodes: graph.node?.map(({ opType, input = [], output = [] }) => `${output} = ${opType}(${input})`) ?? [],
    perms: graph.node?.filter(({ opType }) => opType === "Transpose").map(({ attribute }) => attribute?.[0]?.ints),
    names: graph.node?.flatMap(({ name = "", output = [] }) => [name, ...output.filter((one) => one !== name)]) ?? [],
    types: new Set(graph.initializer?.map(({ dataType }) => dataType)),
  };
}

describe("a model", () => {
  it("of one layer", () => {
    const { model, name, inputs, outputs, nodes } = read(exportOnnx(new nn.LSTM(4, 3)));
    expect(model).toEqual({ irVersion: 8, producerName: "elman-nn", opsetImport: [{ domain: "", version: 17 }] });
    expect(name).toBe("elman");
    expect(inputs).toEqual(["input: 1 [sequence, batch, 4]", "h0: 1 [1, batch, 3]", "c0: 1 [1, batch, 3]"]);
    expect(outputs).toEqual(["output: 1 [sequence, batch, 3]", "hn: 1 [1, batch, 3]", "cn: 1 [1, batch, 3]"]);
    expect(nodes).toEqual([
      "LSTM_l0.Y,hn,cn = LSTM(input,l0.W,l0.R,l0.B,,h0,c0)",
      "output = Squeeze(LSTM_l0.Y,int64[1])",
    ]);
  });

  it("of a stack, batch first, with lengths", () => {
    const batchFirst = true;
    const stack = [
      new nn.Embedding(9, 4),
      new nn.Dropout(),
      new nn.GRU(4, 3, { batchFirst, numLayers: 2, bidirectional: true }),
      new nn.Sequential(new nn.Linear(6, 5), new nn.Dropout(), new nn.Linear(5, 2, { bias: false })),
      new nn.ModuleList([new nn.RNN(2, 7, { batchFirst })]),
    ];
    const { inputs, outputs, nodes, perms, names } = read(exportOnnx(stack, { lengths: true }));
    expect(inputs).toEqual([
      "input: 6 [batch, sequence]",
      "lengths: 6 [batch]",
      "2.h0: 1 [4, batch, 3]",
      "4.0.h0: 1 [1, batch, 7]",
    ]);
    expect(outputs).toEqual(["output: 1 [batch, sequence, 7]", "2.hn: 1 [4, batch, 3]", "4.0.hn: 1 [1, batch, 7]"]);
    expect(nodes).toEqual([
      "0.Gather = Gather(0.weight,input)",
      "2.time_first = Transpose(0.Gather)",
      "2.h0.l0,2.h0.l1 = Split(2.h0)",
      "2.GRU_l0.Y,2.GRU_l0.Y_h = GRU(2.time_first,2.l0.W,2.l0.R,2.l0.B,lengths,2.h0.l0)",
      "2.l0.directions_last = Transpose(2.GRU_l0.Y)",
      "2.l0.joined = Reshape(2.l0.directions_last,int64[0,0,6])",
      "2.GRU_l1.Y,2.GRU_l1.Y_h = GRU(2.l0.joined,2.l1.W,2.l1.R,2.l1.B,lengths,2.h0.l1)",
      "2.l1.directions_last = Transpose(2.GRU_l1.Y)",
      "2.l1.joined = Reshape(2.l1.directions_last,int64[0,0,6])",
      "2.hn = Concat(2.GRU_l0.Y_h,2.GRU_l1.Y_h)",
      "2.batch_first = Transpose(2.l1.joined)",
      "3.0.Transpose = Transpose(3.0.weight)",
      "3.0.MatMul = MatMul(2.batch_first,3.0.Transpose)",
      "3.0.Add = Add(3.0.MatMul,3.0.bias)",
      "3.2.Transpose = Transpose(3.2.weight)",
      "3.2.MatMul = MatMul(3.0.Add,3.2.Transpose)",
      "4.0.time_first = Transpose(3.2.MatMul)",
      "4.0.RNN_l0.Y,4.0.hn = RNN(4.0.time_first,4.0.l0.W,4.0.l0.R,4.0.l0.B,lengths,4.0.h0)",
      "4.0.l0.one_direction = Squeeze(4.0.RNN_l0.Y,int64[1])",
      "output = Transpose(4.0.l0.one_direction)",
    ]);
    expect(perms).toEqual([
      [1, 0, 2],
      [0, 2, 1, 3],
      [0, 2, 1, 3],
      [1, 0, 2],
      undefined, // a matrix, turned
      undefined,
      [1, 0, 2],
      [1, 0, 2],
    ]);
    expect(new Set(names).size).toBe(names.length);
  });

  it("of a cell, in float64; of features, batch first", () => {
    const cell = read(exportOnnx(new nn.GRUCell(4, 3, { dtype: "float64" })));
    expect(cell.inputs).toEqual(["input: 11 [batch, 4]", "h0: 11 [batch, 3]"]);
    expect(cell.outputs).toEqual(["output: 11 [batch, 3]", "hn: 11 [batch, 3]"]);
    expect(cell.types).toEqual(new Set([11, 7]));
    const layer = read(exportOnnx(new nn.RNN(4, 3, { batchFirst: true })));
    expect(layer.inputs).toEqual(["input: 1 [batch, sequence, 4]", "h0: 1 [1, batch, 3]"]);
    expect(layer.perms).toEqual([
      [1, 0, 2],
      [1, 0, 2],
    ]);
  });

  it("of a net without time, and of planes", () => {
    const net = new nn.Sequential(
      new nn.Conv2d(1, 2, 3),
      new nn.ReLU(),
      new nn.AdaptiveAvgPool2d(1),
      new nn.Flatten(),
      new nn.Linear(2, 3),
      new nn.LogSoftmax(-1),
    );
    const { inputs, outputs, nodes } = read(exportOnnx(net));
    expect(inputs).toEqual(["input: 1 [batch, 1, height, width]"]);
    expect(outputs).toEqual(["output: 1 [batch, 3]"]);
    expect(nodes).toEqual([
      "0.Conv = Conv(input,0.weight,0.bias)",
      "1.Relu = Relu(0.Conv)",
      "2.GlobalAveragePool = GlobalAveragePool(1.Relu)",
      "3.Reshape = Reshape(2.GlobalAveragePool,int64[0,-1])",
      "4.Transpose = Transpose(4.weight)",
      "4.MatMul = MatMul(3.Reshape,4.Transpose)",
      "4.Add = Add(4.MatMul,4.bias)",
      "output = LogSoftmax(4.Add)",
    ]);
  });

  it("of planes that are made of features", () => {
    const net = [new nn.Linear(3, 12), new nn.Unflatten(-1, [2, -1, 3]), new nn.Conv2d(2, 1, 1)];
    const { inputs, outputs, nodes } = read(exportOnnx(net));
    expect(inputs).toEqual(["input: 1 [batch, 3]"]);
    expect(outputs).toEqual(["output: 1 [batch, 1, 2.out_height, 2.out_width]"]);
    expect(nodes[3]).toBe("1.Reshape = Reshape(0.Add,int64[0,-1,2,3])");
  });

  it("of tokens: sequences, where nothing says otherwise", () => {
    const { inputs, outputs } = read(exportOnnx([new nn.Embedding(5, 3), new nn.Linear(3, 2)]));
    expect([inputs, outputs]).toEqual([["input: 6 [batch, sequence]"], ["output: 1 [batch, sequence, 2]"]]);
  });

  it("that reads from the end is read again as one", () => {
    const layer = new nn.GRU(3, 2);
    layer.reverse = true;
    const [again] = fromOnnx(exportOnnx(layer));
    expect(String(again.layer)).toBe("GRU(3, 2, reverse=True)");
  });

  it("is read again: the same weights, layer by layer", () => {
    for (const layer of [
      new nn.LSTM(3, 2, { numLayers: 2, bidirectional: true }),
      new nn.GRU(3, 2, { bias: false, dtype: "float64" }),
      new nn.RNN(3, 2, { nonlinearity: "relu" }),
      new nn.RNN(3, 2, { bidirectional: true }),
    ]) {
      const found = fromOnnx(exportOnnx(layer));
      expect(found.map(({ name, layer }) => [name, plainLayer(layer).mode])).toEqual(
        Array.from({ length: layer.numLayers }, (_, l) => [`${layer.constructor.name}_l${l}`, layer.mode]),
      );
      const weights = found.flatMap((one, l) =>
        [...one.layer.stateDict()].map(([name, x]) => [name.replace("_l0", `_l${l}`), x.toNested()]),
      );
      expect(weights).toEqual([...layer.stateDict()].map(([name, x]) => [name, x.toNested()]));
    }
  });

  it("stores what inferLayers() finds again", () => {
    const net = [new nn.Embedding(5, 3), new nn.Linear(3, 2)];
    const { layers } = inferLayers(onnxTensors(exportOnnx(net)));
    expect(layers.map(({ candidates }) => candidates.map(({ kind }) => kind))).toContainEqual(["Linear"]);
    const again = fromStateDict(onnxTensors(exportOnnx(net)), "1", { kind: "Linear" });
    expect([...again.stateDict()].map(([, x]) => x.toNested())).toEqual(
      [...net[1].stateDict()].map(([, x]) => x.toNested()),
    );
  });

  it("is written without a trace in the graph of gradients", () => {
    const layer = new nn.LSTM(3, 2);
    exportOnnx(layer);
    expect(layer.weight_ih_l0.requiresGrad).toBe(true);
    expect(layer.weight_ih_l0.grad).toBe(null);
  });
});

describe("what it refuses", () => {
  const lstm = new nn.LSTM(4, 3);
  class Doubled extends nn.Dropout {
    override forward(x: Tensor): Tensor {
      return x.mul(2);
    }
  }
  class Tagger extends nn.Module {
    lstm = lstm;
    override forward(x: Tensor): Tensor {
      return this.lstm.forward(x)[0];
    }
  }
  class Backwards extends nn.Sequential {
    override forward(x: Tensor): Tensor {
      return x;
    }
  }
  refuses([
    [
      () => exportOnnx(new Tagger()),
      "exportOnnx() does not know what Tagger computes: give it the layers that run, as a list",
    ],
    [() => exportOnnx([lstm, new Backwards()]), "does not know what Backwards computes"],
    [() => exportOnnx([]), "exportOnnx() expected modules that compute something, got none"],
    [() => exportOnnx([new nn.Dropout()]), "exportOnnx() expected modules that compute something, got none"],
    [
      () => exportOnnx([lstm, new nn.Conv2d(3, 3, 1)]),
      "expected the Conv2d at 1 to take what the LSTM before it gives, [sequence, batch, 3], got: [N, C, H, W]",
    ],
    [
      () => exportOnnx([lstm, new nn.Conv1d(3, 3, 1)]),
      "expected the Conv1d at 1 to take the channels of [sequence, batch, 3], got: 3",
    ],
    [() => exportOnnx([new nn.Linear(2, 5), new nn.Unflatten(3, [1, 1])]), "got: 3 to 3 of [batch, 5]"],
    [() => exportOnnx([new nn.Linear(2, 5), new nn.Flatten({ startDim: 2 })]), "got: 2 to 1 of [batch, 5]"],
    [() => exportOnnx([new nn.Linear(2, 5), new Doubled()]), "does not know what Doubled computes"],
    [
      () => exportOnnx([new nn.Linear(2, 5), new nn.Unflatten(1, [2, 3])]),
      "expected the Unflatten at 1 to take the channels of [batch, 5], got: 6",
    ],
    [() => exportOnnx([new nn.Linear(2, 5), new nn.Unflatten(1, [2, -1])]), "got: [batch, 5] to [batch, 2, 2.5]"],
    [
      () => exportOnnx([new nn.Conv2d(1, 2, 3), new nn.Flatten({ startDim: 1, endDim: 2 })]),
      "expected known sizes behind the dimensions that a Flatten joins",
    ],
    [() => exportOnnx(new nn.Linear(2, 3), { lengths: true }), "expected layers with the option lengths, got: none"],
    [() => exportOnnx([lstm, 3 as never]), "exportOnnx() expected a module or a list of them, got: number"],
    [() => exportOnnx([lstm, new nn.LSTMCell(3, 3)]), "exportOnnx() expected layers or cells, got both"],
    [
      () => exportOnnx([lstm, new nn.GRU(3, 3, { batchFirst: true })]),
      "exportOnnx() expected layers of one batchFirst, got both",
    ],
    [
      () => exportOnnx([lstm, new nn.Linear(4, 3)]),
      "expected the Linear at 1 to take the 3 features of the LSTM before it, got: 4",
    ],
    [
      () => exportOnnx([lstm, new nn.Embedding(4, 3)]),
      "expected the Embedding at 1 to take the 3 features of the LSTM before it, got: whole numbers",
    ],
    [
      () => exportOnnx([lstm, new nn.Linear(3, 3, { dtype: "float64" })]),
      "expected parameters of one dtype, got: float32 and float64",
    ],
    [
      () => exportOnnx(new nn.GRUCell(4, 3), { lengths: true }),
      "exportOnnx() expected layers with the option lengths, got: cells",
    ],
    [() => exportOnnx(lstm, { lengths: 1 as never }), "exportOnnx() expected lengths as a boolean, got: number"],
    [() => exportOnnx(lstm, { opset: 9 } as never), "exportOnnx() got an unexpected keyword argument 'opset'"],
  ]);
});

describe("a Recurrent", () => {
  const { recurrentCells: records } = nn;

  it("of a cell of PyTorch's is written as its layer", () => {
    const options = { numLayers: 2, bidirectional: true, batchFirst: true };
    for (const [kind, cell] of [
      ["LSTM", records.lstm],
      ["GRU", records.gru],
      ["RNN", records.rnnTanh],
    ] as const) {
      const layer = new nn[kind](3, 4, options);
      const beyond = new nn.Recurrent(cell as typeof records.gru, 3, 4, options);
      beyond.loadStateDict(layer.stateDict());
      expect(exportOnnx(beyond)).toEqual(exportOnnx(layer));
    }
    const single = new nn.Recurrent(records.gru, 3, 4, { biasMode: "single" });
    const gru = new nn.GRU(3, 4);
    gru.loadStateDict(single.stateDict(), { strict: false });
    gru.bias_hh_l0.detach().fill_(0);
    expect(exportOnnx(single)).toEqual(exportOnnx(gru));
    const weighed = new nn.Recurrent(records.gru, 3, 4);
    const plain = exportOnnx(weighed);
    nn.utils.parametrizations.weightNorm(weighed, { name: "weight_hh_l0" });
    expect(exportOnnx(weighed).length).toBe(plain.length);
  });

  it("of a cell that ONNX has beside these is written as its node", () => {
    const options = { numLayers: 2, bidirectional: true };
    const { nodes } = read(exportOnnx(new nn.Recurrent(records.peepholeLSTM, 3, 4, options)));
    expect(nodes[2]).toBe("LSTM_l0.Y,LSTM_l0.Y_h,LSTM_l0.Y_c = LSTM(input,l0.W,l0.R,l0.B,,h0.l0,c0.l0,l0.P)");
    const before = exportOnnx(new nn.Recurrent(records.gruResetBefore, 3, 4, { bias: false }));
    expect(read(before).nodes[0]).toBe("GRU_l0.Y,hn = GRU(input,l0.W,l0.R,,,h0)");
    const [{ attribute = [] }] = decodeModel(before).graph?.node ?? [];
    expect(attribute.find(({ name }) => name === "linear_before_reset")?.i).toBe(0);
    const found = fromOnnx(exportOnnx(new nn.Recurrent(records.peepholeLSTM, 3, 4, options)));
    expect(found.map(({ layer }) => String(layer))).toEqual([
      "Recurrent(PEEPHOLE_LSTM, 3, 4, bidirectional=True)",
      "Recurrent(PEEPHOLE_LSTM, 8, 4, bidirectional=True)",
    ]);
  });

  it("of another is refused with what can be written", () => {
    const cells = "lstm, peepholeLSTM, gru, gruResetBefore, rnnTanh or rnnRelu";
    const known = `a Recurrent of the cells ${cells}, with what PyTorch's layers can do`;
    const rows: [nn.Recurrent | nn.Module, string][] = [
      [new nn.Recurrent(records.layerNormLSTM, 3, 4), "LAYER_NORM_LSTM"],
      [new nn.Recurrent(nn.GRUCell, 3, 4), "a module as cell"],
      [new nn.Recurrent(records.gru, 3, [4, 5]), "hiddenSize=4,5"],
      [new nn.Recurrent(records.gru, 3, 4, { numLayers: 2, residual: true }), "residual=true"],
      [new nn.Recurrent(records.gru, 3, 4, { initialState: "learned" }), "initialState=learned"],
      [new nn.Recurrent(records.gru, 3, 4, { stateBatchFirst: true }), "stateBatchFirst=true"],
      [new nn.Recurrent(records.gru, 3, 4, { zoneout: 0.1 }), "zoneout"],
    ];
    for (const [layer, came] of rows) {
      expect(() => exportOnnx(layer)).toThrow(`exportOnnx() can write ${known}, got ${came}`);
    }
  });
});
