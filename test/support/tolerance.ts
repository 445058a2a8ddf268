/** How near is near enough, said once, and the comparison that holds every element to it. */

import { expect } from "vitest";
import { Tensor } from "../../src/tensor/tensor.js";

export interface Tolerance {
  readonly absolute: number;
  readonly relative: number;
}

/** Results computed in float64. */
export const float64: Tolerance = { absolute: 1e-12, relative: 1e-12 };
/** Results stored in float32. */
export const float32: Tolerance = { absolute: 2e-6, relative: 2e-6 };
/** Whole numbers, bools, and whatever only moves elements. */
export const exact: Tolerance = { absolute: 0, relative: 0 };
/** A gradient beside its central difference. */
export const difference: Tolerance = { absolute: 1e-6, relative: 1e-6 };

export const tolerances = { float32, float64, int32: exact, bool: exact };

/** A shape with its elements, row-major. */
export interface Expected {
  readonly shape: readonly number[];
  readonly data: ArrayLike<number>;
}

/**
 * Expects every element within `tolerance`, NaN and infinities exactly, and the same length; where `expected` is a
 * tensor or has a shape, the same shape too.
 */
export function expectClose(
  actual: Tensor | ArrayLike<number>,
  expected: Tensor | Expected | ArrayLike<number>,
  tolerance: Tolerance,
  label = "",
): void {
  if ("shape" in expected) {
    expect(actual instanceof Tensor ? actual.shape : null, `${label} shape`).toEqual([...expected.shape]);
  }
  const got = Array.from(actual instanceof Tensor ? actual.toArray() : actual);
  const want = Array.from(
    expected instanceof Tensor ? expected.toArray() : "data" in expected ? (expected as Expected).data : expected,
  );
  expect(got.length, `${label} length`).toBe(want.length);
  for (let i = 0; i < want.length; i++) {
    const room = tolerance.absolute + tolerance.relative * Math.abs(want[i]);
    const near = Number.isFinite(want[i])
      ? Number.isFinite(got[i]) && Math.abs(got[i] - want[i]) <= room
      : Object.is(got[i], want[i]);
    if (!near) expect.fail(`${label} element ${i} is ${got[i]}, expected ${want[i]} within ${room}`);
  }
}
