/** The runs over time: from values into the kernels' memory, one call, and out again. float32 only. */

import { narrowView } from "../../base/shape.js";
import type { Leaving, Return, Run, Sequence } from "../device.js";
import type { Kept } from "../recurrence.js";
import { elements, type Value, wrap } from "../value.js";
import { type Description, describe, fields } from "./descriptions.js";
import { numberOf } from "./known.js";
import { type Memory, padded } from "./memory.js";
import { byName, ownOf, ownRoom } from "./own.js";
import type { Packs } from "./packs.js";

/** The recurrent weight, which every cell with a kernel has. */
const recurrentWeight = ({ weights }: Sequence): Value => weights.hh as Value;

const floats = (value: Value): Float32Array => elements(value) as Float32Array;
const value = (data: Float32Array, shape: readonly number[]): Value => wrap("float32", data, shape);

/** The cell's own parameters in memory. */
function ownAt(memory: Memory, { cell, weights: { own = {} } }: Sequence, H: number): number {
  if (cell.own === undefined) return 0;
  const given = Object.entries(own).map(([name, w]) => [name, floats(w)]);
  return memory.place(ownOf(cell, H, Object.fromEntries(given)));
}

/** Sizes, as they are and padded. */
function sizes({ cell, weights, input, initial }: Sequence) {
  const { gates: G } = cell;
  const [N, P] = initial[0].shape;
  const [R, C] = input.shape;
  const H = weights.ih.shape[0] / G;
  const [Hp, Pp, Cp] = [H, P, C].map(padded);
  return { G, H, P, C, R, N, Hp, Pp, Cp, GHp: G * Hp };
}

/**
 * The steps some at a time, in the order of the walk, each with the row that comes first: V8 replaces its first, slow
 * code by fast code only between calls.
 */
function tiles(steps: readonly number[], backwards: boolean): { from: number; count: number; start: number }[] {
  const list = [];
  for (let from = 0, start = 0; from < steps.length; from += 64) {
    const tile = steps.slice(from, from + 64);
    list.push({ from, count: tile.length, start });
    for (const n of tile) start += n;
  }
  return backwards ? list.reverse() : list;
}

export function forward(packs: Packs, sequence: Sequence, keep: boolean): Omit<Run, "device"> {
  const { cell, weights, input, initial, steps, reverse } = sequence;
  const { G, H, P, C, R, N, Hp, Pp, GHp } = sizes(sequence);
  const { kernels, memory } = packs;
  packs.begin();
  const [wih, whh, whr] = [
    packs.panels(weights.ih, H, true),
    packs.panels(recurrentWeight(sequence), H, true),
    weights.hr && packs.panels(weights.hr, P, true),
  ];
  memory.reset();
  const x = memory.take(R * GHp);
  const rows = memory.place(floats(input));
  const bias = (b: Value | null) => (b === null ? memory.zeros(GHp) : memory.load(floats(b), H));
  const [biasIh, biasHh] = [bias(weights.biasIh), bias(weights.biasHh)];
  // Cells whose gates' halves are only ever added have both biases in x.
  if (cell.sharedGates) addRow(memory, biasIh, biasHh, GHp);
  kernels.gemm(rows, C * 4, 4, wih, x, GHp * 4, R, GHp, C, biasIh, 0);

  const [h, c = 0] = initial.map((state, i) => memory.load(floats(state), i === 0 ? P : H));
  const second = cell.states === 2;
  const kept = keep ? R : N;
  const room = (count: number, needed: boolean) => (needed ? memory.take(count) : 0);
  const r = room(N * GHp, !cell.sharedGates);
  const output = memory.take(R * Pp);
  const prevH = room(R * Pp, keep);
  const prevC = room(R * Hp, keep && second);
  const raw = whr === null ? output : memory.take(kept * Hp);
  const nextC = room(kept * Hp, second);
  const gates = memory.take(kept * cell.keep * Hp);
  const own = ownAt(memory, sequence, H);
  const made = room(kept * Hp, cell.second !== undefined);
  // One flat literal: spreading objects costs a short call more than its arithmetic.
  const known: Description<"Forward"> = {
    cell: numberOf(kernels, cell) as number,
    count: 0,
    steps: 0,
    start: 0,
    reverse,
    H,
    P,
    gates: G,
    keep: cell.keep,
    keepAll: keep,
    x,
    r,
    hh: whh,
    biasHh,
    hr: whr ?? 0,
    h,
    c,
    prevH,
    prevC,
    raw,
    nextC,
    kept: gates,
    output,
    own,
    made,
  };
  const all = memory.integers(steps);
  const told = memory.take(fields.Forward.length);
  for (const { from, count, start } of tiles(steps, reverse)) {
    known.count = count;
    known.steps = all + from * 4;
    known.start = start;
    describe(memory, "Forward", told, known);
    kernels.forward(told);
  }

  const result = value(memory.store(output, R, P), [R, P]);
  const out = (at: number, width: number) => memory.store(at, R, width);
  const keptRows = (): Kept<Float32Array> => {
    const prev = second ? [out(prevH, P), out(prevC, H)] : [out(prevH, P)];
    const next = [whr === null ? floats(result) : out(raw, H), ...(second ? [out(nextC, H)] : [])];
    const multiplied = cell.second === undefined ? [prev[0]] : [prev[0], out(made, H)];
    return { prev, next, gates: memory.store(gates, R * cell.keep, H), multiplied };
  };
  return {
    output: result,
    final: initial.map((state, i) => value(memory.store(i === 0 ? h : c, N, state.shape[1]), state.shape)),
    kept: keep ? keptRows() : null,
  };
}

function addRow({ floats: all }: Memory, to: number, from: number, width: number): void {
  for (let j = 0; j < width; j++) all[to / 4 + j] += all[from / 4 + j];
}

export function backward(packs: Packs, { sequence, run, d: arriving, needs }: Return): Leaving {
  const { cell, weights, input, initial, steps, reverse } = sequence;
  const { G, H, P, C, R, N, Hp, Pp, Cp, GHp } = sizes(sequence);
  const kept = run.kept as Kept<Float32Array>;
  const width = [P, H];
  const { kernels, memory } = packs;
  packs.begin();
  const hh = recurrentWeight(sequence);
  // Rows of the first product; those of a second one come behind them.
  const first = (G - (cell.second?.gates ?? 0)) * H;
  const rest = G * H - first;
  const share = (from: number, count: number) => packs.panels(hh.at(narrowView(hh, 0, from, count)), H, false);
  const [wih, whh, second, whr] = [
    needs.input ? packs.panels(weights.ih, H, false) : 0,
    share(0, first),
    rest && share(first, rest),
    weights.hr === null ? 0 : packs.panels(weights.hr, P, false),
  ];
  memory.reset();
  const dState = initial.map((_, i) => {
    const d = arriving.final[i];
    return d === null ? memory.zeros(N * padded(width[i])) : memory.load(floats(d), width[i]);
  });
  const dOutput = arriving.output === null ? 0 : memory.load(floats(arriving.output), P);
  const [prevH, prevC = 0] = kept.prev.map((p, i) => memory.load(p, width[i]));
  const raw = memory.load(kept.next[0], H);
  const gates = kept.gates.length === 0 ? 0 : memory.load(kept.gates, H);
  const dx = memory.take(R * GHp);
  const dr = cell.sharedGates ? dx : memory.take(R * GHp);
  const own = ownAt(memory, sequence, H);
  const dOwn = own && memory.zeros(2 * ownRoom(cell, H));
  const nextC = own && cell.states === 2 ? memory.load(kept.next[1], H) : 0;
  const dMade = second && memory.take(N * Hp);
  const projected = whr && memory.take(R * Pp);
  const unprojected = whr && memory.take(N * Hp);
  const [dh, dc = 0] = dState;
  const known: Description<"Backward"> = {
    cell: numberOf(kernels, cell) as number,
    count: 0,
    steps: 0,
    start: 0,
    reverse,
    H,
    P,
    gates: G,
    keep: cell.keep,
    hh: whh,
    hr: whr,
    dOutput,
    dh,
    dc,
    prevH,
    prevC,
    raw,
    kept: gates,
    dx,
    dr,
    projected,
    unprojected,
    nextC,
    own,
    dOwn,
    second,
    dMade,
  };
  const all = memory.integers(steps);
  const told = memory.take(fields.Backward.length);
  for (const { from, count, start } of tiles(steps, !reverse)) {
    known.count = count;
    known.steps = all + from * 4;
    known.start = start;
    describe(memory, "Backward", told, known);
    kernels.backward(told);
  }

  /** aᵀ·b over all rows at once: [M, N] from [R, M] and [R, N], padded. */
  const product = (a: number, M: number, b: number, columns: number, c = memory.take(M * columns), wide = M) => {
    const packed = memory.take(R * columns);
    kernels.pack(b, columns * 4, 4, R, columns, packed);
    kernels.gemm(a, 4, wide * 4, packed, c, columns * 4, M, columns, R, 0, 0);
    return c;
  };
  /** The gradient of the recurrent weight: of all gates at once, or of a second product's by themselves. */
  const ofRecurrent = () => {
    const c = memory.take(GHp * Pp);
    const [top, bottom] = [first, rest].map((rows) => (rows / H) * Hp);
    product(dr, top, prevH, Pp, c, GHp);
    if (bottom > 0) product(dr + top * 4, bottom, memory.load(kept.multiplied[1], P), Pp, c + top * Pp * 4, GHp);
    return c;
  };
  const weight = (at: number, blocks: number, height: number, columns: number) =>
    value(memory.storeBlocks(at, blocks, height, columns), [blocks * height, columns]);
  const bias = (b: Value | null, d: number) => {
    if (b === null) return null;
    const sums = memory.take(GHp);
    kernels.columnSums(d, R, GHp, sums);
    return value(memory.store(sums, G, H), [G * H]);
  };
  const dWeights = () => ({
    ih: weight(product(dx, GHp, memory.load(floats(input), C), Cp), G, H, C),
    hh: weight(ofRecurrent(), G, H, P),
    biasIh: bias(weights.biasIh, dx),
    biasHh: bias(weights.biasHh, dr),
    hr: weights.hr && weight(product(projected, Pp, raw, Hp), 1, P, H),
    own: Object.fromEntries(ownGradients().map(({ name, data, shape }) => [name, value(data, shape)])),
  });
  const ownGradients = () => byName(cell, H, new Float64Array(memory.floats.buffer, dOwn, dOwn && ownRoom(cell, H)));
  const dInput = () => {
    const out = memory.take(R * Cp);
    kernels.gemm(dx, GHp * 4, 4, wih, out, Cp * 4, R, Cp, GHp, 0, 0);
    return value(memory.store(out, R, C), [R, C]);
  };
  return {
    input: needs.input ? dInput() : null,
    initial: initial.map((state, i) => value(memory.store(dState[i], N, width[i]), state.shape)),
    weights: needs.weights ? dWeights() : null,
  };
}
