/** The first losses of each example are those that its half in PyTorch prints, in float64. */

import { expect, it } from "vitest";
import torch from "../fixtures/example_losses.json" with { type: "json" };
import { apart, COUNT, elmanLosses, names, TOLERANCE } from "./losses.js";

it.each(names)("%s loses as in PyTorch", async (name) => {
  const losses = await elmanLosses(name, "float64");
  expect(losses).toHaveLength(COUNT);
  expect(apart(losses, torch[name])).toBeLessThan(TOLERANCE);
  expect(losses[COUNT - 1]).toBeLessThan(0.9 * losses[0]);
});

it("tells losses apart by their greatest distance", () => {
  expect(apart([1, 2], [1, 2.5])).toBeCloseTo(0.2, 12);
  expect(apart([1], [1, 2])).toBeNaN();
});
