/** Whole files: what PyTorch's exporters write by default, and every place and form in which layers stand in ONNX. */

import { describe, expect, it } from "vitest";
import { exportOnnx, fromOnnx, fromStateDict, onnxTensors } from "../../src/convert/index.js";
import { encodeGraph, encodeModel } from "../../src/convert/onnx/proto.js";
import { nn, setWarningHandler, type Tensor, tensor } from "../../src/index.js";
import { fixture, plainLayer } from "../support/recurrent.js";
import { expectClose, float32 } from "../support/tolerance.js";

interface Case {
  name: string;
  model: string;
  input: number[][][];
  output: number[][][];
}
interface Exported extends Case {
  files: Record<string, string>;
}
const files = fixture<{
  exporters: Exported[];
  learnt: Exported[];
  refused: Record<"rnn" | "cell" | "projection", string>;
  written: Case[];
  branches: Case[];
  calls: Case[];
  quantized: { model: string; weight_ih: number[][]; weight_hh: number[][] }[];
}>("onnx_files.json");

interface CellCase {
  name: string;
  model: string;
  feeds: { x: number[][][]; lengths?: number[]; h0?: number[][][]; c0?: number[][][] };
  /** The initial states that the file has. */
  fixed: number[][][][] | null;
  output: number[][][];
  final: number[][][][];
}
const cells = fixture<CellCase[]>("onnx_cells.json");

const bytesOf = (text: string): Uint8Array => Uint8Array.from(Buffer.from(text, "base64"));
const externalData =
  ({ files }: Exported) =>
  (location: string) =>
    bytesOf(files[location]);

describe("what PyTorch's exporters write", () => {
  it.each(files.exporters)("$name: the same output", (one) => {
    const found = fromOnnx(bytesOf(one.model), { externalData: externalData(one) });
    expect(found.every(({ hx }) => hx === null)).toBe(true);
    const dtype = found[0].layer.weight_ih_l0.dtype;
    expect(dtype).toBe(one.name === "float64" ? "float64" : "float32");
    const output = found.reduce((x, { layer }) => layer.forward(x)[0], tensor(one.input, { dtype }));
    expectClose(output, tensor(one.output), float32);
  });

  it("by default lies in two files", () => {
    const [one] = files.exporters;
    expect(() => fromOnnx(bytesOf(one.model))).toThrow(
      "lies in a file of its own, 'net.onnx.data': give its bytes as { externalData: (location) => bytes }",
    );
  });

  it.each(files.learnt)("a state that was learnt, $name", (one) => {
    const [{ layer, hx }] = fromOnnx(bytesOf(one.model), { externalData: externalData(one) });
    const batch = (hx as Tensor).size(1);
    expect(batch).toBe(one.name === "fixed, of one batch" ? 2 : 1);
    const [output] = layer.forward(tensor(one.input), (hx as Tensor).expand([1, 2, 8]));
    expectClose(output, tensor(one.output), float32);
  });

  it("is refused where it is no layer, with what was seen", () => {
    const { rnn, cell, projection } = files.refused;
    expect(() => fromOnnx(bytesOf(rnn))).toThrow(
      /^fromOnnx\(\) expected RNN, LSTM or GRU nodes, got: Add \(\d+\), MatMul \(\d\), .*export an nn.RNN with dynamo=False/,
    );
    expect(() => fromOnnx(bytesOf(cell))).toThrow(/got: Sigmoid \(6\), .* by name with onnxTensors\(\)$/);
    // The exporter forgets the projection, and writes other weights than there were.
    expect(() => fromOnnx(bytesOf(projection))).toThrow("expected initial_c of shape [1, N, 2], got: [1, 2, 8]");
  });
});

describe("what ONNX Runtime computes", () => {
  it.each(files.written)("$name", ({ model, input, output }) => {
    const [{ layer, hx }, ...others] = fromOnnx(bytesOf(model));
    expect(others).toEqual([]);
    expectClose(layer.forward(tensor(input), hx)[0], tensor(output), float32);
  });

  it("in both branches of an If", () => {
    const found = fromOnnx(bytesOf(files.branches[0].model));
    expect(found.map(({ name, layer }) => `${name} ${plainLayer(layer).mode}`)).toEqual(["LSTM LSTM", "GRU GRU"]);
    files.branches.forEach(({ input, output }, i) => {
      expectClose(found[1 - i].layer.forward(tensor(input))[0], tensor(output), float32);
    });
  });

  it("in a local function, once for each call", () => {
    const found = fromOnnx(bytesOf(files.calls[0].model));
    expect(found.map(({ name }) => name)).toEqual(["call0/inner", "call1/inner"]);
    files.calls.forEach(({ input, output }, i) => {
      expectClose(found[i].layer.forward(tensor(input))[0], tensor(output), float32);
    });
  });

  it("of 8 bits: the weights that they stand for", () => {
    for (const { model, weight_ih, weight_hh } of files.quantized) {
      const [{ layer }] = fromOnnx(bytesOf(model));
      expect(layer).toBeInstanceOf(nn.LSTM);
      expectClose(layer.weight_ih_l0, tensor(weight_ih), float32);
      expectClose(layer.weight_hh_l0, tensor(weight_hh), float32);
    }
  });
});

describe("the cells that ONNX has and PyTorch has not", () => {
  it.each(cells)("$name: ONNX Runtime's output and final states", ({ name, model, feeds, fixed, output, final }) => {
    const [{ layer, hx }, ...others] = fromOnnx(bytesOf(model));
    expect(others).toEqual([]);
    const cell = name.startsWith("LSTM") ? "PEEPHOLE_LSTM" : "GRU_RESET_BEFORE";
    expect(String(layer).startsWith(`Recurrent(${cell}, 2, 3`)).toBe(true);
    expect([hx].flat().map((state) => state?.toNested() ?? null)).toEqual(fixed ?? [null]);
    const given = [feeds.h0, feeds.c0].filter((state) => state !== undefined).map((state) => tensor(state));
    const states = given.length === 0 ? hx : given.length === 1 ? given[0] : given;
    const forward = layer.forward.bind(layer) as unknown as (...given: unknown[]) => [Tensor, Tensor | Tensor[]];
    const [y, last] = forward(tensor(feeds.x), states, { lengths: feeds.lengths ?? null });
    expectClose(y, tensor(output), float32);
    (Array.isArray(last) ? last : [last]).forEach((state, s) => {
      expectClose(state, tensor(final[s]), float32);
    });
  });

  it("are written as they were read", () => {
    for (const { model, feeds } of cells.filter(({ fixed }) => fixed === null)) {
      const [{ layer }] = fromOnnx(bytesOf(model));
      const [{ layer: again }] = fromOnnx(exportOnnx(layer, { lengths: feeds.lengths !== undefined }));
      expect(String(again)).toBe(String(layer));
      const numbers = (one: nn.Module) => [...one.stateDict()].map(([name, x]) => [name, x.toNested()]);
      expect(numbers(again)).toEqual(numbers(layer));
    }
  });

  it("read from the end, too, and have no stream then", () => {
    const { model } = cells.find(({ name }) => name.startsWith("GRU reverse")) as CellCase;
    const [{ layer }] = fromOnnx(bytesOf(model));
    expect(String(layer)).toBe("Recurrent(GRU_RESET_BEFORE, 2, 3, reverse=True)");
    const message = "Recurrent.stream() expected one direction, got reverse=true, which needs the future";
    expect(() => layer.stream()).toThrow(message);
    const x = tensor([[[1, 2]], [[3, 4]], [[5, 6]]]);
    const resets = [[false], [false], [true]];
    const whole = (layer as nn.Recurrent).forward(x, null, { resets });
    // Behind a reset, which is before it where time runs backwards, a sequence begins anew.
    const [first] = layer.forward(x.narrow(0, 0, 2));
    expectClose(whole[0].narrow(0, 0, 2), first, float32);
    expectClose(whole[1] as Tensor, first.narrow(0, 0, 1), float32);
    expect(String(layer.clone())).toBe(String(layer));
  });
});

describe("a layer that reads from the end", () => {
  const { model, input, output } = files.written.find(({ name }) => name === "LSTM reverse") as Case;
  const [{ layer }] = fromOnnx(bytesOf(model));

  it("says so, and has no stream", () => {
    expect(String(layer)).toBe("LSTM(3, 5, reverse=True)");
    expect(layer.clone().forward(tensor(input))[0].toNested()).toEqual(layer.forward(tensor(input))[0].toNested());
    expect(() => nn.utils.skipInit(nn.LSTM, 3, 5).loadStateDict(layer.stateDict())).not.toThrow();
    expect(() => layer.stream()).toThrow("expected a layer of one direction, got reverse=true, which needs the future");
  });

  it("begins each sequence at its own end", () => {
    const [y] = (layer as nn.LSTM).forward(tensor(input), null, { lengths: [4, 2] });
    const [short] = layer.forward(tensor(input).narrow(0, 0, 2));
    expectClose(y.narrow(0, 0, 2).select(1, 1), short.select(1, 1), float32);
    expectClose(y.select(1, 0), tensor(output).select(1, 0), float32);
  });
});

it("says what it leaves out beside what it takes", () => {
  // Of the two layers one loses its weights: their name becomes that of an input, which is the condition.
  const text = Buffer.from(files.branches[0].model, "base64").toString("latin1");
  const spoilt = Buffer.from(text.replaceAll("inner_W", "inner_Q").replace("inner_Q", "inner_W"), "latin1");
  const warnings: string[] = [];
  const before = setWarningHandler((warning) => void warnings.push(warning));
  try {
    expect(fromOnnx(spoilt).map(({ name }) => name)).toEqual(["LSTM"]);
  } finally {
    setWarningHandler(before);
  }
  expect(warnings.length).toBe(1);
  expect(warnings[0]).toMatch(
    /fromOnnx\(\) leaves out what it cannot take: GRU 'GRU' expected numbers in the file, but W/,
  );
});

describe("onnxTensors", () => {
  it("gives cells by PyTorch's names and order", () => {
    const tensors = onnxTensors(bytesOf(files.refused.cell));
    const prefix = [...tensors.keys()].find((name) => name.endsWith("weight_ih"))?.replace(/\.?weight_ih$/, "");
    const cell = fromStateDict(tensors, prefix);
    expect(String(cell)).toBe("LSTMCell(3, 4)");
  });

  it("keeps what has one name in several branches apart", () => {
    const branch = (value: number) => {
      const t = { dims: [1], dataType: 1, floatData: [value] };
      return encodeGraph({ node: [{ opType: "Constant", output: ["W"], attribute: [{ name: "value", t }] }] });
    };
    const node = [1, 2, 3].map((value) => {
      return { opType: "If", output: [`y${value}`], attribute: [{ name: "then_branch", g: branch(value) }] };
    });
    const found = [...onnxTensors(encodeModel({ graph: { node } }))].map(([name, one]) => [name, one.item()]);
    expect(found).toEqual([
      ["W", 1],
      ["y2.then_branch.W", 2],
      ["y3.then_branch.W", 3],
    ]);
  });

  it("reads the files beside a model, and half precision", () => {
    const [plain, half] = files.exporters;
    const tensors = onnxTensors(bytesOf(plain.model), { externalData: externalData(plain) });
    expect(tensors.get("layers.0.weight_hh_l0")?.shape).toEqual([192, 48]);
    const [{ layer }] = fromOnnx(bytesOf(plain.model), { externalData: externalData(plain) });
    expect(tensors.get("layers.0.weight_hh_l0")?.toNested()).toEqual(layer.weight_hh_l0.toNested());
    expect(onnxTensors(bytesOf(half.model)).get("layers.0.weight_hh_l0")?.dtype).toBe("float32");
  });
});

it("never fails in another way, whatever is changed in a model", () => {
  const before = setWarningHandler(() => {});
  let read = 0;
  for (const { model } of [...files.written, ...files.branches, ...files.learnt, files.calls[0], ...files.quantized]) {
    const bytes = bytesOf(model);
    for (let i = 0; i < bytes.length; i += Math.ceil(bytes.length / 80)) {
      const changed = Uint8Array.from(bytes);
      changed[i] ^= 1 << (i % 8);
      for (const door of [fromOnnx, onnxTensors]) {
        try {
          door(changed);
          read++;
        } catch (error) {
          expect(`${error}`).toMatch(/^ElmanError: (fromOnnx|onnxTensors)\(\)/);
        }
      }
    }
  }
  setWarningHandler(before);
  expect(read).toBeGreaterThan(1000);
});
