/** Processes that compute: which one is started, and what is said of one that is not there. */

import { existsSync } from "node:fs";
import { afterEach, expect, it, vi } from "vitest";
import { here, nodeBinary, Refusal, start } from "../../bench/engines.js";

afterEach(() => vi.unstubAllEnvs());

it("refuses, in a sentence that helps, what the machine does not have", async () => {
  vi.stubEnv("ELMAN_TORCH_PYTHON", "");
  vi.stubEnv("XDG_CACHE_HOME", here("nowhere"));
  const torch = start("torch", process.execPath, 1);
  const said = torch.ask("prepare", {}).catch((error) => error);
  await expect(said).resolves.toEqual(new Refusal("not installed: npm run bench:setup"));
  await expect(said).resolves.toBeInstanceOf(Refusal);
  torch.close();
});

it("refuses a process that ends", async () => {
  vi.stubEnv("ELMAN_TORCH_PYTHON", here("nowhere"));
  const torch = start("torch", process.execPath, 1);
  await expect(torch.ask("prepare", {})).rejects.toThrow(/^ended: /);
});

it("knows the Node that runs", () => {
  const [major] = process.versions.node.split(".");
  expect(existsSync(nodeBinary(major) as string)).toBe(true);
  expect(nodeBinary("1")).toBeNull();
});
