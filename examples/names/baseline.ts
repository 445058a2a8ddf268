/** What the last two letters alone tell: the class they most often had in training. */

import { classes, type Example } from "./data.js";

/** The share of `test` that the most frequent class of the last two letters (else of the last one, else of all) gets right. */
export function baselineAccuracy(training: readonly Example[], test: readonly Example[]): number {
  const counts = new Map<string, number[]>();
  const endings = (name: string) => [name.slice(-2), name.slice(-1), ""];
  for (const { name, label } of training) {
    for (const ending of new Set(endings(name))) {
      const list = counts.get(ending) ?? classes.map(() => 0);
      list[label]++;
      counts.set(ending, list);
    }
  }
  const guess = (name: string) => {
    const list =
      endings(name)
        .map((ending) => counts.get(ending))
        .find((found) => found !== undefined) ?? [];
    return list.indexOf(Math.max(...list));
  };
  return test.filter(({ name, label }) => guess(name) === label).length / test.length;
}
