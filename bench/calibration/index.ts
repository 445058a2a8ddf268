/**
 * The loops that the floor is made of: arithmetic in registers, arithmetic on what lies in the nearest cache, and reading
 * that does little else. AssemblyScript, compiled by the benchmark, once plain and once with relaxed SIMD, whose
 * multiply-and-add is one instruction. No loop is the fastest on every processor: the best of them counts.
 *
 * Too few chains wait for their own latency; too many, with their operands, are more than the 15 registers that V8 has
 * on x64, and it spills. Operands are parameters because V8 builds a constant anew at each use.
 */

// @ts-ignore: decorator
@inline
function fma(a: v128, b: v128, c: v128): v128 {
  return ASC_FEATURE_RELAXED_SIMD ? f32x4.relaxed_madd(a, b, c) : f32x4.add(f32x4.mul(a, b), c);
}

/** 8 independent x = x·a + b of four floats, `times` over: 64 flops a time. The sum keeps them from being dropped. */
export function chains8(times: i32, multiplier: f32, addend: f32): f32 {
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
  for (let i = 0; i < times; i++) {
    x0 = fma(x0, a, b);
    x1 = fma(x1, a, b);
    x2 = fma(x2, a, b);
    x3 = fma(x3, a, b);
    x4 = fma(x4, a, b);
    x5 = fma(x5, a, b);
    x6 = fma(x6, a, b);
    x7 = fma(x7, a, b);
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

/** 10 independent x = x·a + b of four floats, `times` over: 80 flops a time. The sum keeps them from being dropped. */
export function chains10(times: i32, multiplier: f32, addend: f32): f32 {
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
  for (let i = 0; i < times; i++) {
    x0 = fma(x0, a, b);
    x1 = fma(x1, a, b);
    x2 = fma(x2, a, b);
    x3 = fma(x3, a, b);
    x4 = fma(x4, a, b);
    x5 = fma(x5, a, b);
    x6 = fma(x6, a, b);
    x7 = fma(x7, a, b);
    x8 = fma(x8, a, b);
    x9 = fma(x9, a, b);
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
  return f32x4.extract_lane(sum, 0);
}

/** 12 independent x = x·a + b of four floats, `times` over: 96 flops a time. The sum keeps them from being dropped. */
export function chains12(times: i32, multiplier: f32, addend: f32): f32 {
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
    x0 = fma(x0, a, b);
    x1 = fma(x1, a, b);
    x2 = fma(x2, a, b);
    x3 = fma(x3, a, b);
    x4 = fma(x4, a, b);
    x5 = fma(x5, a, b);
    x6 = fma(x6, a, b);
    x7 = fma(x7, a, b);
    x8 = fma(x8, a, b);
    x9 = fma(x9, a, b);
    x10 = fma(x10, a, b);
    x11 = fma(x11, a, b);
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

/** 14 independent x = x·x + x, which need no operand beside them: 112 flops a time. */
export function squares14(times: i32, first: f32): f32 {
  let x0 = f32x4.splat(first);
  let x1 = f32x4.add(x0, x0);
  let x2 = f32x4.add(x1, x0);
  let x3 = f32x4.add(x2, x0);
  let x4 = f32x4.add(x3, x0);
  let x5 = f32x4.add(x4, x0);
  let x6 = f32x4.add(x5, x0);
  let x7 = f32x4.add(x6, x0);
  let x8 = f32x4.add(x7, x0);
  let x9 = f32x4.add(x8, x0);
  let x10 = f32x4.add(x9, x0);
  let x11 = f32x4.add(x10, x0);
  let x12 = f32x4.add(x11, x0);
  let x13 = f32x4.add(x12, x0);
  for (let i = 0; i < times; i++) {
    x0 = fma(x0, x0, x0);
    x1 = fma(x1, x1, x1);
    x2 = fma(x2, x2, x2);
    x3 = fma(x3, x3, x3);
    x4 = fma(x4, x4, x4);
    x5 = fma(x5, x5, x5);
    x6 = fma(x6, x6, x6);
    x7 = fma(x7, x7, x7);
    x8 = fma(x8, x8, x8);
    x9 = fma(x9, x9, x9);
    x10 = fma(x10, x10, x10);
    x11 = fma(x11, x11, x11);
    x12 = fma(x12, x12, x12);
    x13 = fma(x13, x13, x13);
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
  sum = f32x4.add(sum, x12);
  sum = f32x4.add(sum, x13);
  return f32x4.extract_lane(sum, 0);
}

/** What products do: a tile of four rows and eight columns, `times` steps from the first 12 kB: 64 flops a time. */
export function tile(times: i32): f32 {
  let x0 = f32x4.splat(0), x1 = x0, x2 = x0, x3 = x0, x4 = x0, x5 = x0, x6 = x0, x7 = x0;
  for (let i = 0; i < times; i++) {
    const at = (i & 255) << 4;
    const b0 = v128.load(at << 1, 4096);
    const b1 = v128.load(at << 1, 4112);
    const a0 = v128.load32_splat(at);
    const a1 = v128.load32_splat(at, 4);
    const a2 = v128.load32_splat(at, 8);
    const a3 = v128.load32_splat(at, 12);
    x0 = fma(a0, b0, x0);
    x1 = fma(a0, b1, x1);
    x2 = fma(a1, b0, x2);
    x3 = fma(a1, b1, x3);
    x4 = fma(a2, b0, x4);
    x5 = fma(a2, b1, x5);
    x6 = fma(a3, b0, x6);
    x7 = fma(a3, b1, x7);
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

/** One row onto 32 columns, `times` steps from the first 16 kB: 64 flops a time. */
export function row(times: i32, multiplier: f32): f32 {
  const a = f32x4.splat(multiplier);
  let x0 = f32x4.splat(0), x1 = x0, x2 = x0, x3 = x0, x4 = x0, x5 = x0, x6 = x0, x7 = x0;
  for (let i = 0; i < times; i++) {
    const at = (i & 127) << 7;
    x0 = fma(a, v128.load(at, 0), x0);
    x1 = fma(a, v128.load(at, 16), x1);
    x2 = fma(a, v128.load(at, 32), x2);
    x3 = fma(a, v128.load(at, 48), x3);
    x4 = fma(a, v128.load(at, 64), x4);
    x5 = fma(a, v128.load(at, 80), x5);
    x6 = fma(a, v128.load(at, 96), x6);
    x7 = fma(a, v128.load(at, 112), x7);
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

/** The same from four places at once, as packed weights are read: `bytes` is a multiple of 128. */
export function read4x2(bytes: i32, times: i32): f32 {
  let x0 = f32x4.splat(0);
  let x1 = f32x4.splat(0);
  let x2 = f32x4.splat(0);
  let x3 = f32x4.splat(0);
  let x4 = f32x4.splat(0);
  let x5 = f32x4.splat(0);
  let x6 = f32x4.splat(0);
  let x7 = f32x4.splat(0);
  const quarter = bytes >> 2;
  for (let i = 0; i < times; i++) {
    let p1 = quarter, p2 = p1 + quarter, p3 = p2 + quarter;
    for (let p0 = 0; p0 < quarter; p0 += 32) {
      x0 = v128.or(x0, v128.load(p0));
      x1 = v128.or(x1, v128.load(p0, 16));
      x2 = v128.or(x2, v128.load(p1));
      x3 = v128.or(x3, v128.load(p1, 16));
      x4 = v128.or(x4, v128.load(p2));
      x5 = v128.or(x5, v128.load(p2, 16));
      x6 = v128.or(x6, v128.load(p3));
      x7 = v128.or(x7, v128.load(p3, 16));
      p1 += 32;
      p2 += 32;
      p3 += 32;
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
