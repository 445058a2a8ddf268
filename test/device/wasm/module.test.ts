import { afterEach, describe, expect, it, vi } from "vitest";
import { plain } from "../../../src/device/wasm/bytes.js";
import { createWasm } from "../../../src/device/wasm/index.js";
import { decode, instantiate, link, provide } from "../../../src/device/wasm/module.js";

const engine = (globalThis as unknown as { WebAssembly: object }).WebAssembly;

describe("instantiate", () => {
  afterEach(() => vi.unstubAllGlobals());

  it("decodes and compiles a module with a memory of its own", () => {
    const [a, b] = [instantiate("plain"), instantiate("plain")];
    expect(a?.heap()).toBeGreaterThan(0);
    expect(a?.memory.buffer).not.toBe(b?.memory.buffer);
  });

  it("needs no atob, TextDecoder or fetch", () => {
    for (const name of ["atob", "TextDecoder", "fetch", "Buffer", "URL"]) vi.stubGlobal(name, undefined);
    expect(instantiate("plain")).not.toBeNull();
  });

  it("is null without WebAssembly", () => {
    vi.stubGlobal("WebAssembly", undefined);
    expect([instantiate("plain"), createWasm("relaxed")]).toEqual([null, null]);
  });

  it("is null where a policy forbids compiling", () => {
    const forbidden = class {
      constructor() {
        throw new Error("Refused to compile or instantiate WebAssembly module");
      }
    };
    vi.stubGlobal("WebAssembly", Object.create(engine, { Module: { value: forbidden } }));
    expect(createWasm("plain")).toBeNull();
  });

  it("is null where the engine does not know the instructions", () => {
    expect(link(Uint8Array.of(0, 97, 115, 109, 9, 0, 0, 0))).toBeNull();
  });

  it("takes modules compiled elsewhere where an engine compiles no bytes", () => {
    const { Module } = engine as { Module: new (bytes: Uint8Array) => object };
    provide(plain, new Module(decode(plain)));
    const forbidden = class {
      constructor() {
        throw new Error("Wasm code generation disallowed by embedder");
      }
    };
    vi.stubGlobal("WebAssembly", Object.create(engine, { Module: { value: forbidden } }));
    expect(instantiate("plain")?.heap()).toBeGreaterThan(0);
    expect(instantiate("relaxed")).toBeNull();
  });
});
