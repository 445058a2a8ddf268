import { expect, it } from "vitest";
import { checkProgress, Progress, throwIfAborted } from "../../../src/checkpoint/bytes/progress.js";
import { refusal } from "../archives.js";

it("tells per cents, never less than before, and the end once", () => {
  const told: [number, number][] = [];
  const progress = new Progress(1000, { onProgress: (...both) => told.push(both) });
  for (let i = 0; i < 1000; i++) progress.add(1);
  progress.add(500);
  progress.finish();
  expect(told).toEqual(Array.from({ length: 100 }, (_, i) => [10 * (i + 1), 1000]));
});

it("counts what is left at the end, and says nothing of nothing", () => {
  const told: number[] = [];
  const progress = new Progress(10, { onProgress: (done) => told.push(done) });
  progress.add(4);
  progress.finish();
  new Progress(0, { onProgress: () => expect.fail("nothing to tell") }).finish();
  expect(told).toEqual([4, 10]);
});

it("stops at a signal, with its reason", () => {
  const stop = new AbortController();
  const progress = new Progress(10, { signal: stop.signal, onProgress: () => stop.abort("enough") });
  progress.add(1);
  expect(() => progress.add(1)).toThrow("enough");
  expect(() => throwIfAborted({ signal: stop.signal })).toThrow("enough");
  throwIfAborted({});
});

it("refuses what is no signal and no function", async () => {
  expect(await refusal(() => checkProgress("load()", { signal: null as never }))).toBe(
    "load() expected signal as an AbortSignal, got: null",
  );
  expect(await refusal(() => checkProgress("load()", { signal: new AbortController() as never }))).toContain(
    "got: AbortController",
  );
  expect(await refusal(() => checkProgress("load()", { onProgress: true as never }))).toBe(
    "load() expected onProgress as a function, got: true",
  );
  checkProgress("load()", { signal: undefined, onProgress: undefined });
});
