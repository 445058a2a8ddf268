import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { expect, it } from "vitest";

it("a million steps allocate nothing, and one object a step would show", () => {
  const script = fileURLToPath(new URL("heap.ts", import.meta.url));
  const young = ["--min-semi-space-size=128", "--max-semi-space-size=128"];
  // Code that the engine has not optimised yet boxes its numbers. Compiling at once, not beside, makes that a fixed
  // part of the first steps, instead of a race that one run in a hundred loses.
  const flags = [...young, "--no-concurrent-recompilation", "--import", "tsx"];
  const { stdout, stderr } = spawnSync(process.execPath, [...flags, script], { encoding: "utf8" });
  expect(stderr).toBe("");
  const { "one object": object, ...found } = JSON.parse(stdout) as Record<string, number>;
  expect(object).toBeGreaterThan(15);
  const names = ["RNN_TANH", "GRU", "LSTM"];
  const layers = ["js", "wasm"].flatMap((device) => names.map((name) => `${device} ${name}`));
  expect(Object.keys(found)).toEqual([...layers, "js net", "wasm net"]);
  // The smallest object has twelve bytes; what is left is the engine's own, which compiles meanwhile.
  for (const [name, bytes] of Object.entries(found)) expect(bytes, name).toBeLessThan(1);
});
