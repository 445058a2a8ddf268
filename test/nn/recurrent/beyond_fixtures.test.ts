/** Cells and options that PyTorch lacks beside their equations in torch (test/fixtures/make_beyond.py). */

import { expect, it } from "vitest";
import { tensor } from "../../../src/index.js";
import { type BeyondCase, beyondResults, layerOf } from "../../support/beyond.js";
import { fixture } from "../../support/recurrent.js";
import { type Expected, expectClose, float64 } from "../../support/tolerance.js";

interface Written extends Omit<BeyondCase, "options"> {
  options: Record<string, unknown>;
  parameters: Record<string, Expected>;
  input: Expected;
  states: Expected[][] | null;
  weights: Expected[];
  results: Record<string, Expected>;
}

const camel = (name: string) => name.replace(/_(\w)/g, (_, letter: string) => letter.toUpperCase());
const f64 = ({ data, shape }: Expected) => tensor(Float64Array.from(data), shape);
const cases = fixture<Written[]>("beyond.json").map(
  (one) => [one.cell, one.sizes, JSON.stringify(one.options), one] as const,
);

it.each(cases)("%s of %j with %s", (_, __, ___, one) => {
  const { zoneout, ...others } = one.options;
  const options = Object.fromEntries(Object.entries(others).map(([name, value]) => [camel(name), value]));
  const [h, c] = (zoneout as [number, number] | undefined) ?? [0, 0];
  const asked: BeyondCase = { ...one, options: { ...options, ...(h + c > 0 && { zoneout: { h, c } }) } };
  const layer = layerOf(asked, "float64", one.input.shape[2]);
  const parameters = Object.entries(one.parameters);
  expect([...layer.stateDict().keys()]).toEqual(parameters.map(([name]) => name));
  layer.loadStateDict(new Map(parameters.map(([name, value]) => [name, f64(value)])));
  const states = one.states?.map((parts) => parts.map(f64)) ?? null;
  const found = beyondResults(asked, layer, f64(one.input), states, (i) => f64(one.weights[i]));
  expect(found.map(([name]) => name)).toEqual(Object.keys(one.results));
  for (const [name, value] of found) expectClose(value, one.results[name], float64, name);
});
