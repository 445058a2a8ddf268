/** Optimisers step by step, losses and clipping against the oracle, on random numbers. */

import { encodeTorch, loadTorch } from "../../src/checkpoint/index.js";
import { nn, optim, type Tensor, tensor } from "../../src/index.js";
import { elementProblem, problems, type Result } from "./compare.js";
import { Chance } from "./draw.js";
import { type Oracle, received, receivedAll, resultOf, type Sent, send, snakeCase } from "./process.js";
import { type FloatName, toTensor } from "./replay.js";

const STEPS = 20;

/** What was asked, in a line, and what is wrong with elman's answer. */
export interface Check {
  title: string;
  problems: string[];
}

interface Answer {
  exact: Record<string, Sent>;
  single: Record<string, Sent> | null;
}

/** @param neighbours what to ask for how far torch itself strays nearby, where something is off */
export async function compared(
  oracle: Oracle,
  question: string,
  ask: { dtype: FloatName } & Record<string, unknown>,
  compute: () => Iterable<readonly [string, Tensor]>,
  neighbours?: string,
): Promise<string[]> {
  const { exact, single } = await oracle.ask<Answer>(question, ask);
  const actual = new Map<string, Result>();
  for (const [name, value] of compute()) actual.set(name, resultOf(value));
  const expected = { exact: receivedAll(exact), single: single && receivedAll(single) };
  const found = problems(ask.dtype, actual, expected);
  if (found.length === 0 || single === null || neighbours === undefined) return found;
  return problems(ask.dtype, actual, {
    ...expected,
    nearby: await oracle.ask<Record<string, number>>(neighbours, ask),
  });
}

export function drawnDType(chance: Chance): FloatName {
  return chance.pick(["float32", "float64"]);
}

export function drawnTensor(chance: Chance, shape: number[], dtype: FloatName): Tensor {
  return toTensor(chance.normal(shape, dtype), dtype);
}

function drawnShape(chance: Chance): number[] {
  return Array.from({ length: chance.whole(0, 3) }, () => chance.size(8));
}

function drawnSGD(chance: Chance): optim.SGDOptions {
  const nesterov = chance.chance(0.3);
  const momentum = nesterov || chance.chance(0.6) ? 0.1 + 0.8 * chance.fraction() : 0;
  return {
    lr: 0.3 * chance.fraction(),
    momentum,
    dampening: !nesterov && momentum > 0 && chance.chance(0.5) ? chance.fraction() : 0,
    weightDecay: chance.chance(0.5) ? 0.2 * chance.fraction() : 0,
    nesterov,
    maximize: chance.chance(0.2),
  };
}

function drawnAdam(chance: Chance): optim.AdamOptions {
  return {
    lr: 0.1 * chance.fraction(),
    betas: chance.chance(0.5) ? [0.9, 0.999] : [0.5 + 0.45 * chance.fraction(), 0.9 + 0.09 * chance.fraction()],
    eps: chance.pick([1e-8, 1e-6, 1e-3]),
    weightDecay: chance.chance(0.5) ? 0.2 * chance.fraction() : 0,
    amsgrad: chance.chance(0.5),
    maximize: chance.chance(0.2),
  };
}

function drawnRMSprop(chance: Chance): optim.RMSpropOptions {
  return {
    lr: 0.1 * chance.fraction(),
    alpha: chance.pick([0.99, 0.9, 0.5]),
    eps: chance.pick([1e-6, 1e-3]),
    weightDecay: chance.chance(0.5) ? 0.2 * chance.fraction() : 0,
    momentum: chance.chance(0.5) ? 0.9 * chance.fraction() : 0,
    // In float32 the difference of two running means may lose all its digits.
    centered: false,
    maximize: chance.chance(0.2),
  };
}

const drawnOptions = { SGD: drawnSGD, Adam: drawnAdam, AdamW: drawnAdam, RMSprop: drawnRMSprop };
type Name = keyof typeof drawnOptions;

function drawnOptimizer(chance: Chance): { name: Name; options: object } {
  const name = chance.pick(Object.keys(drawnOptions) as Name[]);
  return { name, options: drawnOptions[name](chance) };
}

/** The parameters after each step; now and then a parameter has no gradient. */
export async function checkOptimizer(oracle: Oracle, seed: number, index: number): Promise<Check> {
  const chance = new Chance(seed, index);
  const dtype = drawnDType(chance);
  const { name, options } = drawnOptimizer(chance);
  const initial = Array.from({ length: chance.whole(1, 3) }, () => drawnTensor(chance, drawnShape(chance), dtype));
  const gradients = Array.from({ length: STEPS }, () =>
    initial.map(({ shape }) => (chance.chance(0.1) ? null : drawnTensor(chance, shape, dtype))),
  );
  const ask = {
    ...{ dtype, name, options: snakeCase(options), parameters: initial.map(send) },
    gradients: gradients.map((step) => step.map((gradient) => gradient && send(gradient))),
  };
  const found = await compared(oracle, "optimizer", ask, function* () {
    const parameters = initial.map((values) => new nn.Parameter(values.clone()));
    const optimizer = new optim[name](parameters, options);
    for (const [step, given] of gradients.entries()) {
      optimizer.zeroGrad();
      for (const [i, gradient] of given.entries()) if (gradient !== null) parameters[i].grad = gradient.clone();
      optimizer.step();
      yield* parameters.map((p, i) => [`parameter ${i} after step ${step + 1}`, p.detach().clone()] as const);
    }
  });
  return {
    title: JSON.stringify({ name, dtype, options, shapes: initial.map(({ shape }) => shape) }),
    problems: found,
  };
}

const { lrScheduler } = optim;

function drawnScheduler(chance: Chance): [string, object, (o: optim.Optimizer) => optim.lrScheduler.ChainableLR] {
  const [count, gamma] = [chance.whole(1, 9), chance.fraction()];
  return chance.pick([
    ["StepLR", { step_size: count, gamma }, (o) => new lrScheduler.StepLR(o, count, { gamma })],
    ["ExponentialLR", { gamma }, (o) => new lrScheduler.ExponentialLR(o, gamma)],
    ["MultiStepLR", { milestones: [count, 9] }, (o) => new lrScheduler.MultiStepLR(o, [count, 9])],
    ["LinearLR", { total_iters: count }, (o) => new lrScheduler.LinearLR(o, { totalIters: count })],
    ["CosineAnnealingLR", { T_max: count }, (o) => new lrScheduler.CosineAnnealingLR(o, count)],
    ["CosineAnnealingWarmRestarts", { T_0: count }, (o) => new lrScheduler.CosineAnnealingWarmRestarts(o, count)],
  ]);
}

/** Steps begun by elman, continued by PyTorch from a file, and ended by both, by elman from PyTorch's file. */
export async function checkHalfway(oracle: Oracle, seed: number, index: number): Promise<Check> {
  const chance = new Chance(seed, index);
  const { name, options } = drawnOptimizer(chance);
  const [scheduler, schedule, make] = drawnScheduler(chance);
  const initial = Array.from({ length: chance.whole(1, 3) }, () => drawnTensor(chance, drawnShape(chance), "float64"));
  const gradients = Array.from({ length: STEPS }, () =>
    initial.map(({ shape }) => drawnTensor(chance, shape, "float64")),
  );
  const begin = (values: readonly Tensor[]) => {
    const parameters = values.map((value) => new nn.Parameter(value.clone()));
    const optimizer = new optim[name](parameters, options);
    return { parameters, optimizer, driven: make(optimizer) };
  };
  const walk = ({ parameters, optimizer, driven }: ReturnType<typeof begin>, steps: readonly Tensor[][]) => {
    for (const given of steps) {
      for (const [i, gradient] of given.entries()) parameters[i].grad = gradient.clone();
      optimizer.step();
      driven.step();
    }
  };
  const [first, second] = [7, 14];
  const begun = begin(initial);
  walk(begun, gradients.slice(0, first));
  const bytes = encodeTorch({
    optimizer: begun.optimizer.stateDict(),
    scheduler: begun.driven.stateDict(),
  });
  const ask = {
    ...{ name, options: snakeCase(options), scheduler, schedule, half: second - first },
    parameters: begun.parameters.map((p) => send(p.detach())),
    gradients: gradients.slice(first).map((step) => step.map(send)),
    bytes: Buffer.from(bytes).toString("base64"),
  };
  const theirs = await oracle.ask<{ middle: Sent[]; bytes: string; end: Sent[] }>("halfway", ask);
  const ended = begin(theirs.middle.map((sent) => tensor(received(sent).data as Float64Array, sent.shape)));
  const file = await loadTorch(Uint8Array.from(Buffer.from(theirs.bytes, "base64")));
  ended.optimizer.loadStateDict(file.get("optimizer"));
  ended.driven.loadStateDict(file.get("scheduler"));
  walk(begun, gradients.slice(first));
  walk(ended, gradients.slice(second));
  const found = [begun, ended].flatMap(({ parameters }, i) =>
    parameters.map((p, k) =>
      elementProblem(`parameter ${k} of ${i}`, resultOf(p.detach()), received(theirs.end[k]), 1e-11, 1e-11),
    ),
  );
  return {
    title: JSON.stringify({ name, options, scheduler, schedule }),
    problems: found.filter((problem) => problem !== null),
  };
}

const TORCH_LOSS = {
  mseLoss: "mse_loss",
  nllLoss: "nll_loss",
  crossEntropy: "cross_entropy",
  binaryCrossEntropyWithLogits: "binary_cross_entropy_with_logits",
  l1Loss: "l1_loss",
  smoothL1Loss: "smooth_l1_loss",
  huberLoss: "huber_loss",
  binaryCrossEntropy: "binary_cross_entropy",
} as const;

/** A loss, and the gradient of its input. */
export async function checkLoss(oracle: Oracle, seed: number, index: number): Promise<Check> {
  const chance = new Chance(seed, index);
  const dtype = drawnDType(chance);
  const name = chance.pick(Object.keys(TORCH_LOSS) as (keyof typeof TORCH_LOSS)[]);
  const reduction = chance.pick(["mean", "sum", "none"] as const);
  const rank = chance.whole(1, 4);
  const shape = Array.from({ length: rank }, () => chance.size(rank > 2 ? 6 : 40));
  const draw = (sizes: number[]) => drawnTensor(chance, sizes, dtype);
  const positive = (sizes: number[]) => draw(sizes).abs().add(0.1).to(dtype);
  const probable = name === "binaryCrossEntropy";
  const input = probable ? draw(shape).sigmoid() : draw(shape);
  const options: Record<string, unknown> = { reduction };
  let target = probable ? draw(shape).sigmoid() : draw(shape);
  const bend = 2 * chance.fraction() + 0.01;
  if (name === "smoothL1Loss") options.beta = bend;
  if (name === "huberLoss") options.delta = bend;
  if (probable && chance.chance(0.5)) options.weight = positive(shape.slice(-1));
  if (name === "nllLoss" || name === "crossEntropy") {
    const at = rank === 1 ? 0 : 1;
    const classes = shape[at];
    const sizes = shape.toSpliced(at, 1);
    const ignored = chance.chance(0.5) ? chance.pick([-100, -1, classes - 1]) : null;
    const count = sizes.reduce((a, b) => a * b, 1);
    const drawn = Int32Array.from({ length: count }, () => chance.whole(0, classes - 1));
    if (ignored !== null) for (let i = 1; i < count; i++) if (chance.chance(0.2)) drawn[i] = ignored;
    if (ignored === drawn[0]) drawn[0] = 0;
    target = tensor(drawn, sizes);
    if (ignored !== null && !(classes === 1 && ignored === 0)) options.ignoreIndex = ignored;
    if (chance.chance(0.5)) options.weight = positive([classes]);
    if (name === "crossEntropy" && chance.chance(0.5)) options.labelSmoothing = chance.fraction();
    if (name === "crossEntropy" && chance.chance(0.3)) {
      target = draw(shape).softmax(at);
      delete options.ignoreIndex;
    }
  } else if (name === "binaryCrossEntropyWithLogits") {
    target = tensor(Array.from(target.toArray(), (x) => (x > 0 ? 1 : 0)))
      .reshape(shape)
      .to(dtype);
    const last = shape.slice(-1);
    if (chance.chance(0.5)) options.weight = positive(chance.chance(0.5) ? last : shape);
    if (chance.chance(0.5)) options.posWeight = positive(last);
  }
  const none = name === "nllLoss" || name === "crossEntropy" ? shape.toSpliced(rank === 1 ? 0 : 1, 1) : shape;
  const weight = draw(reduction === "none" ? none : []);
  const sent = Object.fromEntries(
    Object.entries(snakeCase(options)).map(([key, value]) => [key, isTensor(value) ? send(value) : value]),
  );
  const ask = {
    ...{ dtype, name: TORCH_LOSS[name], options: sent },
    ...{ input: send(input), target: send(target), weight: send(weight) },
  };
  const found = await compared(oracle, "loss", ask, () => {
    const x = input.clone().requiresGrad_();
    const loss = nn.functional[name](x, target, options);
    loss.mul(weight).sum().backward();
    return [["loss", loss.detach()] as const, ["d input", x.grad as Tensor] as const];
  });
  const used = Object.fromEntries(
    Object.entries(options).map(([key, value]) => [key, isTensor(value) ? value.shape : value]),
  );
  return { title: JSON.stringify({ name, dtype, shape, options: used }), problems: found };
}

/** `ctcLoss` of logits, with targets padded or behind one another, and the gradient of the logits. */
export async function checkCTC(oracle: Oracle, seed: number, index: number): Promise<Check> {
  const chance = new Chance(seed, index);
  const dtype = drawnDType(chance);
  const [T, N, C] = [chance.size(40), chance.size(6), chance.whole(2, 12)];
  const logits = drawnTensor(chance, [T, N, C], dtype).mul(chance.pick([1, 1, 10]));
  const blank = chance.pick([0, C - 1, chance.whole(0, C - 1)]);
  const inputLengths = Array.from({ length: N }, () => chance.whole(1, T));
  const zeroInfinity = chance.chance(0.8);
  const targetLengths = inputLengths.map((length) => chance.whole(0, Math.ceil(length / (zeroInfinity ? 1 : 3))));
  const longest = Math.max(1, ...targetLengths);
  const label = () => (blank + chance.whole(1, C - 1)) % C;
  const rows = targetLengths.map(() => Array.from({ length: longest }, label));
  const concatenated = rows.flatMap((row, n) => row.slice(0, targetLengths[n]));
  const targets = chance.chance(0.5) ? tensor(rows.flat(), [N, longest]) : tensor(concatenated, [concatenated.length]);
  const labels = targets.to("int32");
  const reduction = chance.pick(["mean", "sum", "none"] as const);
  const weight = drawnTensor(chance, reduction === "none" ? [N] : [], dtype);
  const options = { blank, reduction, zeroInfinity };
  const ask = {
    ...{ dtype, options: snakeCase(options), inputLengths, targetLengths },
    ...{ logits: send(logits), targets: send(labels), weight: send(weight) },
  };
  const found = await compared(oracle, "ctc", ask, () => {
    const x = logits.clone().requiresGrad_();
    const loss = nn.functional.ctcLoss(x.logSoftmax(2), labels, inputLengths, targetLengths, options);
    loss.mul(weight).sum().backward();
    return [["loss", loss.detach()] as const, ["d logits", x.grad as Tensor] as const];
  });
  return { title: JSON.stringify({ dtype, shape: [T, N, C], inputLengths, targetLengths, options }), problems: found };
}

function isTensor(value: unknown): value is Tensor {
  return typeof value === "object" && value !== null;
}

/** clipGradNorm_: the norm it returns, and the gradients it leaves. */
export async function checkClip(oracle: Oracle, seed: number, index: number): Promise<Check> {
  const chance = new Chance(seed, index);
  const dtype = drawnDType(chance);
  const gradients = Array.from({ length: chance.whole(1, 4) }, () => drawnTensor(chance, drawnShape(chance), dtype));
  const maxNorm = 10 ** (4 * chance.fraction() - 2);
  const normType = chance.pick([1, 2, 2, 3, Number.POSITIVE_INFINITY]);
  const ask = { dtype, gradients: gradients.map(send), maxNorm, normType: normType === Infinity ? "inf" : normType };
  const found = await compared(oracle, "clip", ask, () => {
    const parameters = gradients.map((gradient) => {
      const parameter = new nn.Parameter(gradient.clone());
      parameter.grad = gradient.clone();
      return parameter;
    });
    const norm = nn.utils.clipGradNorm_(parameters, maxNorm, { normType });
    return [["norm", norm] as const, ...parameters.map((p, i) => [`gradient ${i}`, p.grad as Tensor] as const)];
  });
  return {
    title: JSON.stringify({ name: "clipGradNorm_", dtype, maxNorm, normType: String(normType) }),
    problems: found,
  };
}
