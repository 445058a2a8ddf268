import { expect, it } from "vitest";
import { load, loadSafetensors, loadTorch } from "../../src/checkpoint/index.js";
import { refusal } from "./archives.js";

it("refuses options that do not exist, at every door", async () => {
  const none = new Uint8Array();
  for (const [call, name] of [
    [load, "load()"],
    [loadTorch, "loadTorch()"],
    [loadSafetensors, "loadSafetensors()"],
  ] as const) {
    expect(await refusal(() => call(none, { maxbytes: 1 } as never))).toBe(
      `${name} got an unexpected keyword argument 'maxbytes'. Did you mean 'maxBytes'?`,
    );
    expect(await refusal(() => call(none, { int64: "float" } as never))).toBe(
      `${name} expected int64 as "int32" or "bigint", got: float`,
    );
  }
  expect(await refusal(() => load(none, { onProgress: 1 as never }))).toBe(
    "load() expected onProgress as a function, got: 1",
  );
  expect(await refusal(() => loadSafetensors(none, { unknown: "opaque" } as never))).toContain(
    "unexpected keyword argument 'unknown'",
  );
  expect(await refusal(() => load(none, { unknown: true as never }))).toBe(
    'load() expected unknown as "refuse" or "opaque", got: true',
  );
  expect(await refusal(() => loadSafetensors(none, { names: ["a"] } as never))).toContain(
    "names as a function, got: Array",
  );
});
