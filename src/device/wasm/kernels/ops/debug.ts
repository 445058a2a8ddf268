/** The debug build: the same kernels with their asserts, and where memory that was given out ends. */

export { setLimit } from "../checks";
export * from "./index";
