/** A training that may be killed at any moment: goes on from its file, and saves a run after every step. */

import { manualSeed, nn, optim } from "../../src/index.js";
import { fit, loadRun, saveRun } from "../../src/train/index.js";
import { Classifier, loaderOf, task } from "./support.js";

interface Node {
  argv: string[];
  stdout: { write(text: string): void };
  getBuiltinModule(name: "node:fs"): { existsSync(path: string): boolean };
}

/** The training whose state is kept. */
export function training() {
  manualSeed(11);
  const model = new Classifier();
  const optimizer = new optim.AdamW(model.parameters(), { lr: 0.01, amsgrad: true });
  const scheduler = new optim.lrScheduler.CosineAnnealingLR(optimizer, 40);
  return fit(model, loaderOf(task(56, 5)), {
    ...{ optimizer, scheduler, loss: nn.functional.crossEntropy, clip: 1, epochs: 60 },
    ...{ validate: loaderOf(task(8, 6)), patience: 60, keepBest: true },
  });
}

/** Trains to the end, and saves after every event, and once more. */
export async function main(): Promise<void> {
  const { argv, stdout, getBuiltinModule } = (globalThis as unknown as { process: Node }).process;
  const path = argv[2];
  const run = training();
  if (getBuiltinModule("node:fs").existsSync(path)) await loadRun(path, run.parts);
  for await (const event of run) {
    await saveRun(path, run.parts);
    stdout.write(`${"step" in event ? event.step : "epoch"}\n`);
  }
  await saveRun(path, run.parts);
  stdout.write("done\n");
}
