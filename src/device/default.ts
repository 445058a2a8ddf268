/**
 * Which devices there are, and which computes: one choice for tensors and streams, and each device made once.
 *
 * Chosen on first use, never while importing: by `setDefaultDevice`, else by ELMAN_DEVICE in the environment, else wasm
 * where the engine runs SIMD and may compile, else js, the specification.
 */

import { fail, shown, typeName } from "../base/errors.js";
import type { Device } from "./device.js";
import { js } from "./js/index.js";
import { createWasm } from "./wasm/index.js";

/**
 * `js`: plain JavaScript, the specification. `wasm`: WebAssembly SIMD, the better build that the engine runs;
 * `wasm-plain` and `wasm-relaxed` name one, without and with fused multiply-add. Others are what was registered.
 */
export type DeviceName = "js" | "wasm" | "wasm-plain" | "wasm-relaxed" | (string & {});

/** How each device is made; null where this engine cannot run it. */
const makers = new Map<string, () => Device | null>([
  ["js", () => js],
  ["wasm", () => made("wasm-relaxed") ?? made("wasm-plain")],
  ["wasm-plain", () => createWasm("plain")],
  ["wasm-relaxed", () => createWasm("relaxed")],
]);
const devices = new Map<string, Device>();
let current: Device | null = null;

/** The device of a known name. */
function made(name: string): Device | null {
  const device = devices.get(name) ?? makers.get(name)?.() ?? null;
  if (device !== null) devices.set(name, device);
  return device;
}

/** Refuses what is no device, and one that lacks a kernel. */
function checked(where: string, device: Device): Device {
  if (typeof device !== "object" || device === null || typeof device.name !== "string") {
    fail("TypeError", `${where} expected the name of a device, or a device, got: ${typeName(device)}`);
  }
  for (const kernel of Object.keys(js) as (keyof Device)[]) {
    if (typeof device[kernel] !== typeof js[kernel]) {
      fail("TypeError", `${where} expected every kernel of a device, but ${device.name} lacks ${kernel}`);
    }
  }
  return device;
}

function named(where: string, name: string): Device {
  if (!makers.has(name)) {
    fail("ValueError", `${where} expected one of ${[...makers.keys()].join(", ")}, got: ${name}`);
  }
  const device = made(name);
  if (device === null) {
    fail("RuntimeError", `${where}: this engine cannot run the device ${name}; js always runs`);
  }
  return checked(where, device);
}

/** ELMAN_DEVICE; an environment that is not there or may not be read, as in Deno without permission, counts as empty. */
function asked(): string {
  try {
    const { process } = globalThis as { process?: { env?: Record<string, string | undefined> } };
    return process?.env?.ELMAN_DEVICE ?? "";
  } catch {
    return "";
  }
}

/**
 * Makes a device known by a name, for `setDefaultDevice` and ELMAN_DEVICE.
 * @param make asked when the device is first chosen, and until it gives one; null where this engine cannot run it
 * @throws ValueError for a name that is taken
 */
export function registerDevice(name: string, make: () => Device | null): void {
  const where = "registerDevice()";
  if (typeof name !== "string" || name === "") fail("TypeError", `${where} expected a name, got: ${shown(name)}`);
  if (typeof make !== "function") fail("TypeError", `${where} expected a function, got: ${typeName(make)}`);
  if (makers.has(name)) fail("ValueError", `${where} expected a name that is not taken, got: ${name}`);
  makers.set(name, make);
}

/**
 * Makes everything from here on run on a device: one that is known by name, or any other itself. A backward runs where
 * its forward ran.
 * @throws ValueError for an unknown name, RuntimeError where this engine cannot run it, TypeError where it lacks a kernel
 */
export function setDefaultDevice(device: DeviceName | Device): void {
  const where = "setDefaultDevice()";
  current = typeof device === "string" ? named(where, device) : checked(where, device);
}

/** The device of those that come with the library that computes where nobody chose: wasm, or js where the engine cannot run it. */
export function ownDevice(): Device {
  return made("wasm") ?? js;
}

/** The device that computes. */
export function device(): Device {
  if (current === null) {
    const name = asked();
    current = name === "" ? ownDevice() : named("ELMAN_DEVICE", name);
  }
  return current;
}

/** The name of the device that computes: `js`, `wasm-plain`, `wasm-relaxed`, or that of another. */
export function defaultDevice(): DeviceName {
  return device().name;
}
