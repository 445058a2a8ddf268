/** Two builds side by side: the slowest case first, and ratios of pairs rather than of medians. */

import { expect, it } from "vitest";
import { comparison } from "../../bench/against.js";

it("lists the median of ratios and where the middle half of them lies, the slowest case first", () => {
  const rows = [
    { case: "gru-h64-step", pass: "step", here: 2, there: 2, ratios: [0.9, 1, 1.1, 1, 1] },
    { case: "lstm-b1-h64-t100", pass: "train", here: 3000, there: 2000, ratios: [1.4, 1.5, 1.6] },
  ] as const;
  expect(
    comparison(rows, "be6ec62").split("\n").slice(0, 1).concat(comparison(rows, "x").split("\n").slice(2)),
  ).toEqual([
    "|  | here | be6ec62 | median of ratios | middle half |",
    "| lstm-b1-h64-t100 train | 3.00 ms | 2.00 ms | 1.50 | 1.45–1.55 |",
    "| gru-h64-step step | 2.00 µs | 2.00 µs | 1.00 | 1.00–1.00 |",
  ]);
});
