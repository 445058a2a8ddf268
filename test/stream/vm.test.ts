/** The bundled entry in a bare JavaScript context, which has less than a worklet: the language, and WebAssembly or not. */

import { createContext, runInContext } from "node:vm";
import { beforeAll, describe, expect, it, vi } from "vitest";
import { bundled } from "../support/bundle.js";
import { signal } from "../support/signal.js";

const given = signal(6, 50);

/** What the entry gives in the context: the script below is a program of its own. */
const program = `
  const { weights, input } = JSON.parse(given);
  for (const weight of Object.values(weights)) weight.data = Float32Array.from(weight.data);
  const stream = new entry.LSTM(weights).stream();
  const output = new Float32Array(50 * 6);
  stream.run(Float32Array.from(input), output, 50);
  JSON.stringify([...output]);
`;

/** The same here, on the device that there is. */
async function here(wasm: boolean): Promise<number[]> {
  vi.resetModules();
  if (!wasm) vi.stubGlobal("WebAssembly", undefined);
  const { LSTM } = await import("../../src/stream/index.js");
  const entries = Object.entries(given.weights);
  const floats = entries.map(([name, { shape, data }]) => [name, { shape, data: Float32Array.from(data) }] as const);
  const stream = new LSTM(Object.fromEntries(floats)).stream();
  vi.unstubAllGlobals();
  const output = new Float32Array(50 * 6);
  stream.run(Float32Array.from(given.input), output, 50);
  return [...output];
}

describe("in a context of its own", () => {
  let script = "";
  beforeAll(async () => {
    const code = 'import * as entry from "elman-nn/stream"; globalThis.entry = entry;';
    ({ code: script } = await bundled(code, "iife"));
  });

  it.each([true, false])("runs with the bits of here, with WebAssembly %j", async (wasm) => {
    const context = createContext({ given: JSON.stringify(given) });
    const missing = ["atob", "TextDecoder", "fetch", "URL", "process", "setTimeout", "performance"];
    for (const name of missing) expect(runInContext(`typeof ${name}`, context), name).toBe("undefined");
    runInContext("delete globalThis.console", context);
    if (!wasm) runInContext("delete globalThis.WebAssembly", context);
    expect(runInContext("typeof WebAssembly", context)).toBe(wasm ? "object" : "undefined");
    runInContext(script, context);
    const output = JSON.parse(runInContext(program, context)) as number[];
    expect(output).toEqual(await here(wasm));
    // Which device ran can be told by the bits.
    expect(output).not.toEqual(await here(!wasm));
  });
});
