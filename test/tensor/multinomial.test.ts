/** Places drawn by weights: torch's, for a seed. */

import { describe, expect, it } from "vitest";
import { Generator, manualSeed, ones, rand, type Tensor, tensor } from "../../src/index.js";
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
      const found = weights[name].multinomial(count, { replacement });
      expect(found.toNested()).toEqual(drawn);
      expect(found.dtype).toBe("int32");
      expect(rand([1]).item(), "the next draw").toBe(Math.fround(after));
    });
  }

  it("draws from the generator that is given", () => {
    const draw = () =>
      ones([100])
        .multinomial(10, { replacement: true, generator: new Generator(3) })
        .toNested();
    expect(draw()).toEqual(draw());
    expect(ones([0, 3]).multinomial(2).shape).toEqual([0, 2]);
  });

  it("refuses in PyTorch's words", () => {
    const { tensorErrors: errors } = fixture;
    const again = { replacement: true };
    refuses(() => ones([2, 2, 2]).multinomial(1), errors["multinomial dims"]);
    refuses(() => ones([3]).multinomial(0), errors["multinomial 0"]);
    refuses(() => ones([3]).multinomial(4), errors["multinomial 4"]);
    refuses(() => tensor(Int32Array.of(1, 2)).multinomial(1), errors["multinomial int"]);
    refuses(() => tensor([-1, 2]).multinomial(1), errors["multinomial negative"]);
    refuses(() => tensor([-1, 2]).multinomial(2, again), errors["multinomial negative again"]);
    refuses(() => tensor([0, 0]).multinomial(1), errors["multinomial none"]);
    refuses(() => tensor([0, 0]).multinomial(2, again), errors["multinomial none again"]);
    refuses(() => tensor([Number.POSITIVE_INFINITY, 0]).multinomial(1), errors["multinomial infinite"]);
    refuses(() => tensor([Number.POSITIVE_INFINITY, 0]).multinomial(2, again), errors["multinomial infinite again"]);
    for (const wrong of nonsense) {
      if (wrong !== 5) refusesSomehow(() => ones([9]).multinomial(wrong));
      if (wrong !== undefined && wrong !== true) refusesSomehow(() => ones([9]).multinomial(1, { replacement: wrong }));
    }
  });
});
