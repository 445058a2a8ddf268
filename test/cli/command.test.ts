import { readFileSync, writeFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { command } from "../../src/cli/command.js";
import { encodeNpy } from "../../src/cli/npy.js";
import { tensor, zeros } from "../../src/index.js";
import { expectClose, float32 } from "../support/tolerance.js";
import { elman, piped, Recorded, savedNet, stdinOf, temporary } from "./support.js";

const version = JSON.parse(readFileSync("package.json", "utf8")).version as string;

describe("help and version", () => {
  it("stand on stdout when they are asked for", async () => {
    expect(await elman("--version")).toEqual({ code: 0, out: `${version}\n`, err: "" });
    const help = await elman("--help");
    expect([help.code, help.err]).toEqual([0, ""]);
    for (const word of ["inspect", "convert", "run", "bench", "--json", "Exit codes: 0 done, 1 "]) {
      expect(help.out).toContain(word);
    }
    for (const name of ["inspect", "convert", "run", "bench"]) {
      const { code, out } = await elman(name, "--help");
      expect([code, out.startsWith(`Usage: elman-nn ${name} [options] <`)]).toEqual([0, true]);
      expect(out).toContain("--json");
      expect(out).toContain("Exit codes: ");
      expect(out).toContain(`Examples:\n  $ elman-nn ${name} `);
      expect(await elman("help", name)).toEqual({ code, out, err: "" });
    }
    expect(await elman("help")).toEqual(help);
  });

  it("stand on stderr when they are not", async () => {
    const { code, out, err } = await elman();
    expect([code, out, err.startsWith("Usage: elman-nn")]).toEqual([2, "", true]);
  });
});

describe.each(["docs/files.md", "docs/files.zh-CN.md"])("%s shows what the command prints", (name) => {
  const [, block] = readFileSync(name, "utf8").split(/^```\n(?=\$ npx elman-nn inspect)/m);
  const shown = block
    .slice(0, block.indexOf("```"))
    .split(/^\$ /m)
    .slice(1)
    .map((text) => text.trimEnd().split("\n"));
  writeFileSync(temporary("input.npy"), Buffer.concat(encodeNpy(zeros([2, 16]))));

  it.each(shown)("%s", async (line, ...lines) => {
    const [, stdin, words] = /^(?:echo '(.*)' \| )?npx elman-nn ([^#]*)/.exec(line) as RegExpExecArray;
    const args = words
      .trim()
      .split(" ")
      .map((word) => (/^\w+\.(npy|safetensors)$/.test(word) ? temporary(word) : word));
    const quick = args[0] === "bench" ? ["--seconds", "0.05"] : args[0] === "convert" ? ["--force"] : [];
    const { code, out } = await piped(Buffer.from(stdin ?? ""), ...args, ...quick);
    expect(code).toBe(0);
    if (stdin === undefined) {
      expect(lines.filter((one) => one !== "…" && !out.split("\n").includes(one))).toEqual([]);
    } else {
      const [y, wanted] = [out, lines.join("")].map((text) => tensor(JSON.parse(text) as number[][]));
      expectClose(y, wanted, float32);
    }
  });
});

describe("wrong usage", () => {
  it.each([
    [["look", "x.pt"], "unknown command 'look'"],
    [["inspect"], "missing required argument 'file'"],
    [["inspect", "a", "b"], "too many arguments for 'inspect': expected 1 argument but got 2\n"],
    [["inspect", "x.pt", "--jso"], "unknown option '--jso' (Did you mean --json?)"],
    [["run", "x.pt"], "required option '--input <file>' not specified"],
    [["run", "-", "--input", "-"], "stdin is one pipe: only one of <file> and --input may be -"],
    [["run", "x.pt", "--input", "x.npy", "--layer", "a", "--layers", "b"], "option '--layers <names>' cannot be used"],
    [["run", "x.pt", "--input", "x.npy", "--kind", "GRU", "--layers", "b"], "option '--layers <names>' cannot be used"],
    [["help", "look"], "unknown command 'look'"],
    [["inspect", "x.pt", "--max-bytes", "4GB"], "--max-bytes expected a whole number, at least 1, got: 4GB"],
    [["convert", "x.pt", "-"], "- has no extension to tell the format: say --to safetensors, --to pt, --to onnx"],
    [
      ["convert", "x.pt", "-", "--to", "npy"],
      "option '--to <format>' argument 'npy' is invalid: allowed choices are safetensors, pt, onnx\n",
    ],
    [["convert", "x.pt", "-", "--to", "pt", "--force"], "--force has no meaning where the output is -"],
    [["convert", "x.pt", "y.pt", "--to", "pt"], "--to has no meaning but where the output is -"],
    [["bench", "x.pt", "--batch", "0"], "--batch expected a whole number, at least 1, got: 0"],
    [["bench", "x.pt", "--batch", "1e3"], "--batch expected a whole number, at least 1, got: 1e3"],
    [["bench", "x.pt", "--length", "99999999999999999999"], "--length expected a whole number, at least 1"],
    [["bench", "x.pt", "--seconds", "-1"], "--seconds expected a number from 0 to 3600, got: -1"],
    [["convert", "x.pt", "--strip-prefix", "a.", "--strip-prefix", "y.pt"], "missing required argument 'out'"],
    [["convert", "x.pt", "y.pt", "--strip-prefix"], "option '--strip-prefix <prefix>' argument missing"],
    [["convert", "x.pt", "y.pt", "--strip-prefix="], "--strip-prefix expected a prefix, got none"],
    [["bench", "x.pt", "--seconds", " "], "--seconds expected a number from 0 to 3600"],
  ])("%s", async (args, sentence) => {
    const { code, out, err } = await elman(...args);
    expect([code, out]).toEqual([2, ""]);
    expect(err.startsWith(`elman-nn: ${sentence}`)).toBe(true);
    expect(err.match(/\n/g)).toHaveLength(1);
  });
});

it("gives machines the error as an object too, and nothing else", async () => {
  const { code, out, err } = await elman("--json", "inspect", temporary("none.pt"));
  const sentence = `cannot read '${temporary("none.pt")}': no such file or directory`;
  expect([code, err]).toEqual([1, `elman-nn: ${sentence}\n`]);
  expect(JSON.parse(out)).toEqual({ error: sentence });
  expect((await elman("inspect", "--json")).out).toBe(`{"error":"missing required argument 'file'"}\n`);
});

it("says stopped where it is stopped, with the exit code that it is given", async () => {
  const { path } = await savedNet();
  const [out, err] = [new Recorded(), new Recorded()];
  const signal = AbortSignal.abort(130);
  const to = temporary("stopped.safetensors");
  expect(
    await command(["convert", path, to], { stdin: stdinOf(new Uint8Array()), out, err, signal, debug: false }),
  ).toBe(130);
  expect([out.text, err.text]).toEqual(["", "elman-nn: stopped\n"]);
});

it("shows where a defect happened only where that is asked for", async () => {
  const { path } = await savedNet();
  for (const debug of [false, true]) {
    const err = new Recorded();
    const out = {
      write() {
        throw new Error("broken");
      },
    };
    const signal = new AbortController().signal;
    expect(await command(["inspect", path], { stdin: stdinOf(new Uint8Array()), out, err, signal, debug })).toBe(1);
    expect(err.text.startsWith("elman-nn: unexpected, and a defect of elman-nn: broken\n")).toBe(true);
    expect(err.text.includes("    at ")).toBe(debug);
  }
});
