/**
 * Uniform numbers into normal ones, sixteen at a time, by Box and Muller's method as PyTorch's CPU code does it.
 *
 * In float32 PyTorch computes logarithm, sine and cosine by the polynomials of Cephes (https://www.netlib.org/cephes/),
 * in steps that are fused where its compiler fuses them. The steps here round in the same places, so float32 numbers are
 * those of PyTorch on any x86 processor with AVX2, bit for bit. In float64 it calls the system's mathematics library, with
 * which the engine's agrees up to the last bits.
 */

const { fround, sqrt } = Math;
/** Numbers in a block: element i gives the radius and i + 8 the angle of the pair (i, i + 8). */
export const BLOCK = 16;
const TWO_PI = 2 * Math.PI;

/** a·b + c in float32, rounded once. */
function fused(a: number, b: number, c: number): number {
  const product = a * b; // exact in double precision
  const sum = product + c;
  const near = fround(sum);
  const far = 2 * sum - near;
  if (near === sum || fround(far) !== far) return near;
  // Halfway between two numbers of float32: what the double sum itself has rounded away decides.
  const part = sum - product;
  const rest = product - (sum - part) + (c - part);
  return rest === 0 ? near : rest > 0 ? Math.max(near, far) : Math.min(near, far);
}

/** The highest coefficient first. */
function polynomial(coefficients: Float32Array, x: number): number {
  let sum = coefficients[0];
  for (let i = 1; i < coefficients.length; i++) sum = fused(sum, x, coefficients[i]);
  return sum;
}

const logarithm = Float32Array.of(
  ...[7.0376836292e-2, -1.151461031e-1, 1.167699874e-1, -1.2420140846e-1, 1.4249322787e-1],
  ...[-1.6668057665e-1, 2.0000714765e-1, -2.4999993993e-1, 3.3333331174e-1],
);
/** ln 2 in two parts, the first of few bits. */
const LN2 = fround(0.693359375);
const LN2_REST = fround(-2.1219444e-4);
const SQRT_HALF = fround(Math.SQRT1_2);
const float = new Float32Array(1);
const bits = new Int32Array(float.buffer);

/** ln u for normal u: u = m·2ᵉ with m from √½ to √2. */
function log(u: number): number {
  float[0] = u;
  let e = (bits[0] >>> 23) - 126;
  bits[0] = (bits[0] & 0x7fffff) | 0x3f000000;
  let x = fround(float[0] - 1);
  if (float[0] < SQRT_HALF) {
    e -= 1;
    x = fround(x + float[0]);
  }
  const z = fround(x * x);
  const curve = fused(fround(polynomial(logarithm, x) * x), z, fround(e * LN2_REST));
  return fused(e, LN2, fround(x + fused(z, -0.5, curve)));
}

const sine = Float32Array.of(-1.9515295891e-4, 8.3321608736e-3, -1.6666654611e-1);
const cosine = Float32Array.of(2.443315711809948e-5, -1.388731625493765e-3, 4.166664568298827e-2);
/** −π/4 in three parts, the first two of few bits. */
const QUARTER_PI = Float32Array.of(-0.78515625, -2.4187564849853516e-4, -3.774894977445941e-8);
const PER_QUARTER = fround(4 / Math.PI);

/** Sine and cosine of an angle from 0 to 2π: that of the nearest even multiple of π/4, turned by what is left. */
function turn(angle: number): [sine: number, cosine: number] {
  const quarter = (Math.trunc(fround(angle * PER_QUARTER)) + 1) & ~1;
  let x = angle;
  for (let i = 0; i < QUARTER_PI.length; i++) x = fused(quarter, QUARTER_PI[i], x);
  const z = fround(x * x);
  const c = fround(fused(fround(polynomial(cosine, z) * z), z, fround(-0.5 * z)) + 1);
  const s = fused(fround(polynomial(sine, z) * z), x, x);
  const [first, second] = quarter & 2 ? [c, s] : [s, c];
  return [quarter & 4 ? -first : first, (quarter - 2) & 4 ? second : -second];
}

/** Turns a block of uniform numbers from [0, 1) into normal ones, in place. */
export function normalBlock(block: Float32Array | Float64Array, mean: number, std: number): void {
  const single = block instanceof Float32Array;
  for (let i = 0; i < BLOCK / 2; i++) {
    // 1 − u lies in (0, 1], where the logarithm is finite.
    const [u, v] = [1 - block[i], block[i + BLOCK / 2]];
    if (single) {
      const radius = fround(sqrt(-2 * log(u)));
      const [s, c] = turn(fround(fround(TWO_PI) * v));
      block[i] = fused(fround(radius * c), fround(std), fround(mean));
      block[i + BLOCK / 2] = fused(fround(radius * s), fround(std), fround(mean));
    } else {
      const radius = sqrt(-2 * Math.log(u));
      block[i] = radius * Math.cos(TWO_PI * v) * std + mean;
      block[i + BLOCK / 2] = radius * Math.sin(TWO_PI * v) * std + mean;
    }
  }
}
