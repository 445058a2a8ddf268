import { afterEach, describe, expect, it, vi } from "vitest";
import { createWasm } from "../../src/device/wasm/index.js";
import { tensor } from "../../src/tensor/create.js";
import { type DeviceName, defaultDevice, device, setDefaultDevice } from "../../src/tensor/device.js";

const best = createWasm("relaxed") === null ? "wasm-plain" : "wasm-relaxed";

describe("the default device", () => {
  afterEach(() => {
    vi.unstubAllEnvs();
    vi.unstubAllGlobals();
    vi.resetModules();
    setDefaultDevice("js");
  });

  const fresh = async () => {
    vi.resetModules();
    return (await import("../../src/tensor/device.js")).defaultDevice;
  };

  it("is the best build of wasm, or js where there is none", async () => {
    expect((await fresh())()).toBe(best);
    vi.stubGlobal("WebAssembly", undefined);
    expect((await fresh())()).toBe("js");
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
    expect([defaultDevice(), device().name]).toEqual([best, best]);
    expect(
      tensor([[1, 2]])
        .matmul(tensor([[3], [4]]))
        .item(),
    ).toBe(11);
    setDefaultDevice("wasm-plain");
    expect(defaultDevice()).toBe("wasm-plain");
  });

  it("refuses a name it does not know, and what the engine cannot run", () => {
    expect(() => setDefaultDevice("gpu" as DeviceName)).toThrow(
      "setDefaultDevice() expected one of js, wasm, wasm-plain, wasm-relaxed, got: gpu",
    );
    vi.stubGlobal("WebAssembly", undefined);
    expect(() => setDefaultDevice("wasm")).toThrow("this engine cannot run the device wasm; js always runs");
    expect(defaultDevice()).toBe("js");
  });

  it("is the environment's choice", async () => {
    vi.stubEnv("ELMAN_DEVICE", "wasm-plain");
    expect((await fresh())()).toBe("wasm-plain");
    vi.stubEnv("ELMAN_DEVICE", "abacus");
    const wrong = await fresh();
    expect(() => wrong()).toThrow("got: abacus");
    vi.stubEnv("ELMAN_DEVICE", "");
    expect((await fresh())()).toBe(best);
    vi.stubGlobal("process", undefined);
    expect((await fresh())()).toBe(best);
  });
});
