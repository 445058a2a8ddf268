/**
 * What the cells carry on is 0 below 2⁻¹¹⁰, bit for bit what it was from there on, and NaN and infinity stay. Gates held
 * wide open or shut make a cell hand on exactly what it was given.
 */

import { describe, expect, it } from "vitest";
import { cells } from "../../../src/device/cells/index.js";
import type { Device, Sequence } from "../../../src/device/device.js";
import { js } from "../../../src/device/js/index.js";
import { elements, type Value, wrap } from "../../../src/device/value.js";
import { createWasm } from "../../../src/device/wasm/index.js";
import { backward, forward } from "../one.js";
import { stackStepper } from "../steppers.js";
import { sequence } from "./sequence.js";

const least = 2 ** -110;
/** The neighbours of 2⁻¹¹⁰ among float32 numbers. */
const [below, above] = [least * (1 - 2 ** -24), least * (1 + 2 ** -23)];
/** What goes in, and what comes out: one a unit. */
const given = [1, -1, least, -least, above, below, -below, 1e-38, 1e-40, -1e-45, 0, 2 ** -109, 1e-20, 0.5, 1e-7, -0.3];
const flushed = (x: number) => (Math.abs(x) < least ? 0 : x);
const H = given.length;
const value = (data: readonly number[], ...shape: number[]): Value => wrap("float32", Float32Array.from(data), shape);
const list = (x: Value | null) => (x === null ? [] : [...elements(x)]);
/** −0 is 0 here: which of them a flushed number becomes is nobody's affair. */
const expectSame = (found: number[], expected: number[]) =>
  expect(found.map((x) => x + 0)).toEqual([...Float32Array.from(expected)].map((x) => x + 0));

/** One step without input whose gates are these numbers, for every unit the same; relu hands h on by the identity. */
function held(mode: keyof typeof cells, gates: readonly number[], states: readonly (readonly number[])[]): Sequence {
  const G = cells[mode].gates;
  const hh = Array.from({ length: G * H * H }, (_, i) => (mode === "RNN_RELU" && i % (H + 1) === 0 ? 1 : 0));
  return {
    ...{
      cell: cells[mode],
      steps: [1],
      reverse: false,
      input: value([0], 1, 1),
      initial: states.map((s) => value(s, 1, H)),
    },
    weights: {
      ...{ ih: value(Array(G * H).fill(0), G * H, 1), hh: value(hh, G * H, H), hr: null },
      biasIh: value(
        gates.flatMap((gate) => Array<number>(H).fill(gate)),
        G * H,
      ),
      biasHh: value(Array(G * H).fill(0), G * H),
    },
  };
}

/** The same numbers, times `scale`, in float64. */
const double = (x: Value, scale = 1): Value =>
  wrap(
    "float64",
    Float64Array.from(list(x), (each) => each * scale),
    x.shape,
  );
function doubled(s: Sequence): Sequence {
  const { ih, biasIh, biasHh } = s.weights;
  const hh = s.weights.hh as Value;
  return {
    ...{ ...s, input: double(s.input), initial: s.initial.map((x) => double(x)) },
    weights: {
      ih: double(ih),
      hh: double(hh),
      biasIh: biasIh && double(biasIh),
      biasHh: biasHh && double(biasHh),
      hr: null,
    },
  };
}

const builds = (["plain", "relaxed"] as const).flatMap((build) => createWasm(build) ?? []);

/** The gradients of the states before a step, from those after it. */
function backThrough(device: Device, s: Sequence, final: readonly (readonly number[] | null)[]) {
  const run = forward(device, s, true);
  const d = { output: null, final: final.map((x) => x && value(x, 1, H)) };
  return backward(device, s, run, d, { input: true, weights: true });
}

describe.each(builds.map((device) => [device.name, device] as const))("%s", (_, device) => {
  const zeros = Array<number>(H).fill(0);

  it("carries states on from 2⁻¹¹⁰, and 0 for what is smaller", () => {
    const lstm = forward(device, held("LSTM", [-200, 200, 0, 200], [zeros, given]), false);
    expectSame(list(lstm.final[1]), given.map(flushed));
    const small = given.map((x) => (Math.abs(x) < 1e-4 ? x : 0));
    const open = forward(device, held("LSTM", [-200, 200, 0, 200], [zeros, small]), false);
    expectSame(list(open.final[0]), small.map(flushed));
    const gru = forward(device, held("GRU", [0, 200, 0], [given]), false);
    expectSame(list(gru.final[0]), given.map(flushed));
    const relu = forward(device, held("RNN_RELU", [0], [given]), false);
    expectSame(
      list(relu.output),
      given.map((x) => Math.max(flushed(x), 0)),
    );
    const tanh = { ...held("RNN_TANH", [0], [zeros]), input: value([1], 1, 1) };
    elements(tanh.weights.ih).set(small);
    expectSame(list(forward(device, tanh, false).output), small.map(flushed));
  });

  it("carries gradients on from 2⁻¹¹⁰, and 0 for what is smaller", () => {
    const lstm = backThrough(device, held("LSTM", [-200, 200, 0, 200], [zeros, zeros]), [null, given]);
    expectSame(list(lstm.initial[1]), given.map(flushed));
    const gru = backThrough(device, held("GRU", [0, 200, 0], [zeros]), [given]);
    expectSame(list(gru.initial[0]), given.map(flushed));
    const relu = backThrough(device, held("RNN_RELU", [1], [zeros]), [given]);
    expectSame(list(relu.weights?.biasIh ?? null), given.map(flushed));
    const tanh = backThrough(device, held("RNN_TANH", [0], [zeros]), [given]);
    expectSame(list(tanh.weights?.biasHh ?? null), given.map(flushed));
  });

  it("carries the gradients of gates on from 2⁻¹¹⁰, and 0 for what is smaller", () => {
    // c = 64, so tanh c = 1 afterwards: o is 1/2, its slope 1/4.
    const halves = given.map((x) => flushed(x / 4));
    const lstm = backThrough(device, held("LSTM", [-200, 0, 0, 0], [zeros, Array(H).fill(64)]), [given, null]);
    const quarter = (gate: number) => list(lstm.weights?.biasIh ?? null).slice(gate * H, (gate + 1) * H);
    expectSame(quarter(3), halves);
    const carried = backThrough(device, held("LSTM", [0, 0, 200, 0], [zeros, Array(H).fill(1)]), [null, given]);
    const bias = list(carried.weights?.biasIh ?? null);
    expectSame(bias.slice(0, H), halves);
    expectSame(bias.slice(H, 2 * H), halves);
    const slope = backThrough(device, held("LSTM", [200, 0, 0, 0], [zeros, zeros]), [null, given]);
    expectSame(list(slope.weights?.biasIh ?? null).slice(2 * H, 3 * H), given.map(flushed));
    // z = 1/2 and n = 0: n's gradient is half of what comes, z's a quarter of h.
    const gru = backThrough(device, held("GRU", [0, 0, 0], [Array(H).fill(1)]), [given]);
    expectSame(list(gru.weights?.biasIh ?? null).slice(H), [...halves, ...given.map((x) => flushed(x / 2))]);
    const recurrent = list(gru.weights?.biasHh ?? null).slice(2 * H);
    expectSame(
      recurrent,
      given.map((x) => flushed(flushed(x / 2) / 2)),
    );
  });

  it("keeps NaN and infinity", () => {
    const odd = [Number.NaN, Infinity, -Infinity, ...zeros.slice(3)];
    const lstm = forward(device, held("LSTM", [-200, 200, 0, 200], [zeros, odd]), false);
    expect([...list(lstm.final[1]).slice(0, 3), ...list(lstm.final[0]).slice(0, 3)]).toEqual([
      ...odd.slice(0, 3),
      ...[Number.NaN, 1, -1],
    ]);
    const carried = backThrough(device, held("LSTM", [-200, 200, 0, 200], [zeros, zeros]), [null, odd]);
    expect(list(carried.initial[1]).slice(0, 3)).toEqual(odd.slice(0, 3));
  });

  it("shuts a gate below 2⁻¹¹⁰", () => {
    const full = Array<number>(H).fill(64); // tanh 1
    const shut = (gate: number) =>
      list(forward(device, held("LSTM", [-200, 200, 0, gate], [zeros, full]), false).output);
    expect([...shut(-95), ...shut(-76.25)]).toEqual([...zeros, ...zeros]);
    for (const x of shut(-76.24)) expect(x / Math.exp(-76.24)).toBeCloseTo(1, 5);
  });

  it.each(["RNN_TANH", "RNN_RELU", "LSTM", "GRU"] as const)("%s: silence ends in exact zeros, which stay", (mode) => {
    const stack = { cell: cells[mode], batch: 1, numLayers: 1, inputSize: 1, hiddenSize: H, outputSize: H };
    const stepper = stackStepper(device.stepper, stack);
    const { weights } = sequence(cells[mode], "float32", { T: 1, N: 1, C: 1, H });
    const [ih, hh] = [weights.ih, weights.hh as Value].map((w) => Float32Array.from(list(w), (x) => x * 0.3));
    stepper.load([{ ih, hh, biasIh: null, biasHh: null, hr: null }]);
    const states = new Float32Array(cells[mode].states * H).fill(0.7);
    stepper.write(states);
    const [x, y] = [new Float32Array(1), new Float32Array(H)];
    let steps = 0;
    for (let all = Infinity; all > 0; steps++) {
      expect(steps).toBeLessThan(400);
      stepper.step(x, 0, y, 0);
      stepper.read(states);
      const sizes = [...states].map(Math.abs);
      for (const size of sizes) expect(size === 0 || size >= least, `${size} after ${steps} steps`).toBe(true);
      all = Math.max(...sizes);
    }
    expect(steps).toBeGreaterThan(10);
    stepper.step(x, 0, y, 0);
    stepper.read(states);
    expect([...states].every((s) => s === 0)).toBe(true);
    stepper.close();
  });

  it.each(["RNN_TANH", "LSTM", "GRU"] as const)("%s: a loss scaled by 1e-25 keeps its digits", (mode) => {
    const s = sequence(cells[mode], "float32", { T: 12, N: 3, C: 5, H: 11 });
    const exact = doubled(s);
    const d = Array.from({ length: 36 * 11 }, (_, i) => ((i * 29) % 53) / 53 - 0.4);
    const needs = { input: true, weights: true };
    const final = s.initial.map(() => null);
    const scaled = value(
      d.map((x) => x * 1e-25),
      36,
      11,
    );
    const plain = double(scaled, 1e25);
    const mine = backward(device, s, forward(device, s, true), { output: scaled, final }, needs);
    const theirs = backward(js, exact, forward(js, exact, true), { output: plain, final }, needs);
    const parts = ({ input, initial, weights }: typeof mine) =>
      [input, ...initial, weights?.ih, weights?.hh, weights?.biasIh, weights?.biasHh].map((x) => list(x ?? null));
    parts(mine).forEach((part, i) => {
      const expected = parts(theirs)[i];
      const most = Math.max(...expected.map(Math.abs));
      part.forEach((x, j) => {
        expect(Math.abs(x * 1e25 - expected[j])).toBeLessThanOrEqual(3e-6 * most);
      });
    });
  });

  it.each(["RNN_TANH", "RNN_RELU", "LSTM", "GRU"] as const)("%s: a loss on the last of 300 steps", (mode) => {
    const s = sequence(cells[mode], "float32", { T: 300, N: 1, C: 3, H: 8 });
    for (const w of [s.weights.ih, s.weights.hh as Value]) elements(w).set(list(w).map((x) => x * 0.5));
    const d = { output: null, final: s.initial.map((_, i) => (i === 0 ? value(Array(8).fill(1), 1, 8) : null)) };
    const mine = backward(device, s, forward(device, s, true), d, { input: true, weights: true });
    const sizes = list(mine.input).map(Math.abs);
    expect(Math.max(...sizes.slice(-3))).toBeGreaterThan(1e-3);
    // Far back there is nothing, and nowhere what a product with a weight could not have made of 2⁻¹¹⁰.
    expect(Math.max(...sizes.slice(0, 30))).toBe(0);
    expect(sizes.filter((x) => x > 0 && x < least * 2 ** -20)).toEqual([]);
    expect(mine.initial.flatMap(list).every((x) => x === 0)).toBe(true);
  });
});
