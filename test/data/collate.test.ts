/** Batches of samples of every kind. */

import { describe, expect, it } from "vitest";
import { DataLoader, defaultCollate, type Padded, padCollate } from "../../src/data/index.js";
import { nn, ones, optim, type Tensor, tensor } from "../../src/index.js";
import * as train from "../../src/train/index.js";
import { raised, refuses, refusesSomehow } from "../support/nn_fixture.js";
import { recorded } from "./recorded.js";

const described = (x: Tensor) => [x.dtype, x.toNested()];

describe("defaultCollate", () => {
  it("stacks tensors, makes tensors of numbers, and goes into lists and records", () => {
    expect(described(defaultCollate([tensor([1, 2]), tensor([3, 4])]))).toEqual([
      "float32",
      [
        [1, 2],
        [3, 4],
      ],
    ]);
    expect(described(defaultCollate([new Float64Array([1]), new Float64Array([2])]))).toEqual(["float64", [[1], [2]]]);
    expect(described(defaultCollate([1, 2]))).toEqual(["int32", [1, 2]]);
    expect(described(defaultCollate([1, 2.5]))).toEqual(["float64", [1, 2.5]]);
    expect(described(defaultCollate([true, false]))).toEqual(["bool", [true, false]]);
    expect(defaultCollate(["a", "b"])).toEqual(["a", "b"]);
    const batch = defaultCollate([
      { x: tensor([1]), pair: [1, "a"] as [number, string] },
      { x: tensor([2]), pair: [2, "b"] as [number, string] },
    ]);
    expect(described(batch.x)).toEqual(["float32", [[1], [2]]]);
    expect(described(batch.pair[0])).toEqual(["int32", [1, 2]]);
    expect(batch.pair[1]).toEqual(["a", "b"]);
  });

  it("refuses with PyTorch's sentences what makes no batch", () => {
    refuses(() => defaultCollate([[1], [1, 2]]), recorded.errors.lists);
    refuses(() => defaultCollate([ones([2]), ones([3])]), recorded.errors.tensors);
    for (const wrong of [null, undefined, 5n, new Date(), () => 0]) {
      const { kind, message } = raised(() => defaultCollate([wrong]));
      expect([kind, message.split(";")[0]]).toEqual(["TypeError", recorded.errors.collate.message.split(";")[0]]);
    }
    refusesSomehow(() => defaultCollate([1, "a"]));
    refusesSomehow(() => defaultCollate([{ a: 1 }, {}] as never));
    for (const wrong of [5, null, undefined]) refusesSomehow(() => defaultCollate([{ a: 1 }, wrong] as never));
  });
});

describe("padCollate", () => {
  const samples: [Tensor, number][] = [
    [tensor([[1], [2]]), 5],
    [tensor([[3]]), 6],
    [tensor([[4], [5], [6]]), 7],
  ];

  it("pads sequences, says how long each is, and collates the rest", () => {
    const [{ input, lengths }, labels] = padCollate({ batchFirst: true, paddingValue: -1 })(samples);
    expect(input.squeeze(2).toNested()).toEqual([
      [1, 2, -1],
      [3, -1, -1],
      [4, 5, 6],
    ]);
    expect(lengths).toEqual([2, 1, 3]);
    expect(described(labels)).toEqual(["int32", [5, 6, 7]]);
    expect(padCollate()(samples)[0].input.shape).toEqual([3, 3, 1]);
  });

  it("pads targets that are sequences with a value of their own", () => {
    const tagged = [
      [tensor([1, 2]), tensor([1, 0], { dtype: "int32" })] as const,
      [tensor([3]), tensor([1], { dtype: "int32" })] as const,
    ];
    const [{ lengths }, tags] = padCollate({ batchFirst: true, targetPadding: -100 })(tagged);
    expect([lengths, (tags as Tensor).toNested()]).toEqual([
      [2, 1],
      [
        [1, 0],
        [1, -100],
      ],
    ]);
  });

  it("feeds a model that takes lengths, through a loader and a training", async () => {
    class Last extends nn.Module {
      readonly rnn = new nn.GRU(1, 4, { batchFirst: true });
      readonly linear = new nn.Linear(4, 8);
      override forward({ input, lengths }: Padded): Tensor {
        return this.linear.forward(this.rnn.forward(input, null, { lengths })[1].at(0));
      }
    }
    const model = new Last();
    const loader = new DataLoader(samples, {
      batchSize: 2,
      lengths: samples.map(([sequence]) => sequence.size(0)),
      collate: padCollate({ batchFirst: true }),
    });
    const optimizer = new optim.Adam(model.parameters());
    const losses: number[] = [];
    const training = train.fit(model, loader, { optimizer, loss: nn.functional.crossEntropy });
    for await (const event of training) if ("step" in event) losses.push(event.loss);
    expect(losses.map((loss) => loss > 0)).toEqual([true, true]);
  });

  it("refuses samples without a sequence", () => {
    refusesSomehow(() => padCollate()([5] as never));
    refusesSomehow(() => padCollate()([[5, 1]] as never));
    refusesSomehow(() => padCollate({ pad: 1 } as never));
  });
});
