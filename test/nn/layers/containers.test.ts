/** Modules in a row and in a list. */

import { describe, expect, it } from "vitest";
import { nn, tensor } from "../../../src/index.js";
import { fixture as modules } from "../../support/modules_fixture.js";
import { fixture, nonsense, raised, refuses, refusesSomehow } from "../../support/nn_fixture.js";

const line = (weight: number, bias: number) => {
  const layer = new nn.Linear(1, 1);
  layer.loadStateDict({ weight: tensor([[weight]]), bias: tensor([bias]) });
  return layer;
};

describe("Sequential", () => {
  it("runs its layers in order", () => {
    const model = new nn.Sequential(line(2, 1), line(3, -4));
    expect(model.forward(tensor([[5]])).toNested()).toEqual([[29]]);
    const x = tensor([[5]]);
    expect(new nn.Sequential().forward(x)).toBe(x);
    expect([...model].map((layer) => (layer as nn.Linear).bias?.item())).toEqual([1, -4]);
    expect([...model.stateDict().keys()]).toEqual(["0.weight", "0.bias", "1.weight", "1.bias"]);
  });

  it("knows one layer in two places, and the fields of a subclass", () => {
    const layer = line(2, 1);
    const twice = new nn.Sequential(layer, layer);
    expect(twice.forward(tensor([[5]])).item()).toBe(23);
    expect([twice.parameters().length, twice.stateDict().size, twice.children().length]).toEqual([2, 4, 1]);

    class Net extends nn.Sequential {
      extra = line(1, 1);
    }
    expect([...new Net(layer).stateDict().keys()]).toEqual(["0.weight", "0.bias", "extra.weight", "extra.bias"]);
    const copy = new Net(layer).clone();
    copy.extra.stateDict().get("weight")?.fill_(8);
    expect(copy.forward(tensor([[5]])).item()).toBe(11);
    expect(layer.weight.item()).toBe(2);
  });

  it("runs functions, too, which are lines of their names", () => {
    const { relu } = nn.functional;
    const model = new nn.Sequential(line(2, -9), relu, (x) => x.add(1), line(3, 0));
    expect(model.forward(tensor([[5], [1]])).toNested()).toEqual([[6], [3]]);
    expect(model.parameters().length).toBe(4);
    expect([...model.stateDict().keys()]).toEqual(["0.weight", "0.bias", "3.weight", "3.bias"]);
    const text = "Linear(in_features=1, out_features=1, bias=True)";
    expect(String(model)).toBe(`Sequential(\n  (0): ${text}\n  (1): relu\n  (2): function\n  (3): ${text}\n)`);
    expect(
      model
        .clone()
        .eval()
        .forward(tensor([[5]]))
        .item(),
    ).toBe(6);
  });

  it("gives steps and slices, which share their modules", () => {
    const [a, b, c] = [new nn.Linear(1, 2), new nn.ReLU(), new nn.Linear(2, 1)];
    const model = new nn.Sequential(a, b, c);
    expect([model.at(0) === a, model.at(-1) === c, model.at(-3) === a, model.length]).toEqual([true, true, true, 3]);
    refuses(() => model.at(3), { kind: "IndexError", message: "index 3 is out of range" });
    const { slices, keys } = modules.containers;
    const parts = [model.slice(0, 2), model.slice(1), model.slice(1).slice(1), model.slice(-2, -1)];
    expect([...parts, model.slice(5), model.slice(-9, 1)].map(String)).toEqual(slices);
    expect([...model.slice(1).stateDict().keys()]).toEqual(keys);
    expect(model.slice(1).at(1)).toBe(c);
    const x = tensor([[5]]);
    expect(model.slice(1).forward(model.slice(0, 1).forward(x)).toNested()).toEqual(model.forward(x).toNested());
    for (const wrong of [0.5, Number.NaN, "0", null, 3n]) refusesSomehow(() => model.slice(wrong as never));
  });

  it("takes steps under names of their own, as PyTorch does an OrderedDict", () => {
    const model = new nn.Sequential({ fc1: new nn.Linear(1, 2), act: new nn.ReLU(), fc2: new nn.Linear(2, 1) });
    const [fc1, fc2] = [
      "(fc1): Linear(in_features=1, out_features=2, bias=True)",
      "(fc2): Linear(in_features=2, out_features=1, bias=True)",
    ];
    expect(String(model)).toBe(`Sequential(\n  ${fc1}\n  (act): ReLU()\n  ${fc2}\n)`);
    expect(String(model.slice(1))).toBe(`Sequential(\n  (act): ReLU()\n  ${fc2}\n)`);
    expect([...model.stateDict().keys()]).toEqual(["fc1.weight", "fc1.bias", "fc2.weight", "fc2.bias"]);
    expect([...model.slice(-1).clone().stateDict().keys()]).toEqual(["fc2.weight", "fc2.bias"]);
    expect(new nn.Sequential({ a: line(2, 1), b: line(3, -4) }).forward(tensor([[5]])).item()).toBe(29);
    refuses(() => new nn.Sequential({ "a.b": new nn.ReLU() }), {
      kind: "KeyError",
      message: `module name can't contain ".", got: a.b`,
    });
    refuses(() => new nn.Sequential({ "": new nn.ReLU() }), {
      kind: "KeyError",
      message: `module name can't be empty string ""`,
    });
    refuses(() => new nn.Sequential({ a: new nn.ReLU(), 0: new nn.Tanh() }), {
      kind: "KeyError",
      message: "a step named 0 has no place of its own: give the steps without names",
    });
  });

  it("takes modules and functions only, and passes on what a layer gives", () => {
    refuses(() => new nn.Sequential(nn.ReLU as never), {
      kind: "TypeError",
      message: "ReLU is not a Module subclass, but the class itself: write new nn.ReLU()",
    });
    const isStep = (one: unknown) => typeof one === "function" || String(one) === "[object Object]";
    for (const wrong of [...nonsense.filter((one) => !isStep(one)), { a: 3 } as never, [line(1, 1)]]) {
      expect(raised(() => new nn.Sequential(wrong)).message).toMatch(/^\w+ is not a Module subclass$/);
    }
    const model = new nn.Sequential(new nn.LSTM(1, 1) as never, line(1, 1));
    refuses(() => model.forward(tensor([[5]])), {
      kind: "TypeError",
      message: "linear(): argument 'input' (position 1) must be Tensor, not Array",
    });
  });
});

describe("ModuleList", () => {
  it("is a list", () => {
    const [a, b, c] = [line(1, 0), line(2, 0), line(3, 0)];
    const modules = new nn.ModuleList(new Set([a, b]));
    expect(modules.push(c)).toBe(modules);
    expect(modules.length).toBe(3);
    expect([...modules]).toEqual([a, b, c]);
    expect([modules.at(0) === a, modules.at(2) === c, modules.at(-1) === c, modules.at(-3) === a]).toEqual(
      Array(4).fill(true),
    );
    expect([...modules.stateDict().keys()].filter((key) => key.endsWith("weight"))).toEqual([
      "0.weight",
      "1.weight",
      "2.weight",
    ]);
    class Named extends nn.ModuleList {
      extra = line(5, 0);
    }
    expect([...new Named([a]).stateDict().keys()]).toEqual(["0.weight", "0.bias", "extra.weight", "extra.bias"]);
    const copy = modules.clone();
    copy.push(line(4, 0));
    expect([copy.length, modules.length, copy.at(0) === a]).toEqual([4, 3, false]);
  });

  it("gives slices, which number their modules afresh", () => {
    const { list } = modules.containers;
    const part = new nn.ModuleList([new nn.ReLU(), new nn.Linear(1, 2), new nn.ReLU(), new nn.Linear(2, 1)]).slice(
      1,
      3,
    );
    expect(String(part)).toBe(list);
    expect([...part.stateDict().keys()]).toEqual(["0.weight", "0.bias"]);
    expect([part.length, part.slice().length, part.slice(-1).length, part.slice(2).length]).toEqual([2, 2, 1, 0]);
  });

  it("refuses what is none, and places that it has not", () => {
    const one = new nn.ModuleList([line(1, 0)]);
    refuses(() => one.at(1), fixture.modules.errors["list item"]);
    refuses(() => one.at(-2), fixture.modules.errors["list negative"]);
    for (const wrong of [0.5, Number.NaN, "0", undefined, 3n, Symbol("0")])
      refusesSomehow(() => one.at(wrong as never));
    refuses(() => new nn.ModuleList(5 as never), {
      kind: "TypeError",
      message: "ModuleList.extend should be called with an iterable, but got number",
    });
    for (const wrong of nonsense) {
      refusesSomehow(() => one.push(wrong));
      if (wrong !== undefined) refusesSomehow(() => new nn.ModuleList(wrong));
    }
    refuses(() => one.forward(), {
      kind: "NotImplementedError",
      message: 'Module [ModuleList] is missing the required "forward" function',
    });
  });
});

describe("ModuleDict", () => {
  const { named, namedKeys, errors } = modules.containers;

  it("finds modules by name, in the order in which they came", () => {
    const [a, b] = [new nn.Linear(1, 2), new nn.ReLU()];
    const dict = new nn.ModuleDict({ a, b });
    expect([String(dict), String(new nn.ModuleDict())]).toEqual(named);
    expect([...dict.stateDict().keys()]).toEqual(namedKeys);
    expect([dict.get("a") === a, dict.get("b") === b, dict.has("a"), dict.has("c"), dict.size]).toEqual([
      ...[true, true, true, false, 2],
    ]);
    expect([dict.keys(), dict.values(), [...dict]]).toEqual([
      ["a", "b"],
      [a, b],
      [
        ["a", a],
        ["b", b],
      ],
    ]);
    const open: nn.ModuleDict = new nn.ModuleDict([
      ["x", a],
      ["constructor", b],
    ]);
    expect(open.set("x", b).get("x")).toBe(b);
    expect(open.children()).toEqual([b]);
    expect([open.delete("x"), open.delete("x"), open.keys()]).toEqual([true, false, ["constructor"]]);
    const copy = dict.clone();
    copy.get("a").weight.detach().fill_(3);
    expect(a.weight.eq(3).any().item()).toBe(0);
  });

  it("refuses in PyTorch's words", () => {
    const dict = new nn.ModuleDict<Record<string, nn.Module>>({ a: new nn.ReLU() });
    refuses(() => dict.get("x"), errors.missing);
    refuses(() => new nn.ModuleDict({ "a.b": new nn.ReLU() }), errors.dot);
    refuses(() => new nn.ModuleDict({ "": new nn.ReLU() }), errors.empty);
    refuses(() => new nn.ModuleDict([[1, 2, 3]] as never), errors.long);
    for (const wrong of nonsense) {
      refusesSomehow(() => dict.set("x", wrong));
      if (typeof wrong !== "object" && wrong !== undefined) refusesSomehow(() => new nn.ModuleDict(wrong));
      if (typeof wrong !== "string") refusesSomehow(() => dict.set(wrong, new nn.ReLU()));
    }
  });
});
