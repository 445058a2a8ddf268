import { setTimeout } from "node:timers/promises";
import { expect, it } from "vitest";
import { Job } from "../../src/cli/job.js";
import { Recorded } from "./support.js";

/** Longer than the time between two looks. */
const pause = () => setTimeout(60);

it("shows progress on a terminal, not at every call, and takes it off again", async () => {
  const screen = new Recorded(true);
  const job = new Job(screen, new AbortController().signal);
  await job.at("running", 0.1);
  job.clear();
  expect(screen.text).toBe("");
  await pause();
  await job.at("running", 0.256);
  await job.at("running", 0.3);
  expect(screen.text).toBe("\rrunning 25 %\u001b[K");
  job.clear();
  job.clear();
  expect(screen.text).toBe("\rrunning 25 %\u001b[K\r\u001b[K");
});

it("shows nothing where there is no terminal", async () => {
  const screen = new Recorded();
  const job = new Job(screen, new AbortController().signal);
  await pause();
  await job.at("running", 0.5);
  job.clear();
  expect(screen.text).toBe("");
});

it("stops where it is asked to, also for what waits to be heard", async () => {
  const controller = new AbortController();
  const job = new Job(new Recorded(), controller.signal);
  setImmediate(() => controller.abort(130));
  await pause();
  await expect(job.at("running", 0.5)).rejects.toBe(130);
  await expect(job.look()).rejects.toBe(130);
});

it("shows how far another is, and lends it its signal", async () => {
  const screen = new Recorded(true);
  const controller = new AbortController();
  const job = new Job(screen, controller.signal);
  const { signal, onProgress } = job.watch("reading x");
  onProgress(1, 4);
  expect(screen.text).toBe("");
  await pause();
  onProgress(1, 4);
  onProgress(2, 4);
  expect(screen.text).toBe("\rreading x 25 %\u001b[K");
  controller.abort(130);
  expect(signal.reason).toBe(130);
});
