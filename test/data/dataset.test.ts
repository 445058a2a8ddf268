/** Sets of samples and parts of them, split as PyTorch splits them. */

import { describe, expect, it, vi } from "vitest";
import { randomSplit, Subset, TensorDataset } from "../../src/data/index.js";
import { arange, Generator, manualSeed, ones, setWarningHandler, tensor } from "../../src/index.js";
import { raised, refuses, refusesSomehow } from "../support/nn_fixture.js";
import { recorded } from "./recorded.js";

it("TensorDataset has slices of its tensors", () => {
  const set = new TensorDataset(arange(6).reshape([3, 2]), tensor([5, 6, 7]));
  expect(set.length).toBe(3);
  expect(set.at(1).map((one) => one.toNested())).toEqual([[2, 3], 6]);
  expect(raised(() => new TensorDataset(ones([2]), ones([3])))).toEqual({
    kind: "ValueError",
    message: "Size mismatch between tensors",
  });
  for (const wrong of [[], [ones([])], [5], [null]] as never[][]) refusesSomehow(() => new TensorDataset(...wrong));
  refusesSomehow(() => set.at(3));
});

it("Subset has some of the samples", () => {
  const set = new Subset(["a", "b", "c"], [2, 0]);
  expect([set.length, set.at(0), set.at(1), set.at(-1)]).toEqual([2, "c", "a", "a"]);
  refusesSomehow(() => set.at(2));
  for (const wrong of [[3], [-1], [0.5], ["a"]] as never[]) refusesSomehow(() => new Subset([1, 2, 3], wrong));
  refusesSomehow(() => new Subset(5 as never, []));
  for (const wrong of [undefined, null, 5] as never[]) refusesSomehow(() => new Subset([1], wrong));
});

describe("randomSplit", () => {
  it.each(recorded.splits as Record<string, never>[])("$count samples in $lengths", (one) => {
    const { count, lengths, default: shared, own } = one;
    const heard = vi.fn();
    const before = setWarningHandler(heard);
    const samples = Array.from({ length: count }, (_, i) => i);
    manualSeed(42);
    expect(randomSplit(samples, lengths).map((part) => Array.from(part.indices))).toEqual(shared);
    const parts = randomSplit(samples, lengths, { generator: new Generator(7) });
    expect(parts.map((part) => Array.from(part.indices))).toEqual(own);
    expect(heard).not.toHaveBeenCalled();
    randomSplit([1], [0.5, 0.5]);
    expect(heard.mock.calls).toEqual([
      ["elman: Length of split at index 1 is 0. This might result in an empty dataset."],
    ]);
    setWarningHandler(before);
  });

  it("refuses lengths that do not add up", () => {
    refuses(() => randomSplit([1, 2], [1, 2]), recorded.errors.split);
    refuses(() => randomSplit([1, 2], [1.5, -0.5]), recorded.errors.fraction);
    for (const wrong of [5, null, ["1"], [Number.NaN], [3, -1]] as never[]) {
      refusesSomehow(() => randomSplit([1, 2], wrong));
    }
    refusesSomehow(() => randomSplit(5 as never, [1]));
    refusesSomehow(() => randomSplit([1], [1], { seed: 1 } as never));
  });
});
