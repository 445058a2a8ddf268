/**
 * numeric_cases.json: values that Keras, candle and burn publish, each within its own published tolerance; and PyTorch's
 * float64 results of the same cases (test/fixtures/make_numeric.py), in every form a batch can have.
 */

import { describe, expect, it } from "vitest";
import { nn, type Tensor, tensor } from "../../../src/index.js";
import { fixture, type Layer, run } from "../../support/recurrent.js";
import { expectClose } from "../../support/tolerance.js";

type Nested = number | Nested[];
interface NumericCase {
  name: string;
  module: "RNN" | "GRU" | "LSTM";
  batch_first: boolean;
  bidirectional?: boolean;
  input: Nested;
  lengths?: number[] | null;
  h0?: Nested | null;
  c0?: Nested | null;
  calls_carrying_state?: number;
  state_dict: Record<string, Nested>;
  check: "h_n[0]" | "output" | "output (padded, 0 past length)";
  expected: Nested;
  expected_h_n?: Nested | null;
  expected_c_n?: Nested | null;
  tol: number;
}
interface Results {
  output: Nested;
  h_n: Nested;
  c_n?: Nested;
}

const cases = fixture<NumericCase[]>("numeric_cases.json");
const exact = fixture<{ torch: string; numeric: Record<string, Results> }>("numeric_torch.json");
const torch = { absolute: 1e-10, relative: 0 };
const { packPaddedSequence, padPackedSequence } = nn.utils.rnn;

const read = (data: Nested, dtype: "float32" | "float64") => tensor(data, { dtype });
const wanted = (data: Nested) => read(data, "float64");

function layerOf(
  { module, state_dict, batch_first, bidirectional = false }: NumericCase,
  dtype: "float32" | "float64",
) {
  const weights = Object.fromEntries(Object.entries(state_dict).map(([name, data]) => [name, read(data, dtype)]));
  const sizes = [weights.weight_ih_l0.size(1), weights.weight_hh_l0.size(1)] as const;
  const layer: Layer = new nn[module](...sizes, { batchFirst: batch_first, bidirectional, dtype });
  layer.loadStateDict(weights);
  return layer;
}

/** As many calls as the case has, each from the states of the last. */
function results(one: NumericCase, dtype: "float32" | "float64", form: "packed" | "lengths") {
  const layer = layerOf(one, dtype);
  const { batch_first: batchFirst, lengths = null } = one;
  const input = read(one.input, dtype);
  const given = [one.h0, one.c0].filter((state) => state != null).map((state) => read(state, dtype));
  let states: Tensor[] | null = given.length > 0 ? given : null;
  let output = input;
  for (let call = 0; call < (one.calls_carrying_state ?? 1); call++) {
    if (lengths === null || form === "lengths") {
      ({ output, states } = run(layer, input, states, { lengths }));
    } else {
      const packed = run(layer, packPaddedSequence(input, lengths, { batchFirst, enforceSorted: false }), states);
      [output] = padPackedSequence(packed.output, { batchFirst, totalLength: input.size(batchFirst ? 1 : 0) });
      states = packed.states;
    }
  }
  const [h_n, c_n = null] = states ?? [];
  return { output, h_n, c_n };
}

const forms = cases.flatMap((one) =>
  (one.lengths == null ? (["packed"] as const) : (["packed", "lengths"] as const)).map((form) => ({
    one,
    form,
    title: one.lengths == null ? one.name : `${one.name}, ${form}`,
  })),
);

describe("published values", () => {
  it("are all there", () => {
    expect(cases.length).toBe(30);
    expect(forms.length).toBe(32);
    expect(cases.filter(({ calls_carrying_state }) => calls_carrying_state === 2).length).toBe(3);
  });

  it.each(forms)("$title", ({ one, form }) => {
    const { output, h_n, c_n } = results(one, "float32", form);
    const published = { absolute: one.tol, relative: 0 };
    expectClose(one.check === "h_n[0]" ? h_n.select(0, 0) : output, wanted(one.expected), published, one.check);
    if (one.expected_h_n != null) expectClose(h_n, wanted(one.expected_h_n), published, "h_n");
    if (one.expected_c_n != null) {
      const c = c_n ?? expect.fail("there is no c_n");
      expectClose(one.check === "h_n[0]" ? c.select(0, 0) : c, wanted(one.expected_c_n), published, "c_n");
    }
    if (one.check === "output (padded, 0 past length)") {
      const padding = one.lengths?.map((length, n) => output.select(0, n).slice(0, length).abs().sum().item());
      expect(padding).toEqual([0, 0]);
    }
  });
});

describe(`the same as PyTorch ${exact.torch} has them in float64`, () => {
  it("are all there", () => {
    expect(Object.keys(exact.numeric)).toEqual(cases.map(({ name }) => name));
  });

  it.each(forms)("$title", ({ one, form }) => {
    const { output, h_n, c_n } = results(one, "float64", form);
    const want = exact.numeric[one.name];
    expectClose(output, wanted(want.output), torch, "output");
    expectClose(h_n, wanted(want.h_n), torch, "h_n");
    expect(c_n !== null).toBe(want.c_n !== undefined);
    if (c_n !== null && want.c_n !== undefined) expectClose(c_n, wanted(want.c_n), torch, "c_n");
  });
});
