/** What the cells of this module share. */

/** Bytes of H units, padded. */
// @ts-ignore: decorator
@inline
export function bytesOf(H: i32): usize {
  return <usize>((H + 7) & ~7) * 4;
}

/** Adds two doubles, and two more, to those at `to`. */
// @ts-ignore: decorator
@inline
export function add(to: usize, low: v128, high: v128): void {
  v128.store(to, f64x2.add(v128.load(to), low));
  v128.store(to, f64x2.add(v128.load(to, 16), high), 16);
}
