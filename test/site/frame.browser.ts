/** What every page has, in both languages, both themes and at both widths, and what it may load. */

import { existsSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { fileURLToPath } from "node:url";
import type { AxeResults, RunOptions } from "axe-core";
import type { Page } from "playwright-core";
import { describe, expect, it } from "vitest";
import { firstLoad, pagesOf } from "../../site/files.js";
import { useSite, type Visit, visit } from "./pages.js";

useSite();

const dist = fileURLToPath(new URL("../../site/dist/", import.meta.url));
const pages = pagesOf(dist).filter((path) => !/^(guides|reference)\//.test(path));
const guides = pagesOf(`${dist}guides`).map((path) => `guides/${path}`);
// One of each kind of page: a class, a function, a type, and the lists.
const reference = ["index", "modules/elman-nn", "classes/elman-nn.nn.LSTM", "functions/elman-nn_checkpoint.load"].map(
  (path) => `reference/${path}.html`,
);

const visits = [
  { language: "en", width: 1200, theme: "light" },
  { language: "en", width: 390, theme: "dark" },
  { language: "zh", width: 390, theme: "light" },
  { language: "zh", width: 1200, theme: "dark" },
] as const satisfies Visit[];
const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

/** What axe finds that keeps somebody from the page, each with the first place. */
async function faults(page: Page): Promise<string[]> {
  await page.evaluate(axe);
  const { violations } = (await page.evaluate(
    (options) => (window as unknown as { axe: { run(options: RunOptions): Promise<AxeResults> } }).axe.run(options),
    { resultTypes: ["violations"] } satisfies RunOptions,
  )) as AxeResults;
  return violations
    .filter(({ impact }) => impact === "serious" || impact === "critical")
    .map(({ id, nodes }) => `${id}: ${nodes[0]?.html} ${nodes[0]?.failureSummary}`);
}

/** The page holds what every page must, on this screen. */
async function holds(page: Page, width: number, axe = true): Promise<void> {
  await page.waitForSelector("h1");
  expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(width);
  if (axe) expect(await faults(page)).toEqual([]);
  // What links the script has written lead somewhere, too.
  const links = await page.$$eval("a[href]", (all) => all.map((link) => (link as HTMLAnchorElement).href));
  const below = new URL(page.url());
  for (const link of links.filter((href) => new URL(href).origin === below.origin)) {
    const path = decodeURIComponent(new URL(link).pathname.replace("/some/path/", ""));
    expect(existsSync(`${dist}${path}`), link).toBe(true);
  }
}

/** The controls that the Tab key does not come to, of those that show and can be used. */
async function unreached(page: Page): Promise<string[]> {
  const controls = "a[href], button, select, input, textarea, summary, [tabindex]";
  for (let i = 0, inside = true; i < 500 && inside; i++) {
    await page.keyboard.press("Tab");
    inside = await page.evaluate(() => {
      document.activeElement?.setAttribute("data-reached", "");
      return document.activeElement !== document.body;
    });
  }
  return page.evaluate(
    (selector) =>
      [...document.querySelectorAll<HTMLElement>(selector)]
        .filter((one) => one.checkVisibility({ visibilityProperty: true }) && !one.matches(":disabled, [data-reached]"))
        // Of a group of radio buttons Tab comes to one.
        .filter((one) => !one.matches("input[type=radio]"))
        .map((one) => one.outerHTML.slice(0, 200)),
    controls,
  );
}

describe.each(pages)("%s", (path) => {
  it.each(visits)("in $language at $width, $theme", async (options) => {
    const page = await visit(path, options);
    await holds(page, options.width);
    await expect.poll(() => page.getAttribute("html", "lang")).toBe(options.language === "zh" ? "zh-CN" : "en");
    await expect.poll(() => page.getAttribute("html", "data-theme")).toBe(options.theme);
    // What comes after the first walk, since a net had to be made for it, is reached by the next.
    if (options.theme === "light") await expect.poll(() => unreached(page), { timeout: 60_000 }).toEqual([]);
    await page.getByRole("button", { name: options.language === "zh" ? "English" : "中文" }).click();
    await expect.poll(() => page.getAttribute("html", "lang")).toBe(options.language === "zh" ? "en" : "zh-CN");
    await page.context().close();
  });
});

it("works where the browser keeps nothing", async () => {
  const page = await visit("learn.html", {
    before: () =>
      Object.defineProperty(window, "localStorage", {
        get() {
          throw new DOMException("Access is denied", "SecurityError");
        },
      }),
  });
  const theme = () => page.getAttribute("html", "data-theme");
  await page.getByRole("button", { name: "Light or dark" }).click();
  await expect.poll(theme).toBe("dark");
  await page.getByRole("button", { name: "Light or dark" }).click();
  await expect.poll(theme).toBe("light");
  await page.getByRole("button", { name: "中文" }).click();
  await expect.poll(() => page.getAttribute("html", "lang")).toBe("zh-CN");
  await page.context().close();
});

it.each(guides)("%s", async (path) => {
  const language = path.includes("zh-CN") ? "zh" : "en";
  for (const options of visits.filter((one) => one.language === language)) {
    const page = await visit(path, options);
    // Axe takes its time, and guides look alike: of the dark ones it sees one.
    await holds(page, options.width, options.theme === "light" || path.includes("pytorch"));
    await page.context().close();
  }
});

it.each(reference)("%s", async (path) => {
  for (const options of visits.slice(0, 2)) {
    const page = await visit(path, options);
    await holds(page, options.width, options.theme === "light" || path.includes("index"));
    await page.context().close();
  }
});

it("loads 150 kB at most at first, on every page", () => {
  for (const path of [...pages, ...guides, "reference/index.html"]) {
    expect(firstLoad(dist, path), path).toBeLessThanOrEqual(150_000);
  }
});
