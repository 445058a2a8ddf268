/** The random stream against the oracle: a few draws after one seed, as PyTorch makes them. */

import { manualSeed, nn, ones, rand, randint, randn, randperm, type Tensor } from "../../src/index.js";
import { elementProblem } from "./compare.js";
import { CELL_CATEGORIES, Chance, drawCell, drawLayer, LAYER_CATEGORIES } from "./draw.js";
import { type Oracle, received, resultOf, type Sent, snakeCase } from "./process.js";
import { type FloatName, type Kind, type ModuleOptions, newModule } from "./replay.js";

interface Call {
  name: "rand" | "randn" | "randint" | "randperm" | "dropout" | "parameters";
  dtype?: FloatName | "int32";
  shape?: number[];
  args?: number[];
  kind?: Kind;
  isCell?: boolean;
  options?: ModuleOptions;
}

function drawCall(chance: Chance, masksAgree: boolean): Call {
  const dtype = chance.pick<FloatName>(["float32", "float64"]);
  const shape = Array.from({ length: chance.whole(1, 3) }, () => chance.size(12));
  const name = chance.pick<Call["name"]>(["rand", "randn", "randint", "randperm", "dropout", "parameters"]);
  if (name === "randperm") return { name, args: [chance.size(500)] };
  if (name === "randint") {
    const low = chance.whole(-1000, 1000);
    const range = chance.chance(0.5) ? chance.whole(1, 50) : chance.whole(1, 2 ** 30);
    return { name, dtype: chance.pick(["int32", "float64"]), shape, args: [low, low + range] };
  }
  if (name === "dropout")
    return masksAgree ? { name, dtype, shape, args: [chance.fraction()] } : { name: "rand", dtype, shape };
  if (name !== "parameters") return { name, dtype, shape };
  const isCell = chance.chance(0.3);
  const { kind, options } = isCell
    ? drawCell(chance.pick(CELL_CATEGORIES), chance)
    : drawLayer(chance.pick(LAYER_CATEGORIES), chance);
  return { name, dtype, kind, isCell, options };
}

function make({ name, dtype = "float32", shape = [], args = [], ...module }: Call): Tensor[] {
  if (name === "parameters") {
    const { kind = "GRU", isCell = false, options = { inputSize: 1, hiddenSize: 1 } } = module;
    return newModule(kind, isCell, options, dtype as FloatName).parameters();
  }
  if (name === "rand") return [rand(shape, { dtype })];
  if (name === "randn") return [randn(shape, { dtype })];
  if (name === "randint") return [randint(args[0], args[1], shape, { dtype })];
  if (name === "randperm") return [randperm(args[0])];
  return [nn.functional.dropout(ones(shape, { dtype }), args[0])];
}

/** Bits, but for what rounds in another mathematics library (randn) or order (the scale of dropout, in float32). */
function tolerance({ name, dtype }: Call): number {
  if (name === "randn") return dtype === "float32" ? 1e-6 : 1e-14;
  return name === "dropout" && dtype === "float32" ? 2 ** -22 : 0;
}

/** One story: what it drew, and what is wrong. */
export async function checkStream(
  oracle: Oracle,
  seed: number,
  index: number,
  masksAgree: boolean,
): Promise<{ title: string; problems: string[] }> {
  const chance = new Chance(seed, index);
  const streamSeed = chance.seed();
  const calls = Array.from({ length: chance.whole(1, 4) }, () => drawCall(chance, masksAgree));
  const sent = calls.map((call) => ({ ...call, ...(call.options && { options: snakeCase(call.options) }) }));
  const answers = await oracle.ask<(Sent | Sent[])[]>("stream", { seed: streamSeed, calls: sent });
  manualSeed(streamSeed);
  const problems = calls.flatMap((call, i) => {
    const expected = [answers[i]].flat();
    const actual = make(call);
    if (actual.length !== expected.length) return [`${call.name}: ${actual.length} tensors, not ${expected.length}`];
    const off = tolerance(call);
    return actual.map((value, j) => elementProblem(call.name, resultOf(value), received(expected[j]), off, off));
  });
  const title = JSON.stringify({ stream: streamSeed, calls });
  return { title, problems: problems.filter((problem) => problem !== null) };
}

/** Whether this PyTorch draws dropout masks from its own generator; with MKL on Intel it does not. */
export async function masksAgree(oracle: Oracle): Promise<boolean> {
  const calls: Call[] = [{ name: "dropout", dtype: "float64", shape: [1000], args: [0.5] }];
  const [expected] = await oracle.ask<Sent[]>("stream", { seed: 3, calls });
  manualSeed(3);
  return elementProblem("dropout", resultOf(make(calls[0])[0]), received(expected), 0, 0) === null;
}
