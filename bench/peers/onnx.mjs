/**
 * ONNX models of the cases: one LSTM, GRU or RNN node a layer, weights as initializers, numbers of steps and sequences
 * left open. PyTorch's gates in ONNX's order: LSTM i o f c, GRU z r h with linear_before_reset.
 */

import onnxProto from "onnx-proto";
import { reordered } from "./serve.mjs";

const { onnx } = onnxProto;
const { AttributeProto, ModelProto, TensorProto } = onnx;
const order = { LSTM: [0, 3, 1, 2], GRU: [1, 0, 2], RNN: [0] };

const bytes = (array) => new Uint8Array(array.buffer, array.byteOffset, array.byteLength);
const floats = (name, dims, data) => ({ name, dims, dataType: TensorProto.DataType.FLOAT, rawData: bytes(data) });
const value = (name, dims, elemType = TensorProto.DataType.FLOAT) => ({
  name,
  type: {
    tensorType: {
      elemType,
      shape: { dim: dims.map((d) => (typeof d === "number" ? { dimValue: d } : { dimParam: d })) },
    },
  },
});
const integer = (name, i) => ({ name, type: AttributeProto.AttributeType.INT, i });
const integers = (name, ints) => ({ name, type: AttributeProto.AttributeType.INTS, ints });
const string = (name, text) => ({ name, type: AttributeProto.AttributeType.STRING, s: Buffer.from(text) });

function joined(arrays) {
  const out = new Float32Array(arrays.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const array of arrays) {
    out.set(array, at);
    at += array.length;
  }
  return out;
}

/**
 * The bytes of a model that reads `x` [T, N, C], with `lengths` [N] where the case has them, and writes `y`: [T, 1, N, H]
 * of one direction, [T, N, 2·H] of two. A model of a step reads the states `h` (and `c`) too, and writes `hn` (and `cn`).
 */
export function model({ mode, C, H, L, D, lengths }, pass, { GH, layers }) {
  const node = [];
  const initializer = [];
  const states = pass !== "step" ? [] : mode === "LSTM" ? ["h", "c"] : ["h"];
  let sequence = "x";
  for (let layer = 0; layer < L; layer++) {
    const directions = layers.slice(layer * D, (layer + 1) * D);
    const all = (i) => joined(directions.map(({ weights }) => reordered(weights[i], order[mode])));
    const biases = directions.flatMap(({ weights }) => [weights[2], weights[3]]);
    initializer.push(
      floats(`W${layer}`, [D, GH, directions[0].width], all(0)),
      floats(`R${layer}`, [D, GH, H], all(1)),
      floats(`B${layer}`, [D, 2 * GH], joined(biases.map((bias) => reordered(bias, order[mode])))),
    );
    node.push({
      opType: mode,
      input: [sequence, `W${layer}`, `R${layer}`, `B${layer}`, lengths === null ? "" : "lengths", ...states],
      output: [`y${layer}`, ...states.map((state) => `${state}n`)],
      attribute: [
        integer("hidden_size", H),
        string("direction", D === 2 ? "bidirectional" : "forward"),
        ...(mode === "GRU" ? [integer("linear_before_reset", 1)] : []),
      ],
    });
    sequence = `y${layer}`;
    if (D === 1) continue;
    node.push(
      { opType: "Transpose", input: [sequence], output: [`t${layer}`], attribute: [integers("perm", [0, 2, 1, 3])] },
      { opType: "Reshape", input: [`t${layer}`, "joined"], output: [`j${layer}`] },
    );
    sequence = `j${layer}`;
  }
  if (D === 2) {
    const shape = new BigInt64Array([0n, 0n, BigInt(D * H)]);
    initializer.push({ name: "joined", dims: [3], dataType: TensorProto.DataType.INT64, rawData: bytes(shape) });
  }
  node.push({ opType: "Identity", input: [sequence], output: ["y"] });
  const graph = {
    name: "layer",
    node,
    initializer,
    input: [
      value("x", ["T", "N", C]),
      ...(lengths === null ? [] : [value("lengths", ["N"], TensorProto.DataType.INT32)]),
      ...states.map((state) => value(state, [1, "N", H])),
    ],
    output: [
      value("y", D === 2 ? ["T", "N", D * H] : ["T", 1, "N", H]),
      ...states.map((state) => value(`${state}n`, [1, "N", H])),
    ],
  };
  return ModelProto.encode({ irVersion: 8, opsetImport: [{ domain: "", version: 14 }], graph }).finish();
}
