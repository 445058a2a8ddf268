/** One step of a stack of layers, all of whose memory was laid out before. */

import { gemm } from "./gemm";
import { forward, padded } from "./recurrence";

/** What describes a layer, in whole numbers of 32 bits: `arrays` in wasm/stepper.ts have the same order. */
@unmanaged
class Layer {
  mode: i32; rows: i32; C: i32; H: i32; P: i32; gates: i32; keep: i32;
  steps: usize; input: usize; ih: usize; biasIh: usize; x: usize; r: usize; hh: usize; biasHh: usize; hr: usize;
  h: usize; c: usize; raw: usize; nextC: usize; kept: usize; output: usize;
}

/** Each layer's input is the output of the one before; `layers` are descriptions side by side. */
export function step(layers: usize, count: i32): void {
  for (let i = 0; i < count; i++, layers += offsetof<Layer>()) {
    const l = changetype<Layer>(layers);
    const GH = l.gates * padded(l.H);
    gemm(l.input, <usize>padded(l.C) * 4, 4, l.ih, l.x, <usize>GH * 4, l.rows, GH, l.C, l.biasIh, 0);
    forward(
      l.mode, 1, l.steps, 0, false, l.H, l.P, l.gates, l.keep, l.x, l.r, l.hh, l.biasHh, l.hr, l.h, l.c, 0, 0, l.raw,
      l.nextC, l.kept, l.output, false,
    );
  }
}
