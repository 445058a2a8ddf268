/** The layers around recurrent ones, and what they are made of, against the oracle: random shapes and options. */

import { einsum, manualSeed, multinomial, nn, type Tensor } from "../../src/index.js";
import { Chance } from "./draw.js";
import { type Oracle, received, type Sent, send, snakeCase } from "./process.js";
import type { FloatName } from "./replay.js";
import { type Check, compared, drawnDType, drawnTensor } from "./training.js";

/** A layer to be made, and what it is given. */
interface Asked {
  name: string;
  args: unknown[];
  options: Record<string, unknown>;
  inputs: Tensor[];
  /** Options of forward. */
  given: Record<string, unknown>;
}

type Draw = (chance: Chance, dtype: FloatName) => Asked;

/** A layer of one input. */
const one = (name: string, args: unknown[], options: Record<string, unknown>, input: Tensor): Asked => ({
  ...{ name, args, options, inputs: [input], given: {} },
});

/** Numbers as far from 0 as activations bend. */
const wide = (chance: Chance, shape: number[], dtype: FloatName): Tensor =>
  drawnTensor(chance, shape, dtype).mul(chance.pick([1, 4, 20]));

const shapeOf = (chance: Chance, least: number, most: number): number[] =>
  Array.from({ length: chance.whole(least, most) }, () => chance.size(9));

const activation: Draw = (chance, dtype) => {
  const x = wide(chance, shapeOf(chance, 2, 4), dtype);
  const share = chance.fraction();
  const kinds: [string, unknown[], Record<string, unknown>?][] = [
    ...["ReLU", "Tanh", "Sigmoid", "SiLU", "GELU", "Identity"].map((name): [string, unknown[]] => [name, []]),
    ...["Softmax", "LogSoftmax"].map((name): [string, unknown[]] => [name, [chance.whole(-x.ndim, x.ndim - 1)]]),
    ["GELU", ["tanh"]],
    ["ELU", [0.2 + share]],
    ["LeakyReLU", [share]],
    ["PReLU", [chance.pick([1, x.size(1)])]],
    ["Softplus", [], { beta: 0.3 + 2 * share, threshold: chance.pick([20, 1, 5]) }],
    ["Hardtanh", [], { minVal: -share, maxVal: 2 * share + 0.1 }],
    ["Flatten", [], { startDim: chance.whole(0, x.ndim - 1) }],
  ];
  const [name, args, options = {}] = chance.pick(kinds);
  return one(name, args, options, x);
};

const batchNorm: Draw = (chance, dtype) => {
  const name = chance.pick(["BatchNorm1d", "BatchNorm2d"]);
  const C = chance.size(9);
  const rest = name === "BatchNorm2d" ? [chance.size(6), chance.size(6)] : chance.chance(0.5) ? [chance.size(9)] : [];
  const options = {
    ...{ affine: chance.chance(0.8), bias: chance.chance(0.8), trackRunningStats: chance.chance(0.8) },
    ...{ momentum: chance.pick([0.1, 0.5, null]), eps: chance.pick([1e-5, 1e-3]) },
  };
  // A variance near 0 is a division by nearly nothing: two equal numbers alone would not be compared, but amplified.
  return one(
    name,
    [C],
    options,
    drawnTensor(chance, [chance.whole(4, 12), C, ...rest], dtype).add(chance.whole(-2, 2)),
  );
};

const attention: Draw = (chance, dtype) => {
  const heads = chance.whole(1, 3);
  const embed = heads * chance.whole(1, 5);
  const [kdim, vdim] = chance.chance(0.5) ? [embed, embed] : [chance.size(6), chance.size(6)];
  const [L, S, N] = [chance.size(6), chance.size(6), chance.size(4)];
  const batchFirst = chance.chance(0.5);
  const batched = chance.chance(0.7);
  const shape = (steps: number, size: number) =>
    !batched ? [steps, size] : batchFirst ? [N, steps, size] : [steps, N, size];
  const options = {
    ...{
      bias: chance.chance(0.7),
      addBiasKv: chance.chance(0.3),
      addZeroAttn: chance.chance(0.3),
      batchFirst,
      kdim,
      vdim,
    },
    dropout: chance.pick([0, 0, 0.3]),
  };
  const given: Record<string, unknown> = { needWeights: chance.chance(0.6), averageAttnWeights: chance.chance(0.5) };
  const mask = (sizes: number[]) => drawnTensor(chance, sizes, dtype);
  if (chance.chance(0.4)) given.attnMask = mask(batched && chance.chance(0.5) ? [N * heads, L, S] : [L, S]);
  if (chance.chance(0.4)) given.keyPaddingMask = mask(batched ? [N, S] : [S]);
  const inputs = [shape(L, embed), shape(S, kdim), shape(S, vdim)].map((sizes) => drawnTensor(chance, sizes, dtype));
  return { name: "MultiheadAttention", args: [embed, heads], options, inputs, given };
};

const isTensor = (value: unknown): value is Tensor => typeof value === "object" && value !== null && "numel" in value;

/** A layer's outputs, all gradients, and its buffers afterwards; dropout draws from one seed. */
export async function checkAround(oracle: Oracle, seed: number, index: number): Promise<Check> {
  const chance = new Chance(seed, index);
  const dtype = drawnDType(chance);
  const { name, args, options, inputs, given } = chance.pick([activation, activation, batchNorm, attention])(
    chance,
    dtype,
  );
  const training = name.startsWith("BatchNorm") ? chance.chance(0.7) : true;
  const kind = nn[name as "Linear"] as unknown as new (...args: unknown[]) => nn.Module;
  const module = new kind(...args, ...(Object.keys(options).length > 0 ? [options] : [])).to(dtype).train(training);
  const parameters = module.parameters().map((parameter) => drawnTensor(chance, parameter.shape, dtype));
  for (const [i, parameter] of module.parameters().entries()) parameter.detach().copy_(parameters[i]);
  const drawnSeed = chance.seed();
  const forward = (xs: readonly Tensor[]): Tensor[] => {
    const f = module.forward as (...xs: unknown[]) => Tensor | (Tensor | null)[];
    const asked = Object.keys(given).length > 0 ? [given] : [];
    return [f.call(module, ...xs, ...asked)].flat().filter((y) => y !== null);
  };
  const shapes = forward(inputs).map(({ shape }) => shape);
  const weights = shapes.map((shape) => drawnTensor(chance, shape, dtype));
  const ask = {
    ...{ dtype, name, args, options: snakeCase(options), training, seed: drawnSeed },
    ...{ inputs: inputs.map(send), parameters: parameters.map(send), weights: weights.map(send) },
    given: Object.fromEntries(Object.entries(snakeCase(given)).map(([key, x]) => [key, isTensor(x) ? send(x) : x])),
  };
  const found = await compared(
    oracle,
    "around",
    ask,
    () => {
      const leaves = inputs.map((x) => x.clone().requiresGrad_());
      for (const buffer of module.buffers()) buffer.fill_(1);
      manualSeed(drawnSeed);
      const outputs = forward(leaves);
      module.zeroGrad();
      outputs
        .map((y, i) => y.mul(weights[i]).sum())
        .reduce((a, b) => a.add(b))
        .backward();
      return [
        ...outputs.map((y, i) => [`output ${i}`, y.detach()] as const),
        ...leaves.map((x, i) => [`d input ${i}`, x.grad as Tensor] as const),
        ...[...module.namedParameters()].map(([key, x]) => [`d ${key}`, x.grad as Tensor] as const),
        ...[...module.namedBuffers()].map(([key, x]) => [key, x.to(dtype)] as const),
      ];
    },
    "around_neighbours",
  );
  const used = Object.fromEntries(Object.entries(given).map(([key, x]) => [key, isTensor(x) ? x.shape : x]));
  return {
    title: JSON.stringify({
      name,
      dtype,
      args,
      options,
      training,
      shapes: inputs.map(({ shape }) => shape),
      given: used,
    }),
    problems: found,
  };
}

const EQUATIONS = [
  "ij,jk->ik",
  "bij,bjk->bik",
  "bij,bkj",
  "...i,...i->...",
  "ii,ij->j",
  "ab,bc,ca->",
  "ij,ik,il->jkl",
  "i,j->ji",
];

/** einsum with its gradients. */
export async function checkEinsum(oracle: Oracle, seed: number, index: number): Promise<Check> {
  const chance = new Chance(seed, index);
  const dtype = drawnDType(chance);
  const equation = chance.pick(EQUATIONS);
  const sizes = new Map<string, number>();
  const sizeOf = (name: string) => sizes.get(name) ?? sizes.set(name, chance.size(7)).get(name) ?? 1;
  const inputs = equation
    .split("->")[0]
    .split(",")
    .map((term) => drawnTensor(chance, [...term.replace("...", "xy")].map(sizeOf), dtype));
  const weight = drawnTensor(chance, einsum(equation, ...inputs).shape, dtype);
  const ask = { dtype, equation, inputs: inputs.map(send), weight: send(weight) };
  const found = await compared(oracle, "einsum", ask, () => {
    const leaves = inputs.map((x) => x.clone().requiresGrad_());
    const y = einsum(equation, ...leaves);
    y.mul(weight).sum().backward();
    return [["output", y.detach()] as const, ...leaves.map((x, i) => [`d input ${i}`, x.grad as Tensor] as const)];
  });
  return { title: JSON.stringify({ equation, dtype, shapes: inputs.map(({ shape }) => shape) }), problems: found };
}

/** Places drawn by weights, exactly. */
export async function checkMultinomial(oracle: Oracle, seed: number, index: number): Promise<Check> {
  const chance = new Chance(seed, index);
  const dtype = drawnDType(chance);
  const shape = chance.chance(0.5) ? [chance.size(200)] : [chance.size(9), chance.size(60)];
  const weights = drawnTensor(chance, shape, dtype).abs();
  const replacement = chance.chance(0.5);
  const count = replacement ? chance.size(50) : chance.whole(1, shape[shape.length - 1]);
  const drawnSeed = chance.seed();
  const asked = { seed: drawnSeed, weights: send(weights), count, replacement };
  const { data } = received(await oracle.ask<Sent>("multinomial", asked));
  manualSeed(drawnSeed);
  const found = multinomial(weights, count, { replacement }).toArray();
  const wrong = [...found].findIndex((place, i) => place !== data[i]);
  return {
    title: JSON.stringify({ name: "multinomial", dtype, shape, count, replacement, seed: drawnSeed }),
    problems:
      wrong === -1 && found.length === data.length ? [] : [`place ${wrong} is ${found[wrong]}, not ${data[wrong]}`],
  };
}
