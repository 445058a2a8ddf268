import { expect, it } from "vitest";
import { Generator } from "../../src/base/random.js";
import { chosenGenerator, defaultGenerator, manualSeed } from "../../src/tensor/chance.js";
import { rand, randn, zeros } from "../../src/tensor/create.js";

it("manualSeed restarts the one stream that everything draws from", () => {
  expect(manualSeed(5)).toBe(defaultGenerator());
  const first = [rand([3]), randn([20]), zeros([4]).uniform_(-1, 1), zeros([4]).normal_()];
  manualSeed(5);
  const second = [rand([3]), randn([20]), zeros([4]).uniform_(-1, 1), zeros([4]).normal_()];
  expect(second.map((x) => x.toArray())).toEqual(first.map((x) => x.toArray()));
  expect(rand([3]).toArray()).not.toEqual(first[0].toArray());
  expect(defaultGenerator().initialSeed()).toBe(5n);
});

it("the seed may be a bigint; what is none is refused", () => {
  manualSeed(7n);
  expect(rand([1]).toArray()).toEqual(Float32Array.of(0.53492254));
  for (const bad of [1.5, NaN, "7", null]) {
    expect(() => manualSeed(bad as never)).toThrow(expect.objectContaining({ name: "ElmanError" }));
  }
});

it("chosenGenerator is the one given, or the default one", () => {
  const own = new Generator(1);
  expect(chosenGenerator({ generator: own })).toBe(own);
  expect(chosenGenerator({})).toBe(defaultGenerator());
  expect(() => chosenGenerator({ generator: {} as never })).toThrow("generator expected a Generator, got: Object");
});
