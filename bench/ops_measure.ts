/**
 * Measures the operations as measure.ts does the layers: every answer is compared with that of the js device in float64,
 * then the engines are warmed, then timed in turn, and copying alone with them. Each starts afresh for each case.
 */

import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { type Askable, Child, Refusal, start } from "./engines.js";
import { affordable, difference, floats, type Settings, TRAINING, takesTurn, WrongResult, warmed } from "./measure.js";
import {
  type Contestant,
  contestants,
  inputNumbers,
  type Limit,
  type OpCase,
  STEP_TOLERANCE,
  TOLERANCE,
} from "./ops.js";
import { median, quantile } from "./statistics.js";

/** A case by an engine, or by what cannot be beaten. */
export interface OpRow {
  readonly case: string;
  readonly by: Contestant | Limit;
  /** Of a call, µs; null where there is no number. */
  readonly medianUs: number | null;
  /** Between the quartiles, µs. */
  readonly spreadUs: number | null;
  /** Why there is no number. */
  readonly reason?: string;
}

export type OpSettings = Pick<Settings, "node" | "samples" | "limit" | "directory"> & {
  readonly engines: readonly Contestant[];
  /** False: answers are compared, nothing is timed. */
  readonly isTimed: boolean;
};

/** How many steps of an optimiser are compared. */
const STEPS = 3;

const scripts: Record<Contestant | "copies", string> = {
  elman: "ops_elman.mjs",
  native: "ops_elman.mjs",
  torch: "peers/ops_torch.py",
  tfjs: "peers/ops_tfjs.mjs",
  "jax-js": "peers/ops_jax.mjs",
  copies: "peers/copies.mjs",
};

const stepScripts: typeof scripts = {
  ...scripts,
  elman: "steps_elman.mjs",
  native: "steps_elman.mjs",
  torch: "peers/steps_torch.py",
  tfjs: "peers/steps_tfjs.mjs",
};

const scriptOf = (by: Runner["by"], { kind }: OpCase): string => (kind === "step" ? stepScripts : scripts)[by];

interface Runner {
  readonly by: Contestant | "copies";
  readonly child: Askable;
  readonly times: number[];
  calls: number;
  samples: number;
  reason?: string;
}

function runner(by: Runner["by"], node: string, case_: OpCase): Runner {
  const script = scriptOf(by, case_);
  const child = by === "copies" ? new Child(node, [script]) : start(by, node, 1, [script]);
  return { by, child, times: [], calls: 1, samples: 0 };
}

/** Has an engine answer a case in a file of the directory. */
async function answer(child: Askable, one: object, file: string, { directory, limit }: OpSettings): Promise<void> {
  const paths = { data: join(directory, "data"), result: join(directory, file) };
  await child.ask("prepare", { case: one, steps: STEPS, ...paths }, limit);
}

/** What an engine cannot is a reason; what elman cannot ends the run. */
async function unlessRefused(one: Runner, act: () => Promise<void>): Promise<void> {
  if (one.reason !== undefined) return;
  try {
    await act();
  } catch (error) {
    if (!(error instanceof Refusal) || one.by === "elman") throw error;
    one.reason = error.message;
  }
}

async function prepare(one: Runner, case_: OpCase, settings: OpSettings): Promise<void> {
  await answer(one.child, case_, one.by, settings);
  if (one.by !== "copies") {
    const [found, reference] = [one.by, "reference"].map((file) => floats(join(settings.directory, file)));
    const error = difference(found, reference, case_.answers);
    if (!(error <= (case_.kind === "step" ? STEP_TOLERANCE : TOLERANCE)))
      throw new WrongResult(`${case_.name}: ${one.by} is off by ${error}`);
  }
  if (!settings.isTimed) return;
  const { us, calls } = await warmed(one.child, case_.kind === "step" ? TRAINING : undefined);
  one.calls = calls;
  one.samples = affordable(us, calls, settings.samples);
}

/** @throws WrongResult */
export async function measureOp(case_: OpCase, settings: OpSettings): Promise<OpRow[]> {
  const { node, samples, directory, engines, isTimed } = settings;
  writeFileSync(join(directory, "data"), inputNumbers(case_));
  const reference = new Child(node, [scriptOf("elman", case_)], { ELMAN_DEVICE: "js" });
  const floor = isTimed && case_.kind === "moves" ? (["copies"] as const) : [];
  const runners = [...contestants.filter((name) => engines.includes(name)), ...floor].map((by) =>
    runner(by, node, case_),
  );
  try {
    await answer(reference, { ...case_, dtype: "float64" }, "reference", settings);
    for (const one of runners) await unlessRefused(one, () => prepare(one, case_, settings));
    for (let round = 0; isTimed && round < samples; round++) {
      for (const one of runners) {
        if (!takesTurn(round, samples, one.samples)) continue;
        await unlessRefused(one, async () => {
          one.times.push((await one.child.ask<{ us: number }>("round", { calls: one.calls })).us);
        });
      }
    }
  } finally {
    for (const { child } of [{ child: reference }, ...runners]) child.close();
  }
  if (!isTimed) return [];
  return runners.map(({ by, times, reason }) => {
    const row = { case: case_.name, by };
    if (reason !== undefined) return { ...row, medianUs: null, spreadUs: null, reason };
    return { ...row, medianUs: median(times), spreadUs: quantile(times, 0.75) - quantile(times, 0.25) };
  });
}
