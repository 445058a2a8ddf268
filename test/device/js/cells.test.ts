import { describe, expect, it } from "vitest";
import { cells, type Mode } from "../../../src/device/device.js";
import { jsCells, sigmoid } from "../../../src/device/js/cells.js";
import { difference, expectClose, float64 } from "../../support/tolerance.js";
import { draws } from "../reference.js";

it("sigmoid at its ends", () => {
  expectClose([-1000, -1, 0, 1, 1000].map(sigmoid), [0, 1 / (1 + Math.E), 0.5, Math.E / (1 + Math.E), 1], float64);
  expect(sigmoid(Number.NaN)).toBeNaN();
});

/** One unit, one row: the numbers of each equation, worked out by hand for gates that cancel to 0. */
describe("one step of gates at 0", () => {
  const step = (mode: Mode, h: number, c: number): number[] => {
    const { gates, states } = cells[mode];
    const [x, r] = [new Float64Array(gates), new Float64Array(gates)];
    const prev = [Float64Array.of(h), Float64Array.of(c)].slice(0, states);
    const next = prev.map(() => new Float64Array(1));
    jsCells[mode].forward(1, 1, x, r, prev, next, new Float64Array(jsCells[mode].keep));
    return next.map((state) => state[0]);
  };

  it("RNN: 0", () => {
    expect(step("RNN_TANH", 0.7, 0)).toEqual([0]);
    expect(step("RNN_RELU", 0.7, 0)).toEqual([0]);
  });

  it("LSTM: half of c stays, half of its tanh shows", () => {
    expectClose(step("LSTM", 0.7, 0.8), [0.5 * Math.tanh(0.4), 0.4], float64);
  });

  it("GRU: half of h stays", () => {
    expectClose(step("GRU", 0.7, 0), [0.35], float64);
  });
});

describe("backward is the difference of forward", () => {
  it.each(Object.keys(cells) as Mode[])("%s, three rows of two units", (mode) => {
    const [n, H] = [3, 2];
    const cell = jsCells[mode];
    const { gates, states } = cells[mode];
    const next = draws(11);
    const floats = (count: number) => Float64Array.from(next(count));
    const x = floats(n * gates * H);
    const r = floats(n * gates * H);
    const prev = Array.from({ length: states }, () => floats(n * H));
    const weights = prev.map(() => floats(n * H));

    const keep = new Float64Array(n * H * cell.keep);
    const forward = () => {
      const after = prev.map(() => new Float64Array(n * H));
      cell.forward(n, H, x, r, prev, after, keep);
      return after;
    };
    const loss = () => forward().reduce((sum, s, i) => s.reduce((part, v, j) => part + v * weights[i][j], sum), 0);
    const slopes = (of: Float64Array) =>
      of.map((before, k) => {
        const at = (shift: number) => {
          of[k] = before + shift;
          return loss();
        };
        const slope = (at(1e-6) - at(-1e-6)) / 2e-6;
        of[k] = before;
        return slope;
      });
    const expected = { x: slopes(x), r: slopes(r), prev: prev.map(slopes) };

    const after = forward();
    const d = weights.map((w) => w.slice());
    const dx = new Float64Array(x.length);
    const dr = cell.sharedGates ? dx : new Float64Array(r.length);
    cell.backward(n, H, keep, prev, after, d, dx, dr);
    expectClose(dx, expected.x, difference, "dx");
    expectClose(dr, expected.r, difference, "dr");
    d.forEach((state, s) => {
      expectClose(state, expected.prev[s], difference, `d of state ${s}`);
    });
  });
});
