/** The loop over time itself; runs beside a plain loop of every mode stand in conformance.ts. */

import { expect, it } from "vitest";
import type { Cell } from "../../src/device/cell.js";
import type { Sequence } from "../../src/device/device.js";
import { js } from "../../src/device/js/index.js";
import { backward, forward } from "../../src/device/recurrence.js";
import { elements, type Value } from "../../src/device/value.js";
import { value } from "./conformance.js";

/** h' = x + r, and a gradient that passes: what remains is the walk over time. */
const sum: Cell = {
  name: "sum",
  gates: 1,
  states: 1,
  recurrent: "dense",
  keep: 1,
  sharedGates: true,
  forward({ x, r, next: [h], keep }) {
    for (let j = 0; j < h.length; j++) keep[j] = h[j] = x[j] + r[j];
  },
  backward({ d: [dh], dx: da }) {
    da.set(dh);
    dh.fill(0);
  },
};

/** One unit whose state doubles with every step and takes the input on; sequences of lengths 3, 2, 1 and 0. */
function sequence(reverse: boolean): Sequence {
  return {
    cell: sum,
    steps: [3, 2, 1],
    reverse,
    input: value("float64", [1, 2, 3, 10, 20, 100], [6, 1]),
    initial: [value("float64", [1000, 2000, 3000, 4000], [4, 1])],
    weights: {
      ih: value("float64", [1], [1, 1]),
      hh: value("float64", [2], [1, 1]),
      biasIh: value("float64", [0.25]),
      biasHh: value("float64", [0.5]),
      hr: null,
    },
  };
}

const list = (x: Value | null | undefined) => (x ? [...elements(x)] : x);

it("forward: each sequence goes its own length, and keeps its state beyond", () => {
  const { output, final } = forward(js, sequence(false), false);
  const b = 0.75;
  const first = [2001 + b, 4002 + b, 6003 + b];
  const second = [2 * first[0] + 10 + b, 2 * first[1] + 20 + b];
  const third = 2 * second[0] + 100 + b;
  expect(list(output)).toEqual([...first, ...second, third]);
  expect(list(final[0])).toEqual([third, second[1], first[2], 4000]);
});

it("reverse: each sequence begins at its own last step", () => {
  const { output, final } = forward(js, sequence(true), false);
  const b = 0.75;
  const last = 2000 + 100 + b;
  const middle = [2 * last + 10 + b, 4000 + 20 + b];
  const first = [2 * middle[0] + 1 + b, 2 * middle[1] + 2 + b, 6000 + 3 + b];
  expect(list(output)).toEqual([...first, ...middle, last]);
  expect(list(final[0])).toEqual([...first, 4000]);
});

it("keeps what backward needs only when asked, with the same numbers", () => {
  const [bare, kept] = [false, true].map((keep) => forward(js, sequence(false), keep));
  expect(bare.kept).toBeNull();
  expect(kept.kept).not.toBeNull();
  expect(list(kept.output)).toEqual(list(bare.output));
  expect(list(kept.final[0])).toEqual(list(bare.final[0]));
});

it("backward: gradients flow through time, and past the end to the initial state", () => {
  const given = sequence(false);
  const run = forward(js, given, true);
  const arriving = {
    output: value("float64", [1, 0, 0, 0, 0, 1], [6, 1]),
    final: [value("float64", [0, 1, 0, 5], [4, 1])],
  };
  const leaving = backward(js, given, run, arriving, { input: true, weights: true });
  // Sequence 0: 1 at its third step, 2 at its second, 4 + 1 at its first; sequence 1: 1, then 2; sequence 3: 5, untouched.
  expect(list(leaving.input)).toEqual([5, 2, 0, 2, 1, 1]);
  expect(list(leaving.initial[0])).toEqual([10, 4, 0, 5]);
  const rows = [5, 2, 0, 2, 1, 1];
  const total = rows.reduce((a, b) => a + b);
  expect(list(leaving.weights?.biasIh)).toEqual([total]);
  expect(list(leaving.weights?.biasHh)).toEqual([total]);
  expect(list(leaving.weights?.ih)).toEqual([5 * 1 + 2 * 2 + 2 * 10 + 1 * 20 + 1 * 100]);
  const output = list(run.output) as number[];
  expect(list(leaving.weights?.hh)).toEqual([5 * 1000 + 2 * 2000 + 2 * output[0] + output[1] + output[3]]);
  expect(leaving.weights?.hr).toBeNull();
});

it("backward: runs twice from one run and leaves what arrives untouched", () => {
  const given = sequence(true);
  const run = forward(js, given, true);
  const arriving = {
    output: value("float64", [1, 2, 3, 4, 5, 6], [6, 1]),
    final: [value("float64", [1, 2, 3, 4], [4, 1])],
  };
  const once = backward(js, given, run, arriving, { input: true, weights: false });
  const again = backward(js, given, run, arriving, { input: true, weights: false });
  expect(list(again.input)).toEqual(list(once.input));
  expect(list(arriving.output)).toEqual([1, 2, 3, 4, 5, 6]);
  expect(list(arriving.final[0])).toEqual([1, 2, 3, 4]);
  expect(once.weights).toBeNull();
});
