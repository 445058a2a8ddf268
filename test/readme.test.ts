/** The samples of both READMEs compile and print what they say; every row of the coverage table has its test. */

import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { format } from "node:util";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";

const root = fileURLToPath(new URL("..", import.meta.url));
const directory = fileURLToPath(new URL(".readme/", import.meta.url));
const text = (name: string) => readFileSync(`${root}${name}`, "utf8");
const samples = (name: string) => [...text(name).matchAll(/^```ts\n(.*?)^```$/gms)].map((match) => match[1]);
const withoutComments = (code: string) => code.replace(/ *\/\/.*$/gm, "");

/** What each `console.log(…); // text` promises. */
const promises = (code: string) => [...code.matchAll(/^console\.log\(.*\); \/\/ (.*)$/gm)].map((match) => match[1]);

const english = samples("README.md");

describe("README", () => {
  beforeAll(() => {
    mkdirSync(directory, { recursive: true });
    english.forEach((code, i) => {
      writeFileSync(`${directory}sample${i}.ts`, code);
    });
    writeFileSync(`${directory}tsconfig.json`, JSON.stringify({ extends: "../../tsconfig.json", include: ["*.ts"] }));
  });

  afterAll(() => rmSync(directory, { recursive: true }));

  it("has samples", () => expect(english.length).toBe(6));

  it.each(english.map((code, i) => [i, code] as const))("sample %i prints what it says", async (i, code) => {
    const expected = promises(code);
    expect(expected.length).toBeGreaterThan(0);
    const printed: string[] = [];
    const spy = vi.spyOn(console, "log").mockImplementation((...args) => void printed.push(format(...args)));
    await import(`${directory}sample${i}.ts`);
    spy.mockRestore();
    expect(printed).toEqual(expected);
  });

  it("has samples that compile", () => {
    execFileSync(process.execPath, [`${root}node_modules/typescript/bin/tsc`, "-p", directory], { stdio: "pipe" });
  });

  it("has the same samples in Chinese", () => {
    expect(samples("README.zh-CN.md").map(withoutComments)).toEqual(english.map(withoutComments));
  });

  it.each(["README.md", "README.zh-CN.md"])("%s names a test in every row of what is covered", (name) => {
    const table = text(name)
      .split("\n")
      .filter((line) => line.startsWith("| ") && line.split("|").length === 5)
      .slice(2);
    expect(table.length).toBe(26);
    for (const row of table) {
      const links = [...row.matchAll(/\]\((test\/[^)]+)\)/g)].map((match) => match[1]);
      expect(links.length, row).toBeGreaterThan(0);
      for (const link of links) expect(existsSync(`${root}${link}`), link).toBe(true);
    }
  });
});
