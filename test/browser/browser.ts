/**
 * The library in Chromium: a page that computes, the same page under two policies, and a worklet that makes sound. What
 * comes out is compared with Node's numbers. Run by `npm run test:browser`, not by `npm test`: it needs a browser.
 */

import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { fileURLToPath } from "node:url";
import { type Browser, chromium, type Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { instantiate } from "../../src/device/wasm/module.js";
import { setDefaultDevice } from "../../src/index.js";
import { bundled } from "../support/bundle.js";
import { type Signal, signal } from "../support/signal.js";
import { expectClose, float32 } from "../support/tolerance.js";
import { chromiumPath } from "./chromium.js";
import type { offered, Played } from "./page.js";
import { type Results, train, work } from "./work.js";

/** Each path and the policy under which its page runs, if any. */
const policies: Record<string, string | null> = {
  "/free": null,
  "/strict": "script-src 'self'",
  "/wasm": "script-src 'self' 'wasm-unsafe-eval'",
};

async function serve(): Promise<Server> {
  const path = (name: string) => JSON.stringify(fileURLToPath(new URL(name, import.meta.url)));
  const page = `import { offered } from ${path("page.ts")}; globalThis.elman = offered;`;
  const worklet = `import { Streaming } from ${path("worklet.ts")}; registerProcessor("streaming", Streaming);`;
  const files: Record<string, string> = {
    "/page.js": (await bundled(page, "esm")).code,
    "/worklet.js": (await bundled(worklet, "iife")).code,
  };
  const server = createServer(({ url = "" }, response) => {
    const policy = policies[url];
    if (policy) response.setHeader("Content-Security-Policy", policy);
    if (url in files) response.setHeader("Content-Type", "text/javascript").end(files[url]);
    else if (url in policies) {
      response
        .setHeader("Content-Type", "text/html")
        .end('<!doctype html><script type="module" src="/page.js"></script>');
    } else response.writeHead(404).end();
  });
  await new Promise<void>((resolve) => server.listen(0, "localhost", resolve));
  return server;
}

let server: Server;
let browser: Browser;
beforeAll(async () => {
  server = await serve();
  browser = await chromium.launch({ executablePath: chromiumPath() });
  console.log(`Chromium ${browser.version()}`);
});
afterAll(async () => {
  await browser?.close();
  server?.close();
});

/** A loaded page; what goes wrong in it fails the test. */
async function open(path: string): Promise<Page> {
  const page = await browser.newPage();
  page.on("pageerror", (error) => expect.fail(`${path}: ${error.message}`));
  await page.goto(`http://localhost:${(server.address() as AddressInfo).port}${path}`);
  return page;
}

type Offered = { elman: typeof offered };
const workIn = (page: Page): Promise<Results> => page.evaluate(() => (globalThis as unknown as Offered).elman.work());
const playIn = (page: Page, given: Signal): Promise<Played> =>
  page.evaluate((signal) => (globalThis as unknown as Offered).elman.play(signal), given);

/** Lets Node compute with the same build of the kernels where it has it. */
function computeOn(device: string): void {
  const relaxed = device === "wasm-relaxed" && instantiate("relaxed") !== null;
  setDefaultDevice(device === "js" ? "js" : relaxed ? "wasm-relaxed" : "wasm-plain");
}

describe.each([
  { path: "/free", device: "wasm-relaxed" },
  { path: "/wasm", device: "wasm-relaxed" },
  { path: "/strict", device: "js" },
])("the page $path", ({ path, device }) => {
  it(`computes on ${device} what Node computes`, async () => {
    const page = await open(path);
    const there = await workIn(page);
    computeOn(device);
    const here = work();
    console.log(`${path}: ${there.device} in the page, ${here.device} in Node`);
    expect(there.device).toBe(device);
    expect(Object.keys(there.numbers)).toEqual(Object.keys(here.numbers));
    expect(Object.keys(there.numbers).length).toBe(14);
    for (const [name, numbers] of Object.entries(here.numbers)) {
      const largest = name.startsWith("gradient") ? Math.max(...numbers.map(Math.abs)) : 0;
      const near = { absolute: Math.max(float32.absolute, 3e-6 * largest), relative: float32.relative };
      expectClose(there.numbers[name], numbers, near, name);
    }
    await page.close();
  });

  it("trains by fit as Node does", async () => {
    const page = await open(path);
    const there = await page.evaluate(() => (globalThis as unknown as Offered).elman.train());
    await page.close();
    computeOn(device);
    const here = await train();
    expect([here.steps.length, here.epochs.length]).toEqual([30, 6]);
    // What thirty steps make of the difference between two builds of the kernels.
    const near = { absolute: 10 * float32.absolute, relative: 10 * float32.relative };
    for (const kind of ["steps", "epochs"] as const) expectClose(there[kind], here[kind], near, kind);
    expect(here.epochs[5]).toBeLessThan(0.7 * here.epochs[0]);
  });

  it("plays through a worklet what Node computes", async () => {
    const given = signal(6, 44_100);
    const page = await open(path);
    const { samples, world } = await playIn(page, given);
    await page.close();
    expect(world).toEqual({ missing: ["atob", "TextDecoder", "fetch", "process"], instances: device === "js" ? 0 : 1 });

    if (device === "js") vi.stubGlobal("WebAssembly", undefined);
    vi.resetModules();
    const { LSTM } = await import("../../src/stream/index.js");
    const entries = Object.entries(given.weights);
    const floats = entries.map(([name, { shape, data }]) => [name, { shape, data: Float32Array.from(data) }] as const);
    const stream = new LSTM(Object.fromEntries(floats)).stream();
    vi.unstubAllGlobals();
    const output = new Float32Array(given.input.length * 6);
    stream.run(Float32Array.from(given.input), output, given.input.length);
    const want = given.input.map((_, t) => output[t * 6]);
    expectClose(samples, want, float32);
    expect(Math.max(...want) - Math.min(...want)).toBeGreaterThan(0.1);
  });
});
