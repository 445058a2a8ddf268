/** What the playground shows is the layer's own: its hidden states, its last states, and equations that come out. */

import { manualSeed, nn, randn, type Tensor } from "elman-nn";
import { describe, expect, it } from "vitest";
import { type Activity, activity, type Layer, type Terms, termsOf } from "../../site/src/playground/activity.js";
import { exact, expectClose, float32, float64 } from "../support/tolerance.js";

manualSeed(3);
const T = 7;
const both = { numLayers: 2, bidirectional: true } as const;
const layers: [string, Layer][] = [
  ["LSTM", new nn.LSTM(3, 5, both)],
  ["LSTM with a projection", new nn.LSTM(3, 5, { ...both, projSize: 2 })],
  ["LSTM in float64", new nn.LSTM(3, 5, { dtype: "float64" })],
  ["GRU", new nn.GRU(3, 5, both)],
  ["GRU without bias", new nn.GRU(3, 5, { bias: false })],
  ["GRU from the end", Object.assign(new nn.GRU(3, 5), { reverse: true as const })],
  ["RNN", new nn.RNN(3, 5, both)],
  ["RNN with relu, batch first", new nn.RNN(3, 5, { nonlinearity: "relu", batchFirst: true })],
];

/** The columns of a sequence's outputs or of a final state that are one direction's. */
const columns = (rows: Tensor, d: number, P: number) => Array.from(rows.narrow(1, d * P, P).toArray());

describe.each(layers)("%s", (_, layer) => {
  const dtype = layer.weight_ih_l0.dtype as "float32";
  const input = randn([T, 3], { dtype });
  const near = dtype === "float32" ? float32 : float64;
  const D = layer.bidirectional ? 2 : 1;
  const seen = activity(layer, input);
  const [output, state] = layer.forward(input);
  const P = layer.projSize || layer.hiddenSize;

  it("has a part for each layer and direction", () => {
    const names = Array.from({ length: layer.numLayers }, (_, k) => [`l${k}`, `l${k}_reverse`].slice(0, D)).flat();
    expect(seen.map(({ name }) => name)).toEqual(names);
  });

  it("has the last layer's outputs, number for number, and the last cell states", () => {
    seen.slice(-D).forEach(({ hidden }, d) => {
      expectClose(hidden, columns(output.detach(), d, P), exact);
    });
    const [h, c] = Array.isArray(state) ? state : [state, null];
    seen.forEach(({ hidden, cell, isReverse }, i) => {
      const last = isReverse ? 0 : T - 1;
      expectClose(hidden.subarray(last * P, (last + 1) * P), h.at(i).detach().toArray(), exact);
      expect(cell === null).toBe(c === null);
      if (cell !== null && c !== null) expectClose(cell.subarray(last * 5, (last + 1) * 5), c.at(i).toArray(), near);
    });
  });

  it("has terms that make the next state", () => {
    for (const one of seen) {
      for (let t = 0; t < T; t++) {
        for (let unit = 0; unit < one.units; unit++) {
          const terms = termsOf(one, t, unit);
          const [made, is] = [stateOf(one, terms), one.isProjected ? terms.unprojected : terms.h];
          expectClose([made], [is ?? Number.NaN], near, `${one.name} ${t} ${unit}`);
          expect(terms.h).toBe(unit < P ? one.hidden[t * P + unit] : null);
        }
      }
    }
  });
});

/** The new state of a unit, out of the numbers that the page puts into its equation. */
function stateOf({ mode }: Activity, { gates, hBefore, cBefore, c }: Terms): number {
  const through = {
    sigmoid: (a: number) => 1 / (1 + Math.exp(-a)),
    tanh: Math.tanh,
    relu: (a: number) => Math.max(a, 0),
  };
  const open: Record<string, number> = {};
  for (const { name, through: kind, x, r, value } of gates) {
    open[name] = through[kind](name === "n" ? x + open.r * r : x + r);
    expectClose([value], [open[name]], float32, name);
  }
  if (mode === "GRU") return (1 - open.z) * open.n + open.z * (hBefore ?? Number.NaN);
  if (mode !== "LSTM") return open.h;
  expectClose([c ?? Number.NaN], [open.f * cBefore + open.i * open.g], float32, "c");
  return open.o * Math.tanh(c ?? Number.NaN);
}
