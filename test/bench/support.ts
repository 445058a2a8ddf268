/** Results of a run that was never made. */

import type { Results, Row } from "../../bench/results.js";

const row = (engine: Row["engine"], name: string, pass: Row["pass"], medianUs: number | null, more = {}): Row => ({
  case: name,
  pass,
  engine,
  threads: 1,
  node: "24.1.0",
  medianUs,
  minUs: medianUs,
  spreadUs: medianUs === null ? null : medianUs / 10,
  samples: medianUs === null ? 0 : 15,
  gflops: medianUs === null ? null : 12.5,
  floorUs: 50,
  ...more,
});

export const results: Results = {
  runs: [
    {
      node: "24.1.0",
      processor: "Some Processor",
      machine: {
        bits: 128,
        peak: 57.04,
        levels: [
          { bytes: 32768, bandwidth: 120 },
          { bytes: 1048576, bandwidth: 99.4 },
        ],
      },
    },
  ],
  rows: [
    row("elman", "lstm-b1-h128-t100", "forward", 100),
    row("torch", "lstm-b1-h128-t100", "forward", 90),
    row("ort-web", "lstm-b1-h128-t100", "forward", 150),
    row("tfjs", "gru-b1-h128-t100", "forward", null, { reason: "cannot" }),
    row("ort-node", "gru-b1-h128-t100", "forward", null, { reason: "absent" }),
    row("elman", "gru-b1-h128-t100", "forward", 40),
    row("torch", "gru-b1-h128-t100", "forward", 100),
    row("elman", "lstm-b1-h128-t100", "forward", 200, { threads: 2 }),
    row("torch", "lstm-b1-h128-t100", "forward", 50, { threads: 2 }),
    row("elman", "lstm-h64-step", "step", 2.5, { floorUs: 1 }),
    row("tfjs", "lstm-h64-step", "step", 1250, { floorUs: 1 }),
  ],
};
