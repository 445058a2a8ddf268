/**
 * The flights that departed in the United States in each hour of January to June 2001, counted from the three million
 * of flights-3m.parquet (package vega-datasets): 4344 hours. June is held out.
 */

import { fileURLToPath } from "node:url";
import { type Tensor, tensor } from "elman-nn";
import { TensorDataset } from "elman-nn/data";
import { asyncBufferFromFile, parquetReadObjects } from "hyparquet";
import { compressors } from "hyparquet-compressors";

const flights = new URL("../../node_modules/vega-datasets/data/flights-3m.parquet", import.meta.url);

/** Two days are read, the next one is forecast. */
export const [past, day, week] = [48, 24, 168];

/** What is known of an hour: the flights a week and two weeks before, its own if it is past, whether it is, the clock. */
export const channels = 8;

/** Flights an hour, from midnight of the first of January. */
export async function loadHours(): Promise<number[]> {
  const file = await asyncBufferFromFile(fileURLToPath(flights));
  const rows = await parquetReadObjects({ file, columns: ["date"], compressors });
  const [first, end] = [Date.UTC(2001, 0, 1), Date.UTC(2001, 6, 1)];
  const hours = new Array<number>((end - first) / 3_600_000).fill(0);
  for (const { date } of rows) if (date < end) hours[Math.floor((date - first) / 3_600_000)]++;
  return hours;
}

/** Where June begins. */
export const june = 151 * day;

/** A series in standard deviations from its mean, both of what is trained on. */
export class Series {
  readonly mean: number;
  readonly deviation: number;
  readonly #scaled: number[];

  constructor(readonly hours: readonly number[]) {
    const known = tensor(hours.slice(0, june));
    [this.mean, this.deviation] = [known.mean().item(), known.std().item()];
    this.#scaled = hours.map((x) => (x - this.mean) / this.deviation);
  }

  /** For days that begin with some hours: what is known, `[channels, past + day]`, and what comes, `[day]`. */
  windows(starts: readonly number[]): TensorDataset<[Tensor, Tensor]> {
    const [x, span] = [this.#scaled, past + day];
    const known = new Float32Array(starts.length * channels * span);
    for (const [n, start] of starts.entries()) {
      for (let i = 0; i < span; i++) {
        const t = start - past + i;
        const clock = [day, week].map((period) => (2 * Math.PI * t) / period);
        const own = i < past ? [x[t], 1] : [0, 0];
        const row = [x[t - week], x[t - 2 * week], ...own, ...clock.map(Math.sin), ...clock.map(Math.cos)];
        for (const [c, value] of row.entries()) known[(n * channels + c) * span + i] = value;
      }
    }
    const days = tensor(starts.map((start) => x.slice(start, start + day)));
    return new TensorDataset(tensor(known, [starts.length, channels, span]), days);
  }
}
