/** Files that are taken for checkpoints: each is called what it is. */

import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { load, loadSafetensors, loadTorch } from "../../../src/checkpoint/index.js";
import { exportOnnx } from "../../../src/convert/index.js";
import { nn } from "../../../src/index.js";
import { archive, bytesOf, refusal } from "../archives.js";

const savedModel = bytesOf("\x08\x01\x12\x90\x20", new Array(40).fill(7));
const files: [sentence: string, bytes: Uint8Array][] = [
  ["is a pointer of Git LFS", bytesOf("version https://git-lfs.github.com/spec/v1\noid sha256:1\nsize 2\n")],
  ["is a web page", bytesOf("<!DOCTYPE html><html>not found</html>")],
  ["is a web page", bytesOf("\n <html>")],
  ["is a web page or XML", bytesOf('<?xml version="1.0"?><Error/>')],
  ["is an HDF5 file", bytesOf("\x89HDF\r\n\x1a\n", new Array(40).fill(0))],
  ["is a gzip archive", bytesOf("\x1f\x8b\x08\0\0\0\0\0")],
  ["is JSON, as TensorFlow.js's model.json", bytesOf('{"format":"layers-model","modelTopology":{}}')],
  ["is JSON, and no checkpoint", bytesOf('{"hidden_size": 3}')],
  ["is an ONNX model: fromOnnx()", exportOnnx(new nn.LSTM(2, 3))],
  ["is an ONNX model", bytesOf("\x08\x0a\x12\x07pytorch\x1a\x062.13.0:\x01")],
  ["is a SavedModel of TensorFlow's", savedModel],
  ["is a NumPy array (.npy)", bytesOf("\x93NUMPY\x01\0")],
  ["is a GGUF file", bytesOf("GGUF\x03\0\0\0abc")],
  ["is a TensorFlow Lite model", bytesOf("\x1c\0\0\0TFL3\x14\0")],
];

describe.each(files)("a file that %s", (sentence, bytes) => {
  it.each([load, loadTorch, loadSafetensors])("is called that, by every door: %#", async (door) => {
    expect(await refusal(() => door(bytes))).toContain(sentence);
  });
});

describe("an archive", () => {
  it("of Keras is called that, with the lines that take its weights out", async () => {
    const keras = archive({
      "metadata.json": bytesOf("{}"),
      "config.json": bytesOf("{}"),
      "model.weights.h5": bytesOf("x"),
    });
    expect(await refusal(() => load(keras))).toBe(
      'the given bytes is a Keras model; in Python, import keras, safetensors.numpy; model = keras.models.load_model("model.keras"); safetensors.numpy.save_file({w.path: w.numpy() for w in model.weights}, "weights.safetensors"), and fromKerasLSTM() of elman-nn/convert takes each layer\'s',
    );
  });

  it("of NumPy, too", async () => {
    expect(await refusal(() => load(archive({ "a.npy": bytesOf("x") })))).toContain("archive of NumPy arrays (.npz)");
  });
});

it("takes no good file for one of these", async () => {
  const bytes = readFileSync(new URL("../../fixtures/checkpoint/lstm.pt", import.meta.url));
  expect((await load(bytes)).size).toBe(8);
});
