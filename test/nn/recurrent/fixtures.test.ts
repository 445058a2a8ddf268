/** Layers and cells in float64 against what PyTorch computed: test/fixtures/make.py wrote every result and gradient. */

import { readFileSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { setWarningHandler } from "../../../src/index.js";
import { expectClose, float64 } from "../../support/tolerance.js";
import { build, type Form, type Kind, type ModuleOptions, type Numbers, results } from "../../torch/replay.js";

interface FixtureCase {
  kind: Kind;
  isCell: boolean;
  form: Form;
  seed: number;
  dropoutSeed: number;
  lengths: number[] | null;
  options: ModuleOptions;
  /** The first and the last of the numbers that the parameters were drawn as. */
  weights: [first: number, last: number];
  input: Numbers;
  states: Numbers[] | null;
  results: Record<string, Numbers>;
}

interface Fixture {
  torch: string;
  loss: Record<string, [a: number, b: number, m: number]>;
  cases: FixtureCase[];
}

const fixture: Fixture = JSON.parse(readFileSync(new URL("../../fixtures/layers.json", import.meta.url), "utf8"));
const LAYERS = 58;
const CELLS = 32;

/** The weights of the elements of a result in the loss. */
function lossWeights(name: string, { shape, data }: Numbers): Numbers {
  const [a, b, m] = fixture.loss[name];
  return { shape, data: Float64Array.from({ length: data.length }, (_, j) => ((j * a + b) % m) / m - 0.5) };
}

function title({ kind, isCell, form, options, states, lengths }: FixtureCase): string {
  const set = Object.entries(options).filter(([name, value]) => value && name !== "inputSize" && name !== "hiddenSize");
  const words = set.map(([name, value]) => (value === true ? name : `${name} ${value}`));
  const rest = [...words, states ? "states given" : "", lengths ? `lengths ${lengths}` : ""].filter(
    (word) => word !== "",
  );
  return `${kind}${isCell ? " cell" : ""} ${form}: ${rest.join(", ")}`;
}

let warnings: (text: string) => void;
beforeAll(() => {
  warnings = setWarningHandler(() => {});
});
afterAll(() => {
  setWarningHandler(warnings);
});

describe(`as PyTorch ${fixture.torch} computed`, () => {
  it("counts every case", () => {
    expect(fixture.torch).toBe("2.13.0");
    expect(fixture.cases.filter(({ isCell }) => !isCell).length).toBe(LAYERS);
    expect(fixture.cases.filter(({ isCell }) => isCell).length).toBe(CELLS);
  });

  for (const one of fixture.cases) {
    it(title(one), () => {
      const loss = Object.entries(one.results).filter(([name]) => name in fixture.loss);
      const asked = {
        ...one,
        ...({ dtype: "float64", enforceSorted: false, training: true, view: "contiguous" } as const),
        loss: loss.map(([name, value]) => lossWeights(name, value)),
      };
      const module = build(asked);
      const parameters = module.parameters();
      expect(parameters[0].toArray()[0]).toBe(one.weights[0]);
      expect(parameters.at(-1)?.toArray().at(-1)).toBe(one.weights[1]);

      const actual = results(asked, module);
      expect([...actual.keys()]).toEqual(Object.keys(one.results));
      for (const [name, value] of actual) {
        expectClose(value, one.results[name], float64, name);
      }
    });
  }
});
