import { describe, expect, it } from "vitest";
import { cat, stack } from "../../../src/tensor/combine.js";
import { tensor } from "../../../src/tensor/create.js";
import { pad } from "../../../src/tensor/ops/shape.js";
import type { Tensor } from "../../../src/tensor/tensor.js";
import { apply } from "../../../src/tensor/tensor.js";
import { gradcheck } from "../../support/gradcheck.js";
import { source } from "../../support/random.js";

const draw = source(3);

const moves: [string, (x: Tensor) => Tensor | Tensor[]][] = [
  ["reshape", (x) => x.reshape([4, -1])],
  ["flatten", (x) => x.flatten()],
  ["flatten a part", (x) => x.flatten(1)],
  ["transpose", (x) => x.transpose(0, 2)],
  ["permute", (x) => x.permute([2, 0, 1])],
  ["t", (x) => x.select(0, 1).t()],
  ["squeeze", (x) => x.narrow(1, 1, 1).squeeze()],
  ["squeeze one", (x) => x.narrow(1, 1, 1).squeeze(1)],
  ["unsqueeze", (x) => x.unsqueeze(1)],
  ["expand", (x) => x.narrow(1, 0, 1).expand([3, -1, 5, -1])],
  ["flip", (x) => x.flip([0, 2])],
  ["clone", (x) => x.clone()],
  ["contiguous", (x) => x.transpose(0, 1).contiguous()],
  ["select", (x) => x.select(1, -1)],
  ["at", (x) => x.at(1, 2)],
  ["narrow", (x) => x.narrow(2, 1, 2)],
  ["narrow to nothing and the rest", (x) => [x.narrow(2, 1, 0), x]],
  ["slice", (x) => x.slice(1, 0, null, 2)],
  ["slice from the back", (x) => x.slice(2, -3, -1)],
  ["unbind", (x) => x.unbind(1)],
  ["one of unbind", (x) => x.unbind(1)[1]],
  ["unfold, whose windows overlap", (x) => x.unfold(1, 2, 1)],
  ["unfold, whose windows leave some out", (x) => x.unfold(-1, 1, 2)],
  ["padding", (x) => apply(pad, x, [1, 0, 2], [0, 3, 1], 5)],
  ["split", (x) => x.split(2, 1)],
  ["split by sizes", (x) => x.split([1, 2], 1)],
  ["chunk", (x) => x.chunk(2, 2)],
  ["stack", (x) => stack([x, x.mul(2)], 1)],
  ["cat", (x) => cat([x, x.narrow(1, 0, 1)], 1)],
];

describe("moves", () => {
  it.each(moves)("%s", (_, fn) => {
    gradcheck((x) => fn(x), [draw([2, 3, 4])]);
  });

  it.each(moves)("%s of a permuted view", (_, fn) => {
    gradcheck((x) => fn(x.permute([2, 0, 1])), [draw([3, 4, 2])]);
  });
});

it("cat and stack of several tensors", () => {
  gradcheck((a, b, c) => cat([a, b, c], 1), [draw([2, 1]), draw([2, 3]), draw([2, 0])]);
  gradcheck((a, b) => stack([a.t(), b], -1), [draw([3, 2]), draw([2, 3])]);
});

it("an empty vector goes with everything in cat", () => {
  gradcheck((a, b) => cat([a, b], 1), [draw([0]), draw([2, 3])]);
  expect(cat([tensor([]), tensor([[1, 2]])]).toNested()).toEqual([[1, 2]]);
});

it("the parts of one split come out of one node, so that many of them cost no more than few", () => {
  const x = draw([4, 3]).requiresGrad_().mul(1);
  for (const parts of [x.split(1), x.chunk(4)]) expect(new Set(parts.map((part) => part.node)).size).toBe(1);
  expect(new Set(x.unbind().map((row) => row.node?.edges[0]?.node)).size).toBe(1);
});
