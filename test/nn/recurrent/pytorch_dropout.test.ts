/**
 * PyTorch's own tests of dropout between recurrent layers, by their names there.
 * https://github.com/pytorch/pytorch/blob/v2.13.0/test/test_nn.py
 */

import { describe, expect, it } from "vitest";
import { manualSeed, nn, noGrad, ones, randn, zeros } from "../../../src/index.js";
import { layerKinds, run } from "../../support/recurrent.js";

describe("test_nn.py: dropout", () => {
  /** Two layers of ones: the first gives 10 everywhere, the second 10 for each unit of the first that is left. */
  function networkOfOnes(dropout: number): nn.RNN {
    const options = { numLayers: 2, bias: false, dropout, nonlinearity: "relu", dtype: "float64" } as const;
    const rnn = new nn.RNN(10, 1000, options);
    noGrad(() => {
      for (const parameter of rnn.parameters()) parameter.fill_(1);
    });
    return rnn;
  }

  it.each([0, 0.276, 0.731, 1])("test_RNN_dropout: p %s", (p) => {
    manualSeed(1);
    for (const mode of [true, false]) {
      const rnn = networkOfOnes(p).train(mode);
      const [output, hn] = rnn.forward(
        ones([1, 1, 10], { dtype: "float64" }),
        zeros([2, 1, 1000], { dtype: "float64" }),
      );
      const values = output.toArray();
      expect(output.shape).toEqual([1, 1, 1000]);
      expect(new Set(values).size).toBe(1);
      if (p === 0 || !mode) expect(values[0]).toBe(10000);
      else if (p === 1) expect(values[0]).toBe(0);
      else {
        expect(values[0]).toBeGreaterThan(8000);
        expect(values[0]).toBeLessThan(12000);
        const left = (values[0] * (1 - p)) / 10;
        expect(Math.abs(left - Math.round(left))).toBeLessThan(1e-9);
      }
      // The state of the first layer was taken before the mask, that of the second is its output.
      expect(hn.select(0, 0).toArray()).toEqual(new Float64Array(1000).fill(10));
      expect(hn.select(0, 1).toArray()).toEqual(values);
    }
  });

  it.each([0, 0.1234])("test_RNN_dropout_state: p %s", (p) => {
    manualSeed(2);
    for (const { make } of layerKinds) {
      const layer = make(100, 100, { numLayers: 2, dropout: p });
      const input = randn([20, 1, 100]);
      const loaded = make(100, 100, { numLayers: 2, dropout: p });
      loaded.loadStateDict(layer.stateDict());
      for (const module of [layer, loaded, layer.clone()]) {
        for (const mode of [true, false]) {
          module.train(mode);
          const [first, second] = [run(module, input), run(module, input)];
          expect(first.output.sub(second.output).abs().sum().item() === 0).toBe(p === 0 || !mode);
          if (!mode) expect(first.output.toArray()).toEqual(run(layer.eval(), input).output.toArray());
        }
        layer.train();
      }
    }
  });

  it.each(layerKinds)("test_RNN_change_dropout: $name", ({ make }) => {
    manualSeed(3);
    const layer = make(100, 100, { numLayers: 2, dropout: 0 });
    const input = randn([20, 1, 100]);
    const same = () => {
      const [first, second] = [run(layer, input).output, run(layer, input).output];
      return first.sub(second).abs().sum().item() === 0;
    };
    const without = run(layer, input).output;
    for (const p of [0, 0.5, 0, 0.7, 0.2, 1, 0.2, 0]) {
      layer.dropout = p;
      layer.train();
      expect(same()).toBe(p === 0 || p === 1);
      expect(run(layer, input).output.sub(without).norm().item() === 0).toBe(p === 0);
      layer.eval();
      expect(run(layer, input).output.toArray()).toEqual(without.toArray());
    }
  });
});
