/** The playground in Chromium: a file of PyTorch's is dropped on it, and what its pictures show is what PyTorch computes. */

import { readFile } from "node:fs/promises";
import { gzipSync } from "node:zlib";
import { nn, tensor } from "elman-nn";
import { encodeSafetensors } from "elman-nn/checkpoint";
import type { Page } from "playwright-core";
import { describe, expect, it, vi } from "vitest";
import type { ShownNumbers } from "../../site/src/charts/heatmap.js";
import { text } from "../../site/src/playground/text.js";
import { expectClose, float32 } from "../support/tolerance.js";
import { picture, useSite, visit } from "./pages.js";

useSite();

type Seen = Record<string, Record<string, number[]>>;
interface Expected {
  readonly alphabet: string;
  readonly text: string;
  readonly series: number[];
  readonly encoder: Seen;
  readonly memory: Seen;
  readonly lags: Seen;
}
const fixture = (name: string) => readFile(new URL(`../fixtures/${name}`, import.meta.url));
const expected = JSON.parse((await fixture("playground.json")).toString()) as Expected;
const say = text.en;

async function open(options: Parameters<typeof visit>[1] = {}): Promise<Page> {
  const page = await visit("playground.html", options);
  await page.getByText("names.pt").waitFor();
  await page.waitForSelector(".heatmap");
  return page;
}

/** Drops a file on the middle of the page, as one that is dragged from a folder. */
async function drop(page: Page, name: string, bytes: Uint8Array): Promise<void> {
  const transfer = await page.evaluateHandle(
    ({ name, base64 }) => {
      const transfer = new DataTransfer();
      transfer.items.add(new File([Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0))], name));
      return transfer;
    },
    { name, base64: Buffer.from(bytes).toString("base64") },
  );
  await page.dispatchEvent("main", "drop", { dataTransfer: transfer });
}

/** What each picture shows, by its letter. */
const shown = (page: Page) =>
  page.$$eval(".map", (figures) =>
    Object.fromEntries(
      figures.map((figure) => {
        const { values, steps, units } = (figure.querySelector("canvas") as unknown as { heatMap: ShownNumbers })
          .heatMap;
        return [(figure as HTMLElement).dataset.map, { values: Array.from(values), steps, units }];
      }),
    ),
  );

async function expectShown(page: Page, wanted: Record<string, number[]>): Promise<void> {
  // A page draws when it has time.
  await vi.waitFor(async () => {
    const maps = await shown(page);
    expect(Object.keys(maps).sort()).toEqual(Object.keys(wanted).sort());
    for (const [name, values] of Object.entries(wanted)) expectClose(maps[name].values, values, float32, name);
  }, 60_000);
}

const expectSteps = (page: Page, map: string, steps: number) =>
  expect.poll(async () => (await shown(page))[map].steps).toBe(steps);

const type = (page: Page, label: string, value: string) => page.getByLabel(label, { exact: true }).fill(value);

/** A place on a picture, to point at. */
async function pointAt(page: Page, map: string, step: number, unit: number): Promise<void> {
  const canvas = page.locator(`[data-map="${map}"] canvas`);
  const { steps, units } = (await shown(page))[map];
  await canvas.scrollIntoViewIfNeeded();
  const box = await canvas.boundingBox();
  if (box === null) throw new Error(`${map} is not to be seen`);
  await page.mouse.move(box.x + ((step + 0.5) * box.width) / steps, box.y + ((unit + 0.5) * box.height) / units);
}

it.each([
  { language: "en", width: 1200, theme: "light" },
  { language: "zh", width: 390, theme: "dark" },
] as const)("begins with a net of ours in $language at $width", async ({ language, width, theme }) => {
  const page = await open({ language, width, theme });
  const say = text[language];
  expect(await page.textContent("h1")).toBe(say.title);
  await page.getByText(say.loaded("names.pt", "rnn: GRU(16, 64)")).waitFor();
  await expect.poll(async () => Object.keys(await shown(page))).toEqual(["h", "r", "z", "n"]);
  const how = { kind: "embedding", table: "embedding", rows: 28, numbering: "alphabet" } as const;
  await page.getByText(say.how(how, 10, 16)).waitFor();
  for (const kind of ["series", "sound", "text"] as const) {
    await page.getByLabel(say.kinds[kind], { exact: true }).first().check();
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(width);
  }
  await page.getByText(say.traceTable).click();
  await expect.poll(() => page.locator("tbody tr").count()).toBe(10);
  expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(width);
  await page.context().close();
});

it("is small when it is first loaded, with the reader of files", async () => {
  const page = await open();
  const files = await page.evaluate(() =>
    performance.getEntriesByType("resource").flatMap(({ name }) => (/\.(js|css|svg)$/.test(name) ? [name] : [])),
  );
  const bytes = await Promise.all([page.url(), ...files].map(async (url) => (await fetch(url)).arrayBuffer()));
  const size = bytes.reduce((sum, one) => sum + gzipSync(new Uint8Array(one)).length, 0);
  console.log(`playground.html: ${(size / 1000).toFixed(1)} kB gz in ${files.length + 1} files`);
  expect(size).toBeLessThan(115_000);
  await page.context().close();
});

describe("a net of PyTorch's that is dropped on the page", () => {
  it("shows PyTorch's states and gates, in each layer and direction, for text and for a series", async () => {
    const page = await open();
    await drop(page, "playground.pt", await fixture("playground.pt"));
    await page
      .getByText(say.loaded("playground.pt", "encoder: LSTM(6, 5, num_layers=2, bidirectional=True)"))
      .waitFor();
    await type(page, say.alphabet, expected.alphabet);
    await type(page, say.textLabel, expected.text);
    for (const [name, wanted] of Object.entries(expected.encoder)) {
      await page.getByRole("combobox", { name: say.stack, exact: true }).selectOption(name.slice(0, 2));
      const direction = name.endsWith("reverse") ? say.reverse : say.forward;
      await page.getByRole("combobox", { name: say.direction, exact: true }).selectOption(direction);
      await expectShown(page, wanted);
    }

    await page.getByLabel(say.layer).selectOption({ label: "memory: GRU(6, 4)" });
    await expectShown(page, expected.memory.l0);
    await page.getByLabel(say.kinds.series, { exact: true }).check();
    await type(page, say.values, expected.series.join(", "));
    await page.getByText(say.how({ kind: "lags" }, expected.series.length, 6)).waitFor();
    await expectShown(page, expected.lags.l0);
    await page.context().close();
  });

  it("has the colours of its numbers, a unit's trace and its equation", async () => {
    const page = await open({ context: { deviceScaleFactor: 2 } });
    await drop(page, "playground.pt", await fixture("playground.pt"));
    await page.getByLabel(say.layer).selectOption({ label: "memory: GRU(6, 4)" });
    await type(page, say.alphabet, expected.alphabet);
    await type(page, say.textLabel, expected.text);
    const T = expected.text.length;
    const { h, r, z, n } = expected.memory.l0;
    await expectShown(page, expected.memory.l0);
    await pointAt(page, "h", 3, 2);
    await page.getByText(say.at(3, "a", 2)).waitFor();

    const coloursOf = () =>
      page.$eval('[data-map="h"] canvas', (element) => {
        const canvas = element as HTMLCanvasElement & { heatMap: ShownNumbers };
        const { steps, units } = canvas.heatMap;
        const context = canvas.getContext("2d") as CanvasRenderingContext2D;
        const at = (place: number, count: number, size: number) => Math.floor(((place + 0.5) * size) / count);
        const pixels = Array.from({ length: steps * units }, (_, i) => {
          const [x, y] = [at(Math.floor(i / units), steps, canvas.width), at(i % units, units, canvas.height)];
          return Array.from(context.getImageData(x, y, 1, 1).data.subarray(0, 3));
        });
        return { pixels, density: canvas.width / canvas.clientWidth };
      });
    const [low, zero, high] = [
      [0x21, 0x66, 0xac],
      [0xf7, 0xf7, 0xf7],
      [0xb2, 0x18, 0x2b],
    ];
    // What is pointed at is framed, as soon as there is time.
    await vi.waitFor(async () => {
      const { pixels, density } = await coloursOf();
      expect(density).toBeCloseTo(2, 1);
      h.forEach((value, i) => {
        const wanted = zero.map((from, k) => from + Math.abs(value) * ((value < 0 ? low : high)[k] - from));
        expectClose(pixels[i], wanted, { absolute: 3, relative: 0 }, `colour ${i} of ${value}`);
      });
    }, 60_000);

    await page.getByText(say.traceTable).click();
    await page.locator("tbody tr").first().waitFor();
    const table = await page.$$eval("tbody tr", (rows) =>
      rows.map((row) => Array.from(row.querySelectorAll("td"), (cell) => Number(cell.textContent))),
    );
    expectClose(
      table.flat(),
      Array.from({ length: T }, (_, t) => [h, r, z, n].map((values) => values[t * 4 + 2])).flat(),
      float32,
    );
    const lines = await page.locator(".equation").allTextContents();
    const last = (line: string) => Number((line.split("=").pop() ?? "").replace("−", "-"));
    const place = 3 * 4 + 2;
    expect(lines.length).toBe(4);
    expectClose(
      lines.map(last),
      [r, z, n, h].map((values) => values[place]),
      { absolute: 1e-4, relative: 1e-3 },
    );
    const four = (value: number) => String(Number(value.toPrecision(4)));
    const before = four(h[place - 4]).replace("-", "−");
    expect(lines[3]).toContain(`(1−${four(z[place])})·`);
    expect(lines[3]).toContain(before);
    await page.context().close();
  });
});

it("goes through time and units by keyboard, slider and play", async () => {
  const page = await open();
  const now = (step: number, letter: string, unit: number) => page.getByText(say.at(step, letter, unit)).waitFor();
  await page.locator('[data-map="z"] canvas').focus();
  for (const key of ["ArrowRight", "ArrowRight", "ArrowDown", "ArrowLeft"]) await page.keyboard.press(key);
  await now(1, "i", 1);
  await page.keyboard.press("End");
  await now(9, "a", 1);
  await page.keyboard.press("ArrowRight");
  await now(9, "a", 1);
  await page.getByLabel(say.step, { exact: true }).fill("4");
  await page.getByLabel(say.unit, { exact: true }).fill("63");
  await now(4, "e", 63);
  await page.getByRole("button", { name: say.play }).click();
  await page.getByRole("button", { name: say.pause }).waitFor();
  await now(9, "a", 63);
  await page.getByRole("button", { name: say.play }).waitFor();
  // Behind the pictures and the table the keyboard goes on to what follows the card: an equation is no stop.
  await page.locator("summary").focus();
  await page.keyboard.press("Tab");
  expect(await page.evaluate(() => document.activeElement?.closest("footer") !== null)).toBe(true);
  await page.context().close();
});

it("keeps to what a net has, whatever was chosen before it", async () => {
  const page = await open();
  const stack = page.getByRole("combobox", { name: say.stack, exact: true });
  const file = (layer: nn.LSTM) => encodeSafetensors(layer.stateDict());
  await drop(page, "both.safetensors", await file(new nn.LSTM(4, 3, { numLayers: 2, bidirectional: true })));
  await stack.selectOption("l1");
  await page.getByRole("combobox", { name: say.direction, exact: true }).selectOption(say.reverse);
  await drop(page, "one.safetensors", await file(new nn.LSTM(4, 3, { numLayers: 2 })));
  await page.getByText(say.loaded("one.safetensors", "·: LSTM(4, 3, num_layers=2)")).waitFor();
  await expect.poll(() => stack.inputValue()).toBe("1");
  await type(page, say.unit, "2");
  await page.getByRole("button", { name: say.play }).click();
  await type(page, say.unit, "1");
  await page.getByText(say.at(9, "a", 1)).waitFor();
  // A unit that there is not.
  await type(page, say.unit, "7");
  await page.getByLabel(say.unit, { exact: true }).press("Tab");
  await expect.poll(() => page.getByLabel(say.unit, { exact: true }).inputValue()).toBe("1");
  await page.context().close();
});

it("draws one step, and what is no number leaves gaps", async () => {
  const page = await open();
  const curve = (name: string) => page.locator(`.trace .curve.${name}`).getAttribute("d");
  const layer = new nn.GRU(1, 1);
  await drop(page, "gru.safetensors", await encodeSafetensors(layer.stateDict()));
  await page.getByLabel(say.kinds.series, { exact: true }).check();
  await type(page, say.values, "0.0004");
  await page.getByText(say.how({ kind: "lags" }, 1, 1)).waitFor();
  await expect.poll(() => curve("h")).toMatch(/^M0,([-\d.e]+)L0\.5,\1H1$/);
  await expectSteps(page, "h", 1);

  layer.loadStateDict(new Map([...layer.stateDict(), ["weight_hh_l0", tensor([[Number.NaN], [0], [0]])]]));
  await drop(page, "nan.safetensors", await encodeSafetensors(layer.stateDict()));
  await page.getByText("nan.safetensors").waitFor();
  await page.waitForFunction(() => document.querySelector(".trace .curve.h")?.getAttribute("d") === "");
  await page.context().close();
});

it("reads a series that is drawn, and a sound", async () => {
  const page = await open();
  await page.getByRole("button", { name: say.fresh }).click();
  await page.getByText(say.loaded("LSTM", "lstm: LSTM(8, 16, num_layers=2, bidirectional=True)")).waitFor();
  await expectSteps(page, "c", 60);
  const box = (await page.locator(".pad").boundingBox()) ?? expect.fail("no pad");
  await page.mouse.move(box.x + 1, box.y + 1);
  await page.mouse.down();
  await page.mouse.move(box.x + box.width - 1, box.y + 1, { steps: 3 });
  await page.mouse.up();
  const values = async () => (await page.getByLabel(say.values).inputValue()).split(" ").map(Number);
  await expect.poll(async () => Math.min(...(await values()))).toBeGreaterThan(0.97);
  const drawn = await values();
  expect(drawn.length).toBe(60);
  // What begins elsewhere draws nothing.
  await page.mouse.move(box.x + 1, box.y - 20);
  await page.mouse.down();
  await page.mouse.move(box.x + 100, box.y + box.height - 2, { steps: 3 });
  await page.mouse.up();
  await expect.poll(values).toEqual(drawn);
  await type(page, say.values, "1 x");
  await page.getByText(say.fault({ kind: "number", word: "x" })).waitFor();

  await page.getByLabel(say.kinds.sound, { exact: true }).check();
  await page.getByText(say.soundNow(say.tone, 2)).waitFor();
  await page.getByRole("button", { name: say.speech }).click();
  await page.getByText("sample.wav, 10.5 s").waitFor();
  await page.getByLabel(say.soundFile).setInputFiles({ name: "a.wav", mimeType: "audio/wav", buffer: wav(8000, 8000) });
  await page.getByText(say.soundNow("a.wav", 1)).waitFor();
  // A second at the 16 kHz of the page, a step each 256 samples.
  await page.getByText(say.how({ kind: "bands", rate: 16000, frame: 512, hop: 256 }, 63, 8)).waitFor();
  await expectSteps(page, "c", 63);
  await page.context().close();
});

/** A tone as a WAV file of 16 bits. */
function wav(rate: number, count: number): Buffer {
  const bytes = Buffer.alloc(44 + 2 * count);
  bytes.write("RIFF", 0);
  bytes.writeUInt32LE(36 + 2 * count, 4);
  bytes.write("WAVEfmt ", 8);
  bytes.writeUInt32LE(16, 16);
  bytes.writeUInt16LE(1, 20);
  bytes.writeUInt16LE(1, 22);
  bytes.writeUInt32LE(rate, 24);
  bytes.writeUInt32LE(2 * rate, 28);
  bytes.writeUInt16LE(2, 32);
  bytes.writeUInt16LE(16, 34);
  bytes.write("data", 36);
  bytes.writeUInt32LE(2 * count, 40);
  for (let i = 0; i < count; i++) bytes.writeInt16LE(Math.round(8000 * Math.sin(i / 3)), 44 + 2 * i);
  return bytes;
}

it("says what is wrong with a file, and keeps what it had", async () => {
  const page = await open();
  const alert = (sentence: string) => page.getByRole("alert").filter({ hasText: sentence }).waitFor();
  await drop(page, "notes.pt", Buffer.from("hello"));
  await alert("is neither a safetensors file nor one of torch.save: it begins with 68 65 6c 6c 6f");
  await drop(page, "linear.safetensors", await encodeSafetensors(new nn.Linear(2, 3).stateDict()));
  await alert(say.nothing("linear.safetensors", ["Linear '·'"]));
  await drop(page, "notes.wav", Buffer.from("hello"));
  await alert(say.noSound("notes.wav"));
  await drop(page, "notes.onnx", Buffer.from("hello"));
  await alert("fromOnnx()");
  await page.getByText(say.loaded("names.pt", "rnn: GRU(16, 64)")).waitFor();
  await type(page, say.textLabel, "zoë");
  await alert(say.fault({ kind: "letter", letter: "ë" }));
  await page.context().close();
});

it.runIf(process.env.ELMAN_PICTURES === "1")("has its picture taken", async () => {
  const page = await open();
  await page.setViewportSize({ width: 1200, height: 2600 });
  await type(page, say.textLabel, "wilhelmina");
  await pointAt(page, "h", 6, 20);
  await picture(page.locator("section.card").last(), "playground");
  await page.context().close();
});
