import { describe, expect, it } from "vitest";
import type { Cell } from "../../../src/device/cell.js";
import { cells } from "../../../src/device/cells/index.js";
import type { Return, Sequence } from "../../../src/device/device.js";
import { js } from "../../../src/device/js/index.js";
import type { Kept } from "../../../src/device/recurrence.js";
import { elements, type FloatArray } from "../../../src/device/value.js";
import * as withModule from "../../../src/device/wasm/beyond.js";
import { Memory } from "../../../src/device/wasm/memory.js";
import { instantiate, type Kernels } from "../../../src/device/wasm/module.js";
import { Packs } from "../../../src/device/wasm/packs.js";
import { backward, forward } from "../../../src/device/wasm/recurrence.js";
import { expectClose, float32 } from "../../support/tolerance.js";
import * as one from "../one.js";
import { sequence } from "./sequence.js";

const kernels = instantiate("plain") as Kernels;
const memory = new Memory(kernels);
const machine = new Packs(kernels, memory);
const walkBack = (sequence: Sequence, run: ReturnType<typeof forward>, d: Return["d"], needs: Return["needs"]) =>
  backward(machine, { sequence, run: { ...run, device: js }, d, needs });
const list = (s: Sequence["input"] | null) => (s === null ? [] : [...elements(s)]);

const compiled: readonly Cell[] = [...Object.values(cells), ...Object.values(withModule)];

/** Of what a cell keeps, what it wrote: of the scales of normalised numbers each stands alone in a block of H. */
function written(cell: Cell, gates: FloatArray, H: number): number[] {
  const scales = cell === withModule.layerNormLSTM ? 14 : cell === withModule.layerNormGRU ? 9 : cell.keep;
  return [...gates].filter((_, i) => Math.floor(i / H) % cell.keep < scales || i % H === 0);
}

describe.each(compiled)("$name", (cell) => {
  it.each([1, 4, 8, 13])("keeps by row what the js device keeps, with %i units", (H) => {
    const s = { ...sequence(cell, "float32", { T: 4, N: 5, C: 3, H }), steps: [5, 4, 4, 1], input: cut(cell, H) };
    const [mine, theirs] = [forward(machine, s, true), one.forward(js, s, true)].map((run) => run.kept as Kept);
    expect(mine.gates.length).toBe(theirs.gates.length);
    expectClose(written(cell, mine.gates as FloatArray, H), written(cell, theirs.gates as FloatArray, H), float32);
    for (const part of ["prev", "next", "multiplied"] as const) {
      expect(mine[part].length).toBe(theirs[part].length);
      mine[part].forEach((states, i) => {
        expectClose(states, theirs[part][i], float32);
      });
    }
  });

  it("keeps nothing unless it is asked to, and computes the same", () => {
    const s = sequence(cell, "float32", { T: 6, N: 3, C: 4, H: 10, reverse: true });
    const [short, long] = [forward(machine, s, false), forward(machine, s, true)];
    expect(short.kept).toBeNull();
    expect([short.output, ...short.final].map(list)).toEqual([long.output, ...long.final].map(list));
  });

  it.each([false, true])(
    "walks through more steps than a tile has, with sequences that end, reverse: %s",
    (reverse) => {
      const steps = Array.from({ length: 150 }, (_, t) => (t < 70 ? 3 : t < 128 ? 2 : 1));
      const rows = steps.reduce((sum, n) => sum + n, 0);
      const { input } = sequence(cell, "float32", { T: rows, N: 1, C: 3, H: 6 });
      const s = { ...sequence(cell, "float32", { T: 1, N: 3, C: 3, H: 6, reverse }), steps, input };
      const run = forward(machine, s, true);
      const expected = one.forward(js, s, true);
      for (const [i, value] of [run.output, ...run.final].entries()) {
        expectClose(list(value), list([expected.output, ...expected.final][i]), float32);
      }
      const d = { output: run.output, final: run.final };
      const needs = { input: true, weights: true };
      const [mine, theirs] = [walkBack(s, run, d, needs), one.backward(js, s, expected, d, needs)];
      for (const [i, value] of [mine.input, ...mine.initial].entries()) {
        expectClose(list(value), list([theirs.input, ...theirs.initial][i]), float32);
      }
      const [dHh, most] = [
        list(theirs.weights?.hh ?? null),
        Math.max(...list(theirs.weights?.hh ?? null).map(Math.abs)),
      ];
      list(mine.weights?.hh ?? null).forEach((dw, i) => {
        expect(Math.abs(dw - dHh[i])).toBeLessThanOrEqual(3e-6 * most);
      });
    },
  );

  it("computes only the gradients that are wanted", () => {
    const s = sequence(cell, "float32", { T: 2, N: 3, C: 4, H: 5 });
    const run = forward(machine, s, true);
    const d = { output: run.output, final: run.final.map(() => null) };
    const none = walkBack(s, run, d, { input: false, weights: false });
    const all = walkBack(s, run, d, { input: true, weights: true });
    expect([none.input, none.weights]).toEqual([null, null]);
    expect(none.initial.map(list)).toEqual(all.initial.map(list));
    expectClose(
      list(all.input),
      list(one.backward(js, s, { ...run, device: js }, d, { input: true, weights: true }).input),
      float32,
    );
  });
});

/** Fourteen rows: 5 + 4 + 4 + 1. */
function cut(cell: Cell, H: number): Sequence["input"] {
  return sequence(cell, "float32", { T: 14, N: 1, C: 3, H }).input;
}
