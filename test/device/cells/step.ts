/** One step of a cell by itself, and its backward beside the differences of its forward. */

import { expect } from "vitest";
import type { Cell } from "../../../src/device/cell.js";
import { difference, expectClose } from "../../support/tolerance.js";
import { draws } from "../reference.js";

/** The next states of one unit, one row, whose gates are all 0. */
export function gatesAtZero(cell: Cell, ...states: number[]): number[] {
  const [x, r, keep] = [cell.gates, cell.gates, cell.keep].map((count) => new Float64Array(count));
  const prev = states.map((state) => Float64Array.of(state));
  const next = prev.map(() => new Float64Array(1));
  cell.forward({ n: 1, H: 1, x, r, prev, next, keep, own: {} });
  return next.map((state) => state[0]);
}

/** Three rows of two units: the gradients of both halves of the gates and of every state. */
export function expectGradients(cell: Cell): void {
  const [n, H] = [3, 2];
  const next = draws(11);
  const floats = (count: number) => Float64Array.from(next(count));
  const x = floats(n * cell.gates * H);
  const r = floats(n * cell.gates * H);
  const prev = Array.from({ length: cell.states }, () => floats(n * H));
  const weights = prev.map(() => floats(n * H));

  const keep = new Float64Array(n * H * cell.keep);
  const forward = () => {
    const after = prev.map(() => new Float64Array(n * H));
    cell.forward({ n, H, x, r, prev, next: after, keep, own: {} });
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
  cell.backward({ n, H, keep, prev, next: after, own: {}, d, dx, dr, dOwn: {} });
  expectClose(dx, expected.x, difference, "dx");
  expectClose(dr, expected.r, difference, "dr");
  expect(d.length).toBe(cell.states);
  d.forEach((state, s) => {
    expectClose(state, expected.prev[s], difference, `d of state ${s}`);
  });
}
