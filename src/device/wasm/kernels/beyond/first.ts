/** What the first module lends: its products, and the steps of an LSTM and a GRU. */

// @ts-ignore: decorator
@external("env", "gemm")
export declare function gemm(
  a: usize, aRow: usize, aColumn: usize, panels: usize, c: usize, cRow: usize, M: i32, N: i32, K: i32, init: usize,
  initRow: usize,
): void;

// @ts-ignore: decorator
@external("env", "activate")
export declare function activate(which: i32, at: usize, count: i32): void;

// @ts-ignore: decorator
@external("env", "lstmForward")
export declare function lstmForward(
  n: i32, H: i32, x: usize, c: usize, hNext: usize, cNext: usize, keep: usize,
): void;

// @ts-ignore: decorator
@external("env", "lstmBackward")
export declare function lstmBackward(
  n: i32, H: i32, keep: usize, c: usize, dh: usize, dc: usize, da: usize,
): void;

// @ts-ignore: decorator
@external("env", "gruForward")
export declare function gruForward(
  rows: i32, H: i32, x: usize, q: usize, h: usize, hNext: usize, keep: usize,
): void;

// @ts-ignore: decorator
@external("env", "gruBackward")
export declare function gruBackward(
  rows: i32, H: i32, keep: usize, h: usize, dh: usize, dx: usize, dq: usize,
): void;
