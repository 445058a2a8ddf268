import { expect, it } from "vitest";
import { truncatedBPTT } from "../../src/data/index.js";
import { arange, nn, ones, type Tensor, zeros } from "../../src/index.js";
import { refusesSomehow } from "../support/nn_fixture.js";
import { expectClose, float32 } from "../support/tolerance.js";

it("cuts a sequence, or several at the same places", () => {
  const [first, second, last] = truncatedBPTT(arange(5), 2);
  expect([first, second, last].map((one) => one.toNested())).toEqual([[0, 1], [2, 3], [4]]);
  const pairs = truncatedBPTT([arange(6).reshape([2, 3]), arange(3).reshape([1, 3])], 2, { dim: 1 });
  expect(pairs.map((pair) => pair.map((one) => one.shape))).toEqual([
    [
      [2, 2],
      [1, 2],
    ],
    [
      [2, 1],
      [1, 1],
    ],
  ]);
  expect(truncatedBPTT(ones([0, 2]), 3)).toEqual([]);
});

it("with the state carried on computes what the whole sequence computes", () => {
  const layer = new nn.GRU(1, 2);
  const x = arange(7).reshape([7, 1]).to("float32");
  let state = zeros([1, 2]);
  const outputs: number[] = [];
  for (const part of truncatedBPTT(x, 3)) {
    const [output, h]: [Tensor, Tensor] = layer.forward(part, state.detach());
    state = h;
    outputs.push(...output.toArray());
  }
  expectClose(outputs, layer.forward(x)[0].toArray(), float32);
});

it("refuses what cannot be cut", () => {
  for (const chunk of [0, -1, 1.5, Number.NaN, "2"] as never[]) refusesSomehow(() => truncatedBPTT(ones([3]), chunk));
  for (const wrong of [5, [], [5], null] as never[]) refusesSomehow(() => truncatedBPTT(wrong, 1));
  refusesSomehow(() => truncatedBPTT([ones([3]), ones([2])], 1));
  refusesSomehow(() => truncatedBPTT(ones([3]), 1, { dim: 1 }));
  refusesSomehow(() => truncatedBPTT(ones([3]), 1, { step: 1 } as never));
});
