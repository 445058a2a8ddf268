import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { encodeSafetensors, encodeTorch, saveSafetensors, saveTorch } from "../../src/checkpoint/index.js";
import { tensor, zeros } from "../../src/index.js";
import { refusal } from "./archives.js";

const folder = mkdtempSync(join(tmpdir(), "elman-"));
afterAll(() => rmSync(folder, { recursive: true }));

const path = join(folder, "x");
const doors = [
  ["saveTorch()", saveTorch, encodeTorch],
  ["saveSafetensors()", saveSafetensors, encodeSafetensors],
] as const;

describe.each(doors)("%s", (name, save, encode) => {
  /** More than one portion. */
  const tensors = { a: zeros([5_000_000]), b: tensor([1, 2]) };

  it("tells how far it is, up to the size of the file", async () => {
    const told: number[][] = [];
    await save(tensors, path, { onProgress: (...both) => told.push(both) });
    const bytes = readFileSync(path);
    expect(bytes.equals(encode(tensors))).toBe(true);
    expect(told.length).toBeGreaterThan(1);
    expect(told.map(([done]) => done)).toEqual(told.map(([done]) => done).toSorted((a, b) => a - b));
    expect(new Set(told.map(([, total]) => total))).toEqual(new Set([bytes.length]));
    expect(told.at(-1)).toEqual([bytes.length, bytes.length]);
    rmSync(path);
  });

  it("stops at a signal, with its reason and without a file", async () => {
    const stop = new AbortController();
    const reason = new Error("enough");
    await expect(save(tensors, path, { signal: stop.signal, onProgress: () => stop.abort(reason) })).rejects.toBe(
      reason,
    );
    await expect(save(tensors, path, { signal: stop.signal })).rejects.toBe(reason);
    expect(readdirSync(folder)).toEqual([]);
  });

  it("is refused where a tensor is written into meanwhile", async () => {
    const x = zeros([5_000_000]);
    const onProgress = () => {
      x.add_(1);
    };
    expect(await refusal(() => save({ x }, path, { onProgress }))).toBe(
      `${name}: a tensor was written into while it was saved`,
    );
    expect(existsSync(path)).toBe(false);
  });

  it("checks its options", async () => {
    expect(await refusal(() => save({}, path, { dtype: "float16" as never }))).toBe(
      `${name} expected dtype as one of original, memory, F64, F32, F16, BF16, got: float16`,
    );
    expect(await refusal(() => save({}, path, { signal: 1 as never }))).toContain("signal as an AbortSignal");
    expect(await refusal(() => encode({}, { signal: new AbortController().signal } as never))).toContain(
      "unexpected keyword argument 'signal'",
    );
  });
});
