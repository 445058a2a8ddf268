/** What the cells of this module share. */

import { apart, within } from "../checks";
import { high, low } from "../lanes";

/** Bytes of H units, padded. */
// @ts-ignore: decorator
@inline
export function bytesOf(H: i32): usize {
  return <usize>((H + 7) & ~7) * 4;
}

/** to += a·b, or a without b, of `bytes` of floats, in double precision. */
export function addTo(to: usize, a: usize, b: usize, bytes: usize): void {
  assert(within(to, 2 * bytes) && within(a, bytes) && apart(to, 2 * bytes, a, bytes));
  for (const end = a + bytes; a < end; a += 16, to += 32) {
    const x = v128.load(a);
    let l = low(x), h = high(x);
    if (b) {
      const y = v128.load(b);
      l = f64x2.mul(l, low(y)); h = f64x2.mul(h, high(y));
      b += 16;
    }
    v128.store(to, f64x2.add(v128.load(to), l));
    v128.store(to, f64x2.add(v128.load(to, 16), h), 16);
  }
}
