/** What optimisers keep, beside what PyTorch's keep: in memory, through files, and what does not fit. */

import { describe, expect, it } from "vitest";
import { encodeTorch, loadTorch } from "../../src/checkpoint/index.js";
import { ones, optim, type Tensor, tensor, zeros } from "../../src/index.js";
import { numbers, raised, refuses } from "../support/nn_fixture.js";
import { camelOptions, recorded } from "../support/optimizer_path.js";
import { exact, expectClose, float64 } from "../support/tolerance.js";

interface Written {
  shape: number[];
  data: number[];
  dtype: string;
}
interface Case {
  optimizer: "SGD" | "Adam" | "AdamW" | "RMSprop";
  options: Record<string, unknown>;
  before: number[];
  state: { state: Record<string, Record<string, Written>>; param_groups: Record<string, unknown>[] };
  path: number[][];
}
const cases: Case[] = recorded.states;

const start = () => [[2, 2], [1]].map((shape, i) => numbers(shape, i).requiresGrad_());

function make({ optimizer, options }: Case, parameters: Tensor[]): optim.Optimizer {
  const groups = [{ params: parameters.slice(0, 1) }, { params: parameters.slice(1), lr: 0.05 }];
  return new optim[optimizer](groups, camelOptions(options));
}

/** Steps `first` to `first + count - 1`; where the parameters are after each. */
function walk(optimizer: optim.Optimizer, parameters: Tensor[], first: number, count: number): number[][] {
  return Array.from({ length: count }, (_, step) => {
    parameters.forEach((parameter, i) => {
      parameter.grad = numbers(parameter.shape, 3 * (first + step) + i);
    });
    optimizer.step();
    return parameters.flatMap((parameter) => Array.from(parameter.toArray()));
  });
}

/** What PyTorch's state dict is when it has been read from a file. */
function fromFile(state: Case["state"]): Map<string, unknown> {
  const read = ({ shape, data, dtype }: Written) =>
    tensor(Float64Array.from(data), shape, { dtype: dtype === "torch.float32" ? "float32" : "float64" });
  const each = ([id, kept]: [string, Record<string, Written>]) =>
    [Number(id), new Map(Object.entries(kept).map(([name, value]) => [name, read(value)]))] as const;
  return new Map<string, unknown>([
    ["state", new Map(Object.entries(state.state).map(each))],
    ["param_groups", state.param_groups.map((group) => new Map(Object.entries(group)))],
  ]);
}

describe.each(cases)("$optimizer $options", (one) => {
  it("keeps what PyTorch keeps, under its names", () => {
    const parameters = start();
    const optimizer = make(one, parameters);
    walk(optimizer, parameters, 0, 3);
    const { state, param_groups } = optimizer.stateDict();
    expect([...state.keys()].map(String)).toEqual(Object.keys(one.state.state));
    for (const [id, kept] of state) {
      const theirs = one.state.state[id];
      expect(Object.keys(kept).sort()).toEqual(Object.keys(theirs).sort());
      for (const [name, value] of Object.entries(kept)) {
        expectClose(value, theirs[name], float64, name);
        expect(`torch.${value.dtype}`).toBe(theirs[name].dtype);
      }
    }
    param_groups.forEach((group, i) => {
      const carried = ["foreach", "capturable", "differentiable", "fused"];
      const theirs = Object.entries(one.state.param_groups[i]).filter(([name]) => !carried.includes(name));
      expect(group).toEqual(Object.fromEntries(theirs));
    });
  });

  it("goes on where PyTorch stopped", () => {
    const parameters = start();
    const flat = one.before;
    parameters[0].detach().copy_(tensor(flat.slice(0, 4), [2, 2], { dtype: "float64" }));
    parameters[1].detach().copy_(tensor(flat.slice(4), [1], { dtype: "float64" }));
    const optimizer = make(one, parameters);
    optimizer.loadStateDict(fromFile(one.state));
    walk(optimizer, parameters, 3, 3).forEach((row, step) => {
      expectClose(row, one.path[step], float64, `step ${step}`);
    });
  });

  it("comes through a file to the same bits", async () => {
    const [parameters, others] = [start(), start()];
    const optimizer = make(one, parameters);
    walk(optimizer, parameters, 0, 3);
    const file = await loadTorch(encodeTorch(optimizer.stateDict()));
    const second = make(one, others);
    second.loadStateDict(file);
    others.forEach((other, i) => {
      other.detach().copy_(parameters[i].detach());
    });
    expect(walk(second, others, 3, 3)).toEqual(walk(optimizer, parameters, 3, 3));
  });
});

describe("a state dict", () => {
  it("shares memory with the optimiser, and loading copies", () => {
    const [p, q] = [tensor([1], { requiresGrad: true }), tensor([1], { requiresGrad: true })];
    const first = new optim.SGD([p], { lr: 1, momentum: 0.5 });
    const second = new optim.SGD([q]);
    p.grad = ones([1]);
    first.step();
    const state = first.stateDict();
    second.loadStateDict(state);
    first.step();
    expect(state.state.get(0)?.momentum_buffer.item()).toBe(1.5);
    expect(second.stateDict().state.get(0)?.momentum_buffer.item()).toBe(1);
    expect(second.paramGroups[0]).toMatchObject({ lr: 1, momentum: 0.5 });
  });

  it("is empty before the first step, and takes what is kept into the parameter's dtype", () => {
    const p = tensor([1], { requiresGrad: true });
    const optimizer = new optim.Adam([p]);
    expect(optimizer.stateDict().state.size).toBe(0);
    const kept = { step: 2, exp_avg: ones([1], { dtype: "float64" }), exp_avg_sq: ones([1]) };
    optimizer.loadStateDict({ ...optimizer.stateDict(), state: new Map([[0, kept]]) });
    const back = optimizer.stateDict().state.get(0);
    expect([back?.exp_avg.dtype, back?.step.item()]).toEqual(["float32", 2]);
  });

  it("of Adam may be AdamW's, as in PyTorch", () => {
    const p = tensor([1], { requiresGrad: true });
    const [adam, adamW] = [new optim.Adam([p]), new optim.AdamW([p])];
    adam.loadStateDict(adamW.stateDict());
    expect(adam.paramGroups[0].decoupledWeightDecay).toBe(true);
  });

  it("of older files has no switches that came later", () => {
    const p = tensor([1], { requiresGrad: true });
    const adam = new optim.Adam([p], { maximize: true });
    const old = { lr: 0.5, betas: [0.5, 0.5], eps: 1, weight_decay: 0, params: [140] };
    adam.loadStateDict({ state: {}, param_groups: [old] });
    expect(adam.paramGroups[0]).toMatchObject({ lr: 0.5, betas: [0.5, 0.5], amsgrad: false, maximize: true });
  });
});

describe("what does not fit", () => {
  const [p, q] = [zeros([2], { requiresGrad: true }), zeros([2], { requiresGrad: true })];
  const one = new optim.SGD([p], { momentum: 0.5 });
  const plain = one.stateDict();
  const kept = (value: unknown) => ({ ...plain, state: new Map([[0, value]]) });

  it("is refused with PyTorch's sentences: groups", () => {
    refuses(
      () => one.loadStateDict(new optim.SGD([{ params: [p] }, { params: [q] }]).stateDict()),
      recorded.errors.groups,
    );
    refuses(() => one.loadStateDict(new optim.SGD([p, q]).stateDict()), recorded.errors.sizes);
  });

  it.each([
    ["nothing", undefined, "SGD.load_state_dict() expected a Map or an object, got: undefined"],
    [
      "no groups",
      { state: {} },
      "SGD.load_state_dict() expected a list as param_groups of the state dict, got: undefined",
    ],
    [
      "another optimiser's settings",
      new optim.Adam([p]).stateDict(),
      "SGD.load_state_dict(): a parameter group of the state dict has 'betas', which is no setting here",
    ],
    [
      "too few settings",
      { state: {}, param_groups: [{ lr: 1, params: [0] }] },
      "SGD.load_state_dict(): a parameter group of the state dict lacks 'momentum'",
    ],
    [
      "settings that make no sense",
      { state: {}, param_groups: [{ ...plain.param_groups[0], lr: -1 }] },
      "Invalid learning rate: -1",
    ],
    [
      "another shape",
      kept({ momentum_buffer: ones([3]) }),
      "SGD.load_state_dict() of state[0]: the size of momentum_buffer [3] must match the size of the parameter [2]",
    ],
    [
      "no tensor",
      kept({ momentum_buffer: 5 }),
      "SGD.load_state_dict() of state[0] expected a Tensor as momentum_buffer, got: number",
    ],
    [
      "no count of steps",
      kept({ step: -1 }),
      "SGD.load_state_dict() of state[0] expected step as a whole number from 0 up, got: number",
    ],
  ])("%s", (_, dict, message) => {
    p.grad = ones([2]);
    const before = one.stateDict();
    expect(raised(() => one.loadStateDict(dict as never)).message).toBe(message);
    expect(one.stateDict()).toEqual(before);
  });

  it("and what Adam needs", () => {
    const adam = new optim.Adam([p]);
    const named = { ...adam.stateDict(), state: { 0: { step: 7, exp_avg: ones([2]), exp_avg_sq: ones([2]) } } };
    adam.loadStateDict(named);
    expect(adam.stateDict().state.get(0)?.step.item()).toBe(7);
    const empty = { ...adam.stateDict(), state: new Map([[0, { step: 1, exp_avg: ones([2]) }]]) };
    expect(raised(() => adam.loadStateDict(empty)).message).toBe(
      "Adam.load_state_dict() of state[0]: the state dict lacks 'exp_avg_sq'",
    );
  });
});

describe("addParamGroup", () => {
  it("trains more from then on", () => {
    const [p, q] = [tensor([1], { requiresGrad: true }), tensor([1], { requiresGrad: true })];
    const optimizer = new optim.SGD([p], { lr: 1 });
    p.grad = ones([1]);
    q.grad = ones([1]);
    optimizer.step();
    optimizer.addParamGroup({ params: q, lr: 0.25 });
    optimizer.step();
    expect([p.item(), q.item()]).toEqual([-1, 0.75]);
    expectClose(tensor([optimizer.paramGroups.length]), [2], exact);
    optimizer.zeroGrad();
    expect([p.grad, q.grad]).toEqual([null, null]);
    refuses(() => optimizer.addParamGroup({ params: [q] }), recorded.errors["added twice"]);
    expect(raised(() => optimizer.addParamGroup({ params: [tensor([1])], lr: -1 })).message).toBe(
      "Invalid learning rate: -1",
    );
    expect(optimizer.paramGroups.length).toBe(2);
  });
});
