/** The second module, the kernels of ops, linked to the memory of the first. */

import type { Memory } from "./memory.js";
import { link, type SharedMemory } from "./module.js";
import { ops } from "./ops_bytes.js";

/** What kernels/ops/index.ts exports; pointers are bytes, lengths elements. */
export interface OpsKernels {
  /** Where the module's constants end; those of the first module begin behind it. */
  heap(): number;
  unary(op: number, at: number, count: number): void;
  binary(op: number, a: number, aStep: number, b: number, bStep: number, to: number, count: number): void;
  compare(op: number, a: number, aStep: number, b: number, bStep: number, to: number, count: number): void;
  where(condition: number, a: number, aStep: number, b: number, bStep: number, to: number, count: number): void;
  spread(from: number, width: number, skip: number, to: number, count: number): void;
  foldRows(op: number, at: number, count: number, along: number, to: number): void;
  foldColumns(op: number, at: number, along: number, width: number, to: number): void;
  softmaxRows(log: boolean, at: number, count: number, along: number): void;
  softmaxBackwardRows(log: boolean, dy: number, y: number, count: number, along: number): void;
  layerNorm(
    x: number,
    y: number,
    weight: number,
    bias: number,
    moments: number,
    rows: number,
    C: number,
    eps: number,
  ): void;
  layerNormBackward(
    dy: number,
    x: number,
    weight: number,
    moments: number,
    dx: number,
    dWeight: number,
    dBias: number,
    rows: number,
    C: number,
  ): void;
  rowSums(x: number, sums: number, rows: number, C: number): void;
  softmaxGradient(d: number, x: number, sums: number, dx: number, rows: number, C: number): void;
  descend(p: number, d: number, count: number, lr: number, weightDecay: number): void;
  sgd(
    p: number,
    d: number,
    b: number,
    count: number,
    lr: number,
    weightDecay: number,
    momentum: number,
    taken: number,
    ahead: number,
  ): void;
  adam(
    p: number,
    d: number,
    m: number,
    v: number,
    top: number,
    count: number,
    shrink: number,
    weightDecay: number,
    beta1: number,
    beta2: number,
    eps: number,
    pace: number,
    spread: number,
  ): void;
  rmsprop(
    p: number,
    d: number,
    v: number,
    m: number,
    b: number,
    count: number,
    lr: number,
    alpha: number,
    eps: number,
    weightDecay: number,
    momentum: number,
  ): void;
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
