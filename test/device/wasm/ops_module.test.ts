import { expect, it } from "vitest";
import { modules } from "../../../scripts/compile.js";
import { instantiate, type Kernels } from "../../../src/device/wasm/module.js";
import { linkOps } from "../../../src/device/wasm/ops_module.js";

const builds = (["plain", "relaxed"] as const).filter((build) => instantiate(build) !== null);

it.each(builds)("%s: its constants lie before those of the first module, and both before free memory", (build) => {
  const kernels = instantiate(build) as Kernels;
  const bytes = new Uint8Array(kernels.memory.buffer);
  const before = bytes.slice();
  const ops = linkOps(`wasm-${build}`, kernels.memory);
  expect(before.subarray(0, modules.recurrence.base).every((byte) => byte === 0)).toBe(true);
  expect(before.some((byte) => byte !== 0)).toBe(true);
  expect(ops?.heap()).toBeLessThanOrEqual(modules.recurrence.base);
  expect(bytes.subarray(0, modules.ops.base).every((byte) => byte === 0)).toBe(true);
  expect(bytes.subarray(modules.ops.base, ops?.heap()).some((byte) => byte !== 0)).toBe(true);
  expect(bytes.subarray(ops?.heap())).toEqual(before.subarray(ops?.heap()));
  expect(kernels.heap()).toBeGreaterThan(modules.recurrence.base);
  expect(kernels.heap()).toBeLessThanOrEqual(bytes.length);
});
