/** The page of shapes in the browser: what is chosen decides what is said, and the programs can be copied. */

import { expect, it } from "vitest";
import { pythonOf, typescriptOf } from "../../site/src/shapes/code.js";
import { first, settled, shapesOf, shapeText } from "../../site/src/shapes/shapes.js";
import { useSite, visit } from "./pages.js";

useSite();

it("follows the choice, by keyboard alone", async () => {
  const page = await visit("shapes.html", { context: { permissions: ["clipboard-read", "clipboard-write"] } });
  await page.getByRole("combobox", { name: "Layer", exact: true }).selectOption("LSTM");
  await page.getByRole("combobox", { name: "Input", exact: true }).selectOption("packed");
  await page.getByLabel("Hidden size, H").fill("16");
  await page.getByLabel("Projection").fill("4");
  await page.getByLabel("Bidirectional").focus();
  await page.keyboard.press("Space");
  const choice = settled({ ...first, form: "packed", hiddenSize: 16, projSize: 4, bidirectional: true });
  const { initial, parameters, elements } = shapesOf(choice);
  const said = expect.poll(() => page.getByRole("img").getAttribute("aria-label"));
  for (const { name, shape } of initial)
    await said.toContain(`${name} (2·L, N, ${shape[2]?.letter}) = ${shapeText(shape)}`);
  const rows = await page.locator("section.wide tbody tr").allInnerTexts();
  expect(rows.map((row) => row.split(/\s/)[0])).toEqual([...parameters.map(({ name }) => name), "all"]);
  expect(rows.at(-1)).toContain(String(elements));
  expect(await page.locator("body").innerText()).toContain("between −0.2500 and 0.2500");

  for (const [title, code] of [
    ["PyTorch", pythonOf(choice)],
    ["TypeScript", typescriptOf(choice)],
  ] as const) {
    await page.getByRole("button", { name: `Copy: ${title}` }).focus();
    await page.keyboard.press("Enter");
    await expect.poll(() => page.evaluate(() => navigator.clipboard.readText())).toBe(code);
  }
  await page.context().close();
});

it("keeps what a cell does not have, and takes no size that is none", async () => {
  const page = await visit("shapes.html", { width: 390 });
  await page.getByLabel("Hidden size, H").fill("0");
  await page.getByRole("combobox", { name: "Layer", exact: true }).selectOption("GRUCell");
  await expect.poll(() => page.getByLabel("Bidirectional").isDisabled()).toBe(true);
  await expect.poll(() => page.getByLabel("Layers, L").isDisabled()).toBe(true);
  const said = await page.getByRole("img").getAttribute("aria-label");
  expect(said).toBe("input (N, C) = (2, 3); h (N, H) = (2, 4); h′ (N, H) = (2, 4)");
  await page.context().close();
});
