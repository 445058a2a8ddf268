/** What people type from habit, and what it stands for. */

import { describe, expect, it } from "vitest";
import { ones, rand, randn, setWarningHandler, type Tensor, tensor, zeros } from "../../src/index.js";
import { fixture, weighted } from "../support/modules_fixture.js";
import { expected, nonsense, numbers, refuses, refusesSomehow } from "../support/nn_fixture.js";
import { expectClose, float64 } from "../support/tolerance.js";

const { tensorErrors: errors } = fixture;

describe("aliases", () => {
  const x = tensor([1, 2, 3, 4, 5, 6], [2, 3]);

  it("stand for methods", () => {
    expect(x.dim()).toBe(2);
    expect(x.tolist()).toEqual(x.toNested());
    expect(x.T.toNested()).toEqual(x.t().toNested());
    expect(x.mm(x.t()).toNested()).toEqual(x.matmul(x.t()).toNested());
    const view = x.clone().view(3, -1);
    expect(view.toNested()).toEqual([
      [1, 2],
      [3, 4],
      [5, 6],
    ]);
    expect(x.view([6]).toNested()).toEqual([1, 2, 3, 4, 5, 6]);
    refuses(() => x.t().view(6), errors.view);
    refuses(() => x.view(4), errors["view size"]);
    refuses(() => ones([2, 2, 3]).mm(x.t()), { kind: "RuntimeError", message: "self must be a matrix" });
    refuses(() => x.mm(ones([3])), { kind: "RuntimeError", message: "mat2 must be a matrix" });
  });

  it("turn all dimensions, with a warning", () => {
    const texts: string[] = [];
    const before = setWarningHandler((text) => texts.push(text));
    expect(ones(2, 3, 4).T.shape).toEqual([4, 3, 2]);
    setWarningHandler(before);
    expect(texts.length).toBe(1);
  });

  it("take shapes number by number", () => {
    expect([zeros(2, 3).shape, ones(2).shape, rand(1, 2).shape, randn(5, 3, 10).shape]).toEqual([
      ...[[2, 3], [2], [1, 2], [5, 3, 10]],
    ]);
    expect([zeros(2, 3, { dtype: "float64" }).dtype, randn(2, { requiresGrad: true }).requiresGrad]).toEqual([
      ...["float64", true],
    ]);
    expect([x.reshape(3, -1).shape, x.reshape(6).shape, x.permute(1, 0).shape, ones(2, 1).expand(2, 3).shape]).toEqual([
      ...[[3, 2], [6], [3, 2], [2, 3]],
    ]);
    refusesSomehow(() => zeros(2, "3" as never));
    refusesSomehow(() => zeros());
    for (const wrong of nonsense) {
      if (wrong === 5 || Array.isArray(wrong)) continue;
      refusesSomehow(() => zeros(wrong));
      refusesSomehow(() => x.reshape(wrong));
      refusesSomehow(() => x.view(wrong));
      refusesSomehow(() => x.permute(wrong));
      refusesSomehow(() => x.expand(wrong));
      refusesSomehow(() => x.repeat(wrong));
    }
  });
});

describe("repeat, repeatInterleave, maskedSelect, bmm, unflatten", () => {
  const cases = fixture.tensorOps.filter(({ name }) => name !== "einsum");
  expect(cases.length).toBe(22);

  for (const { name, args, shapes, output, gradients } of cases) {
    it(`${name}(${JSON.stringify(args)}) of ${JSON.stringify(shapes)}`, () => {
      const leaves = shapes.map((shape, k) => numbers(shape, k).requiresGrad_());
      const given = args.map((arg) => {
        if (typeof arg !== "object" || arg === null || !("tensor" in arg)) return arg;
        return tensor(
          arg.tensor as number[],
          null,
          typeof [arg.tensor].flat(2)[0] === "number" ? { dtype: "int32" } : {},
        );
      });
      const method = leaves[0][name as "repeat"] as unknown as (...args: unknown[]) => Tensor;
      const y = method.call(leaves[0], ...given, ...leaves.slice(1));
      expectClose(y, expected(output), float64);
      weighted([y], "float64").backward();
      leaves.forEach((leaf, i) => {
        expectClose(leaf.grad as Tensor, expected(gradients[i]), float64, `gradient ${i}`);
      });
    });
  }

  it("repeats into memory of its own", () => {
    const x = ones(2, 2);
    x.repeat(1, 1).fill_(5);
    expect(x.toNested()).toEqual([
      [1, 1],
      [1, 1],
    ]);
  });

  it("refuses in PyTorch's words", () => {
    const x = ones(2, 3);
    const whole = (...data: number[]) => tensor(Int32Array.from(data));
    refuses(() => x.maskedSelect(x), errors["masked_select float"]);
    refuses(() => x.maskedSelect(ones(4).gt(0)), errors.masked_select);
    refuses(() => x.repeat(2), errors["repeat few"]);
    refuses(() => x.repeat(2, -1), errors["repeat negative"]);
    refuses(() => x.repeatInterleave(-1), errors["interleave negative"]);
    refuses(() => x.repeatInterleave(whole(1, 2, 3), 0), errors["interleave size"]);
    refuses(() => x.repeatInterleave(tensor([1, 2]), 0), errors["interleave float"]);
    refuses(() => x.repeatInterleave(whole(1, -2), 0), errors["interleave negatives"]);
    refuses(() => x.repeatInterleave(whole(1, 2).reshape(1, 2), 0), errors["interleave matrix"]);
    refuses(() => x.repeatInterleave(2, 5), errors["interleave dim"]);
    const batch = ones(2, 3, 4);
    refuses(() => x.bmm(x), errors["bmm 1"]);
    refuses(() => batch.bmm(x), errors["bmm 2"]);
    refuses(() => batch.bmm(batch), errors["bmm inner"]);
    refuses(() => batch.bmm(ones(3, 4, 1)), errors["bmm batch"]);
    refuses(() => batch.bmm(ones(2, 4, 1, { dtype: "float64" })), errors["bmm double"]);
    refuses(() => batch.gt(0).bmm(ones(2, 4, 1).gt(0)), errors["bmm bool"]);
    for (const wrong of nonsense) {
      refusesSomehow(() => x.maskedSelect(wrong));
      refusesSomehow(() => batch.bmm(wrong));
      if (wrong !== 5) refusesSomehow(() => x.repeatInterleave(wrong));
      if (wrong !== undefined && wrong !== null) refusesSomehow(() => x.repeatInterleave(2, wrong === 5 ? 9 : wrong));
    }
  });
});
