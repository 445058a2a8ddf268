/** One step of a stack of levels, all of whose memory was laid out before. */

import { Level } from "./descriptions";
import { gemm } from "./gemm";
import { forward, padded } from "./recurrence";

/** Each level's input is the output of the one before; `levels` are descriptions side by side. */
export function step(levels: usize, count: i32): void {
  for (let i = 0; i < count; i++, levels += offsetof<Level>()) {
    const l = changetype<Level>(levels);
    const GH = l.gates * padded(l.H);
    gemm(l.input, <usize>padded(l.C) * 4, 4, l.ih, l.x, <usize>GH * 4, load<i32>(l.steps), GH, l.C, l.biasIh, 0);
    forward(l);
  }
}
