/** Buffers and parameters by themselves, and what devices keep of them; what modules do with them is tested with modules. */

import { afterEach, describe, expect, it } from "vitest";
import { defaultDevice, nn, noGrad, ones, optim, setDefaultDevice, type Tensor, tensor } from "../../src/index.js";
import { nonsense, numbers, refusesSomehow } from "../support/nn_fixture.js";
import { expectClose } from "../support/tolerance.js";

it("buffers and parameters take tensors only", () => {
  for (const wrong of nonsense) {
    refusesSomehow(() => new nn.Buffer(wrong));
    refusesSomehow(() => new nn.Parameter(wrong));
    if (typeof wrong !== "boolean" && wrong !== undefined) {
      refusesSomehow(() => new nn.Buffer(ones([1]), { persistent: wrong }));
    }
  }
  const whole = tensor([1, 2], { dtype: "int32" });
  expect([new nn.Buffer(whole).dtype, new nn.Buffer(whole).requiresGrad]).toEqual(["int32", false]);
  refusesSomehow(() => new nn.Parameter(whole));
});

describe("what a device keeps of a parameter is that of its last write", () => {
  const device = defaultDevice();
  afterEach(() => setDefaultDevice(device));

  /** Each form in which the kernels keep weights, with the input for it. */
  const layers: Record<string, [make: () => nn.Module, shape: number[]]> = {
    "a convolution": [() => new nn.Conv1d(16, 24, 3), [2, 16, 40]],
    "a convolution of short lines": [() => new nn.Conv1d(16, 24, 3), [8, 16, 5]],
    "a convolution in groups": [() => new nn.Conv2d(8, 16, 3, { groups: 2 }), [2, 8, 12, 12]],
    "a transposed convolution": [() => new nn.ConvTranspose1d(16, 24, 3), [2, 16, 40]],
    "an LSTM with a projection": [() => new nn.LSTM(16, 24, { projSize: 8 }), [5, 2, 16]],
    "a GRU": [() => new nn.GRU(16, 24, { numLayers: 2, bidirectional: true }), [5, 2, 16]],
  };
  const each = (write: (w: Tensor) => unknown) => (layer: nn.Module) =>
    noGrad(() => {
      for (const w of layer.parameters()) write(w);
    });
  const steps = (make: (parameters: nn.Parameter[]) => optim.Optimizer) => (layer: nn.Module) =>
    make(layer.parameters()).step();
  const writes: Record<string, (layer: nn.Module) => unknown> = {
    copy_: each((w) => w.copy_(w.mul(2))),
    "a view of some": each((w) => w.narrow(0, 1, 3).mul_(-3)),
    "a turned view": each((w) => w.transpose(0, -1).add_(0.1)),
    detach: each((w) => w.detach().fill_(0.05)),
    init: each((w) => nn.init.uniform_(w, -0.1, 0.1)),
    loadStateDict: (layer) =>
      layer.loadStateDict(new Map([...layer.stateDict()].map(([name, w]) => [name, w.mul(0.5)]))),
    "a state dict's tensors": (layer) => {
      for (const w of layer.stateDict().values()) w.mul_(2);
    },
    SGD: steps((list) => new optim.SGD(list, { lr: 0.1, momentum: 0.9 })),
    Adam: steps((list) => new optim.Adam(list, { lr: 0.1 })),
    RMSprop: steps((list) => new optim.RMSprop(list, { lr: 0.1 })),
    "another dtype and back": (layer) => {
      layer.to("float64");
      each((w) => w.mul_(2))(layer);
      layer.to("float32");
    },
  };

  /** The output, and the gradient of the input. */
  function run(layer: nn.Module, shape: number[]): [Tensor, Tensor] {
    const x = numbers(shape, 1).to("float32").requiresGrad_();
    const given = (layer as unknown as { forward(x: Tensor): Tensor | [Tensor] }).forward(x);
    const y = Array.isArray(given) ? given[0] : given;
    y.mul(y).sum().backward();
    return [y.detach(), x.grad as Tensor];
  }

  describe.each(Object.entries(layers))("%s", (_, [make, shape]) => {
    it.each(Object.entries(writes))("%s", (_, write) => {
      const layer = make();
      const before = run(layer, shape);
      write(layer);
      const after = run(layer, shape);
      // It keeps nothing.
      setDefaultDevice("js");
      run(layer, shape).forEach((wanted, i) => {
        expectClose(after[i], wanted, { absolute: 1e-4, relative: 1e-4 });
        expect(after[i].sub(before[i]).abs().max().item()).toBeGreaterThan(1e-3);
      });
    });
  });
});
