/** Metrics on numbers that can be counted by hand. */

import { describe, expect, it } from "vitest";
import { nn, type Tensor, tensor, zeros } from "../../src/index.js";
import { accuracy, editDistance, errorRate, f1, type Metric, perplexity } from "../../src/train/index.js";
import { refusesSomehow } from "../support/nn_fixture.js";
import { expectClose, float32, float64 } from "../support/tolerance.js";

const int = (data: number[] | number[][]) => tensor(data, { dtype: "int32" });

function counted(metric: Metric, ...batches: [Tensor, Tensor][]): number {
  const count = metric();
  for (const [output, target] of batches) count.add(output, target);
  return count.value();
}

describe("accuracy", () => {
  it("is over all batches, of scores, classes and logits, without padding", () => {
    const scores = tensor([
      [1, 5, 2],
      [9, 0, 0],
    ]);
    expect(counted(accuracy, [scores, int([1, 2])], [int([3]), int([3])])).toBe(2 / 3);
    expect(counted(accuracy, [tensor([2, -2, 2, -2]), tensor([1, 0, 0, 0])])).toBe(3 / 4);
    expect(counted(accuracy, [int([1, 2, 3]), int([1, -100, 4])])).toBe(1 / 2);
    // [N, C, T] with the classes in the second dimension.
    const steps = tensor([
      [
        [1, 0],
        [0, 1],
      ],
    ]);
    expect(counted(accuracy, [steps, int([[0, 1]])])).toBe(1);
    expect(counted(accuracy, [tensor([0, 3, 1]), tensor(1, { dtype: "int32" })])).toBe(1);
    expect(counted(accuracy)).toBeNaN();
  });

  it("refuses outputs of another shape", () => {
    refusesSomehow(() => counted(accuracy, [tensor([1, 2]), int([1])]));
    refusesSomehow(() =>
      counted(accuracy, [
        tensor([
          [1, 2],
          [3, 4],
        ]),
        int([0, 1, 1]),
      ]),
    );
    // [N, T, C], where [N, C, T] was meant.
    expect(() => counted(accuracy, [zeros([2, 3, 4]), zeros([2, 3], { dtype: "int32" })])).toThrow(
      "a metric expected scores [N, C, …] or outputs of the target's shape [2, 3], got: [2, 3, 4]",
    );
    refusesSomehow(() => counted(accuracy, [[1] as never, int([1])]));
    refusesSomehow(() => counted(perplexity, [zeros([2, 3]), zeros([2, 3])]));
  });
});

it("f1 is the mean over classes, of class 1, or of all together", () => {
  const batch: [Tensor, Tensor] = [int([0, 1, 1, 2, 1, 0]), int([0, 1, 0, 2, 2, 0])];
  // Class 0: tp 2, fn 1; class 1: tp 1, fp 2; class 2: tp 1, fn 1.
  const [zero, one, two] = [4 / 5, 2 / 4, 2 / 3];
  expectClose([counted(f1(), batch)], [(zero + one + two) / 3], float64);
  expectClose([counted(f1({ average: "binary" }), batch)], [one], float64);
  expectClose([counted(f1({ average: "micro" }), batch)], [4 / 6], float64);
  expect(counted(f1({ average: "binary" }), [int([0]), int([0])])).toBeNaN();
  refusesSomehow(() => f1({ average: "weighted" as never }));
});

it("perplexity is e to the mean cross-entropy", () => {
  const [first, second] = [
    tensor([
      [1, 2, 3],
      [0, 0, 5],
    ]),
    tensor([[4, 1, 1]]),
  ];
  const losses = [
    nn.functional.crossEntropy(first, int([2, 0])).item(),
    nn.functional.crossEntropy(second, int([1])).item(),
  ];
  expectClose(
    [counted(perplexity, [first, int([2, 0])], [second, int([1])])],
    [Math.exp((2 * losses[0] + losses[1]) / 3)],
    float32,
  );
  expectClose(
    [
      counted(perplexity, [
        tensor([
          [0, 0],
          [9, 9],
        ]),
        int([1, -100]),
      ]),
    ],
    [2],
    float32,
  );
});

it("editDistance refuses what is no sequence", () => {
  expect(() => editDistance(null as never, [1])).toThrow("editDistance() expected two sequences, got: null");
  expect(() => editDistance("ab" as never, 3 as never)).toThrow("editDistance() expected two sequences, got: number");
});

it("editDistance counts insertions, deletions and replacements", () => {
  for (const [a, b, edits] of [
    ["kitten", "sitting", 3],
    ["", "abc", 3],
    ["abc", "", 3],
    ["flaw", "lawn", 2],
    ["same", "same", 0],
    ["ab", "ba", 2],
  ] as const) {
    expect([editDistance([...a], [...b]), editDistance([...b], [...a])]).toEqual([edits, edits]);
  }
});

it("errorRate is edits by the length of targets", () => {
  const found = int([
    [1, 2, 3, 9],
    [4, 4, 4, 4],
  ]);
  const wanted = int([
    [1, 3, 3, -100],
    [4, 4, -100, -100],
  ]);
  expect(counted(errorRate, [found, wanted])).toBe(1 / 5);
});
