/** The examples beside their halves in PyTorch: the losses of both, from the same weights and batches. */

import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import type { FloatDType } from "elman-nn";
import { fit } from "elman-nn/train";
import { type Begun, converted, firstBatches, type Length, saveBegun } from "../../examples/begun.js";
import { begin as forecast } from "../../examples/forecast/begin.js";
import { begin as tagger } from "../../examples/tagger/begin.js";
import { begin as text } from "../../examples/text/begin.js";

/** Each takes input of a kind of its own, which is no matter here. */
export const begins = { tagger, forecast, text } as unknown as Record<
  Name,
  (length: Length) => Promise<Begun<unknown>>
>;
export type Name = "tagger" | "forecast" | "text";
export const names = ["tagger", "forecast", "text"] as const satisfies Name[];

/** How many losses are compared, and how far they may be apart in float64, as a share. */
export const [COUNT, TOLERANCE] = [100, 1e-6];

export async function elmanLosses(name: Name, dtype: FloatDType): Promise<number[]> {
  const begun = await begins[name]("small");
  const batches = converted(await firstBatches(begun, COUNT), dtype);
  const { optimizer, scheduler, loss, clip } = begun.options;
  const losses: number[] = [];
  for await (const event of fit(begun.model.to(dtype), batches, { optimizer, scheduler, loss, clip }))
    if ("loss" in event) losses.push(event.loss);
  return losses;
}

/** @throws Error with what Python said last */
export async function torchLosses(name: Name, dtype: FloatDType, python: string): Promise<number[]> {
  const file = join(mkdtempSync(join(tmpdir(), "elman-losses-")), `${name}.pt`);
  const begun = await begins[name]("small");
  await saveBegun(begun, await firstBatches(begun, COUNT), file);
  const script = fileURLToPath(new URL(`../../examples/${name}/train.py`, import.meta.url));
  const options = dtype === "float64" ? ["--double"] : [];
  const { stdout, stderr } = spawnSync(python, ["-W", "ignore", script, file, ...options], { encoding: "utf8" });
  rmSync(dirname(file), { recursive: true });
  if (!stdout.startsWith("[")) throw new Error(`${name}: ${stderr.trim().split("\n").slice(-1)[0]}`);
  return JSON.parse(stdout);
}

/** How far two lists of losses are apart at most, as a share. */
export const apart = (mine: readonly number[], theirs: readonly number[]): number =>
  mine.length === theirs.length
    ? mine.reduce((most, loss, i) => Math.max(most, Math.abs(loss - theirs[i]) / Math.abs(theirs[i])), 0)
    : Number.NaN;
