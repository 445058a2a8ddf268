/** A graph that is being written. */

import { expect, it } from "vitest";
import { GraphBuilder } from "../../../src/convert/onnx/builder.js";
import { tensor } from "../../../src/index.js";

it("collects nodes, numbers, inputs and outputs", () => {
  const builder = new GraphBuilder("float64");
  const x = builder.input("x", ["batch", 2]);
  const ids = builder.input("ids", ["batch"], "int32");
  const [a] = builder.node("A", "first", [x, ids, builder.stored("w", tensor([[1], [-2]], { dtype: "float64" }))]);
  const axis = builder.whole([0, -1]);
  expect(builder.whole([0, -1])).toBe(axis);
  const outputs = builder.node(
    "B",
    "second",
    [a, axis],
    { f: { f: 0.5 }, i: { i: 3 }, s: { s: "ab" }, ints: { ints: [4, 5] }, strings: { strings: ["c"] } },
    ["Y", "Z"],
  );
  expect(outputs).toEqual(["second.Y", "second.Z"]);
  builder.output("output", outputs[1], ["batch", 7]);
  builder.node("C", "third", [outputs[1]]);

  const info = (name: string, elemType: number, dim: object[]) => ({
    name,
    type: { tensorType: { elemType, shape: { dim } } },
  });
  const one = new Uint8Array(new Float64Array([1, -2]).buffer);
  expect(builder.finish("graph")).toEqual({
    name: "graph",
    node: [
      { opType: "A", name: "first", input: ["x", "ids", "w"], output: ["first"], attribute: [] },
      {
        opType: "B",
        name: "second",
        input: ["first", axis],
        output: ["second.Y", "output"],
        attribute: [
          { name: "f", type: 1, f: 0.5 },
          { name: "i", type: 2, i: 3 },
          { name: "s", type: 3, s: new Uint8Array([97, 98]) },
          { name: "ints", type: 7, ints: [4, 5] },
          { name: "strings", type: 8, strings: [new Uint8Array([99])] },
        ],
      },
      { opType: "C", name: "third", input: ["output"], output: ["third"], attribute: [] },
    ],
    initializer: [
      { name: "w", dims: [2, 1], dataType: 11, rawData: one },
      { name: axis, dims: [2], dataType: 7, int64Data: [0, -1] },
    ],
    input: [info("x", 11, [{ param: "batch" }, { value: 2 }]), info("ids", 6, [{ param: "batch" }])],
    output: [info("output", 11, [{ param: "batch" }, { value: 7 }])],
  });
});
