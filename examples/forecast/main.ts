/** Trains the forecaster, and holds it against the same hour a week before, also where that is better. */

import { noGrad } from "elman-nn";
import { fit } from "elman-nn/train";
import { progress, svg } from "elman-nn/watch";
import type { Length } from "../begun.js";
import { begin } from "./begin.js";
import { day, week } from "./data.js";

export { begin };

const mean = (list: readonly number[]) => list.reduce((sum, x) => sum + x, 0) / list.length;
const each = (count: number) => Array.from({ length: count }, (_, i) => i);
const shown = (error: number) => error.toFixed(1).padStart(6);

/** Trains, and returns the picture. */
export async function main(length: Length): Promise<string> {
  const { model, training, options, series, midnights } = await begin(length);
  const { hours, mean: middle, deviation } = series;
  console.log(`${hours.length} hours, ${mean(hours).toFixed(0)} flights in each on average\n\n${model}\n`);
  const loss: number[] = [];
  const start = performance.now();
  for await (const event of progress(fit(model, training, options))) if ("loss" in event) loss.push(event.loss);
  const seconds = ((performance.now() - start) / 1000).toFixed(1);

  model.eval();
  const known = series.windows(midnights).tensors[0];
  const forecast = noGrad(() => model.forward(known).mul(deviation).add(middle).flatten()).toArray();
  const times = midnights.flatMap((midnight) => each(day).map((hour) => midnight + hour));
  const errors = times.map((t, i) => Math.abs(forecast[i] - hours[t]));
  const naive = times.map((t) => Math.abs(hours[t - week] - hours[t]));
  console.log(`Trained in ${seconds} s. June, each day forecast at midnight; mean absolute error, flights an hour:\n`);
  console.log(`  forecast           ${shown(mean(errors))}`);
  console.log(`  a week before      ${shown(mean(naive))}\n`);

  const of = (errors: readonly number[], chosen: (i: number) => boolean) => mean(errors.filter((_, i) => chosen(i)));
  const byHour = each(day).map((hour) => [errors, naive].map((list) => of(list, (i) => i % day === hour)));
  const byDay = midnights.map((_, d) => [errors, naive].map((list) => of(list, (i) => Math.floor(i / day) === d)));
  const lost = (pairs: readonly (readonly number[])[], first: number) =>
    pairs.flatMap(([mine, other], i) =>
      mine > other ? [`${i + first} (${shown(mine).trim()} to ${shown(other).trim()})`] : [],
    );
  console.log(`It loses at the hours: ${lost(byHour, 0).join(", ") || "none"}`);
  console.log(`It loses on the days of June: ${lost(byDay, 1).join(", ") || "none"}\n`);

  const last = each(week).map((i) => times.length - week + i);
  const curve = (value: (i: number) => number) => last.map((i) => [i / day + 1, value(i)] as const);
  const flights = curve((i) => hours[times[i]]);
  return svg([
    { title: "Flights an hour, last week of June", x: "day", curves: { flights, forecast: curve((i) => forecast[i]) } },
    {
      title: "Distance from the flights, last week of June",
      x: "day",
      curves: {
        forecast: curve((i) => forecast[i] - hours[times[i]]),
        "a week before": curve((i) => hours[times[i] - week] - hours[times[i]]),
      },
    },
    {
      title: "Mean absolute error by hour",
      x: "hour",
      curves: { forecast: byHour.map(([x]) => x), "a week before": byHour.map(([, x]) => x) },
    },
    { title: "Training", x: "step", curves: { loss } },
  ]);
}
