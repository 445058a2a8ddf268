/** MultiheadAttention, beside PyTorch's. */

import { describe, expect, it } from "vitest";
import { manualSeed, nn, ones, randn, setWarningHandler, type Tensor, tensor } from "../../../src/index.js";
import { built, fixture, maskOf, weighted } from "../../support/modules_fixture.js";
import { expected, nonsense, numbers, refuses, refusesSomehow } from "../../support/nn_fixture.js";
import { exact, expectClose, float32, tolerances } from "../../support/tolerance.js";

const padded = tensor([
  [0, 0, 1, 0],
  [0, 1, 1, 1],
]).gt(0);

describe("MultiheadAttention", () => {
  expect(fixture.attentions.length).toBe(58);

  for (const { args, options, dtype, batched, shapes, repr, keys, outputs, gradients } of fixture.attentions) {
    it(`${JSON.stringify(args)} ${JSON.stringify(options)} ${batched ? "batched" : "unbatched"} ${dtype}`, () => {
      const module = built("MultiheadAttention", args, dtype) as nn.MultiheadAttention;
      expect(String(module)).toBe(repr);
      expect([...module.stateDict().keys()]).toEqual(keys);
      const [q, k, v] = shapes.map((shape, i) => numbers(shape, i, dtype, 3).requiresGrad_());
      const padding = options.keyPaddingMask === "bool" ? padded : numbers([2, 4], 7, dtype);
      const asked = { ...options, attnMask: maskOf(options.attnMask, dtype), keyPaddingMask: null as Tensor | null };
      if (options.keyPaddingMask !== undefined) asked.keyPaddingMask = batched ? padding : padding.at(0);
      manualSeed(4);
      const given = module.forward(q, k, v, asked).filter((y) => y !== null);
      expect(given.length).toBe(outputs.length);
      given.forEach((y, i) => {
        expectClose(y, expected(outputs[i], dtype), tolerances[dtype], `output ${i}`);
      });
      weighted(given, dtype).backward();
      [q, k, v, ...module.parameters()].forEach((x, i) => {
        expectClose(x.grad as Tensor, expected(gradients[i], dtype), tolerances[dtype], `gradient ${i}`);
      });
    });
  }

  it("starts with torch's numbers", () => {
    for (const { args, values } of fixture.attentionInits) {
      manualSeed(5);
      const dict = new nn.MultiheadAttention(...args).stateDict();
      expect([...dict.keys()]).toEqual(Object.keys(values));
      for (const [name, value] of dict)
        expectClose(value, expected(values[name], "float32"), name.startsWith("bias_") ? float32 : exact, name);
    }
  });

  it("projects one input at once as three", () => {
    const layer = new nn.MultiheadAttention(6, 2, { dtype: "float64" });
    const x = randn([3, 2, 6], { dtype: "float64" });
    const [[one], [three]] = [layer.forward(x, x, x), layer.forward(x, x.clone(), x.clone())];
    expectClose(one, three, tolerances.float64);
    const [eval1, none] = layer.eval().forward(x, x, x, { needWeights: false });
    expectClose(eval1, one, tolerances.float64);
    expect(none).toBe(null);
  });

  it("says where masks are of two types", () => {
    const texts: string[] = [];
    const before = setWarningHandler((text) => texts.push(text));
    const x = ones(3, 2, 4);
    new nn.MultiheadAttention(4, 2).forward(x, x, x, { attnMask: ones(3, 3), keyPaddingMask: ones(2, 3).lt(0) });
    setWarningHandler(before);
    expect(texts).toEqual([
      "elman: Support for mismatched key_padding_mask and attn_mask is deprecated. Use same type for both instead.",
    ]);
  });

  it("refuses in PyTorch's words", () => {
    const { attentionErrors: errors } = fixture;
    const layer = new nn.MultiheadAttention(4, 2);
    const x = ones(3, 2, 4);
    const row = x.select(1, 0);
    const true_ = (...shape: number[]) => ones(shape).gt(0);
    refuses(() => new nn.MultiheadAttention(4, 3), errors.heads);
    refuses(() => new nn.MultiheadAttention(0, 1), errors.none);
    refuses(() => layer.forward(x.at(0, 0), x, x), errors["query 1"]);
    refuses(() => layer.forward(x, x.at(0), x), errors["key 2"]);
    refuses(() => layer.forward(x.at(0), x, x), errors["key 3"]);
    refuses(() => layer.forward(x, x, x, { keyPaddingMask: true_(3, 2) }), errors["padding batch"]);
    refuses(() => layer.forward(x, x, x, { keyPaddingMask: true_(2, 2) }), errors["padding length"]);
    refuses(() => layer.forward(x, x, x, { keyPaddingMask: true_(3) }), errors["padding 1"]);
    refuses(() => layer.forward(row, row, row, { keyPaddingMask: true_(2, 3) }), errors["padding 2"]);
    refuses(() => layer.forward(x, x, x, { keyPaddingMask: true_(2, 3).to("int32") }), errors["padding int"]);
    refuses(() => layer.forward(x, x, x, { attnMask: true_(2, 3) }), errors["attn 2"]);
    refuses(() => layer.forward(x, x, x, { attnMask: true_(2, 3, 3) }), errors["attn 3"]);
    refuses(() => layer.forward(x, x, x, { attnMask: true_(3) }), errors["attn 1"]);
    refuses(() => layer.forward(x, x, x, { attnMask: true_(3, 3).to("int32") }), errors["attn int"]);
    refuses(() => layer.forward(x, x, x, { isCausal: true }), errors.causal);
    const narrow = x.narrow(2, 0, 3);
    refuses(() => layer.forward(narrow, narrow, narrow), errors.embed);
    refuses(() => layer.forward(x, x, ones(4, 2, 4)), errors["key value"]);
    refuses(() => new nn.MultiheadAttention(4, 2, { kdim: 3 }).forward(x, x, x), errors.weights);
    refuses(
      () => new nn.MultiheadAttention(4, 2, { kdim: 3 }).forward(x, ones(5, 2, 3), ones(6, 2, 4)),
      errors.lengths,
    );
    const double = x.to("float64");
    refuses(() => layer.forward(double, double, double), errors.double);
    for (const wrong of nonsense) {
      refusesSomehow(() => layer.forward(wrong, x, x));
      refusesSomehow(() => layer.forward(x, x, wrong));
      if (wrong === undefined) continue;
      if (wrong !== null) refusesSomehow(() => layer.forward(x, x, x, { attnMask: wrong }));
      if (wrong !== true) refusesSomehow(() => layer.forward(x, x, x, { needWeights: wrong }));
      if (wrong !== true) refusesSomehow(() => new nn.MultiheadAttention(4, 2, { batchFirst: wrong }));
      if (wrong !== null) refusesSomehow(() => new nn.MultiheadAttention(4, 2, { kdim: wrong === 5 ? 0.5 : wrong }));
      refusesSomehow(() => new nn.MultiheadAttention(wrong === 5 ? 0.5 : wrong, 2));
    }
  });
});
