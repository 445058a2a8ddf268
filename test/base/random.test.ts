import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import {
  fillBernoulli,
  fillNormal,
  fillPermutation,
  fillRandint,
  fillUniform,
  Generator,
} from "../../src/base/random.js";

interface Call {
  op: string;
  dtype: "float32" | "float64" | "int32";
  size: number;
  args: number[];
}

interface Fixture {
  torch: string;
  defaultSeed: string;
  initialSeeds: Record<string, string>;
  longPermutation: { seed: number; size: number; first: number[]; last: number[]; sum: number };
  stories: { seed: string; calls: (Call & { values: number[] })[] }[];
  errors: (Call & { kind: string; message: string })[];
}

const fixture: Fixture = JSON.parse(readFileSync(new URL("../fixtures/random.json", import.meta.url), "utf8"));
const arrays = { float32: Float32Array, float64: Float64Array, int32: Int32Array };

/** Makes the call on our side. */
function draw({ op, dtype, size, args: [first, second] }: Call, generator: Generator) {
  if (op === "bernoulli" || op === "dropout") {
    const mask = new Uint8Array(size);
    fillBernoulli(mask, op === "dropout" ? 1 - first : first, generator);
    return mask;
  }
  const out = new arrays[dtype](size);
  if (op === "randint") fillRandint(out, first, second, generator);
  else if (out instanceof Int32Array) fillPermutation(out, generator);
  else if (op === "rand") fillUniform(out, 0, 1, generator);
  else if (op === "uniform") fillUniform(out, first, second, generator);
  else if (op === "randn") fillNormal(out, 0, 1, generator);
  else if (op === "normal") fillNormal(out, first, second, generator);
  else throw new Error(`unknown call: ${op}`);
  return out;
}

function outputs(generator: Generator, count: number): number[] {
  return Array.from({ length: count }, () => generator.random());
}

describe("Generator", () => {
  it("gives the reference outputs of MT19937", () => {
    const all = outputs(new Generator(5489), 10000);
    expect(all[0]).toBe(3499211612);
    expect(all[9999]).toBe(4123659995);
  });

  it("makes a double from two outputs, the high one first", () => {
    const [high, low] = outputs(new Generator(3), 2).map(BigInt);
    const bits = BigInt.asUintN(53, (high << 32n) | low);
    expect(new Generator(3).random53()).toBe(Number(bits) * 2 ** -53);
  });

  it("starts from PyTorch's default seed and remaps negative seeds", () => {
    expect(new Generator().initialSeed()).toBe(BigInt(fixture.defaultSeed));
    for (const [seed, remapped] of Object.entries(fixture.initialSeeds)) {
      expect(new Generator(BigInt(seed)).initialSeed()).toBe(BigInt(remapped));
    }
    expect(outputs(new Generator(-1), 3)).toEqual(outputs(new Generator(2n ** 64n - 1n), 3));
  });

  it("refuses seeds that are no integers or too large", () => {
    const generator = new Generator(1);
    for (const seed of [1.5, Number.NaN, Number.POSITIVE_INFINITY]) {
      expect(() => generator.manualSeed(seed)).toThrow(
        expect.objectContaining({ kind: "RuntimeError", message: "manual_seed expected a long, but got float" }),
      );
    }
    expect(() => generator.manualSeed("1" as unknown as number)).toThrow("manual_seed expected a long, but got string");
    for (const seed of [2n ** 64n, -(2n ** 63n) - 1n, 1e300]) {
      expect(() => generator.manualSeed(seed)).toThrow(
        expect.objectContaining({ kind: "ValueError", message: "Overflow when unpacking long long" }),
      );
    }
    expect(outputs(generator, 3)).toEqual(outputs(new Generator(1), 3));
  });

  it("drops the cached normal number on manualSeed", () => {
    const generator = new Generator(4);
    const first = generator.normal();
    expect(generator.manualSeed(4).normal()).toBe(first);
    expect(generator.normal()).not.toBe(first);
  });

  it("resumes from a snapshot, as often as wanted, with the cached normal number", () => {
    const generator = new Generator(6);
    outputs(generator, 1000);
    generator.normal();
    const state = structuredClone(generator.getState());
    const kept = generator.getState();
    const rest = () => [generator.normal(), generator.normal(), ...outputs(generator, 700)];
    const expected = rest();
    expect(generator.setState(state)).toBe(generator);
    expect(rest()).toEqual(expected);
    generator.setState(kept);
    expect(rest()).toEqual(expected);
    const other = new Generator(99).setState(state);
    expect(other.initialSeed()).toBe(6n);
    expect(other.normal()).toBe(expected[0]);
  });

  it("refuses states that are not its own", () => {
    const generator = new Generator(0);
    const state = generator.getState();
    expect(() => generator.setState({ ...state, words: new Uint32Array(623) })).toThrow("RNG state is wrong size");
    for (const position of [-1, 625, 0.5]) {
      expect(() => generator.setState({ ...state, position })).toThrow("Invalid mt19937 state");
    }
  });
});

describe("the stream of PyTorch", () => {
  it("was recorded from the version that is claimed", () => {
    expect(fixture.torch).toMatch(/^2\.13\./);
  });

  for (const { seed, calls } of fixture.stories) {
    const title = calls.map(({ op, dtype, size, args }) => `${op}(${[size, ...args]}) ${dtype}`).join("; ");
    it(`seed ${seed}: ${title}`, () => {
      const generator = new Generator(BigInt(seed));
      for (const call of calls) {
        const actual = draw(call, generator);
        expect(actual.length).toBe(call.values.length);
        if (call.dtype === "float64" && (call.op === "randn" || call.op === "normal")) {
          const [mean, std] = call.op === "normal" ? call.args : [0, 1];
          const tolerance = 1e-14 * Math.max(1, std, Math.abs(mean));
          call.values.forEach((value, i) => {
            expect(Math.abs(actual[i] - value), `element ${i} of ${call.op}`).toBeLessThanOrEqual(tolerance);
          });
        } else {
          const values = call.dtype === "float32" ? call.values.map(Math.fround) : call.values;
          expect(Array.from(actual)).toEqual(values);
        }
      }
    });
  }

  /** FNV-1a of the bits, a word at a time. */
  const hash = (out: Float32Array) =>
    new Uint32Array(out.buffer).reduce((h, word) => Math.imul(h ^ word, 0x01000193), 0x811c9dc5) >>> 0;

  it("gives every bit of 100003 normal numbers, and of 300000 drawn 15 at a time", () => {
    const out = new Float32Array(100_003);
    fillNormal(out, 0, 1, new Generator(0)); // torch.manual_seed(0); torch.randn(100003)
    expect(hash(out)).toBe(1177076820);
    fillNormal(out, 1.5, 0.3, new Generator(5)); // torch.manual_seed(5); torch.empty(100003).normal_(1.5, 0.3)
    expect(hash(out)).toBe(121739573);
    const short = new Float32Array(300_000);
    const generator = new Generator(7); // torch.manual_seed(7); torch.cat([torch.randn(15) for _ in range(20000)])
    for (let i = 0; i < short.length; i += 15) fillNormal(short.subarray(i, i + 15), 0, 1, generator);
    expect(hash(short)).toBe(3795230910);
  });

  it("shuffles 100000 numbers", () => {
    const { seed, size, first, last, sum } = fixture.longPermutation;
    const order = new Int32Array(size);
    fillPermutation(order, new Generator(seed));
    expect(Array.from(order.subarray(0, 5))).toEqual(first);
    expect(Array.from(order.subarray(-5))).toEqual(last);
    expect(order.reduce((total, value, i) => total + i * value, 0)).toBe(sum);
  });
});

describe("errors", () => {
  for (const wrong of fixture.errors) {
    it(`${wrong.op}(${wrong.args}) ${wrong.dtype}: ${wrong.message}`, () => {
      const generator = new Generator(1);
      expect(() => draw(wrong, generator)).toThrow(
        expect.objectContaining({ kind: wrong.kind, message: wrong.message }),
      );
      expect(generator.random()).toBe(new Generator(1).random());
    });
  }

  it("names numbers that JSON cannot hold", () => {
    const out = new Float32Array(1);
    const generator = new Generator(1);
    expect(() => fillUniform(out, Number.NaN, 1, generator)).toThrow("from is out of bounds for float");
    expect(() => fillUniform(out, 0, Number.POSITIVE_INFINITY, generator)).toThrow("to is out of bounds for float");
    expect(() => fillNormal(out, 0, Number.NaN, generator)).toThrow("normal expects std >= 0.0, but found std nan");
    expect(() => fillNormal(out, 0, Number.NEGATIVE_INFINITY, generator)).toThrow("but found std -inf");
    expect(() => fillBernoulli(new Uint8Array(1), Number.POSITIVE_INFINITY, generator)).toThrow("but got p=inf");
  });

  it("refuses bounds of randint that are no safe integers", () => {
    for (const [low, high] of [
      [1.5, 5],
      [0, 2 ** 53],
      [-(2 ** 53), 0],
    ]) {
      expect(() => fillRandint(new Float64Array(1), low, high, new Generator(1))).toThrow(
        expect.objectContaining({
          kind: "TypeError",
          message: `randint expected low and high to be safe integers, got: ${low} and ${high}`,
        }),
      );
    }
  });

  it("resumes from nothing but a snapshot", () => {
    const state = new Generator(1).getState();
    for (const wrong of [undefined, null, 3, {}, { ...state, words: [1] }, { ...state, seed: 1 }]) {
      expect(() => new Generator(1).setState(wrong as never)).toThrow(
        "setState() expected what getState() gave, got: ",
      );
    }
  });

  it("refuses permutations as long as those for which PyTorch turns to another algorithm", () => {
    const long = { length: 214748364 } as Int32Array;
    expect(() => fillPermutation(long, new Generator(1))).toThrow(
      expect.objectContaining({
        kind: "NotImplementedError",
        message: "randperm expected n to be less than 214748364, got: 214748364",
      }),
    );
  });
});
