/** Layers of rows on packed sequences: what they give of each sequence alone, in both of their doors. */

import { describe, expect, it } from "vitest";
import { manualSeed, nn, randint, randn, type Tensor } from "../../../src/index.js";
import { refuses } from "../../support/refuses.js";
import { exact, expectClose, float32 } from "../../support/tolerance.js";

const { packSequence, unpackSequence } = nn.utils.rnn;
type Packed = InstanceType<typeof nn.utils.rnn.PackedSequence>;

manualSeed(1);
const sequences = [2, 4, 1].map((T) => randn(T, 3));
const packed = packSequence(sequences, { enforceSorted: false });
const layers: (nn.Layer & { forwardPacked(input: Packed): Packed })[] = [
  ...[new nn.Linear(3, 5), new nn.LayerNorm(3), new nn.Identity(), new nn.Dropout(0.5).eval()],
  ...[new nn.ReLU(), new nn.Tanh(), new nn.Sigmoid(), new nn.SiLU(), new nn.GELU(), new nn.ELU(), new nn.LeakyReLU()],
  ...[new nn.PReLU(3), new nn.Softplus(), new nn.Hardtanh(), new nn.Softmax(-1), new nn.LogSoftmax(1)],
  new nn.Sequential(new nn.Linear(3, 4), nn.functional.relu, new nn.Sequential(new nn.Linear(4, 2))),
];

describe.each(layers.map((layer) => [String(layer).split("\n")[0], layer] as const))("%s", (_, layer) => {
  it("gives of packed sequences what it gives of each", () => {
    const found = unpackSequence(layer.forwardPacked(packed));
    found.forEach((one, i) => {
      expectClose(one, layer.forward(sequences[i]), float32);
    });
    // What TypeScript refuses for the sake of subclasses JavaScript may do.
    const same = layer.forward(packed as never) as unknown as Packed;
    expectClose(same.data, layer.forwardPacked(packed).data, exact);
    expect(same.sortedIndices?.toNested()).toEqual(packed.sortedIndices?.toNested());
  });
});

it("carries gradients to the weights", () => {
  const linear = new nn.Linear(3, 2);
  linear.forwardPacked(packed).data.sum().backward();
  expect(linear.bias?.grad?.toNested()).toEqual([7, 7]);
});

it("looks packed numbers up", () => {
  const table = new nn.Embedding(9, 2);
  const words = [3, 1].map((T) => randint(9, [T]));
  const found = unpackSequence(table.forwardPacked(packSequence(words)));
  found.forEach((one, i) => {
    expectClose(one, table.forward(words[i]), exact);
  });
});

it("calls the forward of a subclass, which knows rows alone", () => {
  class Twice extends nn.Linear {
    override forward(x: Tensor): Tensor {
      return super.forward(x).mul(2);
    }
  }
  const twice = new Twice(3, 2);
  expectClose(twice.forwardPacked(packed).data, twice.forward(packed.data), exact);
});

it("draws one mask for all rows while training", () => {
  const dropped = new nn.Dropout(0.5).forwardPacked(packSequence([randn(40, 50).add(9)])).data;
  const share = dropped.eq(0).to("float32").mean().item();
  expect(Math.abs(share - 0.5)).toBeLessThan(0.05);
});

describe("what it refuses", () => {
  refuses([
    [
      () => new nn.Softmax(0).forwardPacked(packed),
      "Softmax expected a dim within the rows of a PackedSequence, got: 0",
    ],
    [() => new nn.LogSoftmax(-2).forward(packed as never), "LogSoftmax expected a dim within the rows of a"],
    [() => new nn.Linear(3, 2).forwardPacked(packed.data as never), "Linear.forwardPacked() expected a PackedSequence"],
    [
      () => new nn.Softmax(1).forwardPacked(3 as never),
      "Softmax.forwardPacked() expected a PackedSequence, got: number",
    ],
    [() => new nn.Sequential(new nn.ReLU()).forwardPacked(3 as never), "Sequential.forwardPacked() expected a Packed"],
    [() => new nn.Linear(4, 2).forwardPacked(packed), "mat1 and mat2 shapes cannot be multiplied"],
  ]);
});
