/** Layers and cells against the oracle: every output, state and gradient of each configuration. */

import { problems, type Strays } from "./compare.js";
import { type Category, Chance, drawCell, drawLayer } from "./draw.js";
import { type Oracle, received, receivedAll, resultOf, type Sent, send, snakeCase } from "./process.js";
import { build, type ModuleCase, type Numbers, results, toTensor } from "./replay.js";

/** So close to the kink of relu, either side is right about the gradient. */
const KINK = 1e-6;

interface Answer {
  exact: Record<string, Sent>;
  single: Record<string, Sent> | null;
  closest: number | null;
  masks: Sent[] | null;
}

/** What came of one configuration. `excused`: only gradients differ, and a pre-activation lies at the kink. */
export interface Outcome {
  problems: string[];
  /** Whether it was also held against torch's float32 error at neighbouring weights. */
  looksAgain: boolean;
  excused: boolean;
  closest: number | null;
}

/** The configuration without its numbers, as one line. */
export function summary({ options, form, kind, dtype, lengths, states, view, training, ...rest }: ModuleCase): string {
  const { input, isCell, enforceSorted, seed, dropoutSeed } = rest;
  return JSON.stringify({
    ...{ kind, isCell, form, dtype, input: input.shape, options, lengths, states: states !== null },
    ...{ enforceSorted, view, training, seed, dropoutSeed },
  });
}

export function draw(category: Category, isCell: boolean, seed: number, index: number): ModuleCase {
  const chance = new Chance(seed, index);
  return isCell ? drawCell(category, chance) : drawLayer(category, chance);
}

/** @param sendMasks whether torch's own dropout masks are to be used, because elman's would be others */
export async function checkModule(
  oracle: Oracle,
  asked: ModuleCase,
  sendMasks: boolean,
  strays: Strays,
): Promise<Outcome> {
  const module = build(asked);
  const sent = (numbers: Numbers) => send(toTensor(numbers, asked.dtype));
  const details = {
    ...asked,
    options: snakeCase(asked.options),
    weights: module.parameters().map(send),
    input: sent(asked.input),
    states: asked.states?.map(sent) ?? null,
    loss: asked.loss.map(sent),
    sendMasks,
  };
  const question = oracle.ask<Answer>("module", details);
  const compute = (masks: readonly ArrayLike<number>[] | null) =>
    new Map([...results(asked, module, masks)].map(([name, value]) => [name, resultOf(value)]));
  // Without masks to wait for, both compute at once.
  const early = sendMasks ? null : attempt(() => compute(null));
  const answer = await question;
  const masks = answer.masks?.map((mask) => received(mask).data) ?? null;
  const actual = early ?? attempt(() => compute(masks && masks.length > 0 ? masks : null));
  const { closest } = answer;
  if (actual instanceof Error) return { problems: [String(actual.stack)], looksAgain: false, excused: false, closest };

  const exact = receivedAll(answer.exact);
  const single = answer.single && receivedAll(answer.single);
  const atKink = closest !== null && closest < KINK;
  let found = problems(asked.dtype, actual, { exact, single }, atKink ? null : strays);
  const looksAgain = found.length > 0 && single !== null;
  if (looksAgain) {
    const nearby = await oracle.ask<Record<string, number>>("neighbours", details);
    found = problems(asked.dtype, actual, { exact, single, nearby });
  }
  const excused = atKink && found.length > 0 && found.every((problem) => problem.startsWith("d "));
  return { problems: found, looksAgain, excused, closest };
}

function attempt<T>(compute: () => T): T | Error {
  try {
    return compute();
  } catch (error) {
    return error instanceof Error ? error : new Error(String(error));
  }
}
