/**
 * The built site in Chromium, as a visitor meets it: served from a path below a server's root, in one language, one width and
 * one theme. An error in the console, or a request to another host, fails the test.
 */

import { readFile } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { extname } from "node:path";
import { fileURLToPath } from "node:url";
import { type Browser, type BrowserContext, chromium, type Locator, type Page } from "playwright-core";
import { afterAll, beforeAll, expect } from "vitest";
import { chromiumPath } from "../browser/chromium.js";

const dist = new URL("../../site/dist/", import.meta.url);
const kinds: Record<string, string> = {
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript",
  ".css": "text/css",
  ".svg": "image/svg+xml",
  ".json": "application/json",
  ".wav": "audio/wav",
  ".png": "image/png",
};
const prefix = "/some/path/";

const server = createServer(async ({ url = "" }, response) => {
  try {
    const { pathname } = new URL(url, "http://localhost");
    if (!pathname.startsWith(prefix)) throw new Error(`${pathname} lies outside ${prefix}`);
    const bytes = await readFile(new URL(pathname.slice(prefix.length) || "index.html", dist));
    response.setHeader("Content-Type", kinds[extname(pathname)] ?? "application/octet-stream").end(bytes);
  } catch {
    response.writeHead(404).end();
  }
});

let browser: Browser;
/** @param args further arguments for Chromium */
export function useSite(args: readonly string[] = []): void {
  beforeAll(async () => {
    await new Promise<void>((resolve) => server.listen(0, "localhost", resolve));
    browser = await chromium.launch({ executablePath: chromiumPath(), args: [...args] });
  });
  afterAll(async () => {
    await browser?.close();
    server.close();
  });
}

export interface Visit {
  readonly language?: "en" | "zh";
  readonly width?: number;
  readonly theme?: "light" | "dark";
  readonly context?: Parameters<Browser["newContext"]>[0];
  /** What the page runs before its own scripts. */
  readonly before?: () => unknown;
}

/** A page of the site, loaded. Its context is closed by `page.context().close()`. */
export async function visit(
  path: string,
  { language = "en", width = 1200, theme = "light", context = {}, before }: Visit = {},
): Promise<Page> {
  const opened: BrowserContext = await browser.newContext({
    viewport: { width, height: 900 },
    locale: language === "zh" ? "zh-CN" : "en-US",
    colorScheme: theme,
    ...context,
  });
  // Against what hangs: a loaded machine takes its time.
  opened.setDefaultTimeout(300_000);
  const page = await opened.newPage();
  const origin = `http://localhost:${(server.address() as AddressInfo).port}`;
  page.on("pageerror", (error) => expect.fail(`${path}: ${error.message}`));
  page.on("console", (message) => {
    if (message.type() === "error") expect.fail(`${path}: ${message.text()}`);
  });
  page.on("request", (request) => {
    const url = request.url();
    if (!url.startsWith(origin) && !/^(blob|data):/.test(url)) expect.fail(`${path} asked another host: ${url}`);
  });
  if (before !== undefined) await page.addInitScript(before);
  await page.goto(`${origin}${prefix}${path}`, { waitUntil: "load" });
  return page;
}

/** Keeps what the window or a part of the page shows for README and guides, where ELMAN_PICTURES asks for that. */
export async function picture(shown: Page | Locator, name: string): Promise<void> {
  const path = fileURLToPath(new URL(`../../docs/pictures/${name}.png`, import.meta.url));
  if (process.env.ELMAN_PICTURES) await shown.screenshot({ path });
}
