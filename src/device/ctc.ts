/**
 * The probability that a sequence of classes, once repeats and blanks are left out, is a target: forward and backward
 * over the states blank, label, blank, label, …, blank. Source: Graves et al. (2006)
 *
 * Products of hundreds of probabilities leave the range of a number. Each is a float64 times 2²⁵⁶ to a whole power that
 * is counted beside it: as exact as logarithms, which would have to be taken and undone at every state. Plain loops over
 * row-major values.
 */

import { elements, fresh, type Value } from "./value.js";

/** Which classes sequences of log-probabilities are to be read as. */
export interface Alignment {
  /** int32 [N, S]: the labels, and anything behind them. */
  readonly targets: Value;
  /** T or fewer, for each sequence. */
  readonly inputLengths: readonly number[];
  /** S or fewer, for each sequence. */
  readonly targetLengths: readonly number[];
  /** The class between labels. */
  readonly blank: number;
}

const up = 2 ** 256;
const down = 2 ** -256;
/** log 2²⁵⁶ */
const unit = 256 * Math.LN2;
/** 2²⁵⁶ to the power of −3 … 3. */
const powersOfUp = [-3, -2, -1, 0, 1, 2, 3].map((power) => 2 ** (256 * power));
const [high, low] = [2 ** 128, 2 ** -128];

/** Numbers beyond the range of float64: values, and the powers of 2²⁵⁶ that they are times. */
class Wide {
  constructor(
    readonly values: Float64Array,
    readonly powers: Int32Array,
  ) {}

  static zeros(count: number): Wide {
    return new Wide(new Float64Array(count), new Int32Array(count));
  }

  /** this[i] = factor[j] times the sum of `count` numbers of `from`: those at a, a + stride, … */
  set(i: number, from: Wide, a: number, stride: number, count: number, factor: Wide, j: number): void {
    let value = from.values[a];
    let power = from.powers[a];
    for (let k = 1; k < count; k++) {
      const more = from.values[a + k * stride];
      if (more === 0) continue;
      const ahead = from.powers[a + k * stride] - power;
      if (ahead === 0) value += more;
      else if (value === 0 || ahead > 0) {
        value = ahead === 1 ? value * down + more : more;
        power += ahead;
      } else if (ahead === -1) value += more * down;
    }
    value *= factor.values[j];
    power += factor.powers[j];
    if (value < low && value > 0) {
      value *= up;
      power--;
    } else if (value >= high) {
      value *= down;
      power++;
    }
    this.values[i] = value;
    this.powers[i] = power;
  }

  /** this[i] = eˣ */
  exp(i: number, x: number): void {
    const power = x > -unit || x === -Infinity ? 0 : Math.trunc(x / unit);
    this.values[i] = Math.exp(x - power * unit);
    this.powers[i] = power;
  }
}

const one = new Wide(Float64Array.of(1), Int32Array.of(0));

/** How many states lead to one: itself, its neighbour and, unless that would drop a repeated class, the one behind it. */
const ways = (states: Int32Array, s: number, other: number): number => (states[s] === states[other] ? 2 : 3);

/** The place of the first state. */
const first = 2;

/** The classes of the states, two places of none before and behind them. */
function statesOf({ targets, targetLengths, blank }: Alignment, n: number): Int32Array {
  const labels = elements(targets);
  const states = new Int32Array(2 * targetLengths[n] + 5).fill(blank);
  for (let s = 0; s < targetLengths[n]; s++) states[2 * s + 3] = labels[n * targets.shape[1] + s];
  states[0] = states[1] = states[states.length - 1] = states[states.length - 2] = -1;
  return states;
}

/**
 * −log P(target) of each sequence [N], from log-probabilities [T, N, C]. `values` float64 and `powers` int32
 * [N, T, 2S + 5] are the forward variables, for backward: two empty states come before and behind the others.
 */
export function ctc(logs: Value, align: Alignment): { losses: Value; values: Value; powers: Value } {
  const [T, N, C] = logs.shape;
  const { inputLengths, targets, blank } = align;
  const width = 2 * targets.shape[1] + 5;
  const losses = fresh(logs.dtype, [N]);
  const values = fresh("float64", [N, T, width]);
  const powers = fresh("int32", [N, T, width]);
  const from = elements(logs);
  const alpha = new Wide(values.storage.data as Float64Array, powers.storage.data as Int32Array);
  const p = Wide.zeros(width);
  for (let n = 0; n < N; n++) {
    const states = statesOf(align, n);
    const last = states.length - 3;
    const steps = inputLengths[n];
    let unknown = false;
    for (let t = 0; t < steps; t++) {
      const row = (t * N + n) * C;
      const at = (n * T + t) * width;
      // What cannot be reached by now, or from where the end cannot be reached any more, stays 0.
      const end = Math.min(last, first + 1 + 2 * t);
      p.exp(first, from[row + blank]);
      for (let s = Math.max(first, last + 1 - 2 * (steps - t)); s <= end; s++) {
        const x = from[row + states[s]];
        unknown ||= Number.isNaN(x);
        // Every other state is a blank.
        const own = (s & 1) === 0 ? first : s;
        if (own === s) p.exp(s, x);
        if (t === 0) alpha.set(at + s, one, 0, 0, 1, p, own);
        else alpha.set(at + s, alpha, at - width + s, -1, ways(states, s, s - 2), p, own);
      }
    }
    if (steps === 0) {
      losses.storage.data[n] = last > first ? Infinity : 0;
      continue;
    }
    const end = (n * T + steps - 1) * width + last;
    if (unknown) alpha.values[end] = Number.NaN;
    const total = sumAt(alpha, end);
    losses.storage.data[n] = -(Math.log(total.values[0]) + total.powers[0] * unit);
  }
  return { losses, values, powers };
}

/** The sum of the last state, at place `end`, and the one before. */
function sumAt(alpha: Wide, end: number): Wide {
  const total = Wide.zeros(1);
  total.set(0, alpha, end, -1, 2, one, 0);
  return total;
}

/**
 * The gradient of what the log-probabilities are the log-softmax of, which is what PyTorch gives as theirs:
 * d·(eˣ − the share of the alignments that are in the class at the time). 0 behind the end of a sequence.
 * @param zeroInfinity whether sequences without an alignment have gradient 0; else it is NaN
 */
export function ctcBackward(
  d: Value,
  logs: Value,
  align: Alignment,
  { values, powers, zeroInfinity }: { readonly values: Value; readonly powers: Value; readonly zeroInfinity: boolean },
): Value {
  const [T, N, C] = logs.shape;
  const { inputLengths } = align;
  const width = values.shape[2];
  const dx = fresh(logs.dtype, [T, N, C]);
  const to = dx.storage.data;
  const [from, arriving] = [elements(logs), elements(d)];
  const alpha = new Wide(elements(values) as Float64Array, elements(powers) as Int32Array);
  const [p, beta] = [Wide.zeros(C), Wide.zeros(width)];
  const shares = new Float64Array(C);
  for (let n = 0; n < N; n++) {
    const states = statesOf(align, n);
    const last = states.length - 3;
    const steps = inputLengths[n];
    if (steps === 0) continue;
    const total = sumAt(alpha, (n * T + steps - 1) * width + last);
    if (total.values[0] === 0 && zeroInfinity) continue;
    const known = total.values[0] > 0;
    // What may come after a state, with the probability of its own class: first that it ends here.
    const next = Wide.zeros(width);
    next.values[last] = 1;
    if (last > first) next.values[last - 1] = 1;
    for (let t = steps - 1; t >= 0; t--) {
      const row = (t * N + n) * C;
      const at = (n * T + t) * width;
      shares.fill(0);
      for (let s = first; s <= last; s++) {
        const count = t === steps - 1 ? 1 : ways(states, s, s + 2);
        beta.set(s, next, s, 1, count, one, 0);
        const power = alpha.powers[at + s] + beta.powers[s] - total.powers[0];
        const share = (alpha.values[at + s] * beta.values[s]) / total.values[0];
        if (share > 0 && power > -4) shares[states[s]] += share * powersOfUp[power + 3];
      }
      for (let c = 0; c < C; c++) {
        p.exp(c, from[row + c]);
        const all = p.powers[c] === 0 ? p.values[c] : 0;
        to[row + c] = known ? (all - shares[c]) * arriving[n] : Number.NaN;
      }
      for (let s = first; s <= last; s++) next.set(s, beta, s, 1, 1, p, states[s]);
    }
  }
  return dx;
}
