/** What the module of ops offers, in the memory that it shares with the runs over time. */

export { unary } from "./elementwise";

/** Where this module's constants end. */
export function heap(): usize {
  return __heap_base;
}
