/**
 * PyTorch's ModuleInfo samples of recurrent layers and cells (torch/testing/_internal/common_modules.py) and what its
 * TestModule asks of each: one sequence without a batch is a batch of one; gradients agree with finite differences; and
 * copies, state dicts and conversions compute the same.
 */

import { describe, expect, it } from "vitest";
import { manualSeed, type nn, noGrad, type Tensor } from "../../src/index.js";
import { gradcheck } from "../support/gradcheck.js";
import { source } from "../support/random.js";
import {
  type Cell,
  cellKinds,
  everything,
  expectSame,
  type Layer,
  layerKinds,
  leaf,
  lossOf,
  run,
  stateCount,
  stateShapes,
  step,
} from "../support/recurrent.js";
import { difference, expectClose, float64 } from "../support/tolerance.js";

const dtype = "float64";
const onOff = [false, true];
const settings = onOff.flatMap((bias) =>
  onOff.flatMap((batchFirst) => onOff.map((bidirectional) => ({ bias, batchFirst, bidirectional }))),
);
const repr = (x: boolean) => (x ? "True" : "False");

/** Expects the gradient of every parameter to be that of `loss`, by central differences. */
function parameterCheck(module: nn.Module, loss: () => Tensor): void {
  module.zeroGrad();
  loss().backward();
  for (const [name, parameter] of module.namedParameters()) {
    const { shape } = parameter;
    const data = parameter.toArray() as Float64Array;
    const shifted = (k: number, by: number) =>
      noGrad(() => {
        const flat = parameter.detach().reshape([data.length]);
        flat.narrow(0, k, 1).fill_(data[k] + by);
        const value = loss().item();
        flat.narrow(0, k, 1).fill_(data[k]);
        return value;
      });
    const numeric = data.map((_, k) => (shifted(k, 1e-6) - shifted(k, -1e-6)) / 2e-6);
    expectClose(parameter.grad as Tensor, { shape, data: numeric }, difference, `gradient of ${name}`);
  }
}

describe.each(layerKinds)("ModuleInfo samples: $name", (kind) => {
  const sample = (options: nn.RNNBaseOptions, seed: number) => {
    manualSeed(seed);
    return kind.make(2, 3, { numLayers: 2, dtype, ...options });
  };

  it("unbatched is a batch of one", () => {
    for (const options of settings) {
      for (const given of onOff) {
        const layer = sample(options, 1);
        const draw = source(2);
        const input = draw([4, 2]);
        const states = given ? stateShapes(layer, null).map(draw) : null;
        const one = everything(layer, input, states, (x, initial) => run(layer, x, initial));
        const at = options.batchFirst ? 0 : 1;
        const batch = everything(layer, input, states, (x, initial) => {
          const results = run(layer, x.unsqueeze(at), initial?.map((state) => state.unsqueeze(1)) ?? null);
          return { output: results.output.squeeze(at), states: results.states.map((state) => state.squeeze(1)) };
        });
        expectSame(one, batch);
        expect(one.get("output")?.shape).toEqual([4, (options.bidirectional ? 2 : 1) * (kind.P || 3)]);
      }
    }
  });

  it("gradients agree with finite differences", () => {
    for (const options of settings) {
      const layer = sample(options, 3);
      const draw = source(4);
      const input = draw(options.batchFirst ? [2, 3, 2] : [3, 2, 2]);
      const states = stateShapes(layer, 2).map(draw);
      const all = (x: Tensor, ...initial: Tensor[]) => {
        const results = run(layer, x, initial);
        return [results.output, ...results.states];
      };
      gradcheck(all, [input, ...states]);
      parameterCheck(layer, () => lossOf(all(input, ...states)));
      const lengths = [1, 3];
      const ragged = (x: Tensor, ...initial: Tensor[]) => {
        const results = run(layer, x, initial, { lengths });
        return [results.output, ...results.states];
      };
      gradcheck(ragged, [input, ...states]);
      parameterCheck(layer, () => lossOf(ragged(input, ...states)));
    }
  });

  it("copies, state dicts and conversions compute the same", () => {
    for (const options of settings) {
      const layer = sample(options, 5);
      const draw = source(6);
      const input = draw([4, 3, 2]);
      const states = stateShapes(layer, options.batchFirst ? 4 : 3).map(draw);
      const forward = (module: Layer) => everything(module, input, states, (x, initial) => run(module, x, initial));
      const expected = forward(layer);
      expectSame(forward(layer), expected, { absolute: 0, relative: 0 });
      const loaded = sample(options, 7);
      loaded.loadStateDict(layer.stateDict());
      const there = layer.clone().to("float32").to(dtype);
      for (const module of [loaded, layer.clone(), layer.clone().eval()]) expectSame(forward(module), expected);
      expectSame(forward(there), expected, { absolute: 1e-5, relative: 1e-5 });

      const single = layer.clone().to("float32");
      expect(single.parameters().map((parameter) => parameter.dtype)).toEqual(layer.parameters().map(() => "float32"));
      const { output } = run(
        single,
        input.to("float32"),
        states.map((state) => state.to("float32")),
      );
      expect(output.dtype).toBe("float32");
      expectClose(output.to(dtype), expected.get("output") as Tensor, { absolute: 2e-6, relative: 2e-6 });
    }
  });

  it("prints itself", () => {
    for (const { bias, batchFirst, bidirectional } of settings) {
      const text = [
        "2, 3",
        ...(kind.P > 0 ? [`proj_size=${kind.P}`] : []),
        "num_layers=2",
        ...(bias ? [] : [`bias=${repr(bias)}`]),
        ...(batchFirst ? [`batch_first=${repr(batchFirst)}`] : []),
        ...(bidirectional ? [`bidirectional=${repr(bidirectional)}`] : []),
      ];
      const layer = sample({ bias, batchFirst, bidirectional }, 8);
      expect(String(layer)).toBe(`${layer.constructor.name}(${text.join(", ")})`);
    }
  });
});

describe.each(cellKinds)("ModuleInfo samples: $name", (kind) => {
  const sample = (bias: boolean, seed: number): Cell => {
    manualSeed(seed);
    return kind.make(5, 10, { bias, dtype });
  };
  const statesOf = (cell: Cell, draw: (shape: readonly number[]) => Tensor, ...shape: number[]) =>
    Array.from({ length: stateCount(cell) }, () => draw(shape));

  it.each([true, false])("unbatched is a batch of one: bias %s", (bias) => {
    for (const given of onOff) {
      const cell = sample(bias, 9);
      const draw = source(10);
      const [input, states] = [draw([5]), given ? statesOf(cell, draw, 10) : null];
      const outcome = (batched: boolean) => {
        const x = leaf(input);
        const initial = states?.map(leaf) ?? null;
        const next = batched
          ? step(cell, x.unsqueeze(0), initial?.map((state) => state.unsqueeze(0)) ?? null).map((y) => y.squeeze(0))
          : step(cell, x, initial);
        cell.zeroGrad();
        lossOf(next).backward();
        const grads = [x, ...(initial ?? []), ...cell.parameters()].map((tensor) => tensor.grad as Tensor);
        return [...next.map((y) => y.detach()), ...grads];
      };
      const batch = outcome(true);
      outcome(false).forEach((value, i) => {
        expectClose(value, batch[i], float64, `number ${i}`);
      });
    }
  });

  it.each([true, false])("gradients agree with finite differences: bias %s", (bias) => {
    const cell = sample(bias, 11);
    const draw = source(12);
    const [input, states] = [draw([3, 5]), statesOf(cell, draw, 3, 10)];
    gradcheck((x, ...initial) => step(cell, x, initial), [input, ...states]);
    parameterCheck(cell, () => lossOf(step(cell, input, states)));
    gradcheck((x) => step(cell, x), [draw([5])]);
  });

  it("copies, state dicts and conversions compute the same", () => {
    const cell = sample(true, 13);
    const input = source(14)([3, 5]);
    const expected = step(cell, input)[0];
    const loaded = sample(true, 15);
    loaded.loadStateDict(cell.stateDict());
    for (const module of [loaded, cell.clone(), cell.clone().eval()]) {
      expect(step(module, input)[0].toArray()).toEqual(expected.toArray());
    }
    const single = cell.clone().to("float32");
    expectClose(step(single, input.to("float32"))[0].to(dtype), expected, { absolute: 2e-6, relative: 2e-6 });
    expect(cell.weight_ih.dtype).toBe(dtype);
  });
});
