/** The command line of `npm start`: its options, their defaults, and one sentence for each that cannot be. */

import { statSync } from "node:fs";
import { dirname, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { letters } from "./data.js";
import type { Kind } from "./model.js";

export const usage = `Usage: npm start -- [options]

Takes a recurrent net that PyTorch began to train to tell female from male first names, trains it on, and saves it for
PyTorch; beside a baseline that looks at the last two letters.

  --epochs N      passes over the training names (default 6, from scratch 8)
  --batch N       names a step of the optimiser (default 32)
  --lr X          greatest learning rate of Adam (default 0.005)
  --seed N        seed of everything random (default 1)
  --names LIST    names to read aloud, letter by letter, with commas between (default Joan,John,Nicola,Nicolas,Andrea)
  --save FILE     where the net goes (default names.finetuned.pt in examples/names)
  --from-scratch  trains a new net instead, and saves nothing
  --hidden N      hidden units of the new net (default 64)
  --layer KIND    gru or lstm, of the new net (default gru)
  --help          this text`;

export interface Settings {
  fromScratch: boolean;
  epochs: number;
  hidden: number;
  layer: Kind;
  batch: number;
  lr: number;
  seed: number;
  names: string[];
  save: string;
}

/** The settings of a command line, or null where only help is asked for. */
export function settings(args: readonly string[]): Settings | null {
  const { values } = parseArgs({
    args: [...args],
    options: {
      epochs: { type: "string" },
      hidden: { type: "string" },
      layer: { type: "string" },
      batch: { type: "string", default: "32" },
      lr: { type: "string", default: "0.005" },
      seed: { type: "string", default: "1" },
      names: { type: "string", default: "Joan,John,Nicola,Nicolas,Andrea" },
      save: { type: "string" },
      "from-scratch": { type: "boolean", default: false },
      help: { type: "boolean", default: false },
    },
  });
  if (values.help) return null;
  const fromScratch = values["from-scratch"];
  for (const option of ["hidden", "layer"] as const) {
    if (values[option] === undefined || fromScratch) continue;
    throw new Error(`--${option} expects --from-scratch beside it: the net that PyTorch began is what it is`);
  }
  if (values.save !== undefined && fromScratch) {
    throw new Error("--save expects no --from-scratch beside it, which saves nothing");
  }
  const number = (option: "epochs" | "hidden" | "batch" | "lr" | "seed", text: string, whole = true) => {
    const x = Number(text);
    const least = option === "seed" ? 0 : Number.MIN_VALUE;
    if (!(x >= least) || !Number.isFinite(x) || (whole && !Number.isSafeInteger(x))) {
      const range = option === "seed" ? "from 0" : "above 0";
      throw new Error(`--${option} expects a ${whole ? "whole " : ""}number ${range}, got: ${text}`);
    }
    return x;
  };
  const { layer = "gru" } = values;
  if (layer !== "gru" && layer !== "lstm") throw new Error(`--layer expects gru or lstm, got: ${layer}`);
  return {
    fromScratch,
    epochs: number("epochs", values.epochs ?? (fromScratch ? "8" : "6")),
    hidden: number("hidden", values.hidden ?? "64"),
    layer,
    batch: number("batch", values.batch),
    lr: number("lr", values.lr, false),
    seed: number("seed", values.seed),
    names: values.names.split(",").map(readable),
    save: writable(values.save ?? fileURLToPath(new URL("names.finetuned.pt", import.meta.url))),
  };
}

/** A path of a file in a folder that is there: better said before training than after it. */
function writable(path: string): string {
  const isFolder = (one: string) => statSync(one, { throwIfNoEntry: false })?.isDirectory() ?? false;
  if (isFolder(dirname(resolve(path))) && !isFolder(path)) return path;
  throw new Error(`--save expects a file in a folder that exists, got: ${path}`);
}

/** A name without the spaces around it, if it can be read. */
function readable(text: string): string {
  const name = text.trim();
  if (letters(name).length === 0) throw new Error("--names expects names with commas between, got an empty one");
  return name;
}
