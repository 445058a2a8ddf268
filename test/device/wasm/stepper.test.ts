/** Where a stepper's memory comes from and goes to; what it computes, the conformance suite says. */

import { describe, expect, it, vi } from "vitest";
import { cells, type Mode } from "../../../src/device/cells/index.js";
import type { Device } from "../../../src/device/device.js";
import { js } from "../../../src/device/js/index.js";
import { wasm } from "../../../src/device/wasm/index.js";
import { Memory } from "../../../src/device/wasm/memory.js";
import { instantiate, type Kernels } from "../../../src/device/wasm/module.js";
import { stepper } from "../../../src/device/wasm/stepper.js";
import { expectClose, float32 } from "../../support/tolerance.js";
import { forward } from "../one.js";
import { draws } from "../reference.js";
import { drawWeights, type StackSizes, stackStepper } from "../steppers.js";
import { sequence } from "./sequence.js";

/** Kernels and a memory that nobody else uses. */
function machine() {
  const kernels = instantiate("plain") as Kernels;
  return { kernels, memory: new Memory(kernels) };
}

function example(mode: Mode, size: { L: number; N: number; C: number; H: number }) {
  const { L, N, C, H } = size;
  const stack: StackSizes = { cell: cells[mode], batch: N, numLayers: L, inputSize: C, hiddenSize: H, outputSize: H };
  return { stack, weights: drawWeights(draws(H), cells[mode], size), input: Float32Array.from(draws(N)(N * C)) };
}

describe("the wasm stepper", () => {
  it("fills a quarter of a gigabyte and no more, in a loop that nobody interrupts, and is right beyond", () => {
    const { kernels, memory } = machine();
    const device = wasm("wasm-plain", kernels, memory);
    const { stack, weights, input } = example("LSTM", { L: 1, N: 1, C: 700, H: 700 });
    const made = Array.from({ length: 40 }, () => stackStepper(device.stepper, stack));
    expect(kernels.memory.buffer.byteLength).toBeLessThan(2 ** 28 + 2 ** 26);
    const outputs = [made[0], made[39]].map((stepper) => {
      const output = new Float32Array(700);
      stepper.load(weights);
      stepper.step(input, 0, output, 0);
      return output;
    });
    expectClose(outputs[1], outputs[0], float32);
    expect(() => stackStepper((net) => stepper(kernels, memory, net), stack)).toThrow(RangeError);
    for (const stepper of made) stepper.close();
    stackStepper((net) => stepper(kernels, memory, net), stack).close();
  });

  it("gives what the device's run over the whole sequence gives, from states that are not zero", () => {
    const { kernels, memory } = machine();
    const device = wasm("wasm-plain", kernels, memory);
    const s = sequence(cells.LSTM, "float32", { T: 5, N: 3, C: 6, H: 9 });
    const { data: inputs } = s.input.storage;
    const { data: whole } = forward(device, s, false).output.storage;
    const stack: StackSizes = { cell: cells.LSTM, batch: 3, numLayers: 1, inputSize: 6, hiddenSize: 9, outputSize: 9 };
    const stream = stackStepper(device.stepper, stack);
    const floats = (value: typeof s.input | null) => value && (value.storage.data as Float32Array);
    const { ih, hh, biasIh, biasHh } = s.weights;
    const plain = { ih: floats(ih) as Float32Array, hh: floats(hh) as Float32Array, hr: null };
    stream.load([{ ...plain, biasIh: floats(biasIh), biasHh: floats(biasHh) }]);
    stream.write(Float32Array.of(...s.initial.flatMap((state) => [...state.storage.data])));
    const output = new Float32Array(5 * 3 * 9);
    for (let t = 0; t < 5; t++) stream.step(inputs as Float32Array, t * 3 * 6, output, t * 3 * 9);
    expectClose(output, whole, float32);
  });

  it.each(["RNN_TANH", "LSTM", "GRU"] as const)("of an %s is refused where 32 bits cannot count its floats", (mode) => {
    const { kernels, memory } = machine();
    const free = memory.take(0);
    for (const batch of [2 ** 26, 2 ** 28, 2 ** 31, 2 ** 40]) {
      const stack: StackSizes = { cell: cells[mode], batch, numLayers: 1, inputSize: 1, hiddenSize: 1, outputSize: 1 };
      expect(() => stackStepper((net) => stepper(kernels, memory, net), stack), String(batch)).toThrow(RangeError);
    }
    memory.reset();
    expect(memory.take(0)).toBe(free);
  });

  it("keeps its weights where there is no room to pack others, and says so", () => {
    const { kernels, memory } = machine();
    const { stack, weights, input } = example("GRU", { L: 1, N: 2, C: 3, H: 4 });
    const [stream, other] = [stackStepper((net) => stepper(kernels, memory, net), stack), new Float32Array(8)];
    stream.load(weights);
    vi.spyOn(memory, "take").mockImplementation(() => {
      throw new RangeError("full");
    });
    expect(() => stream.load(weights)).toThrow("can't allocate memory: you tried to allocate 1792 bytes.");
    vi.restoreAllMocks();
    stream.step(input, 0, other, 0);
    const fresh = stackStepper(js.stepper, stack);
    fresh.load(weights);
    const output = new Float32Array(8);
    fresh.step(input, 0, output, 0);
    expectClose(other, output, float32);
  });

  it("gives its memory back, which the next one finds as zeros", () => {
    const { kernels, memory } = machine();
    const { stack, weights, input } = example("LSTM", { L: 2, N: 3, C: 5, H: 7 });
    const output = new Float32Array(3 * 7);
    const firstSteps = () => {
      const stream = stackStepper((net) => stepper(kernels, memory, net), stack);
      stream.load(weights);
      for (let t = 0; t < 3; t++) stream.step(input, 0, output, 0);
      stream.close();
      return [...output];
    };
    memory.reset();
    const free = memory.take(0);
    const first = firstSteps();
    memory.reset();
    expect(memory.take(0)).toBe(free);
    const rubbish = memory.take(50_000);
    memory.floats.fill(Number.NaN, rubbish / 4);
    expect(firstSteps()).toEqual(first);
  });

  it("does not grow memory however many are made and closed", () => {
    const { kernels, memory } = machine();
    const made = (["RNN_TANH", "GRU", "LSTM"] as const).map((mode, i) =>
      example(mode, { L: 1 + i, N: 1 + i, C: 3, H: 5 + 6 * i }),
    );
    const round = () => {
      const streams = made.map(({ stack, weights }) => {
        const stream = stackStepper((net) => stepper(kernels, memory, net), stack);
        stream.load(weights);
        return stream;
      });
      // Not in the order of making, so that gaps appear and join.
      for (const i of [1, 0, 2]) streams[i].close();
    };
    round();
    memory.reset();
    const [free, size] = [memory.take(0), kernels.memory.buffer.byteLength];
    for (let i = 0; i < 1000; i++) round();
    memory.reset();
    expect([memory.take(0), kernels.memory.buffer.byteLength]).toEqual([free, size]);
  });

  it("goes on where memory has grown under it", () => {
    const { kernels, memory } = machine();
    const { stack, weights, input } = example("LSTM", { L: 2, N: 2, C: 3, H: 9 });
    const [mine, theirs] = [
      stackStepper((net) => stepper(kernels, memory, net), stack),
      stackStepper(js.stepper, stack),
    ];
    const [a, b] = [new Float32Array(18), new Float32Array(18)];
    const both = () => {
      mine.step(input, 0, a, 0);
      theirs.step(input, 0, b, 0);
      expectClose(a, b, float32);
    };
    for (const stream of [mine, theirs]) stream.load(weights);
    both();
    const { buffer } = kernels.memory;
    memory.reset();
    memory.take(buffer.byteLength / 4);
    expect(kernels.memory.buffer).not.toBe(buffer);
    both();
    const states = [new Float32Array(72), new Float32Array(72)];
    mine.read(states[0]);
    theirs.read(states[1]);
    expectClose(states[0], states[1], float32);
    mine.load(weights);
    both();
  });

  it("is the js device's where there is no input or memory cannot hold it", () => {
    const { kernels, memory } = machine();
    const device = wasm("wasm-plain", kernels, memory);
    const none: StackSizes = {
      cell: cells.RNN_TANH,
      batch: 1,
      numLayers: 1,
      inputSize: 0,
      hiddenSize: 1,
      outputSize: 1,
    };
    const hh = Float32Array.of(0);
    const stream = stackStepper(device.stepper, none);
    stream.load([{ ih: new Float32Array(0), hh, biasIh: Float32Array.of(0.5), biasHh: null, hr: null }]);
    const output = new Float32Array(1);
    stream.step(new Float32Array(0), 0, output, 0);
    expect(output[0]).toBe(Math.fround(Math.tanh(0.5)));

    const { stack, weights, input } = example("LSTM", { L: 2, N: 1, C: 3, H: 64 });
    const bits = (on: Pick<Device, "stepper">) => {
      const stream = stackStepper(on.stepper, stack);
      stream.load(weights);
      const [once, twice] = [new Float32Array(64), new Float32Array(64)];
      stream.step(input, 0, once, 0);
      stream.step(input, 0, twice, 0);
      stream.close();
      return [...once, ...twice];
    };
    const fast = bits(device);
    expect(fast).not.toEqual(bits(js));
    // The stack fits into what is left, but not together with what loading takes.
    memory.reset();
    const left = 60_000;
    memory.hold((kernels.memory.buffer.byteLength - memory.take(0)) / 4 - left);
    const free = memory.take(0);
    vi.spyOn(kernels.memory, "grow").mockImplementation(() => {
      throw new RangeError("WebAssembly.Memory.grow(): Maximum memory size exceeded");
    });
    expect(bits(device)).toEqual(bits(js));
    memory.reset();
    expect(memory.take(0)).toBe(free);
  });
});
