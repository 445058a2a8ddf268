/** Dropout of elements and of channels: PyTorch's masks. */

import { describe, expect, it } from "vitest";
import {
  Generator,
  manualSeed,
  nn,
  ones,
  rand,
  setWarningHandler,
  type Tensor,
  tensor,
  zeros,
} from "../../../src/index.js";
import { fixture as modules } from "../../support/modules_fixture.js";
import {
  expected,
  type Float,
  fixture,
  nonsense,
  numbers,
  type Result,
  raised,
  refuses,
  refusesSomehow,
} from "../../support/nn_fixture.js";
import { exact, expectClose } from "../../support/tolerance.js";

const { dropout, dropout1d, dropout2d } = nn.functional;
const masks: { dtype: Float; p: number; order: number[]; output: Result; gradient: Result; after: number }[] =
  fixture.dropouts;
const errors = fixture.functionErrors;

describe("dropout", () => {
  for (const { dtype, p, order, output, gradient, after } of masks) {
    it(`draws PyTorch's mask: p ${p}, dimensions ${order}, ${dtype}`, () => {
      manualSeed(3);
      const x = numbers([2, 3, 4], 1, dtype).requiresGrad_();
      const y = dropout(x.permute(order), p);
      expectClose(y, expected(output, dtype), exact);
      expect(rand([1]).item(), "the next draw").toBe(Math.fround(after));
      y.sum().backward();
      expectClose(x.grad as Tensor, expected(gradient, dtype), exact);
    });
  }

  it("draws PyTorch's mask for what is stretched without a copy", () => {
    const cases: { order: number[]; kept: number[] }[] = fixture.stretchedDropouts;
    expect(cases.length).toBe(3);
    for (const { order, kept } of cases) {
      manualSeed(3);
      const y = dropout(ones([2, 1, 3]).expand([2, 4, 3]).permute(order), 0.3);
      expectClose(y.ne(0), kept, exact, `${order}`);
    }
  });

  it("returns the input itself where there is nothing to do", () => {
    const x = ones([3]);
    const empty = zeros([0]);
    const whole = tensor(Int32Array.of(1));
    expect([dropout(x, 0.5, false) === x, dropout(x, 0) === x, dropout(empty) === empty]).toEqual([true, true, true]);
    expect(dropout(whole, 0.5, false)).toBe(whole);
  });

  it("drops half by default, from the generator that is given", () => {
    manualSeed(1);
    const next = rand([1]).item();
    manualSeed(1);
    const options = () => ({ generator: new Generator(3) });
    const [a, b] = [dropout(ones([1000]), undefined, true, options()), dropout(ones([1000]), 0.5, true, options())];
    expectClose(a, b, exact);
    expect(new Set(a.toArray())).toEqual(new Set([0, 2]));
    expect(Math.abs(a.mean().item() - 1)).toBeLessThan(0.1);
    expect(rand([1]).item()).toBe(next);
  });

  it("refuses whole numbers only where it would write", () => {
    refuses(() => dropout(tensor(Int32Array.of(1, 1, 1)), 0.5), errors["dropout int"]);
    expect(raised(() => dropout(tensor([true]), 0.5)).message).toContain("output type Bool");
  });
});

describe("dropout of channels", () => {
  const before = setWarningHandler(() => {});

  for (const { name, shape, p, dtype, output, after } of modules.dropouts) {
    it(`draws PyTorch's mask: ${name} ${JSON.stringify(shape)}, p ${p}, ${dtype}`, () => {
      manualSeed(3);
      const x = ones(shape, { dtype }).requiresGrad_();
      const y = nn.functional[name](x, p);
      expectClose(y, expected(output, dtype), exact);
      expect(rand([1]).item(), "the next draw").toBe(Math.fround(after));
      if (p === 0 || x.numel() === 0) return;
      y.sum().backward();
      expectClose(x.grad as Tensor, y.detach(), exact);
    });
  }

  it("says what is no channel", () => {
    const texts: string[] = [];
    setWarningHandler((text) => texts.push(text.slice(7, 60)));
    for (const shape of [
      [2, 3],
      [2, 3, 4],
      [2, 3, 4, 5],
    ])
      dropout2d(ones(shape));
    dropout1d(ones([2, 3, 4]));
    setWarningHandler(before);
    expect(texts).toEqual([
      "dropout2d: Received a 2-D input to dropout2d, which i",
      "dropout2d: Received a 3D input to dropout2d and assum",
    ]);
  });

  it("is a module, too", () => {
    const x = ones([2, 40, 2]);
    for (const [layer, f, text] of [
      [new nn.Dropout1d(), dropout1d, "Dropout1d(p=0.5, inplace=False)"],
      [new nn.Dropout2d(0.25), dropout2d, "Dropout2d(p=0.25, inplace=False)"],
    ] as const) {
      manualSeed(5);
      const y = layer.forward(x);
      manualSeed(5);
      expect(y.toNested()).toEqual(f(x, layer.p).toNested());
      expect(layer.eval().forward(x)).toBe(x);
      expect(String(layer)).toBe(text);
    }
  });

  it("refuses in PyTorch's words", () => {
    const { errors: words } = modules;
    refuses(() => dropout1d(ones([2])), words["dropout1d 1"]);
    refuses(() => dropout1d(ones([2, 2, 2, 2])), words["dropout1d 4"]);
    refuses(() => dropout1d(ones([2, 3]), 1.5), words["dropout1d p"]);
    refuses(() => dropout1d(ones([2, 3], { dtype: "int32" })), words["dropout1d int"]);
    refuses(() => dropout2d(ones([2])), words["dropout2d 1"]);
    for (const wrong of nonsense) {
      refusesSomehow(() => dropout1d(wrong));
      refusesSomehow(() => dropout2d(wrong));
    }
  });
});
