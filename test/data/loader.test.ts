/** Batches in PyTorch's order, from any kind of source, and places in the data that are gone back to. */

import { describe, expect, it } from "vitest";
import { encodeTorch, loadTorch } from "../../src/checkpoint/index.js";
import { DataLoader, type DataLoaderOptions, TensorDataset } from "../../src/data/index.js";
import { arange, Generator, manualSeed, rand, type Tensor, tensor } from "../../src/index.js";
import { raised, refuses, refusesSomehow } from "../support/nn_fixture.js";
import { camelOptions } from "../support/optimizer_path.js";
import { all, recorded } from "./recorded.js";

type Options = DataLoaderOptions<number, number[]>;
const whole = (count: number) => Array.from({ length: count }, (_, i) => i);
const plain = (batch: number[]) => [...batch];

async function* later<T>(items: readonly T[]): AsyncGenerator<T> {
  for (const item of items) {
    await Promise.resolve();
    yield item;
  }
}

interface Case {
  seed: number;
  count: number | null;
  own: boolean;
  options: Record<string, unknown>;
  epochs: { batches: number[][]; after: number }[];
}

describe("the order of PyTorch", () => {
  it.each(recorded.epochs as Case[])("seed $seed, $count samples, own generator $own, $options", async (one) => {
    const { seed, count, own, options, epochs } = one;
    manualSeed(seed);
    const generator = own ? { generator: new Generator(seed + 1) } : {};
    const source = count === null ? new Set(whole(5)) : whole(count);
    const loader = new DataLoader(source, { ...camelOptions(options), ...generator, collate: plain } as Options);
    for (const { batches, after } of epochs) {
      if (count !== null) expect(loader.length).toBe(batches.length);
      expect(await all(loader)).toEqual(batches);
      expect(rand([]).item()).toBe(after);
    }
  });
});

describe("sources", () => {
  it("may be sets, arrays, iterables, async iterables, and promises of samples", async () => {
    const set = new TensorDataset(arange(6).reshape([3, 2]), tensor([5, 6, 7]));
    const [first, last] = await all(new DataLoader(set, { batchSize: 2 }));
    expect([first, last].map((batch) => batch.map((one: Tensor) => one.toNested()))).toEqual([
      [
        [
          [0, 1],
          [2, 3],
        ],
        [5, 6],
      ],
      [[[4, 5]], [7]],
    ]);
    const promised = { length: 3, at: async (i: number) => 10 * i };
    expect(await all(new DataLoader(promised, { batchSize: 2, collate: plain }))).toEqual([[0, 10], [20]]);
    expect(await all(new DataLoader(new Set("abc"), { batchSize: 2 }))).toEqual([["a", "b"], ["c"]]);
    expect(await all(new DataLoader(later([1, 2, 3]), { batchSize: 2, dropLast: true, collate: plain }))).toEqual([
      [1, 2],
    ]);
  });

  it("have no length where samples come one after the other", () => {
    expect(raised(() => new DataLoader(new Set([1])).length).message).toBe(
      "a DataLoader over Set has no length: its samples come one after the other",
    );
  });
});

describe("batches of like length", () => {
  const lengths = Array.from({ length: 1000 }, (_, i) => (i * 37) % 101);

  it("have every sample once, and few steps of padding", async () => {
    manualSeed(0);
    const loader = new DataLoader(whole(1000), { batchSize: 8, shuffle: true, lengths, collate: plain });
    const batches = await all(loader);
    expect(batches.flat().sort((a, b) => a - b)).toEqual(whole(1000));
    const spread = batches.map((batch) => {
      const all = batch.map((i) => lengths[i]);
      return Math.max(...all) - Math.min(...all);
    });
    expect(spread.reduce((a, b) => a + b) / batches.length).toBeLessThan(3);
    expect(await all(loader)).not.toEqual(batches);
    // The short ones do not all come first.
    const first = batches.slice(0, 20).map(([i]) => lengths[i]);
    expect(Math.max(...first)).toBeGreaterThan(60);
  });

  it("stand in the order of their pools without shuffling", async () => {
    const loader = new DataLoader(whole(5), { batchSize: 2, lengths: [3, 1, 2, 1, 5], collate: plain });
    expect(await all(loader)).toEqual([[1, 3], [2, 0], [4]]);
  });
});

describe("a place in the data", () => {
  const kinds: [string, () => Options][] = [
    ["in order", () => ({ batchSize: 3 })],
    ["shuffled", () => ({ batchSize: 3, shuffle: true })],
    ["of like length", () => ({ batchSize: 3, shuffle: true, lengths: whole(20).map((i) => i % 7) })],
    ["with a generator of its own", () => ({ batchSize: 3, shuffle: true, generator: new Generator(3) })],
  ];
  for (const stop of [0, 1, 4, 7]) {
    it.each(kinds)(`%s, after ${stop} batches`, async (_, options) => {
      manualSeed(1);
      const whole20 = new DataLoader(whole(20), { ...options(), collate: plain });
      const expected = [await all(whole20), await all(whole20)];
      manualSeed(1);
      const first = new DataLoader(whole(20), { ...options(), collate: plain });
      const seen: number[][] = [];
      const iterator = first[Symbol.asyncIterator]();
      for (let i = 0; i < stop; i++) seen.push((await iterator.next()).value as number[]);
      const state = encodeTorch({ ...first.stateDict() });
      const second = new DataLoader(whole(20), { ...options(), collate: plain });
      second.loadStateDict(await loadTorch(state));
      expect([...seen, ...(await all(second))]).toEqual(expected[0]);
      expect(await all(second)).toEqual(expected[1]);
    });
  }

  it("of samples that come one after the other is how many came", async () => {
    const first = new DataLoader(whole(7), { batchSize: 2, collate: plain });
    const iterator = first[Symbol.asyncIterator]();
    await iterator.next();
    const second = new DataLoader(new Set(whole(7)), { batchSize: 2, collate: plain });
    second.loadStateDict(first.stateDict());
    expect(await all(second)).toEqual([[2, 3], [4, 5], [6]]);
  });

  it("is begun anew where a loop was left", async () => {
    const loader = new DataLoader(whole(4), { batchSize: 2, collate: plain });
    for await (const _ of loader) break;
    expect(loader.stateDict().batches).toBe(1);
    expect(await all(loader)).toEqual([
      [0, 1],
      [2, 3],
    ]);
    expect(loader.stateDict()).toEqual({ batches: null, order: null, generator: null });
  });

  it("is that of the loop that goes on, when another over the same loader stood within it", async () => {
    const loader = new DataLoader(whole(6), { batchSize: 2, shuffle: true, collate: plain });
    const seen: number[][] = [];
    for await (const batch of loader) {
      seen.push(batch);
      const before = loader.stateDict();
      if (seen.length === 2) {
        expect((await all(loader)).flat().sort()).toEqual(whole(6));
        expect(loader.stateDict()).toEqual(before);
        for await (const _ of loader) break;
      }
    }
    expect(seen.flat().sort()).toEqual(whole(6));
    expect(loader.stateDict().batches).toBe(null);
  });

  it("is refused where it does not fit", () => {
    const beyond = { batches: 3, order: 5n, generator: null };
    expect(() => new DataLoader([1, 2], { shuffle: true }).loadStateDict(beyond)).toThrow(
      "DataLoader.loadStateDict() expected a place in 2 batches, got: 3",
    );
    refusesSomehow(() =>
      new DataLoader([1, 2], { shuffle: true }).loadStateDict({ ...beyond, batches: 1, order: 1.5 }),
    );
    const loader = new DataLoader([1, 2], { shuffle: true });
    for (const wrong of [undefined, 5, {}, { batches: -1 }, { batches: 1, order: null, generator: null }]) {
      refusesSomehow(() => loader.loadStateDict(wrong as never));
    }
    const own = new DataLoader([1, 2], { shuffle: true, generator: new Generator(1) });
    refusesSomehow(() => own.loadStateDict({ batches: 1, order: 5n, generator: null }));
    refusesSomehow(() => own.loadStateDict({ batches: null, order: null, generator: tensor([1]) }));
  });
});

describe("errors", () => {
  it.each([
    ["batch", () => new DataLoader([1], { batchSize: 0 })],
    ["empty", () => new DataLoader([], { shuffle: true })],
    ["stream", () => new DataLoader(new Set([1]), { shuffle: true })],
  ] as [string, () => unknown][])("%s", (name, call) => refuses(call, recorded.errors[name]));

  it("of lengths that are none", () => {
    for (const lengths of [null, 5, [1], [1, Number.NaN], [1, undefined], [1, -1]] as never[]) {
      refusesSomehow(() => new DataLoader([1, 2], { lengths }));
    }
  });

  it("names what is not supported", () => {
    expect(raised(() => new DataLoader([1], { numWorkers: 2 as never })).message).toBe(
      "DataLoader() does not support numWorkers=2: batches are made in the caller's thread, and samples may be promises",
    );
    expect(new DataLoader([1], { numWorkers: 0 }).length).toBe(1);
    for (const wrong of [-1, 1.5, Number.NaN, "2", null, true]) {
      refusesSomehow(() => new DataLoader([1], { batchSize: wrong as never }));
    }
    refuses(() => new DataLoader([1], { dropLast: 1 as never }), recorded.errors.drop);
    refusesSomehow(() => new DataLoader([1], { shuffle: 1 as never }));
    refusesSomehow(() => new DataLoader([1], { collate: 1 as never }));
    refusesSomehow(() => new DataLoader([1], { generator: 1 as never }));
    refusesSomehow(() => new DataLoader([1], { lengths: [1, 2] }));
    refusesSomehow(() => new DataLoader(new Set([1]), { lengths: [1] }));
    refusesSomehow(() => new DataLoader([1], { pinMemory: true } as never));
    for (const wrong of [undefined, null, 5, {}]) refusesSomehow(() => new DataLoader(wrong as never));
  });
});
