/** Places drawn by weights: torch's, for a seed. */

import { describe, expect, it } from "vitest";
import { Generator, manualSeed, multinomial, ones, rand, type Tensor, tensor } from "../../src/index.js";
import { fixture } from "../support/modules_fixture.js";
import { nonsense, numbers, refuses, refusesSomehow } from "../support/nn_fixture.js";

const weights: Record<string, Tensor> = {
  vector: tensor([0.1, 3, 0, 2, 1e-3]),
  matrix: numbers([3, 40], 1).abs().to("float32"),
  one: tensor([0, 2]),
  double: numbers([2, 7], 2).abs(),
  turned: numbers([6, 4], 3).abs().to("float32").t(),
  long: numbers([1, 3000], 4).abs().to("float32"),
};

describe("multinomial", () => {
  for (const { name, count, replacement, drawn, after } of fixture.multinomials) {
    it(`${name}: ${count}, replacement ${replacement}`, () => {
      manualSeed(7);
      const found = multinomial(weights[name], count, { replacement });
      expect(found.toNested()).toEqual(drawn);
      expect(found.dtype).toBe("int32");
      expect(rand([1]).item(), "the next draw").toBe(Math.fround(after));
    });
  }

  it("draws from the generator that is given", () => {
    const draw = () => multinomial(ones([100]), 10, { replacement: true, generator: new Generator(3) }).toNested();
    expect(draw()).toEqual(draw());
    expect(multinomial(ones([0, 3]), 2).shape).toEqual([0, 2]);
  });

  it("refuses in PyTorch's words", () => {
    const { tensorErrors: errors } = fixture;
    const again = { replacement: true };
    refuses(() => multinomial(ones([2, 2, 2]), 1), errors["multinomial dims"]);
    refuses(() => multinomial(ones([3]), 0), errors["multinomial 0"]);
    refuses(() => multinomial(ones([3]), 4), errors["multinomial 4"]);
    refuses(() => multinomial(tensor(Int32Array.of(1, 2)), 1), errors["multinomial int"]);
    refuses(() => multinomial(tensor([-1, 2]), 1), errors["multinomial negative"]);
    refuses(() => multinomial(tensor([-1, 2]), 2, again), errors["multinomial negative again"]);
    refuses(() => multinomial(tensor([0, 0]), 1), errors["multinomial none"]);
    refuses(() => multinomial(tensor([0, 0]), 2, again), errors["multinomial none again"]);
    refuses(() => multinomial(tensor([Number.POSITIVE_INFINITY, 0]), 1), errors["multinomial infinite"]);
    refuses(() => multinomial(tensor([Number.POSITIVE_INFINITY, 0]), 2, again), errors["multinomial infinite again"]);
    for (const wrong of nonsense) {
      if (wrong !== 5) refusesSomehow(() => multinomial(ones([9]), wrong));
      if (wrong !== undefined && wrong !== true)
        refusesSomehow(() => multinomial(ones([9]), 1, { replacement: wrong }));
    }
  });
});
