import { expect, it } from "vitest";
import { budgetFor } from "../../../src/checkpoint/bytes/budget.js";
import { refusal } from "../archives.js";

it("is 64 MiB and four times the file, or what is asked for", async () => {
  budgetFor("file", 100, undefined).spend(2 ** 26 + 400, "all");
  expect(await refusal(() => budgetFor("file", 100, undefined).spend(2 ** 26 + 401, "all"))).toBe(
    "file: all takes more than the 67109264 bytes that the whole may take; in JavaScript { maxBytes } allows more",
  );
  const budget = budgetFor("file", 100, 10);
  budget.spend(10, "this");
  expect(await refusal(() => budget.spend(1, "that"))).toContain("that takes more than the 10 bytes");
});

it("refuses what is no number of bytes", async () => {
  for (const bad of [-1, NaN, "1"]) {
    expect(await refusal(() => budgetFor("file", 1, bad as number))).toContain("maxBytes as a number of bytes");
  }
});
