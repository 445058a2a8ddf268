/** The second module, the kernels of ops, linked to the memory of the first. */

import { ops } from "./bytes.js";
import type { Memory } from "./memory.js";
import { link, type SharedMemory } from "./module.js";

/** Arguments in the order of the kernel's own: pointers are bytes, lengths elements. */
type Call = (...args: number[]) => void;

/** What kernels/ops/index.ts exports. */
export interface OpsKernels {
  /** Where the module's constants end; those of the first module begin behind it. */
  heap(): number;
  readonly elementwise: Call;
  readonly compare: Call;
  readonly where: Call;
  readonly fold: Call;
  readonly softmaxRows: Call;
  readonly softmaxBackwardRows: Call;
  readonly layerNorm: Call;
  readonly layerNormBackward: Call;
  readonly rowSums: Call;
  readonly softmaxGradient: Call;
  readonly sgd: Call;
  readonly adam: Call;
  readonly rmsprop: Call;
}

/** What ops compute with. */
export interface Ops {
  readonly kernels: OpsKernels;
  readonly memory: Memory;
}

/** The module in a memory; null where the engine refuses it. */
export function linkOps(memory: SharedMemory): OpsKernels | null {
  return link<OpsKernels>(ops, memory);
}
