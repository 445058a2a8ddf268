/**
 * Batches of a set, in the order in which PyTorch's loader gives them for the same seed; all in the caller's thread.
 * Source: https://docs.pytorch.org/docs/stable/data.html#torch.utils.data.DataLoader
 */

import { dictOf } from "../base/dict.js";
import { checkOptions, fail, mistyped, shown, typeName } from "../base/errors.js";
import { Generator, randperm, Tensor } from "../index.js";
import { chosenGenerator } from "../tensor/chance.js";
import { type Collated, defaultCollate } from "./collate.js";
import { type Dataset, isDataset, type Source } from "./dataset.js";
import { randomState, setRandomState } from "./random_state.js";

/** Settings of `DataLoader`. */
export interface DataLoaderOptions<T, B> {
  /** Samples in a batch. Default 1. */
  batchSize?: number;
  /** Whether every epoch has an order of its own. Default false. */
  shuffle?: boolean;
  /** Leaves out a last batch that is smaller. Default false. */
  dropLast?: boolean;
  /** What makes a batch of samples. Default: `defaultCollate`. */
  collate?: (samples: T[]) => B;
  /** What orders are drawn from. Default: the generator that `manualSeed` restarts. */
  generator?: Generator;
  /**
   * How long each sample is, by its number. Then batches are of samples of like length: pools of 100 batches are sorted,
   * and with `shuffle` the batches come in random order.
   */
  lengths?: ArrayLike<number>;
  /** Batches are made between steps, in the caller's thread: nothing but 0 is supported. */
  numWorkers?: 0;
}

/** Place in the data: what `stateDict()` gives. */
export type LoaderState = {
  /** How many batches of this epoch have been given out; null between epochs. */
  readonly batches: number | null;
  /** Of what the epoch's order was drawn: a seed, or the state of the loader's own generator. */
  readonly order: bigint | Tensor | null;
  /** The state of the loader's own generator. */
  readonly generator: Tensor | null;
};

const names = ["batchSize", "shuffle", "dropLast", "collate", "generator", "lengths", "numWorkers"];
const between: LoaderState = { batches: null, order: null, generator: null };
/** Batches in a pool that is sorted by length. */
const pool = 100;

/** A whole number of 63 bits, as torch.empty((), dtype=torch.int64).random_() draws it. */
function drawSeed(generator: Generator): bigint {
  return BigInt.asUintN(63, (BigInt(generator.random()) << 32n) | BigInt(generator.random()));
}

/**
 * Batches, epoch by epoch: `for await (const batch of loader)` is one. B: what `collate` makes of samples T.
 * @throws ValueError for a set without samples that is to be shuffled, and for a batch of none
 */
export class DataLoader<T, B = Collated<T>> implements AsyncIterable<B> {
  /** Samples of a batch; the last may have fewer. */
  readonly batchSize: number;
  private readonly collate: (samples: T[]) => B;
  private place: LoaderState;
  /** Where the next epoch begins: in the middle of one that was interrupted. */
  private resumed = false;
  /** How many loops over it are under way: one may stand within another. */
  private loops = 0;

  /** @param dataset the samples: an array will do */
  constructor(
    /** The samples. */
    readonly dataset: Source<T>,
    private readonly options: DataLoaderOptions<T, B> = {},
  ) {
    checkOptions("DataLoader()", options, names);
    const { batchSize = 1, shuffle = false, dropLast = false, collate, lengths, numWorkers = 0 } = options;
    if (numWorkers !== 0) {
      fail(
        "NotImplementedError",
        `DataLoader() does not support numWorkers=${shown(numWorkers)}: batches are made in the caller's thread, and samples may be promises`,
      );
    }
    if (!Number.isSafeInteger(batchSize) || batchSize <= 0) {
      fail("ValueError", `batch_size should be a positive integer value, but got batch_size=${shown(batchSize)}`);
    }
    if (typeof dropLast !== "boolean") {
      fail("ValueError", `drop_last should be a boolean value, but got drop_last=${shown(dropLast)}`);
    }
    if (typeof shuffle !== "boolean") {
      fail("TypeError", `shuffle should be a boolean value, but got shuffle=${shown(shuffle)}`);
    }
    if (collate !== undefined && typeof collate !== "function") {
      mistyped("DataLoader() expected collate as a function", collate);
    }
    chosenGenerator(options);
    if (!isDataset(dataset)) {
      const { [Symbol.iterator]: sync, [Symbol.asyncIterator]: async } = Object(dataset);
      if (typeof sync !== "function" && typeof async !== "function") {
        mistyped("DataLoader() expected a set (with length and at(index)) or an iterable of samples", dataset);
      }
      if (shuffle) {
        fail(
          "ValueError",
          "DataLoader with IterableDataset: expected unspecified shuffle option, but got shuffle=True",
        );
      }
      if (lengths !== undefined) fail("ValueError", "DataLoader() with lengths expected samples by number");
    } else if (shuffle && dataset.length === 0) {
      fail("ValueError", "num_samples should be a positive integer value, but got num_samples=0");
    } else if (lengths !== undefined) {
      const known = Array.from(lengths ?? []);
      if (known.length !== dataset.length) {
        fail("ValueError", `DataLoader() expected lengths of ${dataset.length} samples, got: ${known.length}`);
      }
      const wrong = known.findIndex((one) => !(one >= 0));
      if (wrong !== -1)
        fail("ValueError", `DataLoader() expected lengths from 0 up, got at ${wrong}: ${shown(known[wrong])}`);
    }
    this.batchSize = batchSize;
    this.collate = collate ?? (defaultCollate as unknown as (samples: T[]) => B);
    this.place = between;
  }

  /** How many batches an epoch has. */
  get length(): number {
    if (!isDataset(this.dataset)) {
      fail(
        "TypeError",
        `a DataLoader over ${typeName(this.dataset)} has no length: its samples come one after the other`,
      );
    }
    const { dropLast = false } = this.options;
    const count = this.dataset.length / this.batchSize;
    return dropLast ? Math.floor(count) : Math.ceil(count);
  }

  /** One epoch; or the rest of one, where a place was loaded. */
  async *[Symbol.asyncIterator](): AsyncGenerator<B, void, undefined> {
    const skipped = this.resumed ? (this.place.batches as number) : 0;
    const outer = this.loops > 0 ? this.place : between;
    let place = this.resumed ? this.place : { batches: 0, order: this.drawOrder(), generator: null };
    this.resumed = false;
    this.place = place;
    this.loops++;
    const batches = isDataset(this.dataset)
      ? this.inOrder(this.dataset, skipped)
      : this.asTheyCome(this.dataset, skipped);
    try {
      for await (const samples of batches) {
        const batch = this.collate(samples);
        place = { ...place, batches: (place.batches as number) + 1 };
        this.place = place;
        yield batch;
      }
    } finally {
      this.loops--;
    }
    const { generator, shuffle } = this.options;
    // PyTorch's sampler ends with a second order, of which it takes nothing.
    if (generator !== undefined && shuffle && isDataset(this.dataset)) randperm(this.dataset.length, { generator });
    this.place = outer;
  }

  /** Where in the data the next batch stands: part of what a training that is interrupted needs. */
  stateDict(): LoaderState {
    const { generator } = this.options;
    return { ...this.place, generator: generator === undefined ? null : randomState(generator) };
  }

  /**
   * Goes on in the middle of the epoch that another loader of the same data was in. The default generator's state is no
   * part of this.
   * @throws TypeError for what `stateDict()` did not give
   */
  loadStateDict(dict: unknown): void {
    const entries = dictOf(dict);
    const [batches, order, state] = ["batches", "order", "generator"].map((name) => entries?.get(name));
    const isPlace = batches === null || (Number.isSafeInteger(batches) && (batches as number) >= 0);
    const seed = Number.isSafeInteger(order) ? BigInt(order as number) : order;
    const { generator, shuffle = false } = this.options;
    const isOrder = batches === null || !shuffle || (generator ? seed instanceof Tensor : typeof seed === "bigint");
    if (!isPlace || !isOrder)
      fail("TypeError", "DataLoader.loadStateDict() expected what stateDict() of such a loader gave");
    if (isDataset(this.dataset) && (batches as number) > this.length) {
      fail("ValueError", `DataLoader.loadStateDict() expected a place in ${this.length} batches, got: ${batches}`);
    }
    if (generator !== undefined) setRandomState(generator, state);
    this.place = { batches: batches as number | null, order: seed as LoaderState["order"], generator: null };
    this.resumed = batches !== null;
  }

  /** What PyTorch draws at the beginning of an epoch: a seed for workers, and one for the order. */
  private drawOrder(): bigint | Tensor | null {
    const { generator, shuffle } = this.options;
    const source = chosenGenerator(this.options);
    drawSeed(source);
    if (!shuffle || !isDataset(this.dataset)) return null;
    if (generator === undefined) return drawSeed(source);
    const state = randomState(generator);
    randperm(this.dataset.length, { generator });
    return state;
  }

  /** The numbers of the samples in each batch of an epoch. */
  private indices(count: number): ArrayLike<number>[] {
    const { batchSize, options, place } = this;
    const { dropLast = false, lengths, shuffle } = options;
    let source: Generator | undefined;
    if (shuffle) {
      source = new Generator();
      if (place.order instanceof Tensor) setRandomState(source, place.order);
      else source.manualSeed(place.order as bigint);
    }
    const order = source
      ? randperm(count, { generator: source }).toArray()
      : Array.from({ length: count }, (_, i) => i);
    const sorted = lengths === undefined ? order : sortedByLength(order, lengths, pool * batchSize);
    const batches: ArrayLike<number>[] = [];
    for (let start = 0; start < count; start += batchSize) {
      if (!dropLast || start + batchSize <= count) batches.push(sorted.slice(start, start + batchSize));
    }
    if (lengths === undefined || source === undefined) return batches;
    return Array.from(randperm(batches.length, { generator: source }).toArray(), (i) => batches[i]);
  }

  private async *inOrder(dataset: Dataset<T>, skipped: number): AsyncGenerator<T[]> {
    for (const indices of this.indices(dataset.length).slice(skipped)) {
      const samples: T[] = [];
      for (const index of Array.from(indices)) samples.push((await dataset.at(index)) as T);
      yield samples;
    }
  }

  private async *asTheyCome(source: Iterable<T> | AsyncIterable<T>, skipped: number): AsyncGenerator<T[]> {
    let [samples, given]: [T[], number] = [[], 0];
    for await (const sample of source) {
      samples.push(sample);
      if (samples.length < this.batchSize) continue;
      if (given++ >= skipped) yield samples;
      samples = [];
    }
    if (samples.length > 0 && this.options.dropLast !== true && given >= skipped) yield samples;
  }
}

/** Pools of an order, each sorted by length. */
function sortedByLength(order: ArrayLike<number>, lengths: ArrayLike<number>, size: number): number[] {
  const sorted: number[] = [];
  const all = Array.from(order);
  for (let start = 0; start < all.length; start += size) {
    sorted.push(...all.slice(start, start + size).sort((a, b) => lengths[a] - lengths[b]));
  }
  return sorted;
}
