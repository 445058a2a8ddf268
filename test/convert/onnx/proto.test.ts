/** Bytes of protobuf: what PyTorch wrote is understood, what is written is read again, and nothing hostile goes through. */

import { describe, expect, it, vi } from "vitest";
import { decodeGraph, decodeModel, encodeGraph, encodeModel, type OnnxModel } from "../../../src/convert/onnx/proto.js";
import { fixture } from "../../support/recurrent.js";

const bytes = (text: string): Uint8Array => Uint8Array.from(text, (letter) => letter.charCodeAt(0));
const { cases, every_field } = fixture<{ cases: { model: string }[]; every_field: string }>("onnx.json");
const written = Uint8Array.from(Buffer.from(cases[0].model, "base64"));

describe("a model that PyTorch wrote", () => {
  const model = decodeModel(written);

  it("has all that the tables name", () => {
    expect([model.producerName, model.opsetImport?.[0].version]).toEqual(["pytorch", 20]);
    const { graph } = model;
    expect(graph?.input).toEqual([
      { name: "x", type: { tensorType: { elemType: 1, shape: { dim: [{ value: 4 }, { value: 2 }, { value: 3 }] } } } },
    ]);
    expect(graph?.output?.[0].type?.tensorType?.shape?.dim?.map(({ value, param }) => value ?? typeof param)).toEqual([
      4, 2, 4,
    ]);
    const node = graph?.node?.find(({ opType }) => opType === "RNN");
    expect(node?.name).toBe("/layers.3/RNN");
    expect(node?.input?.length).toBe(6);
    expect(node?.attribute).toEqual([
      { name: "activations", type: 8, strings: [bytes("Relu")] },
      { name: "hidden_size", type: 2, i: 3 },
    ]);
    const weight = graph?.initializer?.find(({ name }) => name === node?.input?.[1]);
    expect([weight?.dims, weight?.dataType, weight?.rawData?.length]).toEqual([[1, 3, 4], 1, 48]);
  });

  it("is read again as it was written", () => {
    expect(decodeModel(encodeModel(model))).toEqual(decodeModel(written));
  });

  it("is read where there is no TextDecoder, as in an AudioWorklet", async () => {
    vi.resetModules();
    vi.stubGlobal("TextDecoder", undefined);
    try {
      const alone = await import("../../../src/convert/onnx/proto.js");
      expect(alone.decodeModel(written)).toEqual(model);
    } finally {
      vi.unstubAllGlobals();
    }
  });
});

describe("a model with every field, as the onnx package writes it", () => {
  const tensor = {
    dims: [2, 1],
    dataType: 1,
    floatData: [0.5, -2],
    int32Data: [5, -6],
    int64Data: [3, -4],
    name: "t",
    rawData: new Uint8Array([1, 2]),
    doubleData: [0.1, 1e300],
    uint64Data: [7],
    externalData: [{ key: "location", value: "t.data" }],
    dataLocation: 1,
  };
  const attribute = {
    name: "a",
    type: 1,
    f: 0.25,
    i: -1,
    s: bytes("s"),
    t: tensor,
    g: encodeGraph({ name: "inner" }),
    refAttrName: "outer",
    floats: [1.5, -1],
    ints: [1, -2, 2 ** 40],
    strings: [bytes("x"), bytes("")],
  };
  const node = { input: ["a", ""], output: ["b"], name: "n", opType: "LSTM", domain: "d", attribute: [attribute] };
  const shape = { dim: [{ value: 3 }, { param: "batch" }] };
  const value = { name: "v", type: { tensorType: { elemType: 6, shape } } };
  const model: OnnxModel = {
    irVersion: 8,
    producerName: "p",
    graph: { node: [node], name: "g", initializer: [tensor], input: [value], output: [value, value] },
    opsetImport: [{ domain: "o", version: 17 }],
    functions: [{ name: "f", domain: "d", input: ["a"], output: ["b"], node: [node], attributeProto: [attribute] }],
  };

  it("is read", () => {
    expect(decodeModel(Uint8Array.from(Buffer.from(every_field, "base64")))).toEqual(model);
  });

  it("is written", () => {
    expect(decodeModel(encodeModel(model))).toEqual(model);
    expect(decodeGraph(attribute.g)).toEqual({ name: "inner" });
  });
});

describe("writing", () => {
  it("keeps what is empty, zero, or not of ASCII", () => {
    const model = {
      producerName: "élman",
      graph: { name: "", initializer: [{ dims: [0], floatData: [], dataType: 0 }] },
    };
    expect(decodeModel(encodeModel(model))).toEqual(model);
  });

  it("has these bytes, by hand", () => {
    expect([...encodeModel({ irVersion: 8, graph: { name: "g", initializer: [{ dims: [300, 1] }] } })]).toEqual([
      8, 8, 58, 10, 18, 1, 103, 42, 5, 10, 3, 172, 2, 1,
    ]);
  });
});

describe("reading", () => {
  it("takes numbers packed and one by one, and skips what it does not know", () => {
    // A graph with one initialiser: dims 2 and 3 one by one, a field 99 of text, dims 4 and 5 packed.
    const tensor = [8, 2, 8, 3, 0x9a, 6, 1, 65, 10, 2, 4, 5];
    const graph = [42, tensor.length, ...tensor];
    expect(decodeModel(new Uint8Array([58, graph.length, ...graph]))).toEqual({
      graph: { initializer: [{ dims: [2, 3, 4, 5] }] },
    });
  });

  it("refuses a field of another type", () => {
    expect(() => decodeModel(new Uint8Array([56, 1]))).toThrow("field 7 has wire type 0");
  });

  it("ends with an error, or with a model, whatever is cut off or changed", () => {
    let errors = 0;
    const attempt = (changed: Uint8Array) => {
      try {
        decodeModel(changed);
      } catch (error) {
        expect(error).toBeInstanceOf(Error);
        errors++;
      }
    };
    for (let length = 0; length < written.length; length += 61) attempt(written.subarray(0, length));
    for (let i = 0; i < written.length; i += 31) {
      const changed = Uint8Array.from(written);
      changed[i] ^= 0xff;
      attempt(changed);
    }
    expect(errors).toBeGreaterThan(50);
    // Groups within groups, without end.
    expect(() => decodeModel(new Uint8Array(100_000).fill(0x9b))).toThrow();
    expect(() => decodeModel(new Uint8Array(100_000).fill(0x5b))).toThrow();
  });
});
