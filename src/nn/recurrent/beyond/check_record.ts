/** A record at work on arrays that know what belongs to them: what reads or writes anything else is told so. */

import { fail } from "../../../base/errors.js";
import type { BackwardStep, Cell, Step } from "../../../device/cell.js";

/** Rows and units of the arrays: few, and not the same. */
const [n, H] = [2, 3];

type Numbers = Float64Array;

/** Refuses places that an array does not have. */
function guarded(name: string, label: string, array: Numbers, why: string): Numbers {
  const check = (key: string | symbol, does: string) => {
    if (typeof key !== "string" || !/^(-?\d+(\.\d+)?|NaN)$/.test(key) || Number(key) in array) return;
    fail("ValueError", `the cell ${name} ${does} ${label}[${key}], but ${why} ${array.length} numbers`);
  };
  return new Proxy(array, {
    get(target, key) {
      check(key, "reads");
      const value: unknown = Reflect.get(target, key, target);
      return typeof value === "function" ? value.bind(target) : value;
    },
    set(target, key, value) {
      check(key, "writes");
      return Reflect.set(target, key, value, target);
    },
  });
}

/** A list behind whose end every item says that it is none. */
function ended<T extends object>(name: string, label: string, list: readonly T[], fact: string): T[] {
  const nothing = new Proxy({} as T, {
    get: () => fail("ValueError", `the cell ${name} uses ${label}[${list.length}], but ${fact} is ${list.length}`),
    set: () => fail("ValueError", `the cell ${name} uses ${label}[${list.length}], but ${fact} is ${list.length}`),
  });
  return [...list, nothing, nothing, nothing];
}

/** Numbers without a pattern. */
const some = (count: number, seed: number): Numbers =>
  Float64Array.from({ length: count }, (_, i) => Math.sin(12.9898 * (i + 1) + seed) * 0.7);
const unwritten = (count: number): Numbers => new Float64Array(count).fill(Number.NaN);

/**
 * Refuses a record that reads or writes what lies outside of what its facts say, or leaves something out. It runs on plain
 * arrays first: an engine never again makes fast code of a step that has met watched ones.
 */
export function checkRecord(cell: Cell): void {
  try {
    runOnce(cell, false);
  } catch (error) {
    runOnce(cell, true);
    throw error;
  }
}

/** Whether a record's step reads h, and not only what the recurrent weight makes of it: a projected h has other sizes. */
export function readsH(cell: Cell): boolean {
  const [some, others] = [0, 1].map((seed) => runOnce(cell, false, seed));
  return some.some((data, s) => String(data) !== String(others[s]));
}

/**
 * One step forward and backward.
 * @param watched whether a sentence is wanted about the first place that is wrong
 * @param seed of h
 * @returns the states after it
 */
function runOnce(cell: Cell, watched: boolean, seed = 0): Numbers[] {
  const { name, gates: G, states, keep, second, sharedGates } = cell;
  const shapes = Object.entries(cell.own?.(H) ?? {});
  const counts = shapes.map(([stem, shape]) => [stem, shape.reduce((a, b) => a * b, 1)] as const);
  const gatesAre = `its ${G} gates of ${H} units in ${n} rows are`;
  const array = (label: string, data: Numbers, why: string) => (watched ? guarded(name, label, data, why) : data);
  const perState = (label: string, make: (s: number) => Numbers) => {
    const arrays = Array.from({ length: states }, (_, s) => make(s));
    const seen = arrays.map((data, s) => array(`${label}[${s}]`, data, `a state of ${H} units in ${n} rows has`));
    return { arrays, list: watched ? ended(name, label, seen, "states") : seen };
  };
  const ofOwn = (label: string, make: (count: number) => Numbers) =>
    Object.fromEntries(counts.map(([stem, count]) => [stem, array(`${label}.${stem}`, make(count), "it has")]));
  const prev = perState("prev", (s) => some(n * H, s === 0 ? seed : s));
  const next = perState("next", () => unwritten(n * H));
  const rows = {
    ...{ n, H, prev: prev.list, next: next.list },
    keep: array("keep", unwritten(n * keep * H), `keep=${keep} of ${H} units in ${n} rows are`),
    own: ofOwn("own", (count) => some(count, 5)),
  };
  const [x, r] = ["x", "r"].map((label, i) => array(label, some(n * G * H, 7 + i), gatesAre));
  const step: Step = { ...rows, x, r };
  const made = unwritten(n * H);
  second?.forward(step, array("m", made, "what the second product multiplies has"));
  if (second !== undefined) complete(name, "m", made);
  cell.forward(step);
  for (const [s, data] of next.arrays.entries()) complete(name, `next[${s}]`, data);

  const d = perState("d", (s) => some(n * H, 11 + s));
  const gradients = [unwritten(n * G * H), unwritten(n * G * H)];
  const dx = array("dx", gradients[0], gatesAre);
  const dr = sharedGates ? dx : array("dr", gradients[1], gatesAre);
  const backward: BackwardStep = {
    ...rows,
    d: d.list,
    dx,
    dr,
    dOwn: ofOwn("dOwn", (count) => new Float64Array(count)),
  };
  cell.backward(backward);
  second?.backward(backward, array("dm", some(n * H, 20), "what the second product multiplies has"));
  complete(name, "dx", gradients[0]);
  if (!sharedGates) complete(name, "dr", gradients[1]);
  for (const [s, data] of d.arrays.entries()) complete(name, `d[${s}]`, data);
  return next.arrays;
}

/** Refuses an array in which something is left unwritten, or is no number. */
function complete(name: string, label: string, data: Numbers): void {
  const at = data.findIndex(Number.isNaN);
  if (at < 0) return;
  fail("ValueError", `the cell ${name} leaves ${label}[${at}] of ${data.length} unwritten, or makes it NaN`);
}
