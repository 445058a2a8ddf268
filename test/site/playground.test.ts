/** Where nets come from, and how text, a series and a sound become what a layer reads. */

import { readFile } from "node:fs/promises";
import { nn, type Tensor, tensor } from "elman-nn";
import { encodeSafetensors, encodeTorch } from "elman-nn/checkpoint";
import { exportOnnx } from "elman-nn/convert";
import { describe, expect, it } from "vitest";
import { alphabet } from "../../examples/names/data.js";
import {
  type Fault,
  InputError,
  melFrequencies,
  mostSteps,
  numbersOf,
  ofSeries,
  ofSound,
  ofText,
  sweep,
} from "../../site/src/playground/inputs.js";
import { freshNet, NothingFound, namesAlphabet, openNet } from "../../site/src/playground/models.js";
import { exact, expectClose, float32 } from "../support/tolerance.js";

const path = (name: string) => new URL(`../../${name}`, import.meta.url);
const file = async (name: string) => new Blob([await readFile(path(name))]);
const shown = ({ layers }: { layers: readonly { name: string; layer: nn.Module }[] }) =>
  layers.map(({ name, layer }) => `${name}: ${layer}`);

describe("nets", () => {
  it("ours: a GRU that an embedding feeds, whose rows are these letters", async () => {
    const net = await openNet(await file("examples/names/names.pt"), "names.pt", namesAlphabet);
    expect(shown(net)).toEqual(["rnn: GRU(16, 64)"]);
    expect(net.embeddings.map(({ name, isLikely }) => [name, isLikely])).toEqual([["embedding", true]]);
    expect(namesAlphabet).toBe(alphabet);
    expect(freshNet("x").layers[0].layer.weight_ih_l0.toArray()).toEqual(
      freshNet("y").layers[0].layer.weight_ih_l0.toArray(),
    );
  });

  it("of an RNN both readings, of cells layers, of several models each", async () => {
    const cell = new nn.LSTMCell(3, 4);
    const models = {
      a: new nn.RNN(3, 4).stateDict(),
      b: new Map([...cell.stateDict()].map(([name, x]) => [`c.${name}`, x])),
    };
    const net = await openNet(new Blob([await encodeTorch(models)]), "several.pt");
    expect(shown(net)).toEqual(["a: RNN(3, 4)", "a: RNN(3, 4)", "b.c: LSTM(3, 4)"]);
    expect(net.layers.map(({ layer }) => layer.mode)).toEqual(["RNN_TANH", "RNN_RELU", "LSTM"]);
    expectClose(net.layers[2].layer.weight_hh_l0.toArray(), cell.weight_hh.toArray(), exact);
  });

  it("of ONNX", async () => {
    const layer = new nn.GRU(3, 4, { bidirectional: true });
    const net = await openNet(new Blob([new Uint8Array(exportOnnx(layer))]), "gru.onnx");
    expect(net.layers.map(({ layer }) => `${layer}`)).toEqual(["GRU(3, 4, bidirectional=True)"]);
  });

  it("none: what is no file of the kind, and what has no recurrent layer", async () => {
    await expect(openNet(new Blob(["hello"]), "x.pt")).rejects.toThrow(
      "is neither a safetensors file nor one of torch.save: it begins with 68 65 6c 6c 6f",
    );
    const linear = new Blob([await encodeSafetensors(new nn.Linear(2, 3).stateDict())]);
    const error = await openNet(linear, "x.safetensors").catch((error: unknown) => error);
    expect(error).toBeInstanceOf(NothingFound);
    expect((error as NothingFound).found).toEqual(["Linear '·'"]);
  });
});

const rows = (values: Tensor) => values.toNested();
const fault = (call: () => unknown): Fault | null => {
  try {
    call();
    return null;
  } catch (error) {
    if (error instanceof InputError) return error.fault;
    throw error;
  }
};

describe("text", () => {
  const layer = new nn.GRU(3, 4);
  const table = { name: "e", layer: new nn.Embedding(5, 3) };

  it("by an alphabet, through a table or as one of C", () => {
    const { values, how, labels } = ofText("bA", "xab", table, layer);
    expectClose(values, table.layer.forward(tensor([2, 1], { dtype: "int32" })).detach(), exact);
    expect(how).toEqual({ kind: "embedding", table: "e", rows: 5, numbering: "alphabet" });
    expect(labels).toEqual(["b", "A"]);
    expect(rows(ofText("ba", "xab", null, layer).values)).toEqual([
      [0, 0, 1],
      [0, 1, 0],
    ]);
  });

  it("by the code of each letter, where no alphabet is known", () => {
    const { values, how } = ofText("é😀", "", null, layer);
    expect(rows(values)).toEqual([0xe9, 0x1f600].map((code) => [0, 1, 2].map((k) => Number(k === code % 3))));
    expect(how).toEqual({ kind: "oneHot", numbering: "code" });
  });

  it("refuses what it has no number for", () => {
    expect(fault(() => ofText("", "", null, layer))).toEqual({ kind: "empty" });
    expect(fault(() => ofText("abz", "ab", null, layer))).toEqual({ kind: "letter", letter: "z" });
    expect(fault(() => ofText("ab", "abcd", null, layer))).toEqual({ kind: "alphabet", size: 4, rows: 3 });
    expect(fault(() => ofText("a".repeat(mostSteps + 1), "", null, layer))).toEqual({ kind: "long", count: 401 });
  });
});

describe("a series", () => {
  it("is its values and what was before them, in the layer's dtype", () => {
    const { values } = ofSeries(numbersOf("1，2\n-3e0"), new nn.RNN(2, 1, { dtype: "float64" }));
    expect(rows(values)).toEqual([
      [1, 0],
      [2, 1],
      [-3, 2],
    ]);
    expect(values.dtype).toBe("float64");
    expect(fault(() => numbersOf("1 two"))).toEqual({ kind: "number", word: "two" });
  });
});

describe("a sound", () => {
  const layer = new nn.GRU(12, 4);

  it("is where its energy is: a tone in one band, a sweep in one after the other", () => {
    const [rate, frequency] = [16000, melFrequencies(12, 16000)[7]];
    const tone = Float32Array.from({ length: rate / 2 }, (_, i) => Math.sin((2 * Math.PI * frequency * i) / rate));
    const { values, how } = ofSound(tone, rate, layer);
    expect(how).toEqual({ kind: "bands", rate, frame: 512, hop: 256 });
    expect(values.shape).toEqual([32, 12]);
    expect([...new Set(values.argmax(1).toArray())]).toEqual([7]);
    expectClose([values.mean().item(), values.std(undefined, { correction: 0 }).item()], [0, 1], float32);
    const loudest = Array.from(ofSound(sweep(rate), rate, layer).values.argmax(1).toArray());
    expect(loudest).toEqual([...loudest].sort((a, b) => a - b));
    expect([loudest[0], loudest[loudest.length - 1]]).toEqual([0, 10]);
  });

  it("has a bounded number of steps, and silence is no NaN", () => {
    const { values, how } = ofSound(new Float32Array(16000 * 60), 16000, layer);
    expect(how).toMatchObject({ hop: 2400 });
    expect(values.shape).toEqual([mostSteps, 12]);
    expect(values.abs().max().item()).toBe(0);
    expect(fault(() => ofSound(new Float32Array(0), 16000, layer))).toEqual({ kind: "empty" });
  });
});
