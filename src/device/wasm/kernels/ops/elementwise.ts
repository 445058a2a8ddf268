/** One float in, one float out, in place, four at a time: `count` is a multiple of four. Pointers are bytes. */

import { within } from "../checks";
import { tanh } from "../elementwise";
import { exp } from "./functions";

/** exp (0) or tanh (1): the order is that of `unaries` in wasm/elementwise.ts. */
export function unary(op: i32, at: usize, count: i32): void {
  assert(within(at, <usize>count * 4));
  const end = at + <usize>count * 4;
  if (op === 0) for (; at < end; at += 16) v128.store(at, exp(v128.load(at)));
  else for (; at < end; at += 16) v128.store(at, tanh(v128.load(at)));
}
