/**
 * The page that hears voices: a file as the microphone, the sample, a dropped file, and what can be in the way. Segments are
 * held against those of ONNX Runtime's probabilities in fixtures/voice.json.
 */

import { mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Page } from "playwright-core";
import { expect, it } from "vitest";
import { type Segment, Segments } from "../../examples/voice/segments.js";
import { rate } from "../../examples/voice/sound.js";
import { readWav } from "../../examples/voice/wav.js";
import { useSite, visit } from "./pages.js";

const file = readFileSync(new URL("../../examples/voice/sample.wav", import.meta.url));
const samples = readWav(file, "sample.wav", rate);
const { probabilities } = JSON.parse(readFileSync(new URL("../fixtures/voice.json", import.meta.url), "utf8"));

const oracle: Segment[] = [];
{
  const rule = new Segments();
  for (const probability of probabilities) oracle.push(...[rule.add(probability)].filter((one) => one !== null));
  oracle.push(...[rule.finish(samples.length)].filter((one) => one !== null));
}
const wanted = oracle.map(({ start, end }) => [start / rate, end / rate]);

/** The file's sound after some seconds of silence, in which the page gets ready. */
function microphoneFile(seconds: number): string {
  const silence = 2 * seconds * rate;
  const bytes = Buffer.concat([file.subarray(0, 44), Buffer.alloc(silence), file.subarray(44)]);
  bytes.writeUInt32LE(bytes.length - 8, 4);
  bytes.writeUInt32LE(bytes.length - 44, 40);
  const path = join(mkdtempSync(join(tmpdir(), "elman-voice-")), "microphone.wav");
  writeFileSync(path, bytes);
  return path;
}

useSite(["--use-fake-device-for-media-stream", `--use-file-for-fake-audio-capture=${microphoneFile(5)}%noloop`]);

const home = "index.html";
const button = (page: Page, name: string) => page.getByRole("button", { name });
const says = (page: Page, sentence: string | RegExp) =>
  page.getByRole("status").filter({ hasText: sentence }).waitFor({ timeout: 40_000 });
const segmentsOf = async (page: Page) => {
  const lines = await page.locator(".segments li").allTextContents();
  return lines.map((line) => [...line.matchAll(/[\d.]+/g)].map(([number]) => Number(number)));
};
const cost = async (page: Page, name: string) =>
  Number.parseFloat((await page.locator(`[data-cost=${name}]`).textContent()) ?? "");
/** As the page writes them. */
const rounded = wanted.map((pair) => pair.map((seconds) => Number(seconds.toFixed(2))));

it("plays the sample and finds the oracle's segments, at a small part of the time", async () => {
  const page = await visit(home);
  await button(page, "Play a sample").click();
  await says(page, "Playing sample.wav");
  await says(page, "The end of sample.wav");
  expect(await segmentsOf(page)).toEqual(rounded);
  const [slowest, share] = [await cost(page, "slowest"), await cost(page, "share")];
  console.log(`The net in the audio thread: 99 of 100 chunks within ${slowest} ms of 32 ms, ${share} % on average.`);
  expect(slowest).toBeGreaterThan(0);
  await page.context().close();
});
