import { describe, expect, it } from "vitest";
import { cells, type Mode } from "../../../src/device/cells/index.js";
import { zeros } from "../../../src/tensor/create.js";
import { recurrent } from "../../../src/tensor/ops/recurrent.js";
import { apply, type Tensor } from "../../../src/tensor/tensor.js";
import { gradcheck } from "../../support/gradcheck.js";
import { source } from "../../support/random.js";

const draw = source(6);
const [C, H] = [2, 3];

interface Setup {
  mode: Mode;
  steps: number[];
  N: number;
  reverse: boolean;
  biases: boolean;
  P: number | null;
}

/** Small weights: far from saturation, so that differences see every gate. */
function inputs({ mode, steps, N, biases, P }: Setup): Tensor[] {
  const { gates, states } = cells[mode];
  const R = steps.reduce((a, b) => a + b, 0);
  const size = P ?? H;
  const GH = gates * H;
  return [
    draw([R, C]),
    draw([N, size]),
    ...(states === 2 ? [draw([N, H])] : []),
    draw([GH, C]).mul(0.5),
    draw([GH, size]).mul(0.5),
    ...(biases ? [draw([GH]).mul(0.5), draw([GH]).mul(0.5)] : []),
    ...(P === null ? [] : [draw([P, H]).mul(0.5)]),
  ];
}

function run({ mode, steps, reverse, biases, P }: Setup, given: Tensor[]): Tensor[] {
  const rest = [...given];
  const next = (present: boolean): Tensor | null => (present ? (rest.shift() as Tensor) : null);
  const [input, h] = [rest.shift() as Tensor, rest.shift() as Tensor];
  const c = next(cells[mode].states === 2);
  const [ih, hh] = [rest.shift() as Tensor, rest.shift() as Tensor];
  return apply(
    recurrent,
    { cell: cells[mode], steps, reverse, keep: true },
    input,
    h,
    c,
    ih,
    hh,
    next(biases),
    next(biases),
    next(P !== null),
  );
}

const check = (setup: Setup) => gradcheck((...given) => run(setup, given), inputs(setup));

for (const mode of Object.keys(cells) as Mode[]) {
  describe(mode, () => {
    const dense = { mode, steps: [2, 2, 2], N: 2, reverse: false, biases: true, P: null };
    const setups: [string, Setup][] = [
      ["dense", dense],
      ["reverse", { ...dense, reverse: true }],
      ["without biases", { ...dense, biases: false }],
      ["one step", { ...dense, steps: [2] }],
      ["ragged, one sequence of length zero", { ...dense, steps: [3, 2, 1], N: 4 }],
      ["ragged, in reverse", { ...dense, steps: [3, 2, 1], N: 4, reverse: true }],
      ["no step at all", { ...dense, steps: [] }],
    ];
    it.each(setups)("%s: every gradient", (_, setup) => check(setup));
  });
}

describe("LSTM with a projection", () => {
  const projected: Setup = { mode: "LSTM", steps: [3, 2], N: 3, reverse: false, biases: true, P: 2 };
  it("every gradient", () => check(projected));
  it("in reverse, without biases", () => check({ ...projected, reverse: true, biases: false }));
});

it("weights, input and states that lie transposed in memory", () => {
  const setup: Setup = { mode: "GRU", steps: [2, 2], N: 2, reverse: false, biases: true, P: null };
  const given = inputs(setup);
  gradcheck(
    (...turned) =>
      run(
        setup,
        turned.map((x) => (x.ndim === 2 ? x.t() : x)),
      ),
    given.map((x) => (x.ndim === 2 ? x.t().contiguous() : x)),
  );
});

it("a gradient of the last states alone reaches every weight", () => {
  const setup: Setup = { mode: "LSTM", steps: [2, 1], N: 2, reverse: false, biases: true, P: null };
  gradcheck((...given) => run(setup, given).slice(1), inputs(setup));
  gradcheck((...given) => run(setup, given)[0], inputs(setup));
});

it("constants get no gradient, and weights that want none are left out", () => {
  const setup: Setup = { mode: "RNN_TANH", steps: [1, 1], N: 1, reverse: false, biases: true, P: null };
  const given = inputs(setup);
  given[0].requiresGrad = true;
  run(setup, given)[0].sum().backward();
  expect(given[0].grad?.shape).toEqual([2, C]);
  expect(given[0].grad?.abs().sum().item()).toBeGreaterThan(0);
  expect(given.slice(1).map((x) => x.grad)).toEqual(given.slice(1).map(() => null));
});

it("zero weights keep an LSTM's cell state halved at every step", () => {
  const c = draw([1, H]);
  const [, , cn] = apply(
    recurrent,
    { cell: cells.LSTM, steps: [1, 1], reverse: false, keep: false },
    draw([2, C]),
    zeros([1, H], { dtype: "float64" }),
    c,
    zeros([4 * H, C], { dtype: "float64" }),
    zeros([4 * H, H], { dtype: "float64" }),
    null,
    null,
    null,
  );
  expect(cn.toArray()).toEqual(c.mul(0.25).toArray());
});
