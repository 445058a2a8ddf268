/** What optimisers have in common: groups, what they skip and refuse, and what they do to the graph. */

import { describe, expect, it } from "vitest";
import { nn, ones, optim, Tensor, tensor, zeros } from "../../src/index.js";
import { Parameter } from "../../src/nn/module.js";
import { fixture, nonsense, numbers, type Raised, raised, refuses, refusesSomehow } from "../support/nn_fixture.js";
import { exact, expectClose, float32, float64 } from "../support/tolerance.js";

const errors: Record<string, Raised> = fixture.optimizers.errors;
const groups: { optimizer: "SGD" | "Adam"; options: object; path: number[][] }[] = fixture.optimizers.groups;
const leaf = (...data: number[]) => tensor(data, { dtype: "float64", requiresGrad: true });
const classes = [optim.SGD, optim.Adam] as const;

describe("groups", () => {
  for (const { optimizer, options, path } of groups) {
    it(`${optimizer}: settings of their own, lr changed on the way, now and then no gradient`, () => {
      const parameters = [0, 1, 2].map((k) => numbers([2], k).requiresGrad_());
      const given = [{ params: parameters.slice(0, 2) }, { params: parameters.slice(2), ...options }];
      const steps = new optim[optimizer](given, { lr: 0.2 });
      path.forEach((row, step) => {
        parameters.forEach((parameter, i) => {
          parameter.grad = i === 1 && step % 3 === 0 ? null : numbers([2], 3 * step + i);
        });
        if (step === 3) steps.paramGroups[0].lr = 0.01;
        steps.step();
        const now = parameters.flatMap((parameter) => Array.from(parameter.toArray()));
        expectClose(now, row, float64, `step ${step}`);
      });
    });
  }

  it("hold every setting", () => {
    const p = leaf(1);
    const [first, second] = new optim.SGD([{ params: [p] }, { params: leaf(2), lr: 3 }], { momentum: 0.5 }).paramGroups;
    expect({ ...first, params: first.params.length }).toEqual({
      params: 1,
      lr: 1e-3,
      momentum: 0.5,
      dampening: 0,
      weightDecay: 0,
      nesterov: false,
      maximize: false,
    });
    expect([first.params[0] === p, second.lr, second.momentum, second.params.length]).toEqual([true, 3, 0.5, 1]);
    const [group] = new optim.Adam(new Set([p])).paramGroups;
    expect({ ...group, params: 0 }).toEqual({
      params: 0,
      lr: 1e-3,
      betas: [0.9, 0.999],
      eps: 1e-8,
      weightDecay: 0,
      amsgrad: false,
      maximize: false,
      decoupledWeightDecay: false,
    });
    const unset = new optim.SGD([{ params: [p], momentum: undefined as never }], { lr: undefined as never });
    expect([unset.paramGroups[0].lr, unset.paramGroups[0].momentum]).toEqual([1e-3, 0]);
    expect(new optim.SGD([{ params: [] }]).paramGroups[0].params).toEqual([]);
  });
});

describe("a step", () => {
  it("skips what has no gradient, and zeroGrad forgets", () => {
    for (const Optimizer of classes) {
      const [p, q] = [leaf(1), leaf(2)];
      p.mul(3).sum().backward();
      const optimizer = new Optimizer([p, q], { lr: 0.5 });
      optimizer.step();
      expect([p.item() < 1, q.item()]).toEqual([true, 2]);
      optimizer.zeroGrad();
      expect([p.grad, q.grad]).toEqual([null, null]);
      const before = p.item();
      optimizer.step();
      expect(p.item()).toBe(before);
    }
  });

  it("makes what was computed before stale, as in PyTorch", () => {
    const p = new Parameter(ones([2]));
    const y = p.mul(p).sum();
    p.grad = ones([2]);
    new optim.SGD([p], { lr: 0.1 }).step();
    refuses(() => y.backward(), errors.stale);

    for (const Optimizer of classes) {
      const layer = new nn.Linear(2, 2);
      const z = layer.forward(ones([1, 2], { requiresGrad: true })).sum();
      z.backward(null, { retainGraph: true });
      new Optimizer(layer.parameters()).step();
      expect(raised(() => z.backward()).message).toMatch(
        /^one of the variables needed for gradient computation has been modified by an inplace operation: .* is at version 2; expected version 1 instead\./,
      );
      const fresh = layer.forward(ones([1, 2])).sum();
      expect(fresh.backward()).toBeUndefined();
    }
  });

  it("writes through views that do not lie side by side", () => {
    const gradient = numbers([3, 2], 5);
    for (const Optimizer of classes) {
      const [plain, base] = [numbers([3, 2], 1), numbers([4, 4], 2)];
      const before = base.toNested();
      const view = base.narrow(0, 1, 2).narrow(1, 0, 3).t();
      view.copy_(plain);
      const [straight, odd] = [new Parameter(plain), new Parameter(view.detach())];
      expect(odd.isContiguous()).toBe(false);
      for (const parameter of [straight, odd]) {
        const optimizer = new Optimizer([parameter], { lr: 0.1, weightDecay: 0.1 });
        for (let step = 0; step < 3; step++) {
          parameter.grad = gradient.mul(step + 1);
          optimizer.step();
        }
      }
      expectClose(odd, straight, exact);
      expectClose(base.narrow(0, 1, 2).narrow(1, 0, 3).t(), straight, exact);
      expect([base.at(0).toNested(), base.at(1, 3).item()]).toEqual([
        (before as number[][])[0],
        (before as number[][])[1][3],
      ]);
    }
    const rows = zeros([3, 2], { dtype: "float64" });
    const row = new Parameter(rows.at(1));
    row.grad = ones([2], { dtype: "float64" });
    new optim.SGD([row], { lr: 1 }).step();
    expect(rows.toNested()).toEqual([
      [0, 0],
      [-1, -1],
      [0, 0],
    ]);
  });

  it("takes gradients that are laid out otherwise, and leaves them as they are", () => {
    const parameter = new Parameter(zeros([2, 3], { dtype: "float64" }));
    const gradient = numbers([3, 2], 1);
    parameter.grad = gradient.t();
    new optim.SGD([parameter], { lr: 1, momentum: 0.9, weightDecay: 0.5 }).step();
    expectClose(parameter, gradient.t().neg(), exact);
    expectClose(parameter.grad as Tensor, gradient.t(), exact);
  });

  it("goes on after a module has changed its dtype", () => {
    const layer = new nn.Linear(1, 1);
    const optimizer = new optim.SGD(layer.parameters(), { lr: 0.25 });
    layer.to("float64");
    layer.loadStateDict({ weight: tensor([[1]]), bias: tensor([1]) });
    layer
      .forward(ones([1, 1], { dtype: "float64" }))
      .sum()
      .backward();
    optimizer.step();
    expect([layer.weight.item(), layer.bias?.item(), layer.weight.dtype]).toEqual([0.75, 0.75, "float64"]);
  });

  const converted: { optimizer: "SGD"; options: object; path: number[][] }[] = fixture.optimizers.converted;
  it.each(converted)("goes on in the dtypes that torch goes on in: $optimizer $options", ({ options, path }) => {
    const holder = new nn.Linear(3, 1, { bias: false });
    holder.loadStateDict({ weight: numbers([1, 3], 0) });
    const optimizer = new optim.SGD(holder.parameters(), { lr: 0.1, ...options });
    (["float32", "float32", "float64", "float64", "float32", "float32"] as const).forEach((dtype, step) => {
      holder.to(dtype);
      holder.weight.grad = numbers([1, 3], 1 + step, dtype);
      optimizer.step();
      // The direction stays float32, whatever the parameter became.
      expectClose(holder.weight.toArray(), path[step], float32, `step ${step}`);
    });
  });

  it("refuses what torch refuses: Adam's means in another dtype than the parameter", () => {
    const holder = new nn.Linear(2, 1, { bias: false });
    const optimizer = new optim.Adam(holder.parameters());
    for (const dtype of ["float32", "float64"] as const) {
      holder.to(dtype);
      holder.weight.grad = ones([1, 2], { dtype });
      if (dtype === "float64") {
        const before = holder.weight.toNested();
        refuses(() => optimizer.step(), errors.converted);
        expect(holder.weight.toNested()).toEqual(before);
      } else {
        optimizer.step();
      }
    }
  });

  it("brings a loss down", () => {
    for (const Optimizer of classes) {
      const layer = new nn.Linear(3, 1, { dtype: "float64" });
      const [x, y] = [numbers([8, 3], 1), numbers([8, 3], 1).sum(1, true).mul(2)];
      const optimizer = new Optimizer(layer.parameters(), { lr: 0.3 });
      let loss = Infinity;
      for (let step = 0; step < 300; step++) {
        const now = nn.functional.mseLoss(layer.forward(x), y);
        optimizer.zeroGrad();
        now.backward();
        optimizer.step();
        loss = now.item();
      }
      expect(loss).toBeLessThan(1e-3);
    }
  });
});

describe("errors", () => {
  const [p, q] = [leaf(1), leaf(2)];
  const table: [string, () => unknown][] = [
    ["momentum", () => new optim.SGD([p], { momentum: -0.5 })],
    ["nesterov", () => new optim.SGD([p], { nesterov: true })],
    ["nesterov dampening", () => new optim.SGD([p], { nesterov: true, momentum: 0.9, dampening: 0.1 })],
    ["eps", () => new optim.Adam([p], { eps: -0.5 })],
    ["beta 0", () => new optim.Adam([p], { betas: [1.5, 0.9] })],
    ["beta 1", () => new optim.Adam([p], { betas: [0.9, -0.5] })],
    ...classes.flatMap((Optimizer): [string, () => unknown][] => [
      [`${Optimizer.name} empty`, () => new Optimizer([])],
      [`${Optimizer.name} lr`, () => new Optimizer([p], { lr: -0.5 })],
      [`${Optimizer.name} weightDecay`, () => new Optimizer([p], { weightDecay: -0.5 })],
      [`${Optimizer.name} non-leaf`, () => new Optimizer([p.mul(2)])],
      [`${Optimizer.name} shared`, () => new Optimizer([{ params: [p] }, { params: [q, p] }])],
      [`${Optimizer.name} unknown`, () => new Optimizer([p], { foo: 1 } as never)],
    ]),
  ];
  it.each(table)("%s", (name, call) => refuses(call, errors[name]));

  it("covers every error that was recorded", () => {
    expect([...table.map(([name]) => name), "stale", "converted"].sort()).toEqual(Object.keys(errors).sort());
  });

  it("of groups: their settings are checked, too", () => {
    for (const Optimizer of classes) {
      refuses(() => new Optimizer([{ params: [p], lr: -0.5 }]), errors["SGD lr"]);
      refuses(() => new Optimizer([p, p]), errors["SGD shared"]);
      expect(raised(() => new Optimizer([{ params: [p], learningRate: 1 } as never])).message).toBe(
        `a parameter group of ${Optimizer.name} got an unexpected keyword argument 'learningRate'`,
      );
      refuses(() => new Optimizer([p, { params: [q] }] as never), {
        kind: "TypeError",
        message: "optimizer can only optimize Tensors, but one of the params is Object",
      });
      refuses(() => new Optimizer(p as never), {
        kind: "TypeError",
        message: "params argument given to the optimizer should be an iterable of Tensors or dicts, but got Tensor",
      });
    }
  });

  it("of settings that make no sense", () => {
    for (const Optimizer of classes) {
      for (const wrong of [Number.NaN, "0.1", null, {}, [1], -1, true, 7n]) {
        for (const name of ["lr", "weightDecay"]) {
          refusesSomehow(() => new Optimizer([p], { [name]: wrong }));
          refusesSomehow(() => new Optimizer([{ params: [p], [name]: wrong as never }]));
        }
      }
    }
    for (const wrong of [Number.NaN, "0.1", null, {}]) {
      refusesSomehow(() => new optim.SGD([p], { momentum: wrong as never }));
      refusesSomehow(() => new optim.SGD([p], { dampening: wrong as never }));
      refusesSomehow(() => new optim.Adam([p], { eps: wrong as never }));
      refusesSomehow(() => new optim.Adam([p], { betas: wrong as never }));
      refusesSomehow(() => new optim.Adam([p], { betas: [wrong as never, 0.9] }));
      refusesSomehow(() => new optim.Adam([p], { betas: [0.9, wrong as never] }));
    }
    for (const betas of [[0.9], [0.9, 0.9, 0.9], [1, 0.9], []]) {
      refusesSomehow(() => new optim.Adam([p], { betas: betas as never }));
    }
  });

  it("of options that are no bool, as the layers' options are", () => {
    for (const [wrong, type] of [
      ["false", "string"],
      [1, "number"],
      [null, "null"],
    ]) {
      refuses(() => new optim.Adam([p], { amsgrad: wrong as never }), {
        kind: "TypeError",
        message: `amsgrad should be of type bool, got: ${type}`,
      });
      refuses(() => new optim.SGD([{ params: [p], momentum: 0.9, nesterov: wrong as never }]), {
        kind: "TypeError",
        message: `nesterov should be of type bool, got: ${type}`,
      });
    }
  });

  it("settings that were changed to nonsense", () => {
    const steps = new optim.SGD([leaf(1)], { lr: 0.1 });
    steps.paramGroups[0].lr = "x" as never;
    expect(raised(() => steps.step())).toEqual({ kind: "ValueError", message: "Invalid learning rate: x" });
  });

  it("an optimizer of no kind", () => {
    const Bare = optim.Optimizer as unknown as new () => unknown;
    expect(raised(() => new Bare()).message).toBe("Optimizer is abstract: use SGD or Adam, or extend it");
  });

  it("nonsense", () => {
    for (const wrong of nonsense) {
      for (const Optimizer of classes) {
        refusesSomehow(() => new Optimizer(wrong));
        refusesSomehow(() => new Optimizer([wrong]));
        refusesSomehow(() => new Optimizer([{ params: wrong }]));
        refusesSomehow(() => new Optimizer([{ params: [wrong] }]));
        if (wrong !== undefined && typeof wrong !== "function") {
          if (JSON.stringify(wrong, (_, x) => (typeof x === "bigint" ? 7 : x)) !== "{}") {
            refusesSomehow(() => new Optimizer([p], wrong));
          }
        }
      }
    }
    expect(p.item()).toBe(1);
    expect(p).toBeInstanceOf(Tensor);
  });
});
