import { Readable } from "node:stream";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { Job } from "../../src/cli/job.js";
import { jobOn, Recorded, stdinOf } from "./support.js";

// The clock stands still, so that a slow machine looks as often as a fast one.
let now = 1000;
beforeEach(() => void vi.spyOn(performance, "now").mockImplementation(() => now));
afterEach(() => void vi.restoreAllMocks());
/** Longer than the time between two looks. */
const pause = () => {
  now += 60;
};

it("shows progress on a terminal, not at every call, and takes it off again", async () => {
  const screen = new Recorded(true);
  const job = jobOn(screen);
  await job.at("running", 0.1);
  job.clear();
  expect(screen.text).toBe("");
  pause();
  await job.at("running", 0.256);
  await job.at("running", 0.3);
  expect(screen.text).toBe("\rrunning 25 %\u001b[K");
  job.clear();
  job.clear();
  expect(screen.text).toBe("\rrunning 25 %\u001b[K\r\u001b[K");
});

it("shows nothing where there is no terminal", async () => {
  const screen = new Recorded();
  const job = jobOn(screen);
  pause();
  await job.at("running", 0.5);
  job.clear();
  expect(screen.text).toBe("");
});

it("stops where it is asked to, also for what waits to be heard", async () => {
  const controller = new AbortController();
  const job = jobOn(new Recorded(), controller.signal);
  setImmediate(() => controller.abort(130));
  pause();
  await expect(job.at("running", 0.5)).rejects.toBe(130);
  await expect(job.look()).rejects.toBe(130);
});

it("shows how far another is, and lends it its signal", async () => {
  const screen = new Recorded(true);
  const controller = new AbortController();
  const job = jobOn(screen, controller.signal);
  const { signal, onProgress } = job.watch("reading x");
  onProgress(1, 4);
  expect(screen.text).toBe("");
  pause();
  onProgress(1, 4);
  onProgress(2, 4);
  expect(screen.text).toBe("\rreading x 25 %\u001b[K");
  controller.abort(130);
  expect(signal.reason).toBe(130);
});

describe("what is piped", () => {
  it("comes whole", async () => {
    const bytes = new Uint8Array(1000).map((_, i) => i % 251);
    const job = new Job(new Recorded(), new AbortController().signal, stdinOf(bytes));
    expect(Buffer.compare(await job.piped(), bytes)).toBe(0);
    expect((await jobOn().piped()).length).toBe(0);
  });

  it("is no more than is allowed", async () => {
    const on = () => new Job(new Recorded(), new AbortController().signal, stdinOf(new Uint8Array(1000)));
    expect((await on().piped(1000)).length).toBe(1000);
    await expect(on().piped(999)).rejects.toThrow("stdin has more than the 999 bytes that --max-bytes allows");
  });

  it("is not waited for once the user has had enough, or where it would be typed", async () => {
    const controller = new AbortController();
    const silent = new Readable({ read() {} });
    const job = new Job(new Recorded(), controller.signal, silent);
    setImmediate(() => controller.abort(130));
    await expect(job.piped()).rejects.toThrow("aborted");
    const typed = Object.assign(new Readable({ read() {} }), { isTTY: true });
    await expect(new Job(new Recorded(), controller.signal, typed).piped()).rejects.toMatchObject({
      exitCode: 2,
      message: "- reads from a pipe, but stdin is a terminal",
    });
  });
});
