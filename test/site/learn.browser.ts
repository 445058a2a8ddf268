/** The page on which nets learn: pausing, stepping, saving, and that what it shows is what Node computes. */

import { readFile } from "node:fs/promises";
import { Generator, noGrad } from "elman-nn";
import { loadTorch, stateDictOf } from "elman-nn/checkpoint";
import type { Page } from "playwright-core";
import { expect, it } from "vitest";
import { Net } from "../../site/src/learn/net.js";
import { defaults, type Settings } from "../../site/src/learn/settings.js";
import { draw } from "../../site/src/learn/task.js";
import { Training } from "../../site/src/learn/training.js";
import { expectClose } from "../support/tolerance.js";
import { picture, useSite, visit } from "./pages.js";

useSite();

const stepOf = async (page: Page) => Number(await page.locator("[data-step]").getAttribute("data-step"));
const lossOf = async (page: Page, cell: string) =>
  Number(await page.locator(`[data-cell=${cell}] [data-loss]`).getAttribute("data-loss"));
const button = (page: Page, name: string) => page.getByRole("button", { name, exact: true });
const chooser = (page: Page, name: string) => page.getByRole("combobox", { name, exact: true });
const status = (page: Page) => page.getByRole("status");

/** Waits until what the page shows passes. */
const until = (passes: () => Promise<boolean>) => expect.poll(passes, { timeout: 240_000, interval: 200 }).toBe(true);
/** Waits until what is read stays as it is for some time. */
async function rest(page: Page, read: () => Promise<number>): Promise<number> {
  let [before, now] = [Number.NaN, await read()];
  while (before !== now) {
    await page.waitForTimeout(1000);
    [before, now] = [now, await read()];
  }
  return now;
}

it("shows before any training how the gradient vanishes", async () => {
  const page = await visit("learn.html");
  await status(page).getByText("Ready.").waitFor();
  const gradient = async (cell: string) =>
    Number(await page.locator(`[data-cell=${cell}] [data-gradient]`).getAttribute("data-gradient"));
  for await (const { cells } of new Training(defaults)) {
    // Between engines the last bits of exp and tanh differ, and sixty steps multiply them.
    for (const [cell, report] of Object.entries(cells)) {
      const here = report?.measured?.gradient[0] ?? Number.NaN;
      expect(Math.abs((await gradient(cell)) / here - 1), cell).toBeLessThan(1e-3);
    }
    break;
  }
  await expect
    .poll(() => page.locator("[data-cell=RNN] canvas").getAttribute("aria-label"))
    .toMatch(/^Norm of the RNN's gradient back in time: 0\.0\d+ at the last step, \d\.\d·10⁻¹. at the first\.$/);
  await page.context().close();
});

it("trains, pauses, steps once, resumes to a low loss, and saves a file with the net of then", async () => {
  const settings: Settings = { ...defaults, cells: ["GRU"], length: 20, hidden: 16 };
  const page = await visit("learn.html", { context: { acceptDownloads: true } });
  for (const cell of ["RNN", "LSTM"]) await page.getByLabel(cell, { exact: true }).uncheck();
  await chooser(page, "Steps of a sequence").selectOption("20");
  await chooser(page, "Hidden units").selectOption("16");
  await status(page).getByText("Ready.").waitFor();
  await expect.poll(() => page.locator("[data-cell]").count()).toBe(1);
  await expect.poll(() => page.getByLabel("GRU", { exact: true }).isDisabled()).toBe(true);

  // By keyboard.
  await button(page, "Train").press("Enter");
  await until(async () => (await stepOf(page)) >= 10);
  await button(page, "Pause").press("Enter");
  // The step that is being taken is still shown.
  const paused = await rest(page, () => stepOf(page));
  await button(page, "One step").press("Space");
  await until(async () => (await stepOf(page)) > paused);
  expect(await rest(page, () => stepOf(page))).toBe(paused + 1);

  await button(page, "Resume").press("Enter");
  const began = Date.now();
  await until(async () => (await lossOf(page, "GRU")) < 0.1);
  console.log(
    `loss below 0.1 at step ${await stepOf(page)}, ${((Date.now() - began) / 1000).toFixed(1)} s after resuming`,
  );
  await button(page, "Pause").press("Enter");
  const step = await rest(page, () => stepOf(page));

  const [download] = await Promise.all([page.waitForEvent("download"), button(page, "Save gru.pt").click()]);
  expect(download.suggestedFilename()).toBe("gru.pt");
  const found = stateDictOf(await loadTorch(new Uint8Array(await readFile(await download.path()))));
  const net = new Net("GRU", settings);
  net.loadStateDict(found.stateDict);
  // The same training in Node, as many steps: no pause has changed anything.
  const training = new Training({ ...settings, steps: step });
  training.resume();
  for await (const _ of training);
  const [input] = draw(16, 20, new Generator().manualSeed(9));
  expectClose(
    noGrad(() => net.forward(input)),
    noGrad(() => training.net("GRU").forward(input)),
    { absolute: 1e-3, relative: 1e-3 },
  );

  await button(page, "Begin anew").click();
  await status(page).getByText("Ready.").waitFor();
  expect(await stepOf(page)).toBe(0);
  await page.context().close();
});

it("has switches for layers, dropout, both directions and projection", async () => {
  const page = await visit("learn.html");
  await status(page).getByText("Ready.").waitFor();
  await expect.poll(() => chooser(page, "Dropout between layers").isDisabled()).toBe(true);
  for (const cell of ["RNN", "GRU"]) await page.getByLabel(cell, { exact: true }).uncheck();
  await chooser(page, "Steps of a sequence").selectOption("10");
  await chooser(page, "Layers").selectOption("2");
  await chooser(page, "Dropout between layers").selectOption("0.5");
  await page.getByLabel("Both directions").check();
  await page.getByLabel("Projection (LSTM only) to 8").check();
  await page.getByLabel("Seed").fill("7");
  await page.getByLabel("Seed").press("Tab");
  await status(page).getByText("Ready.").waitFor();
  await button(page, "One step").click();
  await until(async () => (await stepOf(page)) === 1);
  const [download] = await Promise.all([page.waitForEvent("download"), button(page, "Save lstm.pt").click()]);
  const file = await loadTorch(new Uint8Array(await readFile(await download.path())));
  expect(Object.fromEntries(file.get("config") as Map<string, unknown>)).toMatchObject({
    ...{ cell: "LSTM", length: 10, layers: 2, dropout: 0.5, bidirectional: true, projection: 8, seed: 7 },
  });
  expect(stateDictOf(file).stateDict.get("rnn.weight_hr_l1_reverse")?.shape).toEqual([8, 32]);
  // Without an LSTM there is nothing to project.
  await page.getByLabel("GRU", { exact: true }).check();
  await page.getByLabel("LSTM", { exact: true }).uncheck();
  await expect.poll(() => page.getByLabel("Projection (LSTM only) to 8").isDisabled()).toBe(true);
  await page.context().close();
});

it("is not ready any more as soon as something else is chosen", async () => {
  const page = await visit("learn.html");
  await status(page).getByText("Ready.").waitFor();
  const said = await page.getByLabel("RNN", { exact: true }).evaluate(async (box: HTMLInputElement) => {
    box.click();
    await new Promise((resolve) => setTimeout(resolve));
    return document.querySelector("[role=status]")?.textContent;
  });
  expect(said).toBe("The nets are being made; their gradients are being measured.");
  await page.context().close();
});

it("says in one sentence why a training ended", async () => {
  const page = await visit("learn.html", { language: "zh", width: 390 });
  await status(page).getByText("就绪").waitFor();
  await page.workers()[0].evaluate(() => {
    const failed = { kind: "failed", sentence: "fit() stopped at step 1 of epoch 1: the loss is NaN" };
    (globalThis as unknown as { postMessage(message: object): void }).postMessage(failed);
  });
  const alert = page.getByRole("alert").getByText("the loss is NaN");
  await alert.waitFor();
  await expect.poll(() => button(page, "训练").isDisabled()).toBe(true);
  await button(page, "重新开始").click();
  await status(page).getByText("就绪").waitFor();
  await expect.poll(() => page.getByRole("alert").textContent()).toBe("");
  await page.context().close();
});

it.each([
  { language: "en", width: 1200, theme: "light" },
  { language: "zh", width: 390, theme: "dark" },
] as const)("fits in $language at $width, and its charts follow the theme", async ({ language, width, theme }) => {
  const page = await visit("learn.html", { language, width, theme });
  await page.locator("[data-cell=GRU] canvas").waitFor();
  expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(width);
  /** The colours of the canvas, as one number. */
  const drawn = () =>
    page.evaluate(() => {
      const canvas = document.querySelector<HTMLCanvasElement>("[data-cell=RNN] canvas");
      const data = canvas?.getContext("2d")?.getImageData(0, 0, canvas.width, canvas.height).data ?? [];
      return [...data].reduce((sum, value, i) => (sum * 31 + value * (1 + (i % 4))) % 1_000_003, 0);
    });
  const before = await rest(page, drawn);
  await page.getByRole("button", { name: language === "zh" ? "浅色或深色" : "Light or dark" }).click();
  await expect.poll(drawn).not.toBe(before);
  await page.context().close();
});

it.runIf(process.env.ELMAN_PICTURES === "1")("is a picture", async () => {
  const page = await visit("learn.html");
  await status(page).getByText("Ready.").waitFor();
  await button(page, "Train").click();
  await until(async () => (await stepOf(page)) >= 250);
  await button(page, "Pause").click();
  // The losses and what is below them, on one screen.
  await page.setViewportSize({ width: 1200, height: 960 });
  await page.evaluate(() => document.querySelector("section.card")?.scrollIntoView());
  await picture(page, "learn");
  await page.context().close();
});
