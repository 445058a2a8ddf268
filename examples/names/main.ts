/**
 * A net that tells female from male first names, letter by letter: begun by PyTorch, or here from scratch, trained on
 * here, shown at work, and handed back to PyTorch.
 */

import { statSync } from "node:fs";
import { relative } from "node:path";
import { defaultDevice, manualSeed } from "elman-nn";
import { progress } from "elman-nn/watch";
import { baselineAccuracy } from "./baseline.js";
import { differenceFrom, loadBegun, save, tolerance } from "./checkpoint.js";
import { type Example, loadNames } from "./data.js";
import { NameClassifier } from "./model.js";
import { type Settings, settings, usage } from "./settings.js";
import { readLetterByLetter } from "./show.js";
import { accuracyOf, training } from "./train.js";

const begunByPyTorch = new URL("names.pt", import.meta.url);

const percent = (x: number) => `${(100 * x).toFixed(1)} %`;

async function begin({ fromScratch, layer, hidden }: Settings) {
  if (fromScratch) {
    const model = new NameClassifier(layer, hidden);
    console.log(`${model}\n`);
    return { model, epoch: 0, recorded: { names: [] } };
  }
  const begun = await loadBegun(begunByPyTorch);
  const { model, epoch, torchVersion, recorded } = begun;
  const size = (statSync(begunByPyTorch).size / 1000).toFixed(0);
  console.log(`names.pt: ${size} kB, saved by PyTorch ${torchVersion} after ${epoch} epochs\n\n${model}\n`);
  const difference = differenceFrom(recorded, model).toExponential(1);
  const count = recorded.names.length;
  console.log(
    `PyTorch's outputs for ${count} names: ${difference} away at most, ${tolerance.toExponential()} allowed\n`,
  );
  return begun;
}

/** A bar on a terminal, and nothing that stays; elsewhere nothing, so that logs stay readable. */
const bar = {
  isTTY: true,
  columns: process.stderr.columns,
  write: (text: string) => process.stderr.isTTY && process.stderr.write(text.endsWith("\n") ? "\r\x1b[K" : text),
};

/** Trains, tells of each epoch, and returns the held-out accuracy. */
async function train(model: NameClassifier, examples: Example[], test: Example[], chosen: Settings): Promise<number> {
  let [loss, steps, reached] = [0, 0, 0];
  for await (const event of progress(training(model, examples, test, chosen), { stream: bar })) {
    if (!("validation" in event)) {
      loss += (event.loss - loss) / ++steps;
      continue;
    }
    reached = event.validation?.metrics.accuracy ?? 0;
    const place = `epoch ${event.epoch}/${chosen.epochs}`;
    console.log(`${place}   loss ${loss.toFixed(4)}        held-out accuracy ${percent(reached)}`);
    [loss, steps] = [0, 0];
  }
  return reached;
}

function show(model: NameClassifier, chosen: readonly string[]): void {
  console.log("How it reads: the probability of male after each letter, from the cell stepped by hand.\n");
  let difference = 0;
  for (const name of chosen) {
    const read = readLetterByLetter(model, name);
    difference = Math.max(difference, read.difference);
    const columns = [...name].map((letter, i) => `${letter} ${(100 * read.male[i]).toFixed(0).padStart(3)}`);
    console.log(`  ${name.padEnd(10)}${columns.join("   ")}`);
  }
  console.log(
    `\nStepping the cell and running the layer give the same states: they differ by ${difference.toExponential(1)} at most.`,
  );
}

async function run(chosen: Settings): Promise<void> {
  manualSeed(chosen.seed);
  const { training: examples, test } = loadNames();
  console.log(`${examples.length} names to learn from, ${test.length} held out; computed by ${defaultDevice()}.\n`);
  const { model, epoch, recorded } = await begin(chosen);
  const baseline = baselineAccuracy(examples, test);
  console.log(`baseline (last two letters)   held-out accuracy ${percent(baseline)}`);
  const before = chosen.fromScratch ? null : await accuracyOf(model, test);
  if (before !== null) console.log(`as PyTorch left it            held-out accuracy ${percent(before)}`);

  const start = performance.now();
  const reached = await train(model, examples, test, chosen);
  const seconds = (performance.now() - start) / 1000;
  console.log(
    `\nTrained in ${seconds.toFixed(1)} s: ${percent(reached)} of names never seen, baseline ${percent(baseline)}.`,
  );
  if (before !== null) {
    console.log(
      `It went on from ${percent(before)}: PyTorch had stopped early, after ${epoch} epochs; here ${chosen.epochs} more.`,
    );
  }
  console.log();
  show(model, chosen.names);
  if (chosen.fromScratch) return;

  const file = relative(process.cwd(), chosen.save);
  await save(model, epoch + chosen.epochs, recorded.names, file);
  console.log(`
Saved as ${file}, for the NameClassifier of examples/names/train.py:

  model.load_state_dict(torch.load(${JSON.stringify(file)}, weights_only=True)["model_state_dict"], strict=True)`);
}

try {
  const chosen = settings(process.argv.slice(2));
  if (chosen === null) console.log(usage);
  else await run(chosen);
} catch (error) {
  console.error(error instanceof Error ? error.message : String(error));
  process.exitCode = 1;
}
