/** Modules in a row and in a list. */

import { describe, expect, it } from "vitest";
import { nn, tensor } from "../../../src/index.js";
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

  it("takes modules only, and passes on what a layer gives", () => {
    for (const wrong of [...nonsense, [line(1, 1)]]) {
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
