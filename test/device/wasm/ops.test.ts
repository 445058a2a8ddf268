import { afterEach, describe, expect, it, vi } from "vitest";
import type { Device } from "../../../src/device/device.js";
import { js } from "../../../src/device/js/index.js";
import { elements } from "../../../src/device/value.js";
import { createWasm, machines } from "../../../src/device/wasm/index.js";
import { Memory } from "../../../src/device/wasm/memory.js";
import { instantiate, type Kernels } from "../../../src/device/wasm/module.js";
import { complete, withOps } from "../../../src/device/wasm/ops.js";
import { linkOps } from "../../../src/device/wasm/ops_module.js";
import { conformance, value } from "../conformance.js";

const builds = (["plain", "relaxed"] as const).filter((build) => instantiate(build) !== null);

describe.each(builds)("wasm-%s with its ops", (build) => conformance(withOps(createWasm(build) as Device)));

describe("withOps", () => {
  afterEach(() => vi.restoreAllMocks());
  const x = value("float32", [-1, 0, 0.5]);
  const bits = (device: Device) => [...elements(device.unary("tanh", x))];
  const plain = () => createWasm("plain") as Device;

  it("gives one device the same ops each time, and leaves others as they are", () => {
    const device = plain();
    expect(withOps(device)).toBe(withOps(device));
    expect(withOps(device)).not.toBe(withOps(plain()));
    expect(withOps(js)).toBe(js);
  });

  it("links the module at the first op, and once", () => {
    const { kernels, memory } = machines.get(plain()) as { kernels: Kernels; memory: Memory };
    const linked = vi.fn(() => linkOps("wasm-plain", kernels.memory));
    const device = complete(plain(), memory, linked);
    expect(linked).not.toHaveBeenCalled();
    expect(bits(device)).toEqual(bits(device));
    expect(linked).toHaveBeenCalledTimes(1);
  });

  it("leaves ops to the device where there is no module, or no memory", () => {
    const device = plain();
    const { memory } = machines.get(device) as { memory: Memory };
    const without = complete(device, memory, () => null);
    expect(bits(without)).toEqual(bits(js));
    const full = withOps(device);
    vi.spyOn(Memory.prototype, "take").mockImplementation(() => {
      throw new RangeError("WebAssembly.Memory.grow(): Maximum memory size exceeded");
    });
    expect(bits(full)).toEqual(bits(js));
  });
});
