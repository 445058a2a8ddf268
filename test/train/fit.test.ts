/** The training loop: its events, what it does at which moment, and when it stops. */

import { describe, expect, it, vi } from "vitest";
import { DataLoader } from "../../src/data/index.js";
import { manualSeed, nn, optim, setWarningHandler, type Tensor, tensor } from "../../src/index.js";
import { accuracy, type EpochEvent, type FitOptions, f1, fit, type StepEvent } from "../../src/train/index.js";
import { all } from "../data/recorded.js";
import { raised, refusesSomehow } from "../support/nn_fixture.js";
import { expectClose, float64 } from "../support/tolerance.js";
import { Classifier, loaderOf, task } from "./support.js";

const { crossEntropy, mseLoss } = nn.functional;
const isEpoch = (event: StepEvent | EpochEvent): event is EpochEvent => "validation" in event;
const isStep = (event: StepEvent | EpochEvent): event is StepEvent => "step" in event;

/** Losses that a validation is to have, whatever the model: a target is its loss. */
class Told extends nn.Module {
  readonly weight = new nn.Parameter(tensor([0], { dtype: "float64" }));
  override forward(x: Tensor): Tensor {
    return this.weight.mul(x);
  }
}

function told(losses: readonly number[], options: Partial<FitOptions<Tensor, Tensor>> = {}) {
  const model = new Told();
  const optimizer = new optim.SGD(model.parameters(), { lr: 1 });
  const one = tensor([1], { dtype: "float64" });
  let epoch = 0;
  const validate = {
    *[Symbol.iterator]() {
      yield [one, tensor([losses[epoch++]], { dtype: "float64" })] as [Tensor, Tensor];
    },
  };
  // Each step adds 1 to the weight; in validation the loss is the target.
  const loss = (output: Tensor, target: Tensor) => (model.training ? output.neg().sum() : target.sum());
  const training = fit(model, [[one, one]], { optimizer, loss, validate, epochs: losses.length, ...options });
  return { model, optimizer, training };
}

it("learns, and says how: an event a step and an event an epoch", async () => {
  manualSeed(0);
  const model = new Classifier();
  const optimizer = new optim.Adam(model.parameters(), { lr: 0.02 });
  const training = fit(model, loaderOf(task(64, 1)), {
    ...{ optimizer, loss: crossEntropy, epochs: 12, clip: 5, metrics: { accuracy } },
    validate: loaderOf(task(40, 2), false),
  });
  const events = await all(training);
  expect(events.length).toBe(12 * 9);
  const steps = events.filter(isStep);
  expect(steps.map(({ step }) => step)).toEqual(Array.from({ length: 96 }, (_, i) => i + 1));
  expect(steps.map(({ epoch }) => epoch)).toEqual(Array.from({ length: 96 }, (_, i) => Math.floor(i / 8) + 1));
  const validations = events.filter(isEpoch).map(({ validation }) => validation);
  expect(validations.every((one) => one !== null)).toBe(true);
  expect(validations[11]?.loss).toBeLessThan((validations[0]?.loss ?? 0) / 2);
  expect(validations[11]?.metrics.accuracy).toBeGreaterThan(0.85);
  expect(steps[0].metrics.accuracy).toBeLessThan(validations[11]?.metrics.accuracy ?? 0);
  expect(model.training).toBe(true);
});

it("is the loop that one would write by hand", async () => {
  const run = async (learn: (model: Classifier, optimizer: optim.Optimizer) => Promise<void>) => {
    manualSeed(3);
    const model = new Classifier();
    const optimizer = new optim.AdamW(model.parameters(), { lr: 0.01 });
    await learn(model, optimizer);
    return [...model.stateDict()].map(([, one]) => one.toNested());
  };
  const mine = await run(async (model, optimizer) => {
    const scheduler = new optim.lrScheduler.StepLR(optimizer, 1, { gamma: 0.5 });
    await all(fit(model, loaderOf(task(30, 1)), { optimizer, loss: crossEntropy, epochs: 3, scheduler, clip: 0.5 }));
  });
  const byHand = await run(async (model, optimizer) => {
    const scheduler = new optim.lrScheduler.StepLR(optimizer, 1, { gamma: 0.5 });
    const loader = loaderOf(task(30, 1));
    for (let epoch = 0; epoch < 3; epoch++) {
      for await (const [x, y] of loader) {
        optimizer.zeroGrad();
        crossEntropy(model.forward(x), y).backward();
        nn.utils.clipGradNorm_(model.parameters(), 0.5);
        optimizer.step();
      }
      scheduler.step();
    }
  });
  expect(mine).toEqual(byHand);
});

describe("schedulers", () => {
  it("step after each epoch, OneCycleLR after each batch, ReduceLROnPlateau on the loss of the validation", async () => {
    const each = told([5, 4, 3]);
    const step = new optim.lrScheduler.StepLR(each.optimizer, 1, { gamma: 0.5 });
    const rates: number[] = [];
    const training = fit(each.model, [[tensor([1], { dtype: "float64" }), null]], {
      ...{ optimizer: each.optimizer, loss: (y: Tensor) => y.sum(), epochs: 3, scheduler: step },
    });
    for await (const event of training) if (!isEpoch(event)) rates.push(...step.getLastLr());
    expect(rates).toEqual([1, 0.5, 0.25]);

    const once = told([5, 4]);
    const cycle = new optim.lrScheduler.OneCycleLR(once.optimizer, 1, { totalSteps: 2 });
    await all(
      fit(once.model, [[tensor([1], { dtype: "float64" }), null]], {
        ...{ optimizer: once.optimizer, loss: (y: Tensor) => y.sum(), epochs: 2, scheduler: cycle },
      }),
    );
    expect(cycle.stateDict().last_epoch).toBe(2);

    const plateau = told([1, 1, 1, 1]);
    const scheduler = new optim.lrScheduler.ReduceLROnPlateau(plateau.optimizer, { patience: 1 });
    const again = told([1, 1, 1, 1], { optimizer: plateau.optimizer, scheduler });
    await all(again.training);
    expect(scheduler.getLastLr()).toEqual([0.1]);
  });
});

describe("the best weights", () => {
  it("are those of the lowest loss, and patience ends the wait", async () => {
    const { model, training } = told([5, 3, 4, 3, 9, 1], { patience: 3, keepBest: true });
    const events = (await all(training)).filter(isEpoch);
    expect(events.map(({ validation }) => validation?.loss)).toEqual([5, 3, 4, 3, 9]);
    expectClose(model.weight.toArray(), [2], float64);
    const last = told([5, 3, 4, 3, 9, 1], { patience: 3 });
    await all(last.training);
    expectClose(last.model.weight.toArray(), [5], float64);
  });
});

describe("what stops it", () => {
  it("a loss that is NaN: with the step, and the parameter", async () => {
    const model = new nn.Sequential(new nn.Linear(1, 2), new nn.Linear(2, 1));
    const optimizer = new optim.SGD(model.parameters(), { lr: 1e30 });
    const batch: [Tensor, Tensor] = [tensor([[1], [2]]), tensor([[1], [2]])];
    const training = fit(model, [batch, batch, batch, batch], { optimizer, loss: mseLoss, epochs: 2 });
    await expect(all(training)).rejects.toThrow(
      /^fit\(\) stopped at step \d of epoch 1: the loss is (NaN|Infinity); (parameter|the gradient of) '\d\.(weight|bias)' is not finite/,
    );
    const bad: [Tensor, Tensor] = [tensor([[1]]), tensor([[Number.NaN]])];
    const other = new nn.Linear(1, 1);
    const sgd = new optim.SGD(other.parameters());
    await expect(all(fit(other, [bad], { optimizer: sgd, loss: mseLoss }))).rejects.toThrow(
      "fit() stopped at step 1 of epoch 1: the loss is NaN; the gradient of 'weight' is not finite, while all parameters are",
    );
    expect(Number.isFinite(other.weight.item())).toBe(true);
  });

  it("a signal, with its reason, before the next step", async () => {
    const abort = new AbortController();
    const { training } = told([1, 1, 1, 1], { signal: abort.signal });
    const seen: unknown[] = [];
    await expect(async () => {
      for await (const event of training) {
        seen.push(event);
        if (seen.length === 4) abort.abort(new Error("enough"));
      }
    }).rejects.toThrow("enough");
    expect(seen.length).toBe(4);
  });

  it.each([
    ["in Node", []],
    ["in a page", ["setImmediate"]],
    ["where there are only timers", ["setImmediate", "MessageChannel"]],
  ])("lets the event loop breathe %s", async (_, absent) => {
    for (const name of absent) vi.stubGlobal(name, undefined);
    const ticks = vi.fn();
    const timer = setInterval(ticks, 1);
    const model = new Told();
    const one = tensor([1], { dtype: "float64" });
    const slow = (y: Tensor) => {
      const end = Date.now() + 4;
      while (Date.now() < end);
      return y.sum();
    };
    const optimizer = new optim.SGD(model.parameters());
    await all(fit(model, Array(40).fill([one, one]), { optimizer, loss: slow }));
    clearInterval(timer);
    vi.unstubAllGlobals();
    expect(ticks.mock.calls.length).toBeGreaterThan(5);
  });
});

it("knows how many steps there are, where that can be known", () => {
  const model = new Told();
  const options = { optimizer: new optim.SGD(model.parameters()), loss: mseLoss, epochs: 3 };
  const one = [tensor([1]), tensor([1])] as const;
  expect(fit(model, [one, one], options).total).toBe(6);
  expect(fit(model, loaderOf(task(20, 1)), options).total).toBe(9);
  expect(fit(model, new Set([one]), options).total).toBe(null);
  expect(fit(model, new DataLoader(new Set([one])), options as never).total).toBe(null);
});

it("refuses what it cannot train", async () => {
  const model = new Told();
  const optimizer = new optim.SGD(model.parameters());
  const good = { optimizer, loss: mseLoss };
  const make = (options: object) => () => fit(model, [], { ...good, ...options } as never);
  for (const wrong of [undefined, null, 5, {}] as never[]) {
    refusesSomehow(() => fit(wrong, [], good));
    refusesSomehow(make({ optimizer: wrong }));
    refusesSomehow(make({ loss: wrong }));
  }
  for (const wrong of [undefined, null, 5, {}] as never[]) refusesSomehow(() => fit(model, wrong, good));
  for (const wrong of [0, -1, 1.5, "3", Number.NaN]) {
    refusesSomehow(make({ epochs: wrong }));
    refusesSomehow(make({ patience: wrong, validate: [] }));
  }
  refusesSomehow(make({ learningRate: 1 }));
  const sentence = "fit() with patience, keepBest or ReduceLROnPlateau needs batches to validate on";
  for (const options of [
    { patience: 2 },
    { keepBest: true },
    { scheduler: new optim.lrScheduler.ReduceLROnPlateau(optimizer) },
  ]) {
    expect(raised(make(options)).message).toBe(sentence);
  }
  await expect(all(fit(model, [5] as never, good))).rejects.toThrow(
    "fit() expected batches [input, target], got: number",
  );
  await expect(all(told([1], { validate: [] }).training)).rejects.toThrow(
    "evaluate() expected batches with targets, got none",
  );
});

it("refuses epochs without batches, as of what can be read only once", async () => {
  const { model, optimizer } = told([1]);
  const one = tensor([1], { dtype: "float64" });
  const options = { optimizer, loss: mseLoss, epochs: 2 };
  await expect(all(fit(model, [], options))).rejects.toThrow("fit() expected batches in epoch 1, got none");
  const once = [[one, one] as const].values();
  await expect(all(fit(model, once, options))).rejects.toThrow("fit() expected batches in epoch 2, got none");
});

it("ends an epoch that was interrupted after its last batch", async () => {
  const begin = () => {
    const model = new Classifier();
    const optimizer = new optim.Adam(model.parameters());
    const scheduler = new optim.lrScheduler.StepLR(optimizer, 1);
    return fit(model, loaderOf(task(16, 1)), { optimizer, scheduler, loss: crossEntropy, epochs: 2 });
  };
  const first = begin();
  for await (const event of first) if (isStep(event) && event.step === 2) break;
  const second = begin();
  for (const [name, part] of Object.entries(first.parts)) {
    second.parts[name].loadStateDict(part.stateDict() as never);
  }
  const warned: string[] = [];
  const before = setWarningHandler((text) => warned.push(text));
  expect((await all(second)).map((event) => isEpoch(event))).toEqual([true, false, false, true]);
  setWarningHandler(before);
  expect(warned).toEqual([]); // as of a scheduler that steps before the optimizer
});

it("clips what the optimizer trains: gradients of the rest are not forgotten, and grow", async () => {
  const run = async (trained: (model: nn.Sequential) => nn.Parameter[]) => {
    manualSeed(1);
    const model = new nn.Sequential(new nn.Linear(1, 2), new nn.Linear(2, 1));
    const optimizer = new optim.SGD(trained(model), { lr: 0.1 });
    const [one, far] = [tensor([[1]]), tensor([[50]])];
    await all(fit(model, Array(5).fill([one, far]), { optimizer, loss: mseLoss, clip: 1 }));
    return model.parameters().map((one) => one.tolist());
  };
  const last = (model: nn.Sequential) => (model.at(1) as nn.Module).parameters();
  const frozen = await run((model) => {
    for (const one of (model.at(0) as nn.Module).parameters()) one.requiresGrad = false;
    return last(model);
  });
  expect(await run(last)).toEqual(frozen);
});

it("refuses settings in a sentence", async () => {
  const { model, optimizer } = told([1]);
  const one = tensor([[1]], { dtype: "float64" });
  const says = (sentence: string, options: object) =>
    expect(all(told([1], options as never).training)).rejects.toThrow(sentence);
  for (const clip of [0, -1, Number.NaN]) {
    expect(() => fit(model, [[one, one]], { optimizer, loss: mseLoss, clip })).toThrow(
      `fit() expected clip as a number above 0, got: ${clip}`,
    );
  }
  const make = (options: object) => () => fit(model, [[one, one]], { optimizer, loss: mseLoss, ...options } as never);
  expect(make({ scheduler: {} })).toThrow("fit() expected scheduler as one of optim.lrScheduler, got: Object");
  expect(make({ signal: 5 })).toThrow("fit() expected signal as an AbortSignal, got: 5");
  expect(make({ validate: 5 })).toThrow("fit() with validate expected an iterable of batches, got: number");
  expect(make({ metrics: { f1 } })).toThrow(
    "the metric 'f1' is no function that makes a count, such as accuracy or f1()",
  );
  expect(make({ metrics: { a: 5 } })).toThrow("the metric 'a' is no function that makes a count");
  await says("fit() expected a Tensor of loss(), got: Promise", { loss: async () => one });
});
