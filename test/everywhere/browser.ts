/** Pages in Chromium: a server of files, whose pages load the installed package by its paths, and what a page says it did. */

import { readFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { extname, join } from "node:path";
import { type Browser, chromium } from "playwright-core";
import { chromiumPath } from "../browser/chromium.js";
import type { Done, Project } from "./project.js";

const types: Record<string, string> = {
  ".html": "text/html",
  ".js": "text/javascript",
  ".mjs": "text/javascript",
  ".wasm": "application/wasm",
  ".css": "text/css",
};

let browser: Promise<Browser> | null = null;

/** Closes the browser, if one was started. */
export async function closeBrowser(): Promise<void> {
  await (await browser)?.close();
}

/** What a page leaves as `done`; what goes wrong in it is the error. */
export async function visited(url: string): Promise<Done> {
  browser ??= chromium.launch({ executablePath: chromiumPath(), args: ["--no-sandbox"] });
  const page = await (await browser).newPage();
  const wrong = new Promise<never>((_, reject) => {
    page.on("pageerror", (error) => reject(error));
    page.on("crash", () => reject(new Error("the page crashed")));
  });
  try {
    await page.goto(url);
    const done = page.waitForFunction(() => (globalThis as { done?: Done }).done, null, { timeout: 300_000 });
    return (await Promise.race([done.then((handle) => handle.jsonValue()), wrong])) as Done;
  } finally {
    await page.close();
  }
}

/** Names of packages as paths below /node_modules, as someone writes them who has no bundler. */
const byPath = (code: string) =>
  code.replace(/from "elman-nn(\/\w+)?"/g, (_, entry = "") => `from "/node_modules/elman-nn/dist${entry}/index.js"`);

/** How a page is served. */
export interface Page {
  /** Below the project. */
  readonly folder?: string;
  /** Its content-security policy. */
  readonly policy?: string;
}

/** Serves a folder of a project and visits a page of it. */
export async function page(project: Project, path: string, options: Page = {}): Promise<Done> {
  const folder = join(project.directory, options.folder ?? ".");
  const server = createServer(({ url = "/" }, response) => {
    const name = url.replace(/\?.*/, "");
    // An installed package may lie in the project or above it.
    const above = name.startsWith("/node_modules/") ? [folder, join(folder, "..")] : [folder];
    for (const directory of above) {
      try {
        const bytes = readFileSync(join(directory, name));
        if (options.policy) response.setHeader("Content-Security-Policy", options.policy);
        response.setHeader("Content-Type", types[extname(name)] ?? "application/octet-stream");
        response.end(extname(name) === ".mjs" ? byPath(bytes.toString()) : bytes);
        return;
      } catch {}
    }
    response.writeHead(404).end();
  });
  await new Promise<void>((resolve) => server.listen(0, "localhost", resolve));
  try {
    return await visited(`http://localhost:${(server.address() as AddressInfo).port}/${path}`);
  } finally {
    server.close();
    server.closeAllConnections();
  }
}
