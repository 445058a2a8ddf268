/** The samples of READMEs and guides compile and print what they say; every row of the coverage table has its test. */

import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { format } from "node:util";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { torchPython } from "./support/torch_python.js";

const root = fileURLToPath(new URL("..", import.meta.url));
const directory = fileURLToPath(new URL(".readme/", import.meta.url));
const text = (name: string) => readFileSync(`${root}${name}`, "utf8");
const blocks = (name: string) => [...text(name).matchAll(/^```(\w+)\n(.*?)^```$/gms)].map(([, ...block]) => block);
const samples = (name: string) => blocks(name).flatMap(([language, code]) => (language === "ts" ? [code] : []));
const withoutComments = (code: string) => code.replace(/ *(\/\/|\/\*\*).*$/gm, "");

/** What each `console.log(…); // text` promises. */
const promises = (code: string) => [...code.matchAll(/^ *console\.log\(.*\); \/\/ (.*)$/gm)].map((match) => match[1]);

const english = samples("README.md");
const guide = "docs/training.md";

/** The blocks of a guide as one program, in their order; those in Python are run where there is a PyTorch. */
function programOf(name: string): string {
  const python = torchPython();
  return blocks(name)
    .map(([language, code]) => {
      if (language === "ts") return code;
      if (language !== "python") throw new Error(`${name}: nothing runs a block of ${language}`);
      const run = `execFileSync(${JSON.stringify(python)}, ["-W", "ignore", "-c", ${JSON.stringify(code)}]);\n`;
      return python === null ? "" : `import { execFileSync } from "node:child_process";\n${run}`;
    })
    .join("");
}

beforeAll(() => {
  mkdirSync(directory, { recursive: true });
  english.forEach((code, i) => {
    writeFileSync(`${directory}sample${i}.ts`, code);
  });
  writeFileSync(`${directory}guide.ts`, programOf(guide));
  writeFileSync(`${directory}tsconfig.json`, JSON.stringify({ extends: "../../tsconfig.json", include: ["*.ts"] }));
});

afterAll(() => rmSync(directory, { recursive: true }));

it("READMEs and guides have samples that compile", () => {
  execFileSync(process.execPath, [`${root}node_modules/typescript/bin/tsc`, "-p", directory], { stdio: "pipe" });
});

describe("README", () => {
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

  it("has the same samples in Chinese", () => {
    expect(samples("README.zh-CN.md").map(withoutComments)).toEqual(english.map(withoutComments));
  });

  it.each(["README.md", "README.zh-CN.md"])("%s names a test in every row of what is covered", (name) => {
    const table = text(name)
      .split("\n")
      .filter((line) => line.startsWith("| ") && line.split("|").length === 5)
      .slice(2);
    expect(table.length).toBe(29);
    for (const row of table) {
      const links = [...row.matchAll(/\]\((test\/[^)]+)\)/g)].map((match) => match[1]);
      expect(links.length, row).toBeGreaterThan(0);
      for (const link of links) expect(existsSync(`${root}${link}`), link).toBe(true);
    }
  });
});

describe("guides", () => {
  it("print what they say, from the first block to the last", () => {
    const tsx = [`${root}node_modules/tsx/dist/cli.mjs`, "--tsconfig", `${root}tsconfig.json`];
    const options = { cwd: directory, encoding: "utf8", stdio: "pipe" } as const;
    const printed = execFileSync(process.execPath, [...tsx, "guide.ts"], options);
    const expected = promises(samples(guide).join(""));
    expect(expected.length).toBe(10);
    expect(printed.trim().split("\n")).toEqual(expected);
    for (const file of ["loss.svg", "gates.svg", "runs/first"]) expect(existsSync(`${directory}${file}`)).toBe(true);
  });

  it("have the same blocks in Chinese", () => {
    const plain = (name: string) => blocks(name).map(([language, code]) => [language, withoutComments(code)]);
    expect(plain("docs/training.zh-CN.md")).toEqual(plain(guide));
  });

  it("show of train.py what stands in it, which `npm run test:scale` runs", () => {
    const [[, code], ...others] = blocks("docs/scale.md").filter(([language]) => language === "python");
    expect(others).toEqual([]);
    expect(text("examples/names/train.py")).toContain(code);
  });
});
