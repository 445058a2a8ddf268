import { afterEach, describe, expect, it, vi } from "vitest";
import {
  type Device,
  type DeviceName,
  defaultDevice,
  js,
  ownDevice,
  registerDevice,
  setDefaultDevice,
} from "../../src/device/index.js";
import { createWasm } from "../../src/device/wasm/index.js";
import { LSTM } from "../../src/nn/index.js";
import * as streaming from "../../src/stream/index.js";
import { ones, tensor } from "../../src/tensor/create.js";

const best = createWasm("relaxed") === null ? "wasm-plain" : "wasm-relaxed";

/** A device of one's own: js's kernels, each of whose runs and steppers is written down. */
function abacus() {
  const asked: string[] = [];
  const note =
    <A extends unknown[], R>(name: string, kernel: (...args: A) => R) =>
    (...args: A) => {
      asked.push(name);
      return kernel(...args);
    };
  const device: Device = {
    ...js,
    name: "abacus",
    forward: note("forward", (directions, keep) => js.forward(directions, keep).map((run) => ({ ...run, device }))),
    backward: note("backward", js.backward),
    stepper: note("stepper", js.stepper),
  };
  return { device, asked };
}

describe("the default device", () => {
  afterEach(() => {
    vi.unstubAllEnvs();
    vi.unstubAllGlobals();
    vi.resetModules();
    setDefaultDevice("js");
  });

  const fresh = async () => {
    vi.resetModules();
    return (await import("../../src/device/default.js")).defaultDevice;
  };

  it("is the best build of wasm, or js where there is none", async () => {
    expect((await fresh())()).toBe(best);
    vi.stubGlobal("WebAssembly", undefined);
    expect((await fresh())()).toBe("js");
  });

  it("stays what another package falls back on, whatever was chosen", () => {
    setDefaultDevice("js");
    expect(ownDevice().name).toBe(best);
  });

  it("is js where a policy forbids compiling", async () => {
    const forbidden = class {
      constructor() {
        throw new Error("CompileError: Refused to compile or instantiate WebAssembly module");
      }
    };
    vi.stubGlobal("WebAssembly", { validate: () => true, Module: forbidden, Instance: forbidden });
    expect((await fresh())()).toBe("js");
  });

  it("can be set, wasm being its best build, and computes from then on", () => {
    setDefaultDevice("wasm");
    expect(defaultDevice()).toBe(best);
    expect(
      tensor([[1, 2]])
        .matmul(tensor([[3], [4]]))
        .item(),
    ).toBe(11);
    setDefaultDevice("wasm-plain");
    expect(defaultDevice()).toBe("wasm-plain");
  });

  it("refuses a name it does not know, what the engine cannot run, and what is no device", async () => {
    const names = "one of js, wasm, wasm-plain, wasm-relaxed";
    expect(() => setDefaultDevice("gpu")).toThrow(`setDefaultDevice() expected ${names}`);
    expect(() => setDefaultDevice("gpu")).toThrow("got: gpu");
    expect(() => setDefaultDevice(7 as unknown as DeviceName)).toThrow("a device, or a device, got: number");
    vi.stubGlobal("WebAssembly", undefined);
    vi.resetModules();
    const { defaultDevice: chosen, setDefaultDevice: choose } = await import("../../src/device/default.js");
    choose("js");
    expect(() => choose("wasm")).toThrow("this engine cannot run the device wasm; js always runs");
    expect(chosen()).toBe("js");
  });

  it("is the environment's choice, where it may be read; a wrong one is told at the first op, each time", async () => {
    vi.stubEnv("ELMAN_DEVICE", "wasm-plain");
    expect((await fresh())()).toBe("wasm-plain");
    vi.stubEnv("ELMAN_DEVICE", "abacus");
    const wrong = await fresh();
    const sentence = "ELMAN_DEVICE expected one of js, wasm, wasm-plain, wasm-relaxed, got: abacus";
    expect(() => wrong()).toThrow(sentence);
    expect(() => wrong()).toThrow(sentence);
    vi.stubEnv("ELMAN_DEVICE", "");
    expect((await fresh())()).toBe(best);
    vi.stubGlobal("process", undefined);
    expect((await fresh())()).toBe(best);
    const forbidden = new Proxy({}, { get: () => expect.fail("NotCapable: Requires env access") });
    vi.stubGlobal("process", { env: forbidden });
    expect((await fresh())()).toBe(best);
  });

  it("may be one of one's own, itself or by a name: layers and streams compute on it", () => {
    const { device, asked } = abacus();
    registerDevice("counting", () => device);
    for (const choice of ["counting", device]) {
      setDefaultDevice(choice);
      expect(defaultDevice()).toBe("abacus");
      const layer = new LSTM(2, 3);
      const [output] = layer.forward(ones([4, 1, 2]));
      output.sum().backward();
      layer.stream().close();
      const weights = [...layer.stateDict()].map(([name, { shape, value }]) => {
        return [name, { shape, data: value.storage.data as Float32Array }] as const;
      });
      new streaming.LSTM(new Map(weights)).stream().close();
      expect(asked.splice(0)).toEqual(["forward", "backward", "stepper", "stepper"]);
    }
    expect(() => registerDevice("counting", () => device)).toThrow("a name that is not taken, got: counting");
    expect(() => registerDevice("js", () => device)).toThrow("a name that is not taken, got: js");
    expect(() => registerDevice("", () => device)).toThrow("registerDevice() expected a name, got: ");
    expect(() => registerDevice("x", device as never)).toThrow("registerDevice() expected a function, got: Object");
  });

  it("is asked for again until it is there, and then made once", () => {
    const { device } = abacus();
    const make = vi.fn<() => Device | null>(() => null);
    registerDevice("later", make);
    expect(() => setDefaultDevice("later")).toThrow("this engine cannot run the device later");
    make.mockReturnValue(device);
    setDefaultDevice("later");
    setDefaultDevice("later");
    expect(make).toHaveBeenCalledTimes(2);
  });

  it("is refused by the name of the kernel that it lacks", () => {
    const { gemm, ...rest } = abacus().device;
    const lame = rest as Device;
    const sentence = "expected every kernel of a device, but abacus lacks gemm";
    expect(() => setDefaultDevice(lame)).toThrow(`setDefaultDevice() ${sentence}`);
    registerDevice("lame", () => lame);
    expect(() => setDefaultDevice("lame")).toThrow(sentence);
    expect(gemm).toBe(js.gemm);
  });

  it("is handed both directions of a layer in one call", () => {
    const { device, asked } = abacus();
    setDefaultDevice(device);
    const [output] = new LSTM(2, 3, { numLayers: 2, bidirectional: true }).forward(ones([4, 1, 2]));
    output.sum().backward();
    expect(asked).toEqual(["forward", "forward", "backward", "backward"]);
  });

  it("may change between forward and backward: backward runs where forward ran", () => {
    const { device, asked } = abacus();
    setDefaultDevice(device);
    const layer = new LSTM(2, 3);
    const [output] = layer.forward(ones([4, 1, 2]));
    setDefaultDevice("wasm");
    output.sum().backward();
    expect(asked).toEqual(["forward", "backward"]);
    const gradient = layer.weight_hh_l0.grad?.toArray();
    layer.zeroGrad();
    layer
      .forward(ones([4, 1, 2]))[0]
      .sum()
      .backward();
    expect(gradient?.length).toBe(36);
    layer.weight_hh_l0.grad?.toArray().forEach((g, i) => {
      expect(Math.abs(g - (gradient?.[i] ?? Number.NaN))).toBeLessThan(1e-6);
    });
  });

  it("has one memory, however often it is chosen", () => {
    const { WebAssembly: engine } = globalThis as unknown as { WebAssembly: { Instance: new () => object } };
    setDefaultDevice("wasm");
    setDefaultDevice("wasm-plain");
    const instance = vi.spyOn(engine, "Instance");
    for (const name of ["wasm", "wasm-plain", best, "wasm"]) setDefaultDevice(name);
    expect(instance).not.toHaveBeenCalled();
    vi.restoreAllMocks();
  });
});
