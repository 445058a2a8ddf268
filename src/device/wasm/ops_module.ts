/** The second module, the kernels of ops, linked to the memory of the first. */

import type { Memory } from "./memory.js";
import { link, type SharedMemory } from "./module.js";
import { plain, relaxed } from "./ops_bytes.js";

/** What kernels/ops/index.ts exports; pointers are bytes, lengths elements. */
export interface OpsKernels {
  /** Where the module's constants end; those of the first module begin behind it. */
  heap(): number;
  unary(op: number, at: number, count: number): void;
}

/** What ops compute with. */
export interface Ops {
  readonly kernels: OpsKernels;
  readonly memory: Memory;
}

/** The module in the memory of a device of that name; null where the engine refuses it. */
export function linkOps(name: string, memory: SharedMemory): OpsKernels | null {
  return link<OpsKernels>(name === "wasm-relaxed" ? relaxed : plain, memory);
}
