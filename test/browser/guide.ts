/** The page and the worklet that docs/streaming.md shows, in Chromium: they play what Node computes. */

import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Browser, chromium, type Page } from "playwright-core";
import { afterAll, beforeAll, expect, it } from "vitest";
import { encodeTorch } from "../../src/checkpoint/index.js";
import { manualSeed, nn } from "../../src/index.js";
import { bundled } from "../support/bundle.js";
import { blocks } from "../support/docs.js";
import { expectClose, float32 } from "../support/tolerance.js";
import { chromiumPath } from "./chromium.js";

const frames = 44_100;

/** What the guide's page offers; `play` lets its net hear a sine. */
interface Offered {
  guide: {
    live(checkpoint: string): Promise<{ state: string; close(): Promise<void> }>;
    share(checkpoint: string): Promise<number>;
    play(checkpoint: string, frames: number): Promise<number[]>;
  };
}

const offering = `import { effect, live, share } from "./page.ts";
async function play(checkpoint, frames) {
  const context = new OfflineAudioContext(1, frames, 48_000);
  const node = await effect(context, checkpoint);
  const buffer = context.createBuffer(1, frames, 48_000);
  buffer.copyToChannel(Float32Array.from({ length: frames }, (_, t) => Math.sin(t / 10)), 0);
  const source = new AudioBufferSourceNode(context, { buffer });
  source.connect(node).connect(context.destination);
  source.start();
  return [...(await context.startRendering()).getChannelData(0)];
}
globalThis.guide = { live, share, play };`;

const directory = mkdtempSync(join(tmpdir(), "elman-guide-"));
manualSeed(0);
const net = new nn.Sequential(new nn.Conv1d(1, 16, 3), new nn.ReLU(), new nn.GRU(16, 32), new nn.Linear(32, 1));
let server: Server;
let browser: Browser;
let page: Page;

beforeAll(async () => {
  const shown = blocks("docs/streaming.md").filter(({ file }) => file !== null);
  for (const { file, code } of shown) writeFileSync(join(directory, file as string), code);
  writeFileSync(join(directory, "entry.ts"), offering);
  const script = async (file: string) =>
    (await bundled(`import ${JSON.stringify(join(directory, file))};`, "esm")).code;
  const files: Record<string, readonly [type: string, body: string | Uint8Array]> = {
    "/": ["text/html", '<!doctype html><link rel="icon" href="data:,"><script type="module" src="entry.js"></script>'],
    "/entry.js": ["text/javascript", await script("entry.ts")],
    "/worklet.js": ["text/javascript", await script("worklet.ts")],
    "/net.pt": ["application/octet-stream", encodeTorch(net.stateDict())],
  };
  server = createServer(({ url = "" }, response) => {
    const [type, body] = files[url] ?? ["text/plain", ""];
    response.writeHead(url in files ? 200 : 404, { "Content-Type": type }).end(body);
  });
  await new Promise<void>((resolve) => server.listen(0, "localhost", resolve));
  const args = ["--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream"];
  browser = await chromium.launch({
    executablePath: chromiumPath(),
    args: [...args, "--autoplay-policy=no-user-gesture-required"],
  });
  page = await browser.newPage();
  page.on("pageerror", (error) => expect.fail(error.message));
  page.on("console", (message) => {
    if (message.type() === "error") expect.fail(message.text());
  });
  await page.goto(`http://localhost:${(server.address() as AddressInfo).port}/`);
}, 300_000);

afterAll(async () => {
  await browser?.close();
  server?.close();
  rmSync(directory, { recursive: true });
});

it("plays through the worklet what Node computes", async () => {
  const samples = await page.evaluate((n) => (globalThis as unknown as Offered).guide.play("net.pt", n), frames);
  const want = Float32Array.from({ length: frames }, (_, t) => Math.sin(t / 10));
  net.stream().run(want, want, frames);
  expectClose(samples, [...want], float32);
  expect(Math.max(...want) - Math.min(...want)).toBeGreaterThan(0.05);
});

it("hears the microphone", async () => {
  const state = await page.evaluate(async () => {
    const context = await (globalThis as unknown as Offered).guide.live("net.pt");
    const { state } = context;
    await context.close();
    return state;
  });
  expect(state).toBe("running");
});

it("says which share of real time that takes", async () => {
  const share = await page.evaluate(() => (globalThis as unknown as Offered).guide.share("net.pt"));
  console.log(`${(100 * share).toFixed(1)} % of real time in the worklet`);
  expect(share).toBeGreaterThan(0);
  expect(share).toBeLessThan(1);
});
