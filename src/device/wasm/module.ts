/**
 * The kernels' modules, compiled and instantiated on first use, synchronously: that of the runs over time, and any
 * other that works in the same memory.
 *
 * The bytes are inlined and decoded by hand: a worklet has no `atob`, and a bundler loses files beside a script.
 */

import { plain, relaxed } from "./bytes.js";

/** The memory that modules share. */
export interface SharedMemory {
  readonly buffer: ArrayBuffer;
  grow(pages: number): number;
}

/** Functions that modules call by their places. */
interface Table {
  /** Adds places; gives the first of them. */
  grow(places: number): number;
  set(place: number, f: unknown): void;
}

/** What kernels/index.ts exports; pointers are bytes, lengths elements. */
export interface Kernels {
  readonly memory: SharedMemory;
  readonly table: Table;
  /** Where memory is free from: beyond the constants of every module. */
  heap(): number;
  activate(which: number, at: number, count: number): void;
  pack(
    source: number,
    rowStride: number,
    columnStride: number,
    K: number,
    N: number,
    panels: number,
    step?: number,
  ): void;
  gemm(
    a: number,
    aRow: number,
    aColumn: number,
    panels: number,
    c: number,
    cRow: number,
    M: number,
    N: number,
    K: number,
    init: number,
    initRow: number,
  ): void;
  columnSums(from: number, rows: number, width: number, to: number): void;
  /** These take descriptions: `Level`s side by side, a `Forward`, a `Backward`. */
  step(levels: number, count: number): void;
  forward(run: number): void;
  backward(run: number): void;
}

/** The little of WebAssembly's JavaScript interface that is used here. */
interface Engine {
  Memory: new (limits: { initial: number }) => SharedMemory;
  Module: new (bytes: Uint8Array) => object;
  Instance: new (module: object, imports: object) => { readonly exports: unknown };
}

/** Which build: plain SIMD, or relaxed SIMD with fused multiply-add. */
export type Build = "plain" | "relaxed";

/** Pages of memory to begin with, which hold the constants of every module. */
const pages = 2;

/** The bytes that scripts/kernels.ts wrote as text: two of its characters announce bytes of another third. */
export function decode(text: string): Uint8Array {
  const bytes: number[] = [];
  let third = 0;
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code < 35) third = code - 31;
    else {
      bytes.push(code - 38 - Number(code > 92) - Number(code > 96) + 90 * third);
      third = 0;
    }
  }
  return Uint8Array.from(bytes);
}

/** By the text of their bytes, modules that the place where this runs has compiled beforehand. */
const compiled = new Map<string | Uint8Array, object>();

/** Gives a compiled module for its text, where an engine compiles no bytes, as workerd. */
export function provide(text: string, module: object): void {
  compiled.set(text, module);
}

/**
 * What a module exports, given its bytes or their text, over `memory`, or one of its own, with what another exports.
 * null where there is no WebAssembly, no SIMD of that kind, or a policy forbids compiling.
 */
export function link<Exports>(module: string | Uint8Array, memory?: SharedMemory, other?: object): Exports | null {
  const engine = (globalThis as { WebAssembly?: Engine }).WebAssembly;
  if (engine === undefined) return null;
  try {
    const code = compiled.get(module) ?? new engine.Module(typeof module === "string" ? decode(module) : module);
    const env = { ...other, memory: memory ?? new engine.Memory({ initial: pages }) };
    return new engine.Instance(code, { env }).exports as Exports;
  } catch {
    return null;
  }
}

/** The kernels of the runs over time, over a memory of their own. */
export function instantiate(build: Build): Kernels | null {
  return link<Kernels>(build === "plain" ? plain : relaxed);
}
