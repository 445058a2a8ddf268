/** How much memory a stage takes, and which of its steps are kernels; what it computes, the conformance suite says. */

import { describe, expect, it, vi } from "vitest";
import { cells } from "../../../src/device/cells/index.js";
import type { Rows, Stack } from "../../../src/device/device.js";
import { Memory } from "../../../src/device/wasm/memory.js";
import { instantiate, type Kernels } from "../../../src/device/wasm/module.js";
import { affinePlan, rowsPlan, stackPlan } from "../../../src/device/wasm/stages.js";

const kernels = instantiate("plain") as Kernels;
const memory = new Memory(kernels);
const machine = { kernels, memory };

describe("a plan", () => {
  const take = () => ({ weight: new Float32Array(0), bias: null });
  const affine = (taps: number, dilation: number) =>
    affinePlan(machine, { kind: "affine", inputSize: 5, outputSize: 9, taps, dilation, take }, 2);

  it("of a linear layer has room for packed weights, a bias and the output, and for no past", () => {
    // Weights 5·16, bias 16, output 2·16.
    expect([affine(1, 1).room, affine(1, 9).room]).toEqual([128, 128]);
    expect(affine(1, 1).scratch).toBe(8 * 16);
  });

  it("of a convolution has room for every ring twice", () => {
    // Two sequences of three rings of two rows twice: 2·3·2·2·5, to whole lines; weights 10·16.
    expect(affine(2, 3).room).toBe(128 + 160 + 16 + 32);
  });

  it("of a stack counts in more than 32 bits", () => {
    const sizes = { numLayers: 1, inputSize: 1, hiddenSize: 1, outputSize: 1, take: () => [] };
    const stack: Stack = { kind: "stack", cell: cells.GRU, ...sizes };
    expect(stackPlan(machine, stack, 2 ** 31).room).toBeGreaterThan(2 ** 31 * 8 * 3);
  });

  it("of a function takes no room, and changes rows where they lie", () => {
    const at = memory.hold(32);
    memory.floats.fill(2, at / 4, at / 4 + 32);
    const double: Rows = {
      ...{ kind: "rows", inputSize: null },
      take: () => (x, from, size) => {
        for (let i = from; i < from + size; i++) x[i] *= 2;
      },
    };
    const plan = rowsPlan(machine, double, 2, 9);
    expect([plan.room, plan.scratch]).toEqual([0, 0]);
    const stage = plan.lay(0, at);
    expect([stage.output, stage.states]).toEqual([at, []]);
    stage.load()();
    stage.step();
    const row = [...Array(9).fill(4), ...Array(7).fill(2)];
    expect([...memory.floats.subarray(at / 4, at / 4 + 32)]).toEqual([...row, ...row]);
    memory.release(at, 32);
  });

  it("of sigmoid and tanh is the kernels' own function", () => {
    const at = memory.hold(16);
    const activate = vi.fn();
    for (const same of ["sigmoid", "tanh"] as const) {
      const rows: Rows = { kind: "rows", inputSize: null, same, take: () => () => expect.fail("not this one") };
      const stage = rowsPlan({ kernels: { ...kernels, activate }, memory }, rows, 2, 3).lay(0, at);
      stage.load()();
      stage.step();
    }
    expect(activate.mock.calls).toEqual([
      [0, at, 16],
      [1, at, 16],
    ]);
    memory.release(at, 16);
  });
});
