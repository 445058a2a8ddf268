/** Einstein's notation, beside PyTorch's. */

import { describe, expect, it } from "vitest";
import { einsum, ones, type Tensor, tensor } from "../../src/index.js";
import { gradcheck } from "../support/gradcheck.js";
import { fixture, weighted } from "../support/modules_fixture.js";
import { expected, nonsense, numbers, refuses, refusesSomehow } from "../support/nn_fixture.js";
import { source } from "../support/random.js";
import { expectClose, float64 } from "../support/tolerance.js";

describe("einsum", () => {
  const cases = fixture.tensorOps.filter(({ name }) => name === "einsum");
  expect(cases.length).toBe(32);

  for (const { args, shapes, output, gradients } of cases) {
    const [equation] = args as [string];
    it(`${equation} of ${JSON.stringify(shapes)}`, () => {
      const leaves = shapes.map((shape, k) => numbers(shape, k).requiresGrad_());
      const y = einsum(equation, ...leaves);
      expectClose(y, expected(output), float64);
      weighted([y], "float64").backward();
      leaves.forEach((leaf, i) => {
        expectClose(leaf.grad as Tensor, expected(gradients[i]), float64, `gradient ${i}`);
      });
    });
  }

  it("has the gradients of its products", () => {
    const draw = source(7);
    gradcheck((a, b, c) => einsum("bij,bjk,k->ib", a, b, c), [draw([2, 3, 2]), draw([2, 2, 3]), draw([3])]);
  });

  it("computes with whole numbers, too", () => {
    const [a, b] = [tensor(Int32Array.of(1, 2, 3)), tensor(Int32Array.of(4, 5, 6))];
    expect(einsum("i,i->i", a, b).toNested()).toEqual([4, 10, 18]);
    expect(einsum("i->", a).item()).toBe(6);
  });

  it("refuses in PyTorch's words", () => {
    const asked: Record<string, number[][]> = {
      ...{
        "ij,jk->ik": [
          [2, 3],
          [4, 2],
        ],
        ij: [
          [2, 3],
          [2, 3],
        ],
      },
    };
    const told = Object.entries(fixture.tensorErrors).filter(([name]) => name.startsWith("einsum "));
    expect(told.length).toBe(15);
    for (const [name, error] of told) {
      const equation = name.slice("einsum ".length);
      refuses(() => einsum(equation, ...(asked[equation] ?? [[2, 3]]).map((shape) => ones(shape))), error);
    }
    refuses(() => einsum("ij"), {
      kind: "ValueError",
      message:
        "einsum(): must specify the equation string and at least one operand, or at least one operand and its subscripts list",
    });
    for (const wrong of nonsense) {
      refusesSomehow(() => einsum("i", wrong));
      refusesSomehow(() => einsum(wrong, ones([2, 3])));
    }
  });
});
