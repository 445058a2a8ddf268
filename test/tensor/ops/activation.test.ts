/** Gradients of activations beside central differences. */

import { describe, expect, it } from "vitest";
import { tensor } from "../../../src/tensor/create.js";
import { elu, gelu } from "../../../src/tensor/ops/activation.js";
import { apply, type Tensor } from "../../../src/tensor/tensor.js";
import { gradcheck } from "../../support/gradcheck.js";
import { source } from "../../support/random.js";

const draw = source(9);

describe("activations", () => {
  const cases: [string, (x: Tensor) => Tensor][] = [
    ["gelu", (x) => apply(gelu, x)],
    ["elu", (x) => apply(elu, x, 0.7)],
  ];
  it.each(cases)("%s", (_, f) => {
    gradcheck(f, [draw([3, 4])]);
    gradcheck(f, [draw([]).mul(8)]);
    gradcheck((x) => f(x.t()), [draw([2, 3]).mul(4)]);
  });

  it("keeps all digits of elu near 0, and of gelu far below", () => {
    const x = tensor([-1e-12, -0.5], null, { dtype: "float64" });
    const [tiny, half] = apply(elu, x, 1).toArray();
    expect(Math.abs(tiny / Math.expm1(-1e-12) - 1)).toBeLessThan(1e-15);
    expect(Math.abs(half / Math.expm1(-0.5) - 1)).toBeLessThan(1e-15);
    // scipy.special.ndtr(-30)
    const far = apply(gelu, tensor([-30], null, { dtype: "float64" })).item();
    expect(Math.abs(far / (-30 * 4.906713927148187e-198) - 1)).toBeLessThan(1e-12);
  });
});
