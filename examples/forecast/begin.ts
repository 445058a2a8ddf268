/** The forecaster about to be trained: at full length, in short, or as small as the tests compare it with PyTorch. */

import { manualSeed, nn, optim, type Tensor } from "elman-nn";
import { DataLoader } from "elman-nn/data";
import type { Begun, Length } from "../begun.js";
import { day, june, loadHours, past, Series, week } from "./data.js";
import { Forecaster } from "./model.js";

const lengths = {
  full: { days: 151, filters: 16, hidden: 32, batchSize: 64, epochs: 10, lr: 0.01 },
  quick: { days: 151, filters: 16, hidden: 32, batchSize: 64, epochs: 2, lr: 0.01 },
  small: { days: 40, filters: 4, hidden: 6, batchSize: 4, epochs: 1, lr: 0.01 },
};

/** With the series itself, and where the days begin that are held out. */
export type BegunForecast = Begun<Tensor, Forecaster> & { readonly series: Series; readonly midnights: number[] };

export async function begin(length: Length): Promise<BegunForecast> {
  const { days, filters, hidden, batchSize, epochs, lr } = lengths[length];
  const series = new Series(await loadHours());
  const first = 2 * week + past;
  const starts = Array.from({ length: (days - 1) * day - first + 1 }, (_, i) => first + i);
  const midnights = Array.from({ length: 30 }, (_, i) => june + i * day);
  manualSeed(1);
  const sizes = { filters, hidden };
  const model = new Forecaster(sizes);
  const training = new DataLoader(series.windows(starts), { batchSize, shuffle: true });
  const optimizer = new optim.AdamW(model.parameters(), { lr });
  const scheduler = new optim.lrScheduler.OneCycleLR(optimizer, lr, { totalSteps: epochs * training.length });
  const loss = nn.functional.l1Loss;
  const validate = new DataLoader(series.windows(midnights), { batchSize: 30 });
  const options = { optimizer, scheduler, loss, epochs, clip: 5, validate };
  return { model, training, options, sizes, lr, series, midnights };
}
