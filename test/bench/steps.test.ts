/** Steps of the examples as the engines are told them. */

import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it } from "vitest";
import { type OpCase, opsGrid } from "../../bench/ops.js";
import { begunStep } from "../../bench/steps.js";

it("a step has losses, gradients of every parameter, and three times the products of a pass forward", async () => {
  const directory = mkdtempSync(join(tmpdir(), "elman-steps-"));
  const one = opsGrid(true).find(({ name }) => name === "text-step") as OpCase;
  const { answers, file, flops, length } = await begunStep(one, false, directory);
  expect([length, existsSync(file)]).toEqual(["small", true]);
  rmSync(directory, { recursive: true });
  const [letters, E, H, rows] = [80, 8, 16, 4 * 16];
  const cell = (C: number) => [4 * H * C, 4 * H * H, 4 * H, 4 * H];
  expect(answers).toEqual([3, letters * E, ...cell(E), ...cell(H), letters * H, letters]);
  expect(flops).toBe(6 * rows * (4 * H * (E + H) + 4 * H * (H + H) + H * letters));
});
