/** What every page has, in both languages and at both widths. */

import { expect, it } from "vitest";
import { useSite, visit } from "./pages.js";

useSite();

for (const path of ["index.html", "playground.html", "learn.html", "shapes.html"]) {
  it.each([
    { language: "en", width: 1200 },
    { language: "zh", width: 390 },
  ] as const)(`${path} in $language at $width`, async ({ language, width }) => {
    const page = await visit(path, { language, width });
    await page.waitForSelector("h1");
    expect(await page.getAttribute("html", "lang")).toBe(language === "zh" ? "zh-CN" : "en");
    // Nothing is wider than the screen.
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(width);
    await page.getByRole("button", { name: language === "zh" ? "English" : "中文" }).click();
    expect(await page.getAttribute("html", "lang")).toBe(language === "zh" ? "en" : "zh-CN");
    await page.context().close();
  });
}
