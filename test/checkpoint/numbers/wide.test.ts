import { expect, it } from "vitest";
import { isTensor, isWideTensor } from "../../../src/checkpoint/numbers/wide.js";
import { tensor } from "../../../src/index.js";
import { refusal } from "../archives.js";

it("knows tensors of 64-bit numbers, and what only looks like one", async () => {
  expect(isWideTensor({ dtype: "U64", shape: [2], data: new BigUint64Array(2) })).toBe(true);
  expect(isWideTensor({ dtype: "U32", shape: [], data: new BigInt64Array(1) })).toBe(true);
  expect([isWideTensor({ data: [1] }), isWideTensor(tensor([1])), isTensor(tensor([1])), isTensor(1)]).toEqual([
    ...[false, false, true, false],
  ]);
  for (const [dtype, shape, sentence] of [
    ["U64", [1], "U64 with a BigUint64Array"],
    ["F32", [1], "got: F32"],
    ["I64", [2], "a shape of 1 elements"],
  ] as const) {
    expect(await refusal(() => isWideTensor({ dtype, shape, data: new BigInt64Array(1) }))).toContain(sentence);
  }
});
