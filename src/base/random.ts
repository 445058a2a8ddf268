/**
 * PyTorch's random stream on the CPU: the same seed gives the same draws, in the same order, as PyTorch 2.13.
 *
 * Uniform numbers, integers, permutations, Bernoulli masks and, 16 or more at a time, normal numbers of float32 are equal
 * bit for bit. Other normal numbers consume the same draws and agree up to the last bits of a double's log, sin and cos,
 * which differ between mathematics libraries. Functions here
 * fill typed arrays in memory order and know nothing of tensors. Not for secrets, and no other distributions: a layer
 * needs none. Not copied: the stream that some PyTorch builds take from MKL for Bernoulli masks, and the rounding of
 * float64 uniform numbers on processors without a fused multiply-add.
 */

import { fail, mistyped, shown, typeName } from "./errors.js";
import { BLOCK, normalBlock } from "./normal.js";
import { isA } from "./realm.js";

/** The arrays that hold real numbers; the array's type decides how many draws an element takes and how it rounds. */
type FloatArray = Float32Array | Float64Array;

const WORDS = 624;
const SHIFT = 397;
const TWO_32 = 2 ** 32;
const TWO_PI = 2 * Math.PI;
const FLOAT32_MAX = (2 - 2 ** -23) * 2 ** 127;
/** From this range on, PyTorch draws 64 bits an integer, so that the remainder stays close to uniform. */
const WIDE_RANGE = 2 ** 28;
/** From this length on, PyTorch shuffles by another algorithm. */
const LONG_PERMUTATION = Math.floor((TWO_32 - 1) / 20);

/** Everything that a {@link Generator} will draw, as plain data. A snapshot: later draws do not change it. */
export interface GeneratorState {
  /** What it was seeded with. */
  readonly seed: bigint;
  /** The 624 words of the twister, each of 32 bits. */
  readonly words: Uint32Array;
  /** How many of the words are spent, 0 to 624. */
  readonly position: number;
  /** The second half of a pair of normal numbers whose first half has been given out. */
  readonly cachedNormal: number | undefined;
}

/**
 * The Mersenne twister MT19937 as PyTorch seeds and reads it.
 *
 * Matsumoto and Nishimura, "Mersenne Twister: A 623-dimensionally equidistributed uniform pseudo-random number
 * generator", ACM TOMACS 8(1), 1998; https://docs.pytorch.org/docs/2.13/generated/torch.Generator.html.
 */
export class Generator {
  static name = "Generator";

  readonly #words = new Uint32Array(WORDS);
  #seed = 0n;
  #position = WORDS;
  #cachedNormal: number | undefined;

  /** @param seed as in {@link manualSeed}; by default the seed that PyTorch's own generators start from */
  constructor(seed: number | bigint = 67280421310721) {
    this.manualSeed(seed);
  }

  /**
   * Starts the stream over and drops the cached normal number. Only the low 32 bits of the seed reach the stream.
   *
   * @param seed an integer in [-2^63, 2^64 - 1]; a negative one counts as seed + 2^64
   * @throws RuntimeError if it is no integer, ValueError if it is out of range
   */
  manualSeed(seed: number | bigint): this {
    if (typeof seed !== "bigint" && !Number.isInteger(seed)) {
      const got = typeof seed === "number" ? "float" : typeName(seed);
      fail("RuntimeError", `manual_seed expected a long, but got ${got}`);
    }
    const exact = BigInt(seed);
    if (exact < -(2n ** 63n) || exact >= 2n ** 64n) fail("ValueError", "Overflow when unpacking long long");
    this.#seed = BigInt.asUintN(64, exact);
    const words = this.#words;
    words[0] = Number(BigInt.asUintN(32, exact));
    for (let i = 1; i < WORDS; i++) {
      words[i] = Math.imul(1812433253, words[i - 1] ^ (words[i - 1] >>> 30)) + i;
    }
    this.#position = WORDS;
    this.#cachedNormal = undefined;
    return this;
  }

  /** The seed of the last {@link manualSeed} as torch.initial_seed() gives it: a bigint in [0, 2^64 - 1]. */
  initialSeed(): bigint {
    return this.#seed;
  }

  /** A snapshot from which {@link setState} resumes. */
  getState(): GeneratorState {
    return {
      seed: this.#seed,
      words: this.#words.slice(),
      position: this.#position,
      cachedNormal: this.#cachedNormal,
    };
  }

  /**
   * Resumes from a snapshot, which stays usable.
   *
   * @param state what `getState()` gave
   * @throws RuntimeError if the snapshot has another number of words or a position outside of them
   */
  setState(state: GeneratorState): this {
    const { seed, words, position, cachedNormal } = state ?? {};
    if (typeof seed !== "bigint" || !isA(words, "Uint32Array")) {
      mistyped("setState() expected what getState() gave", state);
    }
    if (words.length !== WORDS) fail("RuntimeError", "RNG state is wrong size");
    if (!Number.isInteger(position) || position < 0 || position > WORDS) fail("RuntimeError", "Invalid mt19937 state");
    this.#seed = seed;
    this.#words.set(words);
    this.#position = position;
    this.#cachedNormal = cachedNormal;
    return this;
  }

  /** The next output: an integer in [0, 2^32). */
  random(): number {
    if (this.#position === WORDS) this.#twist();
    let word = this.#words[this.#position++];
    word ^= word >>> 11;
    word ^= (word << 7) & 0x9d2c5680;
    word ^= (word << 15) & 0xefc60000;
    return (word ^ (word >>> 18)) >>> 0;
  }

  /** A number in [0, 1) of 53 random bits. Takes two outputs, the high one first, and drops its upper 11 bits. */
  random53(): number {
    const high = this.random() & 0x1fffff;
    return (high * TWO_32 + this.random()) * 2 ** -53;
  }

  /**
   * A number from the standard normal distribution by Box and Muller's method, which makes two at a time: the second
   * waits for the next call. One cache serves float32 and float64 alike.
   */
  normal(): number {
    const cached = this.#cachedNormal;
    if (cached !== undefined) {
      this.#cachedNormal = undefined;
      return cached;
    }
    const angle = TWO_PI * this.random53();
    const radius = Math.sqrt(-2 * Math.log1p(-this.random53()));
    this.#cachedNormal = radius * Math.sin(angle);
    return radius * Math.cos(angle);
  }

  #twist(): void {
    const words = this.#words;
    for (let i = 0; i < WORDS; i++) {
      const next = words[(i + 1) % WORDS];
      const mixed = (words[i] & 0x80000000) | (next & 0x7fffffff);
      words[i] = words[(i + SHIFT) % WORDS] ^ (mixed >>> 1) ^ (next & 1 ? 0x9908b0df : 0);
    }
    this.#position = 0;
  }
}

/**
 * Fills with uniform numbers from [low, high), as Tensor.uniform_ does; torch.rand is the case of 0 and 1. Takes one
 * output an element in float32, two in float64. https://docs.pytorch.org/docs/2.13/generated/torch.Tensor.uniform_.html
 *
 * @throws RuntimeError if a bound or high - low is not a finite number of the array's type, or if low > high
 */
export function fillUniform(out: FloatArray, low: number, high: number, generator: Generator): void {
  const single = out instanceof Float32Array;
  const max = single ? FLOAT32_MAX : Number.MAX_VALUE;
  const type = single ? "float" : "double";
  if (!(Math.abs(low) <= max)) fail("RuntimeError", `from is out of bounds for ${type}`);
  if (!(Math.abs(high) <= max)) fail("RuntimeError", `to is out of bounds for ${type}`);
  const from = `from=${doubleText(low)}`;
  const to = `to=${doubleText(high)}`;
  if (low > high) fail("RuntimeError", `uniform_ expects to return a [from, to) range, but found ${from} > ${to}`);
  if (high - low > max) {
    const limit = `std::numeric_limits<${single ? "Float" : "Double"}>::max()`;
    fail(
      "RuntimeError",
      `uniform_ expects to-from <= ${limit}, but found ${to} and ${from} which result in to-from to exceed the limit`,
    );
  }
  if (single) {
    const base = Math.fround(low);
    const end = Math.fround(high);
    const range = Math.fround(end - base);
    for (let i = 0; i < out.length; i++) {
      // In double, then rounded once: 24 by 24 bits is exact, so only the sum rounds before the last step.
      const value = Math.fround((generator.random() & 0xffffff) * 2 ** -24 * range + base);
      out[i] = value === end ? base : value;
    }
  } else {
    const range = high - low;
    for (let i = 0; i < out.length; i++) {
      const value = multiplyAdd(generator.random53(), range, low);
      out[i] = value === high ? low : value;
    }
  }
}

/**
 * Fills with normal numbers, as Tensor.normal_ does; torch.randn is the case of 0 and 1. Fewer than 16 elements come
 * one by one from {@link Generator.normal}; 16 or more come in blocks of 16, which neither read nor write its cache.
 * https://docs.pytorch.org/docs/2.13/generated/torch.Tensor.normal_.html
 *
 * @param std the standard deviation, in the unit of the mean
 * @throws RuntimeError if std is negative or NaN
 */
export function fillNormal(out: FloatArray, mean: number, std: number, generator: Generator): void {
  if (!(std >= 0)) fail("RuntimeError", `normal expects std >= 0.0, but found std ${doubleText(std)}`);
  if (out.length < BLOCK) {
    for (let i = 0; i < out.length; i++) out[i] = generator.normal() * std + mean;
    return;
  }
  fillUniform(out, 0, 1, generator);
  for (let start = 0; start + BLOCK <= out.length; start += BLOCK) {
    normalBlock(out.subarray(start, start + BLOCK), mean, std);
  }
  if (out.length % BLOCK !== 0) {
    // The rest is no whole block, so the last 16 are drawn again, those that were done before included.
    const tail = out.subarray(out.length - BLOCK);
    fillUniform(tail, 0, 1, generator);
    normalBlock(tail, mean, std);
  }
}

/**
 * Fills with integers from [low, high), as torch.randint does; bytes are bools. Takes one output an element, from a
 * range of 2^28 on two. https://docs.pytorch.org/docs/2.13/generated/torch.randint.html
 *
 * @param low the least integer; in float32 beyond 2^24 moved inwards to one that the type can hold, as is `high`
 * @throws TypeError if a bound is no safe integer, RuntimeError if the range is empty or the array's type too narrow
 */
export function fillRandint(
  out: FloatArray | Int32Array | Uint8Array,
  low: number,
  high: number,
  generator: Generator,
): void {
  if (!Number.isSafeInteger(low) || !Number.isSafeInteger(high)) {
    fail("TypeError", `randint expected low and high to be safe integers, got: ${shown(low)} and ${shown(high)}`);
  }
  if (low >= high) {
    fail("RuntimeError", `random_ expects 'from' to be less than 'to', but got from=${low} >= to=${high}`);
  }
  let from = low;
  let to = high;
  if (out instanceof Float32Array) {
    const first = Math.fround(low + 1);
    const last = Math.fround(high - 1);
    if (first < low) from = first + float32Spacing(low + 1);
    if (last >= high) to = last - float32Spacing(high - 1);
    if (from >= to) {
      fail(
        "RuntimeError",
        `random_ expects 'from' casted to dtype to be less than 'to' casted to dtype, but got from=${from} >= to=${to}`,
      );
    }
  } else if (out instanceof Int32Array) {
    if ((from | 0) !== from) fail("RuntimeError", "from is out of bounds for int");
    if (((to - 1) | 0) !== to - 1) fail("RuntimeError", "to - 1 is out of bounds for int");
  } else if (out instanceof Uint8Array) {
    if (from < 0 || from > 1) fail("RuntimeError", "from is out of bounds for bool");
    if (to > 2) fail("RuntimeError", "to - 1 is out of bounds for bool");
  }
  if (to - from < WIDE_RANGE) {
    for (let i = 0; i < out.length; i++) out[i] = (generator.random() % (to - from)) + from;
    return;
  }
  const base = BigInt(from);
  const range = BigInt(to) - base;
  for (let i = 0; i < out.length; i++) {
    const bits = (BigInt(generator.random()) << 32n) | BigInt(generator.random());
    out[i] = Number((bits % range) + base);
  }
}

/** The distance between neighbours in float32 around an integer of more than 24 bits. */
function float32Spacing(integer: number): number {
  return 2 ** (Math.abs(integer).toString(2).length - 24);
}

/**
 * Fills with a random order of 0 to length - 1, as torch.randperm does. Takes length - 1 outputs.
 * https://docs.pytorch.org/docs/2.13/generated/torch.randperm.html
 *
 * @throws NotImplementedError from 214748364 elements on, where PyTorch turns to another algorithm
 */
export function fillPermutation(out: Int32Array, generator: Generator): void {
  const length = out.length;
  if (length >= LONG_PERMUTATION) {
    fail("NotImplementedError", `randperm expected n to be less than ${LONG_PERMUTATION}, got: ${length}`);
  }
  for (let i = 0; i < length; i++) out[i] = i;
  for (let i = 0; i < length - 1; i++) {
    const other = i + (generator.random() % (length - i));
    const kept = out[i];
    out[i] = out[other];
    out[other] = kept;
  }
}

/**
 * Fills with ones, each with probability `keep`, and zeros, as Tensor.bernoulli_ does: the mask of F.dropout with
 * p = 1 - keep. Takes two outputs an element for every type of the data to be masked. PyTorch's dropout draws nothing
 * where p is 0 or 1; this draws. https://docs.pytorch.org/docs/2.13/generated/torch.Tensor.bernoulli_.html
 *
 * @throws RuntimeError if keep is outside [0, 1]
 */
export function fillBernoulli(out: Uint8Array, keep: number, generator: Generator): void {
  if (!(keep >= 0 && keep <= 1)) {
    fail("RuntimeError", `bernoulli_ expects p to be in [0, 1], but got p=${doubleText(keep)}`);
  }
  for (let i = 0; i < out.length; i++) out[i] = generator.random53() < keep ? 1 : 0;
}

/**
 * Fills with numbers of the exponential distribution of rate 1, as Tensor.exponential_ does. Takes two outputs an
 * element. https://docs.pytorch.org/docs/2.13/generated/torch.Tensor.exponential_.html
 */
export function fillExponential(out: FloatArray, generator: Generator): void {
  for (let i = 0; i < out.length; i++) out[i] = -Math.log1p(-generator.random53());
}

/**
 * Fills each row of `out` with places of a row of `weights`, drawn with replacement as torch.multinomial does: its sums
 * are of the array's type. Takes two outputs an element.
 * https://docs.pytorch.org/docs/2.13/generated/torch.multinomial.html
 *
 * @param categories how many weights a row has
 * @throws RuntimeError for a weight that is negative or not finite, or a row without one above 0
 */
export function fillCategories(out: Int32Array, weights: FloatArray, categories: number, generator: Generator): void {
  const rows = weights.length / categories;
  const samples = out.length / rows;
  const sums = weights.slice();
  for (let r = 0; r < rows; r++) {
    const row = sums.subarray(r * categories, (r + 1) * categories);
    row.forEach((weight, j) => {
      const wrong = !(weight >= 0)
        ? "entry < 0"
        : weight === Number.POSITIVE_INFINITY
          ? "entry = infinity or NaN"
          : null;
      if (wrong !== null) fail("RuntimeError", `invalid multinomial distribution (encountering probability ${wrong})`);
      if (j > 0) row[j] += row[j - 1];
    });
    const total = row[categories - 1];
    if (!(total > 0)) fail("RuntimeError", "invalid multinomial distribution (sum of probabilities <= 0)");
    for (let j = 0; j < categories; j++) row[j] /= total;
    for (let i = 0; i < samples; i++) {
      const share = generator.random53();
      let [low, high] = [0, categories];
      while (low < high) {
        const middle = (low + high) >>> 1;
        if (row[middle] < share) low = middle + 1;
        else high = middle;
      }
      out[r * samples + i] = low;
    }
  }
}

/**
 * a·b + c, rounded once: PyTorch's loops compile to the processor's fused instruction. The rounding errors of the
 * product (Veltkamp's splitting) and of the sum (Knuth) are added back; they are exact unless numbers overflow.
 */
function multiplyAdd(a: number, b: number, c: number): number {
  const product = a * b;
  const sum = product + c;
  const [aHigh, aLow] = split(a);
  const [bHigh, bLow] = split(b);
  const productError = aLow * bLow - (product - aHigh * bHigh - aLow * bHigh - aHigh * bLow);
  const part = sum - product;
  const sumError = product - (sum - part) + (c - part);
  const fused = sum + (sumError + productError);
  return Number.isFinite(fused) ? fused : sum;
}

/** Two numbers of 26 bits with this sum: their products are exact. */
function split(value: number): [number, number] {
  const scaled = value * (2 ** 27 + 1);
  const high = scaled - (scaled - value);
  return [high, value - high];
}

/** A double as C++ prints it in PyTorch's messages: six digits, and `1e+20` from a million on. */
function doubleText(value: number): string {
  if (Number.isNaN(value)) return "nan";
  if (!Number.isFinite(value)) return value > 0 ? "inf" : "-inf";
  const [digits, exponent] = value.toExponential(5).split("e");
  const power = Number(exponent);
  if (power >= -4 && power < 6) return String(Number(value.toPrecision(6)));
  return `${Number(digits)}e${power < 0 ? "-" : "+"}${String(Math.abs(power)).padStart(2, "0")}`;
}
