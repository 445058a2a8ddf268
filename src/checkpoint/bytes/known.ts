/** Files that are taken for checkpoints and are something else: what they are, and what to do with them. */

import { fail } from "../../base/errors.js";

/** How weights come out of a file of Keras's, which is not read. */
const keras = (file: string): string =>
  `in Python, import keras, safetensors.numpy; model = keras.models.load_model("${file}"); safetensors.numpy.save_file({w.path: w.numpy() for w in model.weights}, "weights.safetensors"), and fromKerasLSTM() of elman-nn/convert takes each layer's`;

const tfjs =
  'in JavaScript, model = await tf.loadLayersModel("model.json"); lists = model.getLayer("lstm").getWeights().map((w) => w.arraySync()); and fromKerasLSTM(lists, { activation, recurrentActivation }) of elman-nn/convert takes them';

/** Bytes as characters; those that are none, as `<1f>`. */
const text = (bytes: Uint8Array): string =>
  Array.from(bytes.subarray(0, 512), (byte) => {
    const isText = byte === 9 || byte === 10 || byte === 13 || (byte >= 32 && byte < 127);
    return isText ? String.fromCharCode(byte) : `<${byte.toString(16).padStart(2, "0")}>`;
  }).join("");

/** By how they begin. */
const beginnings: readonly [begins: RegExp, what: string][] = [
  [/^version https:\/\/git-lfs/, "a pointer of Git LFS, in place of the file itself: `git lfs pull` fetches that"],
  [/^\s*<(!doctype|html|\?xml)/i, "a web page or XML, as a server sends in place of a file that it does not give"],
  [/^<89>HDF/, `an HDF5 file, as Keras's .h5; ${keras("model.h5")}`],
  [/^<1f><8b>/, "a gzip archive: unpack it first"],
  [/^<93>NUMPY/, "a NumPy array (.npy), not a checkpoint"],
  [/^GGUF/, "a GGUF file, of llama.cpp"],
  [/^(<..>|[\s\S]){4}TFL3/, "a TensorFlow Lite model"],
  [/^<08><01><12>/, `a SavedModel of TensorFlow's; ${keras("folder")}`],
  // The version of its operators, and then one of the next seven fields.
  [/^<08>(<[01].>|\s)(<12>|<1a>|["*2:B])/, "an ONNX model: fromOnnx() of elman-nn/convert reads it"],
  [
    /^\s*\{[\s\S]*("modelTopology"|"weightsManifest"|"(layers|graph)-model")/,
    `JSON, as TensorFlow.js's model.json; ${tfjs}`,
  ],
  [/^\s*\{[\s\S]*"weight_map"/, "JSON, an index of shards: load() takes its path, which ends in .index.json"],
  [/^\s*[[{]["\s\d[{\]}-]/, "JSON, and no checkpoint"],
];

/** @throws RuntimeError for bytes with which a known file begins that is no checkpoint */
export function refuseKnown(name: string, start: Uint8Array): void {
  const begin = text(start);
  const known = beginnings.find(([begins]) => begins.test(begin));
  if (known !== undefined) fail("RuntimeError", `${name} is ${known[1]}`);
}

/** The same for a zip archive with these members. */
export function refuseArchive(name: string, members: readonly string[]): void {
  if (members.includes("model.weights.h5")) fail("RuntimeError", `${name} is a Keras model; ${keras("model.keras")}`);
  if (members.length > 0 && members.every((member) => member.endsWith(".npy"))) {
    fail("RuntimeError", `${name} is an archive of NumPy arrays (.npz), not a checkpoint`);
  }
}
