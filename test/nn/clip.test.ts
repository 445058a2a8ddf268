/** Limits to gradients, against PyTorch's. */

import { describe, expect, it } from "vitest";
import { nn, ones, type Tensor, tensor, zeros } from "../../src/index.js";
import {
  expected,
  type Float,
  fixture,
  nonsense,
  numbers,
  type Raised,
  type Result,
  raised,
  refuses,
  refusesSomehow,
  type Written,
} from "../support/nn_fixture.js";
import { exact, expectClose, tolerances } from "../support/tolerance.js";

const { clipGradNorm_, clipGradValue_ } = nn.utils;
const recorded = fixture.clips as {
  norms: {
    dtype: Float;
    shapes: number[][];
    scale: number;
    norm: Written;
    limit: number;
    total: number;
    gradients: Result[];
  }[];
  value: Result;
  errors: Record<string, Raised>;
};

/** A parameter with a gradient. */
function withGradient(grad: Tensor): Tensor {
  const parameter = zeros(grad.shape, { dtype: grad.dtype, requiresGrad: true });
  parameter.grad = grad;
  return parameter;
}

const gradient = (parameter: Tensor) => parameter.grad as Tensor;

describe("clipGradNorm_", () => {
  for (const { dtype, shapes, scale, norm, limit, total, gradients } of recorded.norms) {
    it(`norm ${norm} of ${JSON.stringify(shapes)} × ${scale} to ${limit}, ${dtype}`, () => {
      const parameters = shapes.map((shape, i) => withGradient(numbers(shape, i, dtype, scale)));
      const held = parameters.map(gradient);
      const came = clipGradNorm_(parameters, limit, { normType: Number(norm) });
      expect([came.dtype, came.shape]).toEqual([dtype, []]);
      expectClose(came, [total], tolerances[dtype]);
      parameters.forEach((parameter, i) => {
        expectClose(gradient(parameter), expected(gradients[i]), tolerances[dtype]);
        expectClose(held[i], gradient(parameter), exact, "whoever holds the gradient");
      });
    });
  }

  it("takes one tensor, or what can be iterated, with 2 as norm", () => {
    const one = withGradient(tensor([3, 4]));
    expect(clipGradNorm_(one, 1).item()).toBe(5);
    expectClose(gradient(one), [0.6, 0.8], tolerances.float32);
    const two = [withGradient(tensor([3])), withGradient(tensor([4]))];
    expect(clipGradNorm_(new Set(two).values(), 10).item()).toBe(5);
    expect(two.map((p) => gradient(p).item())).toEqual([3, 4]);
  });

  it("leaves out what has no gradient", () => {
    const [none, one] = [ones([2], { requiresGrad: true }), withGradient(tensor([3, 4]))];
    expect(clipGradNorm_([none, one], 10).item()).toBe(5);
    expect(none.grad).toBeNull();
    expect(clipGradNorm_([none], 1).toNested()).toBe(0);
    expect(clipGradNorm_([], 1).toNested()).toBe(0);
  });

  it("goes over both float types", () => {
    const parameters = [withGradient(tensor([3, 4])), withGradient(tensor([2], { dtype: "float64" }))];
    const total = clipGradNorm_(parameters, 1);
    expect(total.dtype).toBe("float64");
    expectClose(total, [Math.sqrt(29)], tolerances.float32);
    expect(parameters.map((p) => gradient(p).dtype)).toEqual(["float32", "float64"]);
    expectClose(gradient(parameters[0]), [3 / Math.sqrt(29), 4 / Math.sqrt(29)], tolerances.float32);
    expectClose(gradient(parameters[1]), [2 / Math.sqrt(29)], tolerances.float32);
  });

  it("says so where the norm is no number, if asked", () => {
    for (const [norm, error] of Object.entries(recorded.errors)) {
      const parameter = withGradient(tensor([Infinity, 1]));
      refuses(() => clipGradNorm_([parameter], 1, { normType: Number(norm), errorIfNonfinite: true }), error);
      expect(gradient(parameter).toNested()).toEqual([Infinity, 1]);
    }
    const parameter = withGradient(tensor([Infinity, 1]));
    expect(clipGradNorm_([parameter], 1).item()).toBe(Infinity);
    expect(gradient(parameter).toNested()).toEqual([Number.NaN, 0]);
    const lost = withGradient(tensor([Number.NaN, 1]));
    expect(raised(() => clipGradNorm_(lost, 1, { errorIfNonfinite: true })).kind).toBe("RuntimeError");
  });

  it("leaves no trace in a graph", () => {
    const parameter = ones([2], { requiresGrad: true });
    parameter.mul(3).sum().backward();
    expect(clipGradNorm_(parameter, 1).requiresGrad).toBe(false);
    expect(gradient(parameter).requiresGrad).toBe(false);
  });
});

describe("clipGradValue_", () => {
  it("limits every element", () => {
    const parameter = withGradient(numbers([2, 3], 1, "float64", 4));
    clipGradValue_([parameter, ones([1])], 0.75);
    expectClose(gradient(parameter), expected(recorded.value), exact);
    clipGradValue_(parameter, 0.5);
    expect(Math.max(...gradient(parameter).abs().toArray())).toBe(0.5);
  });
});

describe("errors", () => {
  it("nonsense", () => {
    const parameter = withGradient(tensor([3, 4]));
    for (const wrong of nonsense) {
      if (wrong !== undefined)
        refusesSomehow(() => clipGradNorm_(parameter, 1, { normType: wrong === 5 ? "2" : wrong }));
      refusesSomehow(() => clipGradNorm_(wrong, 1));
      refusesSomehow(() => clipGradValue_(wrong, 1));
      if (typeof wrong === "number") continue;
      refusesSomehow(() => clipGradNorm_(parameter, wrong));
      refusesSomehow(() => clipGradValue_(parameter, wrong));
    }
    expect(raised(() => clipGradNorm_(parameter, 1, { foreach: true } as never)).message).toContain("'foreach'");
    expect(gradient(parameter).toNested()).toEqual([3, 4]);
  });
});
