/** What two copies of the package, a minifier or another thread make of tensors and modules. */

import { MessageChannel } from "node:worker_threads";
import { afterAll, describe, expect, it, vi } from "vitest";
import { encodeSafetensors, loadSafetensors } from "../src/checkpoint/index.js";
import * as here from "../src/index.js";
import { bundled } from "./support/bundle.js";

afterAll(() => vi.resetModules());

describe("two copies of the package", async () => {
  vi.resetModules();
  const there: typeof here = await import("../src/index.js");
  const { nn, optim, tensor } = here;

  it("do not mix, and the error says so", () => {
    expect(there.nn).not.toBe(nn);
    const foreign = new there.nn.Linear(2, 3);
    class Net extends nn.Module {
      readonly encoder = new nn.ModuleDict({ first: new nn.Linear(2, 2) });
      readonly head = foreign as never;
    }
    const sentence = "'head' is a Linear of another copy of elman-nn: install a single one";
    for (const use of [
      (net: Net) => net.parameters(),
      (net: Net) => net.stateDict(),
      (net: Net) => net.train(),
      (net: Net) => net.clone().stateDict(),
      (net: Net) => net.to("float64"),
    ]) {
      expect(() => use(new Net())).toThrow(sentence);
    }
    const layer = new nn.Linear(2, 3);
    layer.weight = foreign.weight as never;
    expect(() => layer.stateDict()).toThrow(
      "'weight' is a Parameter of another copy of elman-nn: install a single one",
    );
    expect(() => new nn.Linear(2, 3).forward(there.tensor([1, 2]) as never)).toThrow(
      "Tensor of another copy of elman-nn",
    );
    expect(() => tensor([1, 2]).add(there.tensor([1, 2]) as never)).toThrow("got: Tensor of another copy of elman-nn");
    expect(() => new nn.Sequential(foreign as never)).toThrow("Linear of another copy of elman-nn");
    expect(() => new nn.ModuleList([foreign as never])).toThrow("Linear of another copy of elman-nn");
    expect(() => new optim.SGD(foreign.parameters() as never, { lr: 1 })).toThrow(
      "Parameter of another copy of elman-nn",
    );
    expect(() => new nn.Linear(2, 3).loadStateDict(foreign.stateDict() as never)).toThrow(
      "Tensor of another copy of elman-nn",
    );
  });
});

describe("another thread", () => {
  const { nn } = here;
  const advice =
    "Symbol(a Tensor: send the bytes of encodeSafetensors(), which loadSafetensors() reads,) could not be cloned.";

  it("refuses tensors at once, with advice", () => {
    const { port1 } = new MessageChannel();
    const layer = new nn.LSTM(2, 3);
    for (const sent of [here.tensor([1]), layer.stateDict(), layer, new here.optim.SGD([...layer.parameters()])]) {
      expect(() => port1.postMessage(sent)).toThrow(advice);
      expect(() => structuredClone(sent)).toThrow(advice);
    }
    port1.close();
  });

  it("takes what the advice says", async () => {
    const { port1, port2 } = new MessageChannel();
    const layer = new nn.LSTM(2, 3);
    const bytes = encodeSafetensors(layer.stateDict());
    const arrived = new Promise<Uint8Array>((resolve) => port2.once("message", resolve));
    port1.postMessage(bytes, [bytes.buffer]);
    const other = new nn.LSTM(2, 3);
    other.loadStateDict(await loadSafetensors(await arrived));
    expect(other.weight_ih_l0.tolist()).toEqual(layer.weight_ih_l0.tolist());
    port1.close();
  });
});

describe("a minifier", async () => {
  const entry = `import * as core from "elman-nn"; import * as stream from "elman-nn/stream"; globalThis.loaded = { core, stream };`;
  const { code } = await bundled(entry, "iife");
  const world = {} as { loaded: { core: typeof here; stream: Record<string, unknown> } };
  new Function("globalThis", code)(Object.assign(world, { process, Symbol, Float32Array, WebAssembly: undefined }));
  const { core, stream } = world.loaded;

  it("leaves every class of modules and schedulers its name", () => {
    const { nn, optim } = core;
    const classes = [nn, nn.utils.rnn, optim.lrScheduler, stream, { Tensor: core.Tensor, Generator: core.Generator }];
    let count = 0;
    for (const [key, one] of classes.flatMap((names) => Object.entries(names))) {
      const isKept = /^(Stream|StreamLayer|ElmanError|ChainableLR|LRScheduler)$|^[^A-Z]|Base$/.test(key);
      if (typeof one !== "function" || isKept) continue;
      expect(one.name).toBe(key);
      count++;
    }
    expect(count).toBeGreaterThan(80);
  });

  it("leaves repr and errors their names", () => {
    const { nn } = core;
    const net = new nn.Sequential(new nn.Linear(2, 3), new nn.ReLU());
    expect(String(net)).toBe("Sequential(\n  (0): Linear(in_features=2, out_features=3, bias=True)\n  (1): ReLU()\n)");
    expect(String(new nn.LSTM(2, 3, { numLayers: 2 }))).toBe("LSTM(2, 3, num_layers=2)");
    expect(() => new nn.LSTM(2, 3).loadStateDict({}, {})).toThrow("Error(s) in loading state_dict for LSTM:");
    expect(() => net.forward(net as never)).toThrow("not Sequential");
  });
});
