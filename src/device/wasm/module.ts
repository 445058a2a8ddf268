/**
 * The kernels' module: the build that this engine can run, compiled and instantiated on first use, synchronously.
 *
 * The bytes are inlined and decoded by hand: a worklet has no `atob`, and a bundler loses files beside a script.
 */

import { plain, relaxed } from "./bytes.js";

/** What kernels/index.ts exports; pointers are bytes, lengths elements. */
export interface Kernels {
  readonly memory: { readonly buffer: ArrayBuffer; grow(pages: number): number };
  heap(): number;
  activate(which: number, at: number, count: number): void;
  pack(source: number, rowStride: number, columnStride: number, K: number, N: number, panels: number): void;
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
  step(layers: number, count: number): void;
  forward(...sequence: readonly (number | boolean)[]): void;
  backward(...sequence: readonly (number | boolean)[]): void;
}

/** The little of WebAssembly's JavaScript interface that is used here. */
interface Engine {
  validate(bytes: Uint8Array): boolean;
  Module: new (bytes: Uint8Array) => object;
  Instance: new (module: object) => { readonly exports: unknown };
}

/** Which build: plain SIMD, or relaxed SIMD with fused multiply-add. */
export type Build = "plain" | "relaxed";

const digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

function decode(text: string): Uint8Array {
  const length = text.replace(/=+$/, "").length;
  const bytes = new Uint8Array(Math.floor((length * 3) / 4));
  let bits = 0;
  let held = 0;
  let at = 0;
  for (let i = 0; i < length; i++) {
    held = (held << 6) | digits.indexOf(text[i]);
    bits += 6;
    if (bits >= 8) {
      bits -= 8;
      bytes[at++] = (held >> bits) & 255;
    }
  }
  return bytes;
}

/** The kernels of a build, or of the bytes of one; null where there is no WebAssembly, no SIMD of that kind, or a policy forbids compiling. */
export function instantiate(build: Build | Uint8Array): Kernels | null {
  const engine = (globalThis as { WebAssembly?: Engine }).WebAssembly;
  if (engine === undefined) return null;
  try {
    const bytes = typeof build === "string" ? decode(build === "plain" ? plain : relaxed) : build;
    if (!engine.validate(bytes)) return null;
    return new engine.Instance(new engine.Module(bytes)).exports as Kernels;
  } catch {
    return null;
  }
}
