/** Weights by name: those of a prefix, and what has to be true of one. The layers' tests have the sentences. */

import { expect, it } from "vitest";
import { Named } from "../../src/stream/named.js";
import { expectError } from "../support/recurrent.js";

const weight = (...data: number[]) => ({ shape: [data.length], data: Float32Array.from(data) });

it("has the names behind a prefix, and those that were not taken", () => {
  const named = new Named("Layer", { "a.x": weight(1), "a.y": weight(1, 2), b: weight() }, "a.");
  expect([named.names, named.has("x"), named.has("b"), named.full("x")]).toEqual([["x", "y"], true, false, "a.x"]);
  expect(named.shape("y")).toEqual([2]);
  expect([...named.take("y", [2])]).toEqual([1, 2]);
  expect(named.takeIfAny("z", [2])).toBe(null);
  expect(named.names).toEqual(["x"]);
  named.needs("x");
  expectError(() => named.needs("z"), "ValueError", "Layer: expected a weight named a.z, got: a.x, a.y, b");
  expectError(() => named.take("x", [2]), "ValueError", "Layer: expected a.x of size [2], got [1]");
  const missing = "Layer: expected a weight named a.z, which is missing";
  expectError(() => named.take("z", [2]), "ValueError", missing);
});

it("knows whether the memory of what was taken is still there", () => {
  const given = { x: weight(1), y: weight(1) };
  const named = new Named("Layer", given);
  named.take("x", [1]);
  structuredClone(null, { transfer: [given.y.data.buffer as ArrayBuffer] });
  named.checkPresent();
  structuredClone(null, { transfer: [given.x.data.buffer as ArrayBuffer] });
  const gone = "Layer: expected its weights, but their memory was transferred elsewhere";
  expectError(() => named.checkPresent(), "RuntimeError", gone);
});
