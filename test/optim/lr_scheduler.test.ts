/** Schedulers beside PyTorch's: every rate, every momentum, what they keep, and what they refuse. */

import { afterEach, describe, expect, it, vi } from "vitest";
import { encodeTorch, loadTorch } from "../../src/checkpoint/index.js";
import { ones, optim, setWarningHandler, tensor } from "../../src/index.js";
import { raised, refuses, refusesSomehow } from "../support/nn_fixture.js";
import { camelOptions, recorded } from "../support/optimizer_path.js";
import { expectClose, float64 } from "../support/tolerance.js";

const { lrScheduler } = optim;
type Driven = optim.lrScheduler.ChainableLR | optim.lrScheduler.SequentialLR;
// biome-ignore lint/suspicious/noExplicitAny: what a fixture holds
type Loose = any;

const leaf = () => tensor([1], { requiresGrad: true });

function optimizerOf(name: "SGD" | "Adam" = "SGD"): optim.Optimizer {
  const groups = [{ params: [leaf()] }, { params: [leaf()], lr: 0.02 }];
  return name === "SGD" ? new optim.SGD(groups, { lr: 0.1, momentum: 0.9 }) : new optim.Adam(groups, { lr: 0.1 });
}

/** A scheduler from PyTorch's options. */
function scheduler(name: string, options: Loose, optimizer: optim.Optimizer): Driven {
  const { step_size, milestones, gamma, T_max, T_0, T_mult, eta_min, max_lr, ...rest } = options;
  switch (name) {
    case "StepLR":
      return new lrScheduler.StepLR(optimizer, step_size, { gamma });
    case "MultiStepLR":
      return new lrScheduler.MultiStepLR(optimizer, milestones, { gamma });
    case "ExponentialLR":
      return new lrScheduler.ExponentialLR(optimizer, gamma);
    case "LinearLR":
      return new lrScheduler.LinearLR(optimizer, camelOptions(rest));
    case "CosineAnnealingLR":
      return new lrScheduler.CosineAnnealingLR(optimizer, T_max, { etaMin: eta_min });
    case "CosineAnnealingWarmRestarts":
      return new lrScheduler.CosineAnnealingWarmRestarts(optimizer, T_0, { TMult: T_mult, etaMin: eta_min });
    case "OneCycleLR":
      return new lrScheduler.OneCycleLR(optimizer, max_lr, camelOptions(rest));
    case "LambdaLR":
      return new lrScheduler.LambdaLR(optimizer, (epoch) => 1 / (1 + epoch));
    default: {
      const inner = options.schedulers.map(([one, its]: [string, Loose]) => scheduler(one, its, optimizer));
      return new lrScheduler.SequentialLR(optimizer, inner, milestones);
    }
  }
}

const momentumOf = (group: Loose): number => group.betas?.[0] ?? group.momentum;

/** What a state dict is as JSON, as the fixture has it. */
function plain(value: unknown): Loose {
  if (value instanceof Map) return plain(Object.fromEntries(value));
  if (Array.isArray(value)) return value.map(plain);
  if (typeof value === "object" && value !== null) {
    return Object.fromEntries(Object.entries(value).map(([key, one]) => [key, plain(one)]));
  }
  return value === Infinity || value === -Infinity ? String(value) : value;
}

/** The same names and values, numbers within float64's tolerance. */
function expectAlike(actual: Loose, expected: Loose, path = ""): void {
  if (typeof expected === "number") expectClose([actual], [expected], float64, path);
  else if (typeof expected !== "object" || expected === null) expect(actual, path).toBe(expected);
  else {
    expect(Object.keys(actual).sort(), path).toEqual(Object.keys(expected).sort());
    for (const key of Object.keys(expected)) expectAlike(actual[key], expected[key], `${path}.${key}`);
  }
}

describe.each(recorded.schedules as Loose[])("$scheduler $options with $optimizer", (one) => {
  it("sets PyTorch's rates and momenta", () => {
    const optimizer = optimizerOf(one.optimizer);
    const driven = scheduler(one.scheduler, one.options, optimizer);
    one.lrs.forEach((lrs: number[], epoch: number) => {
      expectClose(driven.getLastLr(), lrs, float64, `epoch ${epoch}`);
      expectClose(
        optimizer.paramGroups.map(({ lr }) => lr),
        lrs,
        float64,
      );
      expectClose(optimizer.paramGroups.map(momentumOf), one.momenta[epoch], float64, `epoch ${epoch}`);
      optimizer.step();
      if (epoch === 11) expectAlike(plain(driven.stateDict()), one.state);
      driven.step();
    });
  });

  it("goes on from a file", async () => {
    const [first, second] = [optimizerOf(one.optimizer), optimizerOf(one.optimizer)];
    const [driven, resumed] = [first, second].map((optimizer) => scheduler(one.scheduler, one.options, optimizer));
    first.step();
    for (let epoch = 0; epoch < 11; epoch++) driven.step();
    const file = await loadTorch(encodeTorch({ optimizer: first.stateDict(), scheduler: driven.stateDict() }));
    second.loadStateDict(file.get("optimizer"));
    resumed.loadStateDict(file.get("scheduler"));
    for (let epoch = 11; epoch < 24; epoch++) {
      driven.step();
      resumed.step();
      expect(resumed.getLastLr()).toEqual(driven.getLastLr());
      expect(second.paramGroups.map(momentumOf)).toEqual(first.paramGroups.map(momentumOf));
    }
    expect(resumed.stateDict()).toEqual(driven.stateDict());
  });
});

describe.each(recorded.plateaus as Loose[])("ReduceLROnPlateau $options", ({ options, lrs, state }) => {
  it("sets PyTorch's rates, and goes on from a state dict", () => {
    const [optimizer, other] = [optimizerOf(), optimizerOf()];
    const driven = new lrScheduler.ReduceLROnPlateau(optimizer, camelOptions(options));
    const resumed = new lrScheduler.ReduceLROnPlateau(other, camelOptions(options));
    recorded.metrics.forEach((metric: number | string, epoch: number) => {
      driven.step(Number(metric));
      expectClose(driven.getLastLr(), lrs[epoch], float64, `epoch ${epoch}`);
      if (epoch === 11) {
        expectAlike(plain(driven.stateDict()), state);
        other.loadStateDict(optimizer.stateDict());
        resumed.loadStateDict(driven.stateDict());
      } else if (epoch > 11) {
        resumed.step(Number(metric));
        expect(resumed.getLastLr()).toEqual(driven.getLastLr());
      }
    });
  });
});

it("CosineAnnealingWarmRestarts steps between epochs", () => {
  for (const { options, lrs } of recorded.fractions as Loose[]) {
    const driven = scheduler("CosineAnnealingWarmRestarts", options, new optim.SGD([leaf()], { lr: 0.1 }));
    lrs.forEach((row: number[], step: number) => {
      (driven as optim.lrScheduler.CosineAnnealingWarmRestarts).step(step / 4);
      expectClose(driven.getLastLr(), row, float64, `step ${step}`);
    });
  }
});

describe("the warning of a step before the optimiser's", () => {
  afterEach(() => void setWarningHandler((text) => console.warn(text)));

  it("is PyTorch's, and comes of nothing else", () => {
    const heard = vi.fn();
    setWarningHandler(heard);
    const p = leaf();
    const optimizer = new optim.SGD([p], { lr: 1 });
    const driven = new lrScheduler.StepLR(optimizer, 1);
    p.grad = ones([1]);
    optimizer.step();
    driven.step();
    expect(heard).not.toHaveBeenCalled();
    const early = new lrScheduler.StepLR(new optim.SGD([leaf()]), 1);
    early.step();
    expect(heard.mock.calls).toEqual([[`elman: ${recorded.warning}`]]);
  });
});

describe("errors", () => {
  const sgd = () => new optim.SGD([leaf()], { lr: 0.1, momentum: 0.9 });
  const table: [string, () => unknown][] = [
    ["linear start", () => new lrScheduler.LinearLR(sgd(), { startFactor: 0 })],
    ["linear end", () => new lrScheduler.LinearLR(sgd(), { endFactor: 1.5 })],
    ["T_0", () => new lrScheduler.CosineAnnealingWarmRestarts(sgd(), 0)],
    ["T_mult", () => new lrScheduler.CosineAnnealingWarmRestarts(sgd(), 2, { TMult: 0 })],
    ["epoch", () => new lrScheduler.CosineAnnealingWarmRestarts(sgd(), 2).step(-1)],
    ["total_steps", () => new lrScheduler.OneCycleLR(sgd(), 1, { totalSteps: 0 })],
    ["no steps", () => new lrScheduler.OneCycleLR(sgd(), 1, { epochs: 2 })],
    ["epochs", () => new lrScheduler.OneCycleLR(sgd(), 1, { epochs: -1, stepsPerEpoch: 2 })],
    ["pct_start", () => new lrScheduler.OneCycleLR(sgd(), 1, { totalSteps: 2, pctStart: 1.5 })],
    ["anneal", () => new lrScheduler.OneCycleLR(sgd(), 1, { totalSteps: 2, annealStrategy: "log" as never })],
    ["max_lr", () => new lrScheduler.OneCycleLR(sgd(), [1, 2], { totalSteps: 2 })],
    [
      "too many",
      () => {
        const driven = new lrScheduler.OneCycleLR(sgd(), 1, { totalSteps: 2 });
        for (let step = 0; step < 3; step++) driven.step();
      },
    ],
    ["factor", () => new lrScheduler.ReduceLROnPlateau(sgd(), { factor: 1 })],
    ["min_lr", () => new lrScheduler.ReduceLROnPlateau(sgd(), { minLr: [1, 2] })],
    ["mode", () => new lrScheduler.ReduceLROnPlateau(sgd(), { mode: "least" as never })],
    ["threshold mode", () => new lrScheduler.ReduceLROnPlateau(sgd(), { thresholdMode: "none" as never })],
    ["lambdas", () => new lrScheduler.LambdaLR(sgd(), [() => 1, () => 1])],
    ["no schedulers", () => new lrScheduler.SequentialLR(sgd(), [], [])],
    [
      "milestones",
      () => {
        const optimizer = sgd();
        const inner = [new lrScheduler.StepLR(optimizer, 1), new lrScheduler.StepLR(optimizer, 2)];
        return new lrScheduler.SequentialLR(optimizer, inner, [1, 2]);
      },
    ],
  ];
  it.each(table)("%s", (name, call) => refuses(call, recorded.errors[name]));

  it("of what is no optimiser, no scheduler of this one, no number", () => {
    const optimizer = sgd();
    for (const wrong of [undefined, null, 5, {}, leaf()] as never[]) {
      refusesSomehow(() => new lrScheduler.StepLR(wrong, 1));
      refusesSomehow(() => new lrScheduler.OneCycleLR(wrong, 1, { totalSteps: 1 }));
      refusesSomehow(() => new lrScheduler.ReduceLROnPlateau(wrong));
      refusesSomehow(() => new lrScheduler.LambdaLR(wrong, () => 1));
      refusesSomehow(() => new lrScheduler.SequentialLR(optimizer, [wrong], []));
      refusesSomehow(() => new lrScheduler.LambdaLR(optimizer, wrong));
    }
    for (const wrong of [0, -1, 1.5, Number.NaN, "1", null] as never[]) {
      refusesSomehow(() => new lrScheduler.StepLR(optimizer, wrong));
      refusesSomehow(() => new lrScheduler.CosineAnnealingLR(optimizer, wrong));
      refusesSomehow(() => new lrScheduler.LinearLR(optimizer, { totalIters: wrong }));
    }
    refusesSomehow(() => new lrScheduler.ExponentialLR(optimizer, "0.1" as never));
    refusesSomehow(() => new lrScheduler.MultiStepLR(optimizer, [1.5]));
    refusesSomehow(() => new lrScheduler.StepLR(optimizer, 1, { rate: 1 } as never));
    refusesSomehow(() => new lrScheduler.ReduceLROnPlateau(optimizer).step("1" as never));
    expect(raised(() => new lrScheduler.SequentialLR(sgd(), [new lrScheduler.StepLR(optimizer, 1)], [])).message).toBe(
      "SequentialLR expects all schedulers to belong to the same optimizer, but got scheduler StepLR at index 0, which belongs to another.",
    );
    for (const wrong of ["0.5", Number.NaN, null] as never[]) {
      refusesSomehow(() => new lrScheduler.LinearLR(optimizer, { startFactor: wrong }));
      refusesSomehow(() => new lrScheduler.LinearLR(optimizer, { endFactor: wrong }));
      refusesSomehow(() => new lrScheduler.ReduceLROnPlateau(optimizer, { factor: wrong }));
    }
    refusesSomehow(() => new lrScheduler.OneCycleLR(optimizer, 1, undefined as never));
    for (const milestones of [
      ["2", 3],
      [Number.NaN, 3],
      [3, 2],
      [-1, 2],
    ] as never[]) {
      const three = [1, 2, 3].map((size) => new lrScheduler.StepLR(optimizer, size));
      expect(raised(() => new lrScheduler.SequentialLR(optimizer, three, milestones)).message).toMatch(
        /^SequentialLR expected milestones as whole numbers that do not fall, got: .+ at index [01]$/,
      );
    }
    // Where torch divides by zero.
    for (const wrong of [{ pctStart: 0.1 }, { divFactor: 0 }, { finalDivFactor: 0 }, { divFactor: Number.NaN }]) {
      refusesSomehow(() => new lrScheduler.OneCycleLR(sgd(), 1, { totalSteps: 10, ...wrong }));
    }
    refusesSomehow(() => new lrScheduler.OneCycleLR(sgd(), 1, { totalSteps: 4, pctStart: 0.25, threePhase: true }));
    const plain = new optim.RMSprop([leaf()]);
    expect(() => new lrScheduler.OneCycleLR(plain, 1, { totalSteps: 2 })).not.toThrow();
  });

  it("of a group that was added later, and of another scheduler's state", () => {
    const optimizer = sgd();
    const driven = new lrScheduler.LambdaLR(optimizer, () => 1);
    const state = driven.stateDict();
    optimizer.addParamGroup({ params: [leaf()] });
    optimizer.step();
    expect(raised(() => driven.step()).message).toBe(
      "LambdaLR was made for 1 parameter groups, and the optimizer has 2",
    );
    const other = new lrScheduler.StepLR(optimizer, 1);
    const before = other.stateDict();
    expect(raised(() => other.loadStateDict(state)).message).toBe(
      "StepLR.load_state_dict(): 'step_size' of the state dict does not fit, got: undefined",
    );
    expect(other.stateDict()).toEqual(before);
    const plateau = new lrScheduler.ReduceLROnPlateau(optimizer);
    refusesSomehow(() => plateau.loadStateDict({ ...plateau.stateDict(), mode: "least" }));
    refusesSomehow(() => plateau.loadStateDict(5));
    expect(plateau.stateDict().mode).toBe("min");
  });
});
