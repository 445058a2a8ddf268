/** Convolutions in the kernels, of both builds. */

import { describe, expect, it } from "vitest";
import { outputShape } from "../../../src/device/convolution.js";
import type { Layout } from "../../../src/device/device.js";
import { elements, fresh } from "../../../src/device/value.js";
import { convolutionOf } from "../../../src/device/wasm/convolution.js";
import { createWasm, wasm } from "../../../src/device/wasm/index.js";
import { Memory } from "../../../src/device/wasm/memory.js";
import { instantiate, type Kernels } from "../../../src/device/wasm/module.js";
import { ofConvolutions } from "../convolutions.js";

for (const build of ["plain", "relaxed"] as const) {
  const device = createWasm(build);
  describe.skipIf(device === null)(build, () => {
    if (device !== null) ofConvolutions(device, "float32");
  });
}

const ones = (shape: readonly number[]) => {
  const value = fresh("float32", shape);
  elements(value).fill(1);
  return value;
};

it("leaves to products what memory cannot hold", () => {
  class Full extends Memory {
    override take(): number {
      throw new RangeError("full");
    }
  }
  const kernels = instantiate("plain") as Kernels;
  const device = wasm("full", kernels, new Full(kernels));
  const taps = [0, 1, 2].map((at) => ({ phase: 0, at }));
  const layout: Layout = { batch: 1, groups: 1, inputs: 8, outputs: 16, phases: 1, length: 102, places: 100, taps };
  const y = convolutionOf(device).forward(ones([1, 1, 8, 102]), ones([16, 8, 3]), null, layout);
  expect(y.shape).toEqual(outputShape(layout));
  expect(elements(y).every((value) => value === 24)).toBe(true);
});

it.each([1, 64])("takes memory for what it computes at a time, not for more: %d samples", (batch) => {
  const kernels = instantiate("plain") as Kernels;
  const device = wasm("small", kernels, new Memory(kernels));
  const layout: Layout = {
    ...{ batch, groups: 1, inputs: 1, outputs: 4096, phases: 1, length: 4, places: 4 },
    taps: [{ phase: 0, at: 0 }],
  };
  const y = convolutionOf(device).forward(ones([batch, 1, 1, 4]), ones([4096, 1, 1]), null, layout);
  expect(elements(y).every((value) => value === 1)).toBe(true);
  expect(kernels.memory.buffer.byteLength).toBeLessThan(2 ** 21);
});
