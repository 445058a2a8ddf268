/**
 * Which device computes: wasm where the engine runs SIMD and may compile, else js, the specification.
 *
 * Chosen on first use, never while importing. `setDefaultDevice`, or ELMAN_DEVICE in the environment, names one.
 */

import { fail } from "../base/errors.js";
import type { Device } from "../device/device.js";
import { js } from "../device/js/index.js";
import { bestWasm, createWasm } from "../device/wasm/index.js";
import { withOps } from "../device/wasm/ops.js";

/**
 * `js`: plain JavaScript, the specification. `wasm`: WebAssembly SIMD, the better build that the engine runs;
 * `wasm-plain` and `wasm-relaxed` name one, without and with fused multiply-add.
 */
export type DeviceName = "js" | "wasm" | "wasm-plain" | "wasm-relaxed";

const makers: Record<DeviceName, () => Device | null> = {
  js: () => js,
  wasm: bestWasm,
  "wasm-plain": () => createWasm("plain"),
  "wasm-relaxed": () => createWasm("relaxed"),
};

let current: Device | null = null;

/**
 * Makes everything from here on run on a device.
 * @throws RuntimeError where this engine cannot run it
 */
export function setDefaultDevice(name: DeviceName): void {
  if (!Object.hasOwn(makers, name)) {
    fail("ValueError", `setDefaultDevice() expected one of ${Object.keys(makers).join(", ")}, got: ${String(name)}`);
  }
  const made = makers[name]();
  if (made === null) {
    fail("RuntimeError", `setDefaultDevice(): this engine cannot run the device ${name}; js always runs`);
  }
  current = withOps(made);
}

/** The device that computes. */
export function device(): Device {
  if (current === null) {
    const { process } = globalThis as { process?: { env?: Record<string, string | undefined> } };
    const asked = process?.env?.ELMAN_DEVICE;
    if (asked) setDefaultDevice(asked as DeviceName);
    else current = withOps(bestWasm() ?? js);
  }
  return current as Device;
}

/** The name of the device that computes: `js`, `wasm-plain` or `wasm-relaxed`. */
export function defaultDevice(): DeviceName {
  return device().name as DeviceName;
}
