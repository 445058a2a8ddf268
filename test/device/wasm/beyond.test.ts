/** The kernels of the cells beyond PyTorch's: that they run, in whole runs and step by step, and what they must keep. */

import { describe, expect, it, vi } from "vitest";
import { compile } from "../../../scripts/compile.js";
import type { Cell } from "../../../src/device/cell.js";
import type { Sequence } from "../../../src/device/device.js";
import { js } from "../../../src/device/js/index.js";
import { elements, type Value, wrap } from "../../../src/device/value.js";
import * as beyond from "../../../src/device/wasm/beyond.js";
import { wasm } from "../../../src/device/wasm/index.js";
import { withKernels } from "../../../src/device/wasm/known.js";
import { Memory } from "../../../src/device/wasm/memory.js";
import { type Build, instantiate, type Kernels } from "../../../src/device/wasm/module.js";
import { expectClose, float32 } from "../../support/tolerance.js";
import { backward, forward } from "../one.js";
import { draws } from "../reference.js";
import { drawWeights, stackStepper } from "../steppers.js";
import { sequence } from "./sequence.js";

// The sources as they are now, not the bytes that a build made of them.
const bytes = await compile("beyond", ["simd"]);
for (const [name, cell] of Object.entries(beyond)) withKernels<number>(bytes, name, cell);

const builds = (["plain", "relaxed"] as const).filter((build) => instantiate(build) !== null);
const list = (x: Value | null | undefined) => (x ? [...elements(x)] : []);

/** A device whose kernels are counted. */
function counted(build: Build) {
  const kernels = instantiate(build) as Kernels;
  const calls = { forward: vi.fn(kernels.forward), backward: vi.fn(kernels.backward), step: vi.fn(kernels.step) };
  const all = { ...kernels, ...calls };
  return { device: wasm(build, all, new Memory(all)), calls };
}

/** Everything that comes out of a run and its way back. */
function everything(device: typeof js, s: Sequence, scale = 1) {
  const run = forward(device, s, true);
  const size = run.output.numel;
  const d = Float32Array.from({ length: size }, (_, i) => (((i * 29) % 53) / 53 - 0.4) * scale);
  const arriving = { output: wrap("float32", d, run.output.shape), final: s.initial.map(() => null) };
  const { input, initial, weights } = backward(device, s, run, arriving);
  const { own = {}, ...rest } = weights ?? {};
  const values = [run.output, ...run.final, input, ...initial, ...Object.values(rest), ...Object.values(own)];
  return values.map(list);
}

describe.each(builds)("wasm-%s", (build) => {
  it.each(Object.values(beyond))("$name runs in the kernels, forward, backward and as a stream", (cell: Cell) => {
    const { device, calls } = counted(build);
    const s = sequence(cell, "float32", { T: 5, N: 6, C: 3, H: 11 });
    const [mine, theirs] = [everything(device, s), everything(js, s)];
    expect([calls.forward, calls.backward].map(({ mock }) => mock.calls.length)).toEqual([1, 1]);
    expect(mine.length).toBe(theirs.length);
    mine.forEach((part, i) => {
      const most = Math.max(1, ...theirs[i].map(Math.abs));
      expectClose(part, theirs[i], { absolute: 3e-6 * most, relative: 0 }, String(i));
    });
    const size = { L: 2, N: 3, C: 4, H: 9 };
    const stack = { cell, batch: 3, numLayers: 2, inputSize: 4, hiddenSize: 9, outputSize: 9 };
    const weights = drawWeights(draws(3), cell, size);
    const input = Float32Array.from(draws(4)(12));
    const outputs = [device, js].map((each) => {
      const stepper = stackStepper(each.stepper, stack);
      stepper.load(weights);
      const output = new Float32Array(27);
      for (let t = 0; t < 3; t++) stepper.step(input, 0, output, 0);
      stepper.close();
      return output;
    });
    expectClose(outputs[0], outputs[1], float32);
    expect(calls.step.mock.calls.length).toBe(3);
  });

  it.each(Object.values(beyond))("$name gives a sequence the same bits in a batch as alone", (cell: Cell) => {
    const { device } = counted(build);
    const [T, N, C, H] = [4, 7, 5, 12];
    const s = sequence(cell, "float32", { T, N, C, H });
    const together = list(forward(device, s, false).output);
    for (const n of [0, 5]) {
      const row = (x: Value, width: number, times: number) => {
        const all = list(x);
        const rows = [...Array(times).keys()].flatMap((t) => all.slice((t * N + n) * width, (t * N + n + 1) * width));
        return wrap("float32", Float32Array.from(rows), [times, width]);
      };
      const initial = s.initial.map((state) => row(state, H, 1));
      const alone = forward(device, { ...s, steps: Array(T).fill(1), input: row(s.input, C, T), initial }, false);
      const mine = [...Array(T).keys()].flatMap((t) => together.slice((t * N + n) * H, (t * N + n + 1) * H));
      expect(list(alone.output)).toEqual(mine);
    }
  });

  it.each(Object.values(beyond))("$name makes no denormal numbers of a gradient that dies away", (cell: Cell) => {
    const { device } = counted(build);
    const s = sequence(cell, "float32", { T: 40, N: 2, C: 3, H: 9 });
    const sizes = everything(device, s, 2 ** -105)
      .slice(1 + cell.states, 2 + 2 * cell.states)
      .flat()
      .map(Math.abs);
    expect(sizes.filter((x) => x > 0 && x < 2 ** -125)).toEqual([]);
  });

  it.each([beyond.layerNormGRU, beyond.layerNormLSTM])("$name of numbers far from 0, and all alike", (cell: Cell) => {
    const { device } = counted(build);
    const s = sequence(cell, "float32", { T: 2, N: 5, C: 3, H: 10 });
    // Whole numbers, so that float32 has the gates exactly.
    for (const x of [s.input, s.weights.ih]) elements(x).set(list(x).map((v) => Math.round(8 * v)));
    for (const bias of [1000, -4e6]) {
      elements(s.weights.biasIh as Value).fill(bias);
      expectClose(list(forward(device, s, false).output), list(forward(js, s, false).output), {
        absolute: 2e-6,
        relative: 0,
      });
    }
    elements(s.weights.ih).fill(0);
    s.weights.ih.storage.version++;
    expectClose(list(forward(device, s, false).output), list(forward(js, s, false).output), float32);
  });
});
