/**
 * The blocks of READMEs and guides compile and print what they say, in both languages; what they claim of tests, commands
 * and numbers is so; and their links lead somewhere. The files of a page that docs/streaming.md shows run in test/browser.
 */

import { execFileSync } from "node:child_process";
import { copyFileSync, cpSync, existsSync, mkdirSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join, normalize } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { withoutRelativeLinks } from "../scripts/pack.js";
import {
  blocks,
  chinese,
  guides,
  headings,
  links,
  promises,
  root,
  samples,
  text,
  withoutComments,
} from "./support/docs.js";
import { torchPython } from "./support/torch_python.js";

const translated = ["README.md", ...guides];
const all = [root, join(root, "docs")].flatMap((directory) =>
  readdirSync(directory)
    .filter((name) => name.endsWith(".md"))
    .map((name) => (directory === root ? name : `docs/${name}`)),
);
const directory = join(root, "test/.docs");
const home = (name: string) => join(directory, name.replace(/^.*\/|\.md$/g, ""));

/**
 * The blocks of a guide as one program, in their order. Where there is a PyTorch, those in Python run at their places, each
 * after those before it.
 */
function programOf(name: string): string {
  const python = torchPython();
  let script = "";
  const pieces = blocks(name).map(({ language, file, code }) => {
    if (language === "ts") return file === null ? code : "";
    if (language !== "python" || python === null) return "";
    script += code;
    return `run(${JSON.stringify(python)}, ["-W", "ignore", "-c", ${JSON.stringify(script)}]);\n`;
  });
  if (script !== "") pieces.unshift('import { execFileSync as run } from "node:child_process";\n');
  return pieces.join("");
}

/** Each sample of README is a program of its own. */
function programsOf(name: string): Record<string, string> {
  if (name !== "README.md") return { "program.ts": programOf(name) };
  const each = samples(name).map((code, i) => [`sample${i}.ts`, code] as const);
  const program = each.map(([file]) => `await import("./${file.replace("ts", "js")}");\n`).join("");
  return { ...Object.fromEntries(each), "program.ts": `${program}export {};\n` };
}

beforeAll(() => {
  rmSync(directory, { recursive: true, force: true });
  for (const name of translated) {
    mkdirSync(home(name), { recursive: true });
    // What they read: docs/files.md has files of many tools.
    if (name === "docs/files.md")
      cpSync(join(root, "test/fixtures/checkpoint/opaque"), home(name), { recursive: true });
    copyFileSync(join(root, "examples/names/names.pt"), join(home(name), "names.pt"));
    const files = blocks(name).flatMap(({ file, code }) => (file === null ? [] : [[file, code] as const]));
    for (const [file, code] of [...Object.entries(programsOf(name)), ...files]) {
      writeFileSync(join(home(name), file), code);
    }
  }
  const compilerOptions = { lib: ["ES2023", "DOM"] };
  const config = { extends: "../../tsconfig.json", compilerOptions, include: ["*/*.ts"] };
  writeFileSync(join(directory, "tsconfig.json"), JSON.stringify(config));
});

afterAll(() => rmSync(directory, { recursive: true }));

it("blocks of TypeScript compile, those for a page included", () => {
  const tsc = join(root, "node_modules/typescript/bin/tsc");
  try {
    execFileSync(process.execPath, [tsc, "-p", directory], { encoding: "utf8", stdio: "pipe" });
  } catch (error) {
    expect.fail((error as { stdout: string }).stdout);
  }
});

describe.each(translated)("%s", (name) => {
  it("prints what it says, from the first block to the last", () => {
    const tsx = [join(root, "node_modules/tsx/dist/cli.mjs"), "--tsconfig", join(root, "tsconfig.json")];
    const options = { cwd: home(name), encoding: "utf8", stdio: "pipe" } as const;
    const printed = execFileSync(process.execPath, [...tsx, "program.ts"], options);
    const expected = samples(name).flatMap(promises);
    expect(printed.trim().split("\n")).toEqual(expected.length > 0 ? expected : [""]);
  });

  it("has blocks that something runs", () => {
    const known = blocks(name).filter(({ language, file }) => {
      if (file !== null) return name === "docs/streaming.md"; // test/browser
      return ["ts", "python", "sh"].includes(language) || (language === "" && name === "docs/files.md"); // test/cli
    });
    expect(blocks(name)).toEqual(known);
  });

  it("has the same blocks, and headings of the same depths, in Chinese", () => {
    expect(blocks(chinese(name)).map(withoutComments)).toEqual(blocks(name).map(withoutComments));
    const depths = (one: string) => headings(one).map(({ depth }) => depth);
    expect(depths(chinese(name))).toEqual(depths(name));
  });
});

it("docs/training.md writes pictures", () => {
  for (const file of ["loss.svg", "gates.svg", "runs/first"]) {
    expect(existsSync(join(home("docs/training.md"), file)), file).toBe(true);
  }
});

it("docs/scale.md shows of train.py what stands in it, which `npm run test:scale` runs", () => {
  const [{ code }, ...others] = blocks("docs/scale.md").filter(({ language }) => language === "python");
  expect(others).toEqual([]);
  expect(text("examples/names/train.py")).toContain(code);
});

describe.each(all)("%s", (name) => {
  it("leads to files and headings that are there", () => {
    const local = links(name).filter((link) => !/^https?:/.test(link));
    const missing = local.filter((link) => {
      const [path, anchor] = link.split("#");
      const target = path === "" ? name : normalize(join(dirname(name), path));
      if (target.startsWith("..") || !existsSync(join(root, target))) return true;
      return anchor !== undefined && !headings(target).some((one) => one.anchor === decodeURIComponent(anchor));
    });
    expect(missing).toEqual([]);
  });

  it("names commands that package.json has", () => {
    const { scripts } = JSON.parse(text("package.json"));
    const named = [...text(name).matchAll(/npm run ([\w:]+)/g)].map(([, script]) => script);
    expect(named.filter((script) => scripts[script] === undefined)).toEqual([]);
  });
});

describe.each(["README.md", "README.zh-CN.md"])("%s", (name) => {
  it("leads nowhere that a registry's page lacks, once it is packed", () => {
    const packed = withoutRelativeLinks(text(name));
    const left = [...packed.matchAll(/\]\(([^)]+)\)/g)].filter(([, address]) => !address.startsWith("https://"));
    expect(left).toEqual([]);
  });

  it("says of times what docs/speed.md says", () => {
    const row = (line: string) => line.split("|").map((cell) => cell.trim());
    const table = text("docs/speed.md").split("\n").map(row);
    const column = table.find((cells) => cells.includes("onnxruntime-web"))?.indexOf("onnxruntime-web") ?? 0;
    const steps = table.filter(([, what]) => what?.startsWith("LSTM, one step"));
    const times = steps.flatMap((cells) => cells[column].replace("×", "").split("–").map(Number));
    expect(times.length).toBe(4);
    expect(text(name)).toContain(`${Math.min(...times)}–${Math.max(...times)}×`);
  });
});

it.each(["docs/streaming.md", "docs/streaming.zh-CN.md"])("%s says of steps what docs/parts.md says", (name) => {
  const rows = [...text(name).matchAll(/^\| (\w+-h\d+-step) \| ([\d.]+) \| ([\d.]+) % \|$/gm)];
  expect(rows.length).toBe(6);
  for (const [, layer, microseconds, share] of rows) {
    expect(text("docs/parts.md")).toContain(`| ${layer} | ${microseconds} |`);
    expect(Number(share)).toBeCloseTo(100 * Number(microseconds) * 1e-6 * 48_000, 0);
  }
});

it.each(["docs/pytorch.md", "docs/pytorch.zh-CN.md"])("%s names a test in every row of what is covered", (name) => {
  const table = text(name)
    .split("\n")
    .filter((line) => line.startsWith("| ") && line.split("|").length === 5)
    .slice(2);
  expect(table.length).toBe(29);
  for (const row of table) expect(row).toMatch(/\]\(\.\.\/test\/[^)]+\)/);
});
