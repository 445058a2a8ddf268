/** What the kernels assert of their arguments. Only the debug build checks it: the others are compiled without asserts. */

/** Where the end of what was given out stands, for all modules: below every module's constants. */
const end: usize = 8;

/** Whatever lies at or beyond `limit` belongs to nobody. */
export function setLimit(limit: usize): void {
  store<usize>(end, limit);
}

/** Whether `bytes` from `at` on lie in what was given out, whole floats from an aligned place. */
// @ts-ignore: decorator
@inline
export function within(at: usize, bytes: usize): bool {
  return ASC_NO_ASSERT ||
    (at >= __heap_base && (at & 3) === 0 && (bytes & 3) === 0 && at + bytes >= at && at + bytes <= load<usize>(end));
}

/** Whether two places have nothing in common. */
// @ts-ignore: decorator
@inline
export function apart(a: usize, aBytes: usize, b: usize, bBytes: usize): bool {
  return ASC_NO_ASSERT || a + aBytes <= b || b + bBytes <= a || aBytes === 0 || bBytes === 0;
}
