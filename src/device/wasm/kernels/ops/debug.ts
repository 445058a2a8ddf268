/** The debug build: the same kernels with their asserts. */

export * from "./index";
