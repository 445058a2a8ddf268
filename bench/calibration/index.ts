/**
 * Two loops that the floor is made of: arithmetic that touches no memory, and reading that does little else.
 * AssemblyScript, compiled by the benchmark.
 *
 * Twelve chains of mul+add: enough to hide their latency on two pipes, and few enough to stay, with both operands, in
 * the 15 registers that V8 has on x64; with 16 chains it spills, and shows two thirds of the peak. The operands are
 * parameters because V8 builds a constant anew at each use.
 */

/** 12 independent x = x·a + b of four floats, `times` over: 96 flops a time. The sum keeps them from being dropped. */
export function arithmetic(times: i32, multiplier: f32, addend: f32): f32 {
  const a = f32x4.splat(multiplier);
  const b = f32x4.splat(addend);
  let x0 = f32x4.splat(0);
  let x1 = f32x4.splat(0.01);
  let x2 = f32x4.splat(0.02);
  let x3 = f32x4.splat(0.03);
  let x4 = f32x4.splat(0.04);
  let x5 = f32x4.splat(0.05);
  let x6 = f32x4.splat(0.06);
  let x7 = f32x4.splat(0.07);
  let x8 = f32x4.splat(0.08);
  let x9 = f32x4.splat(0.09);
  let x10 = f32x4.splat(0.1);
  let x11 = f32x4.splat(0.11);
  for (let i = 0; i < times; i++) {
    x0 = f32x4.add(f32x4.mul(x0, a), b);
    x1 = f32x4.add(f32x4.mul(x1, a), b);
    x2 = f32x4.add(f32x4.mul(x2, a), b);
    x3 = f32x4.add(f32x4.mul(x3, a), b);
    x4 = f32x4.add(f32x4.mul(x4, a), b);
    x5 = f32x4.add(f32x4.mul(x5, a), b);
    x6 = f32x4.add(f32x4.mul(x6, a), b);
    x7 = f32x4.add(f32x4.mul(x7, a), b);
    x8 = f32x4.add(f32x4.mul(x8, a), b);
    x9 = f32x4.add(f32x4.mul(x9, a), b);
    x10 = f32x4.add(f32x4.mul(x10, a), b);
    x11 = f32x4.add(f32x4.mul(x11, a), b);
  }
  let sum = x0;
  sum = f32x4.add(sum, x1);
  sum = f32x4.add(sum, x2);
  sum = f32x4.add(sum, x3);
  sum = f32x4.add(sum, x4);
  sum = f32x4.add(sum, x5);
  sum = f32x4.add(sum, x6);
  sum = f32x4.add(sum, x7);
  sum = f32x4.add(sum, x8);
  sum = f32x4.add(sum, x9);
  sum = f32x4.add(sum, x10);
  sum = f32x4.add(sum, x11);
  return f32x4.extract_lane(sum, 0);
}

/** Reads the first `bytes` of memory, a multiple of 64, `times` over, 4 loads a turn. */
export function read4(bytes: i32, times: i32): f32 {
  let x0 = f32x4.splat(0);
  let x1 = f32x4.splat(0);
  let x2 = f32x4.splat(0);
  let x3 = f32x4.splat(0);
  for (let i = 0; i < times; i++) {
    for (let at = 0; at < bytes; at += 64) {
      x0 = v128.or(x0, v128.load(at, 0));
      x1 = v128.or(x1, v128.load(at, 16));
      x2 = v128.or(x2, v128.load(at, 32));
      x3 = v128.or(x3, v128.load(at, 48));
    }
  }
  let sum = x0;
  sum = f32x4.add(sum, x1);
  sum = f32x4.add(sum, x2);
  sum = f32x4.add(sum, x3);
  return f32x4.extract_lane(sum, 0);
}

/** Reads the first `bytes` of memory, a multiple of 128, `times` over, 8 loads a turn. */
export function read8(bytes: i32, times: i32): f32 {
  let x0 = f32x4.splat(0);
  let x1 = f32x4.splat(0);
  let x2 = f32x4.splat(0);
  let x3 = f32x4.splat(0);
  let x4 = f32x4.splat(0);
  let x5 = f32x4.splat(0);
  let x6 = f32x4.splat(0);
  let x7 = f32x4.splat(0);
  for (let i = 0; i < times; i++) {
    for (let at = 0; at < bytes; at += 128) {
      x0 = v128.or(x0, v128.load(at, 0));
      x1 = v128.or(x1, v128.load(at, 16));
      x2 = v128.or(x2, v128.load(at, 32));
      x3 = v128.or(x3, v128.load(at, 48));
      x4 = v128.or(x4, v128.load(at, 64));
      x5 = v128.or(x5, v128.load(at, 80));
      x6 = v128.or(x6, v128.load(at, 96));
      x7 = v128.or(x7, v128.load(at, 112));
    }
  }
  let sum = x0;
  sum = f32x4.add(sum, x1);
  sum = f32x4.add(sum, x2);
  sum = f32x4.add(sum, x3);
  sum = f32x4.add(sum, x4);
  sum = f32x4.add(sum, x5);
  sum = f32x4.add(sum, x6);
  sum = f32x4.add(sum, x7);
  return f32x4.extract_lane(sum, 0);
}
