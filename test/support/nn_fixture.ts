/** What test/fixtures/make_nn.py wrote, and the few words in which its tests speak. */

import { readFileSync } from "node:fs";
import { expect } from "vitest";
import { ElmanError, tensor } from "../../src/index.js";
import type { Tensor } from "../../src/tensor/tensor.js";
import type { Expected } from "./tolerance.js";

export type Float = "float32" | "float64";
/** A number as JSON holds it: NaN and infinities are strings. */
export type Written = number | string;
/** A tensor as PyTorch's results were written. */
export interface Result {
  shape: number[];
  data: Written[];
}
/** What PyTorch raised. */
export interface Raised {
  kind: string;
  message: string;
}

export const fixture = JSON.parse(readFileSync(new URL("../fixtures/nn.json", import.meta.url), "utf8"));

/** A result in the form that `expectClose` takes; float32 is read back from the digits it was written in. */
export function expected({ shape, data }: Result, dtype: Float = "float64"): Expected {
  return { shape, data: data.map((x) => (dtype === "float32" ? Math.fround(Number(x)) : Number(x))) };
}

/** The formula of make_nn.py: number j of series k. */
export function numbers(shape: readonly number[], k: number, dtype: Float = "float64", scale = 1): Tensor {
  const count = shape.reduce((a, b) => a * b, 1);
  const data = Float64Array.from({ length: count }, (_, j) => (((j * 37 + k * 101 + 17) % 97) / 97 - 0.5) * scale);
  return tensor(data, shape, { dtype });
}

/** Expects the error that PyTorch raised: an ElmanError of that kind with that very text. */
export function refuses(call: () => unknown, { kind, message }: Raised): void {
  expect(raised(call)).toEqual({ kind, message });
}

/** Expects an error of this library, whatever it says, in one line. */
export function refusesSomehow(call: () => unknown): void {
  expect(raised(call).message).toMatch(/^\S.*\S$/);
}

/** What a call raises; anything but an ElmanError, or nothing, fails the test. */
export function raised(call: () => unknown): Raised {
  let result: unknown;
  try {
    result = call();
  } catch (error) {
    if (error instanceof ElmanError) return { kind: error.kind, message: error.message };
    return expect.fail(`expected an ElmanError, got: ${String(error)}`);
  }
  return expect.fail(`expected an error, got: ${String(result)}`);
}

/** Values that have no business where a tensor, a module or a list of them is expected. */
// biome-ignore lint/suspicious/noExplicitAny: they go where types forbid them
export const nonsense: readonly any[] = [
  undefined,
  null,
  5,
  Number.NaN,
  "x",
  true,
  {},
  [5],
  () => 0,
  7n,
  Symbol.iterator,
];
