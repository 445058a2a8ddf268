/** The hours, and windows that do not see what is to be forecast. */

import { expect, it } from "vitest";
import { channels, day, june, loadHours, past, Series, week } from "../../examples/forecast/data.js";

it("counts the flights of each hour", async () => {
  const hours = await loadHours();
  expect(hours).toHaveLength(181 * 24);
  expect(hours.slice(0, 6)).toEqual([84, 33, 7, 2, 0, 96]);
  // Six flights departed at the midnight that ends June.
  expect(hours.reduce((sum, x) => sum + x, 0)).toBe(2_999_994);
});

it("shows the weeks before, and the hours themselves only as far as they are past", () => {
  const hours = Array.from({ length: 181 * day }, (_, t) => t);
  const series = new Series(hours);
  expect(series.mean).toBeCloseTo((june - 1) / 2, 1);
  const start = 3 * week;
  const [known, target] = series.windows([start]).at(0);
  expect([known.shape, target.shape]).toEqual([[channels, past + day], [day]]);
  const hoursOf = (channel: number) =>
    Array.from(known.at(channel).toArray(), (x) => Math.round(Number(x) * series.deviation + series.mean));
  const times = Array.from({ length: past + day }, (_, i) => start - past + i);
  expect(hoursOf(0)).toEqual(times.map((t) => t - week));
  expect(hoursOf(1)).toEqual(times.map((t) => t - 2 * week));
  expect(hoursOf(2).slice(0, past)).toEqual(times.slice(0, past));
  expect([...known.slice(0, 2, 4).slice(1, past).contiguous().toArray()]).toEqual(Array(2 * day).fill(0));
  expect([...known.at(3).slice(0, 0, past).contiguous().toArray()]).toEqual(Array(past).fill(1));
});
