/** The main job in small: the data, the baseline, PyTorch's checkpoint, training, and the cell against the layer. */

import { execFileSync, spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { type DeviceName, defaultDevice, manualSeed, setDefaultDevice, type Tensor } from "elman-nn";
import { type CheckpointValue, load } from "elman-nn/checkpoint";
import { afterAll, describe, expect, it } from "vitest";
import { baselineAccuracy } from "../../examples/names/baseline.js";
import { differenceFrom, loadBegun, save } from "../../examples/names/checkpoint.js";
import { encode, loadNames } from "../../examples/names/data.js";
import { NameClassifier } from "../../examples/names/model.js";
import { settings } from "../../examples/names/settings.js";
import { readLetterByLetter } from "../../examples/names/show.js";
import { accuracyOf, training } from "../../examples/names/train.js";

const root = fileURLToPath(new URL("../..", import.meta.url));
const program = [`${root}node_modules/tsx/dist/cli.mjs`, `${root}examples/names/main.ts`];
const begunByPyTorch = new URL("../../examples/names/names.pt", import.meta.url);
const directory = mkdtempSync(join(tmpdir(), "elman-names-"));

describe("examples/names", () => {
  afterAll(() => rmSync(directory, { recursive: true }));

  it("splits names that stand in one list only, without overlap", () => {
    const { training, test } = loadNames();
    manualSeed(5);
    expect(loadNames().test).toEqual(test);
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

  it.each(["gru", "lstm"] as const)("learns with %s, and the cell agrees with the layer", async (kind) => {
    manualSeed(3);
    const { training: examples, test } = loadNames();
    const model = new NameClassifier(kind, 16);
    const few = examples.slice(0, 1000);
    const losses: number[][] = [[], []];
    let reached = 0;
    for await (const event of training(model, few, test, { epochs: 2, batch: 32, lr: 0.03 })) {
      if ("validation" in event) reached = event.validation?.metrics.accuracy as number;
      else losses[event.epoch - 1].push(event.loss);
    }
    const [first, second] = losses.map((epoch) => epoch.reduce((sum, loss) => sum + loss) / epoch.length);
    expect(losses.map(({ length }) => length)).toEqual([32, 32]);
    expect(first).toBeLessThan(Math.log(2));
    expect(second).toBeLessThan(first - 0.02);
    expect(reached).toBeGreaterThan(0.72);
    expect(await accuracyOf(model, test)).toBe(reached);
    const { male, difference } = readLetterByLetter(model, "Nicolas");
    expect(male.length).toBe(7);
    expect(difference).toBeLessThan(2e-6);
  });

  it("goes on from what PyTorch trained: the same split, outputs and accuracy", async () => {
    expect(statSync(begunByPyTorch).size).toBeLessThan(500_000);
    const { model, epoch, torchVersion, recorded } = await loadBegun(begunByPyTorch);
    expect([epoch, torchVersion]).toEqual([2, "2.13.0+cpu"]);
    const { test } = loadNames();
    expect(recorded.names).toEqual(test.slice(0, 100).map(({ name }) => name));
    expect(recorded.logits.shape).toEqual([100, 2]);
    const checkpoint = await load(begunByPyTorch);
    expect(await accuracyOf(model, test)).toBe(checkpoint.get("accuracy"));
    expect(checkpoint.get("optimizer_state_dict")).toBeInstanceOf(Map);

    const device = defaultDevice();
    for (const one of new Set<DeviceName>(["js", device])) {
      setDefaultDevice(one);
      expect(differenceFrom(recorded, model), one).toBeLessThanOrEqual(1e-6);
    }
    setDefaultDevice(device);
  });

  it("refuses outputs that are not PyTorch's in one sentence", async () => {
    const { model, recorded } = await loadBegun(begunByPyTorch);
    model.linear.bias?.detach().add_(1e-4);
    expect(() => differenceFrom(recorded, model)).toThrow(
      "expected the outputs that PyTorch recorded, within 1e-6, got a difference of 1.0e-4",
    );
    model.linear.bias?.detach().fill_(Number.NaN);
    expect(() => differenceFrom(recorded, model)).toThrow("got a difference of NaN");
  });

  it("hands back what PyTorch takes, bit for bit", async () => {
    const { model, recorded } = await loadBegun(begunByPyTorch);
    model.linear.bias?.detach().add_(0.5);
    const file = join(directory, "handed.pt");
    await save(model, 9, recorded.names, file);
    const saved = await load(file);
    expect([saved.format, ...saved.keys()]).toEqual(["torch", "epoch", "model_state_dict", "recorded"]);
    expect(saved.get("epoch")).toBe(9);
    const weights = saved.get("model_state_dict") as ReadonlyMap<string, Tensor>;
    expect([...weights.keys()]).toEqual([...model.stateDict().keys()]);
    for (const [name, weight] of model.stateDict()) expect(weights.get(name)?.toArray()).toEqual(weight.toArray());
    const handed = saved.get("recorded") as ReadonlyMap<string, CheckpointValue>;
    expect(handed.get("names")).toEqual(recorded.names);
    const shifted = (handed.get("logits") as Tensor).sub(recorded.logits.add(0.5));
    expect(shifted.abs().max().item()).toBeLessThan(1e-6);
  });

  it("runs from PyTorch's net to a file for PyTorch", async () => {
    const file = join(directory, "saved.pt");
    const told = execFileSync(process.execPath, [...program, "--epochs", "1", "--save", file], { encoding: "utf8" });
    expect(told).toMatch(/^names\.pt: 206 kB, saved by PyTorch 2\.13\.0\+cpu after 2 epochs$/m);
    expect(told).toContain("(rnn): GRU(16, 64, batch_first=True)");
    expect(told).toMatch(/^PyTorch's outputs for 100 names: \d\.\de[-+]\d away at most, 1e-6 allowed$/m);
    expect(told).toMatch(/^as PyTorch left it {12}held-out accuracy 82\.1 %$/m);
    const trained = told.match(/^Trained in [\d.]+ s: ([\d.]+) % of names never seen, baseline 80\.9 %\.$/m);
    expect(Number(trained?.[1])).toBeGreaterThan(83);
    expect(told).toContain('["model_state_dict"], strict=True)');
    expect((await load(file)).get("epoch")).toBe(3);
  });

  it("prints its options, and refuses what it does not know in one sentence", () => {
    const help = execFileSync(process.execPath, [...program, "--help"], { encoding: "utf8" });
    expect(help).toContain("--epochs N");
    const { status, stderr } = spawnSync(process.execPath, [...program, "--epochs", "1.5"], { encoding: "utf8" });
    expect([status, stderr.trim()]).toEqual([1, "--epochs expects a whole number above 0, got: 1.5"]);
    for (const [args, sentence] of [
      [["--layer", "lstm"], "--layer expects --from-scratch beside it: the net that PyTorch began is what it is"],
      [["--hidden", "8"], "--hidden expects --from-scratch beside it: the net that PyTorch began is what it is"],
      [["--from-scratch", "--save", "x.pt"], "--save expects no --from-scratch beside it, which saves nothing"],
      [["--from-scratch", "--layer", "cnn"], "--layer expects gru or lstm, got: cnn"],
      [["--save", "no/such/x.pt"], "--save expects a file in a folder that exists, got: no/such/x.pt"],
      [["--save", directory], `--save expects a file in a folder that exists, got: ${directory}`],
      [["--names", "R2D2"], 'a name may hold the letters a-z and -, but "R2D2" has "2"'],
    ] as const) {
      expect(() => settings(args)).toThrow(sentence);
    }
    expect(settings(["--save", "x.pt"])?.save).toBe("x.pt");
    expect(settings([])).toMatchObject({ fromScratch: false, epochs: 6 });
    expect(settings(["--from-scratch", "--layer", "lstm"])).toMatchObject({ epochs: 8, layer: "lstm", hidden: 64 });
  });
});
