/** Gradients of pooling beside central differences. */

import { it } from "vitest";
import { avgPool, maxPool } from "../../../src/tensor/ops/pooling.js";
import { apply } from "../../../src/tensor/tensor.js";
import { gradcheck } from "../../support/gradcheck.js";
import { source } from "../../support/random.js";

const draw = source(9);
const rows = { first: [0, 1, 2], end: [3, 4, 5], step: 2 };
const columns = { first: [0, 1], end: [2, 4], step: 1 };

it("maxPool, of any layout", () => {
  gradcheck((x) => apply(maxPool, x, rows, columns)[0], [draw([2, 5, 4])]);
  gradcheck((x) => apply(maxPool, x.transpose(1, 2), rows, columns)[0].mul(2), [draw([2, 4, 5])]);
});

it("avgPool, of any layout", () => {
  const whole = { ...rows, step: 1 };
  gradcheck((x) => apply(avgPool, x, whole, columns, [1, 2, 3, 4, 5, 6]), [draw([2, 5, 4])]);
  gradcheck((x) => apply(avgPool, x.transpose(1, 2), whole, columns, [1, 2, 3, 4, 5, 6]).mul(2), [draw([2, 4, 5])]);
});
