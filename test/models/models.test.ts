/** Whole models with the checkpoints of their twins in PyTorch (make.py): outputs, losses, every gradient, buffers. */

import { existsSync, readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { type Checkpoint, load, stateDictOf } from "../../src/checkpoint/index.js";
import { fullLike, manualSeed, nn, type Tensor } from "../../src/index.js";
import { expectClose, float32 } from "../support/tolerance.js";
import { type Expected, problems } from "../torch/compare.js";
import { resultOf } from "../torch/process.js";
import type { FloatName } from "../torch/replay.js";
import { features } from "./features.js";
import * as models from "./models.js";
import { trainingFeatures } from "./training_features.js";

const F = nn.functional;

/** A row of features.json. */
type Row = { name: string; classes?: number | string; programs?: string[]; tests?: string[] };
/** What a model gives, and the loss. */
type Pass = [outputs: Record<string, Tensor>, loss: Tensor];
type Inputs = Record<string, Tensor>;

/** A model with what runs it; its type stays between the two. */
interface Case {
  name: string;
  make: () => { model: nn.Module; run: (inputs: Inputs) => Pass };
}

const cases: Case[] = [
  {
    name: "CNNLSTM",
    make: () => {
      const model = new models.CNNLSTM();
      const run = ({ x, classes }: Inputs): Pass => {
        const scores = model.forward(x);
        return [{ scores }, F.crossEntropy(scores, classes)];
      };
      return { model, run };
    },
  },
  {
    name: "CRNN",
    make: () => {
      const model = new models.CRNN();
      const run = ({ x, text, lengths }: Inputs): Pass => {
        const y = model.forward(x);
        const steps = fullLike(lengths, y.size(0));
        return [{ log_probs: y }, F.ctcLoss(y, text, steps, lengths, { zeroInfinity: true })];
      };
      return { model, run };
    },
  },
  {
    name: "AttentionClassifier",
    make: () => {
      const model = new models.AttentionClassifier();
      const run = ({ tokens, lengths, classes }: Inputs): Pass => {
        const [scores, weights] = model.forward(tokens, lengths);
        return [{ scores, weights }, F.crossEntropy(scores, classes)];
      };
      return { model, run };
    },
  },
  {
    name: "TacotronEncoder",
    make: () => {
      const model = new models.TacotronEncoder();
      const run = ({ text, lengths, wanted }: Inputs): Pass => {
        const encoded = model.forward(text, lengths);
        return [{ encoded }, F.mseLoss(encoded, wanted.to(encoded.dtype))];
      };
      return { model, run };
    },
  },
  {
    name: "Seq2Seq",
    make: () => {
      const model = new models.Seq2Seq();
      const run = ({ source, target }: Inputs): Pass => {
        const y = model.forward(source, target);
        const [scores, classes] = [y.slice(1, 1).flatten(0, 1), target.slice(1, 1).flatten()];
        return [{ scores: y }, F.crossEntropy(scores, classes, { ignoreIndex: 0 })];
      };
      return { model, run };
    },
  },
];

const checkpointOf = (name: string) => load(new URL(`./${name}.pt`, import.meta.url).pathname);
const recordOf = (checkpoint: Checkpoint, key: string): Inputs =>
  Object.fromEntries(checkpoint.get(key) as Map<string, Tensor>);

/** Every result under the names of make.py. */
function results({ model, run }: ReturnType<Case["make"]>, inputs: Inputs, dtype: FloatName): Map<string, Tensor> {
  const found = new Map<string, Tensor>();
  for (const mode of ["training", "evaluation"]) {
    const keep = (name: string, value: Tensor) => found.set(`${mode}: ${name}`, value.detach().clone());
    model.train(mode === "training").zeroGrad();
    const given = { ...inputs, ...(inputs.x && { x: inputs.x.to(dtype).clone().requiresGrad_() }) };
    manualSeed(5);
    const [outputs, loss] = run(given);
    loss.backward();
    for (const [name, output] of Object.entries(outputs)) keep(name, output);
    keep("loss", loss);
    for (const [name, parameter] of model.namedParameters()) keep(`d ${name}`, parameter.grad as Tensor);
    if (inputs.x) keep("d x", given.x.grad as Tensor);
    for (const [name, buffer] of model.namedBuffers()) keep(name, buffer.to(dtype));
  }
  return found;
}

describe.each(cases)("$name", ({ name, make }) => {
  it.each(["float64", "float32"] as const)("computes what its twin computes in %s", async (dtype) => {
    const checkpoint = await checkpointOf(name);
    const made = make();
    const { stateDict } = stateDictOf(checkpoint);
    expect([...made.model.stateDict().keys()]).toEqual([...stateDict.keys()]);
    made.model.loadStateDict(stateDict);
    made.model.to(dtype);
    const found = results(made, recordOf(checkpoint, "inputs"), dtype);
    const [exact, single] = ["exact", "single"].map((key) =>
      Object.fromEntries(Object.entries(recordOf(checkpoint, key)).map(([key, x]) => [key, resultOf(x)])),
    );
    const expected: Expected = { exact, single: dtype === "float32" ? single : null };
    const came = new Map([...found].map(([key, x]) => [key, resultOf(x)]));
    expect(problems(dtype, came, expected)).toEqual([]);
  });
});

it("need not pack: lengths beside a padded batch give the same", async () => {
  const checkpoint = await checkpointOf("AttentionClassifier");
  const model = new models.AttentionClassifier();
  model.loadStateDict(stateDictOf(checkpoint).stateDict);
  const { tokens, lengths } = recordOf(checkpoint, "inputs");
  for (const [i, y] of model.forward(tokens, lengths).entries()) {
    expectClose(model.padded(tokens, lengths)[i], y, float32);
  }
});

it("shows of every feature that is counted how it is proved", () => {
  const programs = { ...features, ...trainingFeatures };
  const counted: { model: Row[]; training: Row[]; written: { with: string[] }[] } = JSON.parse(
    readFileSync(new URL("./features.json", import.meta.url), "utf8"),
  );
  const rows = [...counted.model, ...counted.training];
  expect(rows.flatMap((row) => row.programs ?? []).sort()).toEqual(Object.keys(programs).sort());
  expect(rows.filter((row) => !row.programs && !row.tests).map(({ name, classes }) => [name, classes])).toEqual([
    ["hooks, Transformer, GroupNorm, ParameterList", 0],
  ]);
  for (const test of rows.flatMap((row) => row.tests ?? [])) expect(existsSync(test), test).toBe(true);
  const names = counted.model.map(({ name }) => name);
  for (const name of counted.written.flatMap((set) => set.with)) expect(names).toContain(name);
});
