/** The main job in small: the data, the baseline, training, and the cell against the layer. */

import { execFileSync, spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { manualSeed, optim } from "elman-nn";
import { describe, expect, it } from "vitest";
import { baselineAccuracy } from "../../examples/names/baseline.js";
import { encode, loadNames } from "../../examples/names/data.js";
import { NameClassifier } from "../../examples/names/model.js";
import { readLetterByLetter } from "../../examples/names/show.js";
import { accuracy, trainEpoch } from "../../examples/names/train.js";

const root = fileURLToPath(new URL("../..", import.meta.url));
const program = [`${root}node_modules/tsx/dist/cli.mjs`, `${root}examples/names/main.ts`];

describe("examples/names", () => {
  it("splits names that stand in one list only, without overlap", () => {
    manualSeed(1);
    const { training, test } = loadNames();
    expect([training.length, test.length]).toEqual([6402, 1601]);
    const names = [...training, ...test].map(({ name }) => name);
    expect(new Set(names).size).toBe(8003);
    expect(names.filter((name) => !/^[a-z-]+$/.test(name))).toEqual([]);
    const label = new Map([...training, ...test].map(({ name, label }) => [name, label]));
    expect([label.get("susan"), label.get("john"), label.get("robin")]).toEqual([0, 1, undefined]);
  });

  it("encodes letters from 1, with 0 behind the end", () => {
    const { input, lengths } = encode(["Ab-z", "c"]);
    expect(input.toNested()).toEqual([
      [1, 2, 27, 26],
      [3, 0, 0, 0],
    ]);
    expect(lengths).toEqual([4, 1]);
    expect(() => encode(["J0hn"])).toThrow('a name may hold the letters a-z and -, but "J0hn" has "0"');
  });

  it("has a baseline that counts endings", () => {
    const example = (name: string, label: number) => ({ name, label });
    const training = [example("anna", 0), example("hanna", 0), example("bob", 1), example("rob", 1), example("deb", 0)];
    // na → 0, ob → 1, b alone → 1 (two of three), unknown → 0 (three of five)
    const test = [example("lena", 0), example("job", 1), example("caleb", 0), example("jacob", 1), example("kim", 0)];
    expect(baselineAccuracy(training, test)).toBe(1);
    expect(baselineAccuracy(training, [example("kib", 1), example("kib", 0)])).toBe(0.5);
  });

  it.each(["gru", "lstm"] as const)("learns with %s, and the cell agrees with the layer", (kind) => {
    manualSeed(3);
    const { training, test } = loadNames();
    const model = new NameClassifier(kind, 16);
    const optimizer = new optim.Adam(model.parameters(), { lr: 0.01 });
    const few = training.slice(0, 1000);
    const seen: number[] = [];
    const first = trainEpoch(model, optimizer, few, 32, (done) => seen.push(done));
    const second = trainEpoch(model, optimizer, few, 32, () => {});
    expect(seen.at(-1)).toBe(1000);
    expect(first).toBeLessThan(Math.log(2));
    expect(second).toBeLessThan(first - 0.02);
    expect(accuracy(model, test)).toBeGreaterThan(0.72);
    const { male, difference } = readLetterByLetter(model, "Nicolas");
    expect(male.length).toBe(7);
    expect(difference).toBeLessThan(2e-6);
  });

  it("prints its options, and refuses what it does not know in one sentence", () => {
    const help = execFileSync(process.execPath, [...program, "--help"], { encoding: "utf8" });
    expect(help).toContain("--epochs N");
    const refused = (...args: string[]) => {
      const { status, stderr } = spawnSync(process.execPath, [...program, ...args], { encoding: "utf8" });
      return [status, stderr.trim()];
    };
    expect(refused("--layer", "cnn")).toEqual([1, "--layer expects gru or lstm, got: cnn"]);
    expect(refused("--epochs", "1.5")).toEqual([1, "--epochs expects a whole number above 0, got: 1.5"]);
    expect(refused("--names", "R2D2")).toEqual([1, 'a name may hold the letters a-z and -, but "R2D2" has "2"']);
  });
});
