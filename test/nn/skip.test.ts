/** Modules without first weights: nothing is drawn, and everything else is as it would be. */

import { expect, expectTypeOf, it } from "vitest";
import { manualSeed, nn, ones, rand, randn } from "../../src/index.js";
import { refuses } from "../support/refuses.js";

const { skipInit } = nn.utils;

/** A user's own: modules in fields, and parameters that it fills itself. */
class Net extends nn.Module {
  rnn: nn.GRU;
  table = new nn.Embedding(5, 2, { paddingIdx: 1 });
  norm = new nn.LayerNorm(3);
  square = new nn.Parameter(ones([3, 3]));
  constructor(readonly size: number) {
    super();
    this.rnn = new nn.GRU(2, size);
    nn.init.orthogonal_(this.square);
    nn.init.xavierNormal_(this.square);
  }
}

const kinds = [nn.RNN, nn.LSTM, nn.GRU, nn.RNNCell, nn.LSTMCell, nn.GRUCell, nn.Linear, nn.Embedding] as const;

it.each(kinds)("%o leaves the generator where it stood", (kind) => {
  manualSeed(5);
  const next = randn([3]).toNested();
  manualSeed(5);
  const skipped: nn.Module = skipInit(kind, 3, 2);
  expect(randn([3]).toNested()).toEqual(next);
  const drawn: nn.Module = new kind(3, 2);
  expect(String(skipped)).toBe(String(drawn));
  const shapes = (module: nn.Module) => [...module.namedParameters()].map(([name, { shape }]) => [name, shape]);
  expect(shapes(skipped)).toEqual(shapes(drawn));
  expect(skipped.parameters().every((one) => one.requiresGrad)).toBe(true);
});

it("reaches the modules within, and what they hold is theirs to be filled", () => {
  manualSeed(5);
  const next = rand([3]).toNested();
  const net = new Net(4);
  manualSeed(5);
  const copy = skipInit(Net, 4);
  expectTypeOf(copy).toEqualTypeOf<Net>();
  expect([rand([3]).toNested(), copy.size]).toEqual([next, 4]);
  expect(copy.square.toNested()).toEqual(ones([3, 3]).toNested());
  copy.loadStateDict(net.stateDict());
  expect(copy.rnn.weight_hh_l0.toNested()).toEqual(net.rnn.weight_hh_l0.toNested());
});

it("is over once the constructor has returned or thrown", () => {
  expect(() => skipInit(nn.Linear, -1, 2)).toThrow("negative dimension");
  const drawn = [new nn.Linear(4, 4).weight, nn.init.normal_(new nn.Linear(2, 2).weight)];
  for (const weight of drawn) expect(weight.toArray().every((x) => x !== 0)).toBe(true);
});

refuses([
  [() => skipInit(3 as never, ...([] as never)), "Expected a Module; got 3"],
  [() => skipInit(Map as never, ...([] as never)), "Expected a Module; got Map"],
]);
