/**
 * How close is close enough. float64 is held against torch's float64. float32 is held against torch's float64 on the
 * same numbers; where torch's own float32 strays further on a tensor, within three times its error.
 */

import type { FloatName } from "./replay.js";

/** A tensor, or what stands for one. */
export interface Result {
  shape: readonly number[];
  data: ArrayLike<number>;
}

/** What torch says: in float64 and, for a question about float32, in float32 too. */
export interface Expected {
  exact: Record<string, Result>;
  single: Record<string, Result> | null;
  /** How far torch's float32 strays elsewhere nearby, at the most. */
  nearby?: Record<string, number>;
}

/** Float errors summed over the run, each tensor's mean relative to its largest magnitude. */
export interface Strays {
  elman: number;
  torch: number;
  tensors: number;
}

const EXACT = 1e-12;
const SINGLE = 2e-6;
const SINGLE_WEIGHT = 3e-6;
const TIMES_TORCH = 3;
/** A tensor on which torch strays further is left out of the means: it alone would decide them. */
const KINKED = 1e-5;

function largest(values: ArrayLike<number>): number {
  let most = 0;
  for (let i = 0; i < values.length; i++) most = Math.max(most, Math.abs(values[i]));
  return most;
}

/** Largest and mean distance; NaN, or infinity where the other is not, is infinitely far. */
function distances(a: ArrayLike<number>, b: ArrayLike<number>): { most: number; mean: number } {
  let [most, sum] = [0, 0];
  for (let i = 0; i < a.length; i++) {
    const distance = Object.is(a[i], b[i]) || a[i] === b[i] ? 0 : Math.abs(a[i] - b[i]);
    const counted = Number.isNaN(distance) ? Number.POSITIVE_INFINITY : distance;
    most = Math.max(most, counted);
    sum += counted;
  }
  return { most, mean: a.length === 0 ? 0 : sum / a.length };
}

function shapeProblem(name: string, actual: Result, expected: Result): string | null {
  if (actual.shape.join() === expected.shape.join()) return null;
  return `${name}: shape [${actual.shape}], expected [${expected.shape}]`;
}

/** The first element further off than `absolute + relative·|expected|`, in words, or null. */
export function elementProblem(
  name: string,
  actual: Result,
  expected: Result,
  absolute: number,
  relative: number,
): string | null {
  const wrong = shapeProblem(name, actual, expected);
  if (wrong !== null) return wrong;
  for (let i = 0; i < expected.data.length; i++) {
    const [came, wanted] = [actual.data[i], expected.data[i]];
    if (Object.is(came, wanted) || came === wanted) continue;
    const off = Math.abs(came - wanted);
    if (off <= absolute + relative * Math.abs(wanted) && Number.isFinite(off)) continue;
    return `${name}[${i}]: ${came}, expected ${wanted} (off by ${off.toExponential(2)})`;
  }
  return null;
}

function isWeightGradient(name: string): boolean {
  return name.startsWith("d weight") || name.startsWith("d bias");
}

/** What is wrong with one float32 tensor, or null. */
function singleProblem(name: string, actual: Result, exact: Result, single: Result, nearby: number): string | null {
  const wrong = shapeProblem(name, actual, exact);
  if (wrong !== null) return wrong;
  const { most } = distances(actual.data, exact.data);
  const allowed = TIMES_TORCH * Math.max(nearby, distances(single.data, exact.data).most);
  if (most <= allowed) return null;
  if (!isWeightGradient(name)) return elementProblem(name, actual, exact, SINGLE, SINGLE);
  const scale = largest(exact.data);
  if (most <= SINGLE_WEIGHT * scale) return null;
  const off = most.toExponential(2);
  return `${name}: off by ${off}, its largest magnitude is ${scale.toExponential(2)}, torch's error times 3 ${allowed}`;
}

/** Everything that is wrong, a sentence each; also adds to `strays` what float32 strays. */
export function problems(
  dtype: FloatName,
  actual: ReadonlyMap<string, Result>,
  expected: Expected,
  strays: Strays | null = null,
): string[] {
  const found: string[] = [];
  for (const name of actual.keys()) if (!(name in expected.exact)) found.push(`${name}: torch has no such result`);
  for (const [name, exact] of Object.entries(expected.exact)) {
    const came = actual.get(name);
    const single = expected.single?.[name];
    if (came === undefined) {
      found.push(`${name}: missing`);
      continue;
    }
    const problem =
      dtype === "float64" || single === undefined
        ? elementProblem(name, came, exact, EXACT, EXACT)
        : singleProblem(name, came, exact, single, expected.nearby?.[name] ?? 0);
    if (problem !== null) found.push(problem);
    const scale = largest(exact.data);
    if (strays === null || single === undefined || problem !== null || scale === 0) continue;
    const torch = distances(single.data, exact.data).mean / scale;
    if (torch > KINKED) continue;
    strays.torch += torch;
    strays.elman += distances(came.data, exact.data).mean / scale;
    strays.tensors++;
  }
  return found;
}
