/** What stands between the numbers of a file and the node that reads them, operator by operator. */

import { describe, expect, it } from "vitest";
import { Attributes } from "../../../src/convert/onnx/attributes.js";
import { operations } from "../../../src/convert/onnx/operations.js";
import type { OnnxAttribute } from "../../../src/convert/onnx/proto.js";
import { arange, type Tensor, tensor } from "../../../src/index.js";

const whole = (...numbers: number[]): Tensor => tensor(Float64Array.from(numbers));
const scalar = (x: number): Tensor => tensor(Float64Array.of(x), []);
const grid = arange(0, 6).reshape([2, 3]);

/** What an operator gives, as nested arrays. */
function run(opType: string, inputs: (Tensor | null)[], attribute: OnnxAttribute[] = [], outputs = 1): unknown[] {
  const attributes = new Attributes({ attribute, output: Array(outputs).fill("y") }, () => tensor([7]));
  return [operations[opType](inputs, attributes, () => {})].flat().map((one) => (one as Tensor).toNested());
}
const ints = (name: string, ...list: number[]): OnnxAttribute => ({ name, ints: list });
const int = (name: string, i: number): OnnxAttribute => ({ name, i });

describe("moves", () => {
  it.each<[string, (Tensor | null)[], OnnxAttribute[], unknown]>([
    ["Identity", [whole(1, 2)], [], [1, 2]],
    ["Slice", [grid, whole(1), whole(2 ** 63)], [], [[3, 4, 5]]],
    ["Slice", [grid, whole(-2), whole(-1), whole(1)], [], [[1], [4]]],
    [
      "Slice",
      [grid, whole(2), whole(-(2 ** 63)), whole(-1), whole(-2)],
      [],
      [
        [2, 0],
        [5, 3],
      ],
    ],
    ["Slice", [grid], [ints("starts", 0, 1), ints("ends", 1, 3)], [[1, 2]]],
    ["Concat", [whole(1), whole(2, 3)], [int("axis", 0)], [1, 2, 3]],
    ["Unsqueeze", [whole(1, 2), whole(-1, 0)], [], [[[1], [2]]]],
    [
      "Squeeze",
      [grid.unsqueeze(1), whole(-2)],
      [],
      [
        [0, 1, 2],
        [3, 4, 5],
      ],
    ],
    [
      "Squeeze",
      [grid.unsqueeze(1)],
      [],
      [
        [0, 1, 2],
        [3, 4, 5],
      ],
    ],
    [
      "Transpose",
      [grid],
      [],
      [
        [0, 3],
        [1, 4],
        [2, 5],
      ],
    ],
    [
      "Transpose",
      [grid],
      [ints("perm", 0, 1)],
      [
        [0, 1, 2],
        [3, 4, 5],
      ],
    ],
    [
      "Reshape",
      [grid, whole(0, -1, 1)],
      [],
      [
        [[0], [1], [2]],
        [[3], [4], [5]],
      ],
    ],
    ["Gather", [grid, scalar(-1)], [int("axis", 1)], [2, 5]],
    [
      "Gather",
      [grid, whole(1, 0)],
      [],
      [
        [3, 4, 5],
        [0, 1, 2],
      ],
    ],
    [
      "Expand",
      [whole(1, 2), whole(2, 1)],
      [],
      [
        [1, 2],
        [1, 2],
      ],
    ],
    ["Expand", [grid.narrow(0, 0, 1), whole(Number.NaN, 3)], [], [[0, 1, 2]]],
    ["Tile", [whole(1, 2), whole(2)], [], [1, 2, 1, 2]],
    ["Tile", [grid.narrow(0, 0, 1), whole(Number.NaN, 1)], [], [[0, 1, 2]]],
    ["ConstantOfShape", [whole(2)], [], [0, 0]],
    ["ConstantOfShape", [whole(1, Number.NaN)], [{ name: "value", t: {} }], [[7]]],
    ["Shape", [grid], [], [2, 3]],
    ["Shape", [grid], [int("start", -1)], [3]],
  ])("%s %#", (opType, inputs, attributes, expected) => {
    expect(run(opType, inputs, attributes)).toEqual([expected]);
  });

  it("Split, evenly or not", () => {
    expect(run("Split", [whole(1, 2, 3)], [], 2)).toEqual([[1, 2], [3]]);
    expect(run("Split", [whole(1, 2, 3), whole(1, 2)], [], 2)).toEqual([[1], [2, 3]]);
  });
});

describe("arithmetic", () => {
  it("of sizes: what is not known stays so", () => {
    expect(run("Mul", [whole(2, Number.NaN), scalar(3)])).toEqual([[6, Number.NaN]]);
    expect(run("Add", [scalar(2), scalar(3)])).toEqual([5]);
    expect(run("Sub", [scalar(2), scalar(3)])).toEqual([-1]);
    const sizes = whole(-1, 4, Number.NaN);
    const equal = operations.Equal([sizes, whole(-1, -1, -1)], new Attributes({}, () => sizes), () => {}) as Tensor;
    expect(run("Where", [equal, whole(1, 1, 1), sizes])).toEqual([[1, 4, Number.NaN]]);
  });

  it("casts: half precision rounds to the nearest, ties to even", () => {
    const x = tensor([1 + 2 ** -11, 1 + 3 * 2 ** -11, 70000, -1.7]);
    expect(run("Cast", [x], [int("to", 10)])).toEqual([
      [1, 1 + 2 ** -9, Number.POSITIVE_INFINITY, Math.fround(-1.7001953125)],
    ]);
    expect(run("Cast", [tensor([1 + 2 ** -8, 3])], [int("to", 16)])).toEqual([[1, 3]]);
    expect(run("Cast", [x.narrow(0, 3, 1)], [int("to", 7)])).toEqual([[-1]]);
    expect(run("Cast", [whole(0, 2)], [int("to", 9)])).toEqual([[false, true]]);
    expect(run("Cast", [whole(0.1)], [int("to", 1)])).toEqual([[Math.fround(0.1)]]);
  });

  it("8 bits to floats, for all or for each row", () => {
    const x = tensor(Int32Array.of(1, 2, 3, 4), [2, 2]);
    expect(run("DequantizeLinear", [x, tensor(0.5), tensor(Int32Array.of(1), [])])).toEqual([
      [
        [0, 0.5],
        [1, 1.5],
      ],
    ]);
    expect(run("DequantizeLinear", [x, tensor([1, 2]), null], [int("axis", 0)])).toEqual([
      [
        [1, 2],
        [6, 8],
      ],
    ]);
  });
});

describe("what it does not follow", () => {
  it.each<[string, (Tensor | null)[], OnnxAttribute[], string]>([
    ["Slice", [grid, whole(Number.NaN), whole(1)], [], "a size is not known before the model runs"],
    ["Concat", [whole(1), null], [], "input 1 is missing"],
    ["Cast", [grid], [int("to", 8)], "it casts to 8"],
    ["Squeeze", [grid, whole(0)], [], "it squeezes a dimension that is not 1"],
    ["Gather", [grid, grid], [], "it gathers by a matrix"],
    ["Tile", [grid, whole(Number.NaN, 1)], [], "it repeats what is not alike"],
    ["Mul", [arange(0, 17), scalar(1)], [], "it computes with numbers, not with sizes"],
  ])("%s %#", (opType, inputs, attributes, message) => {
    expect(() => run(opType, inputs, attributes)).toThrow(message);
  });
});
