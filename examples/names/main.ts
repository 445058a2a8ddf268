/** Learns to tell female from male first names, letter by letter, and shows how it reads them. */

import { parseArgs } from "node:util";
import { manualSeed, optim } from "elman-nn";
import { baselineAccuracy } from "./baseline.js";
import { letters, loadNames } from "./data.js";
import { type Kind, NameClassifier } from "./model.js";
import { progressBar } from "./progress.js";
import { readLetterByLetter } from "./show.js";
import { accuracy, trainEpoch } from "./train.js";

const usage = `Usage: npm start -- [options]

Trains a recurrent net to tell female from male first names, beside a baseline that looks at the last two letters.

  --epochs N    passes over the training names (default 8)
  --hidden N    hidden units (default 64)
  --layer KIND  gru or lstm (default gru)
  --batch N     names a step of the optimiser (default 32)
  --lr X        learning rate of Adam (default 0.005)
  --seed N      seed of everything random (default 1)
  --names LIST  names to read aloud, letter by letter, with commas between (default Joan,John,Nicola,Nicolas,Andrea)
  --help        this text`;

interface Settings {
  epochs: number;
  hidden: number;
  layer: Kind;
  batch: number;
  lr: number;
  seed: number;
  names: string[];
}

/** The settings of a command line, or null where only help is asked for. */
function settings(args: readonly string[]): Settings | null {
  const { values } = parseArgs({
    args: [...args],
    options: {
      epochs: { type: "string", default: "8" },
      hidden: { type: "string", default: "64" },
      layer: { type: "string", default: "gru" },
      batch: { type: "string", default: "32" },
      lr: { type: "string", default: "0.005" },
      seed: { type: "string", default: "1" },
      names: { type: "string", default: "Joan,John,Nicola,Nicolas,Andrea" },
      help: { type: "boolean", default: false },
    },
  });
  if (values.help) return null;
  const number = (option: "epochs" | "hidden" | "batch" | "lr" | "seed", whole: boolean) => {
    const x = Number(values[option]);
    const least = option === "seed" ? 0 : Number.MIN_VALUE;
    if (!(x >= least) || !Number.isFinite(x) || (whole && !Number.isSafeInteger(x))) {
      const range = option === "seed" ? "from 0" : "above 0";
      throw new Error(`--${option} expects a ${whole ? "whole " : ""}number ${range}, got: ${values[option]}`);
    }
    return x;
  };
  if (values.layer !== "gru" && values.layer !== "lstm") {
    throw new Error(`--layer expects gru or lstm, got: ${values.layer}`);
  }
  return {
    epochs: number("epochs", true),
    hidden: number("hidden", true),
    layer: values.layer,
    batch: number("batch", true),
    lr: number("lr", false),
    seed: number("seed", true),
    names: values.names.split(",").map(readable),
  };
}

/** A name without the spaces around it, if it can be read. */
function readable(text: string): string {
  const name = text.trim();
  if (letters(name).length === 0) throw new Error("--names expects names with commas between, got an empty one");
  return name;
}

const percent = (x: number) => `${(100 * x).toFixed(1)} %`;

function run({ epochs, hidden, layer, batch, lr, seed, names }: Settings): void {
  manualSeed(seed);
  const { training, test } = loadNames();
  const model = new NameClassifier(layer, hidden);
  const baseline = baselineAccuracy(training, test);
  console.log(`${training.length} names to learn from, ${test.length} held out.\n\n${model}\n`);
  console.log(`baseline (last two letters)   held-out accuracy ${percent(baseline)}`);

  const optimizer = new optim.Adam(model.parameters(), { lr });
  const start = performance.now();
  let reached = 0;
  for (let epoch = 1; epoch <= epochs; epoch++) {
    const bar = progressBar(`epoch ${epoch}/${epochs}`, training.length);
    const loss = trainEpoch(model, optimizer, training, batch, bar.update);
    bar.stop();
    reached = accuracy(model, test);
    console.log(`epoch ${epoch}/${epochs}   loss ${loss.toFixed(4)}        held-out accuracy ${percent(reached)}`);
  }
  const seconds = (performance.now() - start) / 1000;
  console.log(
    `\nTrained in ${seconds.toFixed(1)} s: ${percent(reached)} of names never seen, baseline ${percent(baseline)}.\n`,
  );

  console.log("How it reads: the probability of male after each letter, from the cell stepped by hand.\n");
  let difference = 0;
  for (const name of names) {
    const read = readLetterByLetter(model, name);
    difference = Math.max(difference, read.difference);
    const columns = [...name].map((letter, i) => `${letter} ${(100 * read.male[i]).toFixed(0).padStart(3)}`);
    console.log(`  ${name.padEnd(10)}${columns.join("   ")}`);
  }
  console.log(
    `\nStepping the cell and running the layer give the same states: they differ by ${difference.toExponential(1)} at most.`,
  );
}

try {
  const chosen = settings(process.argv.slice(2));
  if (chosen === null) console.log(usage);
  else run(chosen);
} catch (error) {
  console.error(error instanceof Error ? error.message : String(error));
  process.exitCode = 1;
}
