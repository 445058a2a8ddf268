import { readFileSync, truncateSync, writeFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { encodeTorch, type Savable, saveSafetensors, saveTorch } from "../../src/checkpoint/index.js";
import { inspect } from "../../src/cli/inspect.js";
import { Terminal } from "../../src/cli/terminal.js";
import { arange, nn, tensor, zeros } from "../../src/index.js";
import { pathOf } from "../checkpoint/fixtures.js";
import { elman, elmanJson, jobOn, piped, Recorded, savedNet, temporary } from "./support.js";

interface Inspected {
  key: string | null;
  tensors: { name: string; dtype: string; shape: number[]; bytes: number; min: number; mean: number; max: number }[];
  totals: object;
  layers: { layer: string; candidates: { repr: string }[] }[];
  unplaced: { names: string[] }[];
  others: string[];
}

describe("inspect", () => {
  it("prints a table, layers as PyTorch does, and totals", async () => {
    const lstm = new nn.LSTM(1, 1, { bias: false });
    const values = new Map([
      ["rnn.weight_ih_l0", tensor([[1], [-2], [0.5], [0.25]])],
      ["rnn.weight_hh_l0", tensor([[0], [0], [0], [1 / 3]])],
    ]);
    const path = temporary("table.safetensors");
    await saveSafetensors(values, path, { dtype: "F16" });
    const { code, out, err } = await elman("inspect", path, "--values");
    expect([code, err]).toEqual([0, ""]);
    const lines = out.split("\n");
    expect(lines.slice(1)).toEqual([
      "",
      "name              dtype  shape   bytes  min      mean     max",
      "rnn.weight_ih_l0  F16    [4, 1]      8   -2  -0.06250       1",
      "rnn.weight_hh_l0  F16    [4, 1]      8    0   0.08331  0.3333",
      "2 tensors, 8 numbers, 16 bytes",
      "",
      "layers",
      `rnn: ${lstm}`,
      "  batchFirst and dropout are not stored",
      "",
    ]);
    // Without --values the same, less three columns.
    const [top, , ...rest] = lines;
    const plain = await elman("inspect", path);
    expect(plain.out.split("\n")).toEqual([
      top,
      "",
      "name              dtype  shape   bytes",
      "rnn.weight_ih_l0  F16    [4, 1]      8",
      "rnn.weight_hh_l0  F16    [4, 1]      8",
      ...rest.slice(3),
    ]);
  });

  it("reads numbers with --values only", async () => {
    const path = temporary("damaged.pt");
    const bytes = encodeTorch({ x: tensor([1, 2, 3]) });
    bytes[Buffer.from(bytes).indexOf(Buffer.from(new Float32Array([2]).buffer))] ^= 1;
    writeFileSync(path, bytes);
    const { tensors } = await elmanJson<Inspected>("inspect", path);
    expect(tensors).toEqual([{ name: "x", dtype: "F32", shape: [3], bytes: 12 }]);
    expect((await elman("inspect", path, "--values")).err).toContain("is damaged: its checksum does not match");
  });

  it("looks at a file of a terabyte, which it never reads", async () => {
    const count = 250_000_000_000;
    const header = JSON.stringify({ x: { dtype: "F32", shape: [count], data_offsets: [0, 4 * count] } });
    const path = temporary("vast.safetensors");
    writeFileSync(path, Buffer.concat([Uint8Array.from([header.length, 0, 0, 0, 0, 0, 0, 0]), Buffer.from(header)]));
    truncateSync(path, 8 + header.length + 4 * count);
    const { tensors, totals } = await elmanJson<Inspected>("inspect", path);
    expect(tensors).toEqual([{ name: "x", dtype: "F32", shape: [count], bytes: 4 * count }]);
    expect(totals).toEqual({ tensors: 1, elements: count, bytes: 4 * count });
  });

  it("reads a pipe", async () => {
    const { path } = await savedNet();
    for (const more of [[], ["--values"]]) {
      const { code, out } = await piped(readFileSync(path), "inspect", "-", ...more);
      const { out: ofFile } = await elman("inspect", path, ...more);
      expect([code, out]).toEqual([0, ofFile.replace(path, "stdin")]);
    }
  });

  it("takes no more memory than is allowed", async () => {
    const { path } = await savedNet();
    const { code, err } = await elman("inspect", path, "--max-bytes", "1000");
    expect([code, err]).toEqual([
      1,
      expect.stringMatching(/ the 1000 bytes that the whole may take; --max-bytes allows more\n$/),
    ]);
    expect((await elman("inspect", path, "--max-bytes", "1000000")).code).toBe(0);
  });

  it("looks at numbers in portions, of which each tells how far it is", async () => {
    const x = arange(2 ** 20 + 3);
    const path = temporary("portions.safetensors");
    await saveSafetensors(
      { x, y: tensor([-1]), wide: { dtype: "I64", shape: [1], data: new BigInt64Array([2n ** 40n]) } },
      path,
    );
    const looked: number[] = [];
    const told: [string, number][] = [];
    const job = Object.assign(jobOn(), {
      at: async (what: string, share: number) => {
        told.push([what, share]);
      },
    });
    const out = new Recorded();
    await inspect(path, { values: true }, new Terminal(out, new Recorded(), true), job);
    const { tensors } = JSON.parse(out.text) as Inspected;
    expect(tensors.map(({ min, mean, max }) => [min, mean, max])).toEqual([
      [0, (2 ** 20 + 2) / 2, 2 ** 20 + 2],
      [-1, -1, -1],
      [2 ** 40, 2 ** 40, 2 ** 40],
    ]);
    const all = 2 ** 20 + 5;
    looked.push(2 ** 20, 2 ** 20 + 3, 2 ** 20 + 4, all);
    expect(told).toEqual(looked.map((done) => ["looking at tensors", done / all]));
  });

  it("says the same to machines, as one line", async () => {
    const { net, path } = await savedNet();
    const { out } = await elman("inspect", path, "--json", "--values");
    expect(out.match(/\n/g)).toHaveLength(1);
    const { tensors, totals, layers, unplaced } = JSON.parse(out) as Inspected;
    expect(tensors.map(({ name, shape, dtype }) => [name, shape, dtype])).toEqual(
      [...net.stateDict()].map(([name, { shape }]) => [name, shape, "F32"]),
    );
    const weight = [...net.head.weight.toArray()];
    const { min, max, mean, bytes } = tensors.find(({ name }) => name === "head.weight") as Inspected["tensors"][0];
    expect([min, max, bytes]).toEqual([Math.min(...weight), Math.max(...weight), 32]);
    expect(mean).toBeCloseTo(weight.reduce((sum, x) => sum + x, 0) / 8, 7);
    const elements = net.parameters().reduce((sum, one) => sum + one.numel(), 0);
    expect(totals).toEqual({ tensors: net.parameters().length, elements, bytes: 4 * elements });
    expect(layers.map(({ layer, candidates }) => [layer, candidates.map(({ repr }) => repr)])).toEqual([
      ["embedding", [String(net.embedding), "Linear(in_features=3, out_features=7, bias=False)"]],
      ["lstm", [String(net.lstm)]],
      ["cell", [String(net.cell)]],
      ["norm", [String(net.norm)]],
      ["head", [String(net.head)]],
    ]);
    expect(unplaced).toEqual([]);
  });

  it("finds the state dict in a file of torch.save, and says what else is there", async () => {
    const found = await elmanJson<Inspected>("inspect", pathOf("training.pt"));
    expect(found.key).toBe("model_state_dict");
    expect(found.layers.map(({ layer }) => layer)).toEqual(["linear"]);
    expect(found.unplaced.flatMap(({ names }) => names)).toContain("norm.running_mean");
    expect(found.others).toContain("optimizer");
    expect(found.others).not.toContain("model_state_dict");
    const { out } = await elman("inspect", pathOf("training.pt"));
    expect(out).toMatch(/^.*training\.pt: torch, state dict under 'model_state_dict'\n/);
    expect(out).toMatch(/\nalso in the file\nepoch, /);
  });

  it("leaves nothing out of a state dict that holds more than a layer takes", async () => {
    const path = temporary("odd.pt");
    const wide = { dtype: "I64" as const, shape: [], data: new BigInt64Array([2n ** 40n]) };
    const dict = new Map<string, Savable>([
      ["x", tensor([1])],
      ["count", wide],
      ["_extra_state", null],
    ]);
    for (const [value, prefix] of [
      [dict, ""],
      [{ model: dict, epoch: 3 }, "model."],
    ] as const) {
      await saveTorch(value, path);
      for (const more of [[], ["--values"]]) {
        const { tensors, unplaced, others } = await elmanJson<Inspected>("inspect", path, ...more);
        expect(tensors.map(({ name, dtype, shape }) => [name, dtype, shape])).toEqual([
          ["x", "F32", [1]],
          ["count", "I64", []],
        ]);
        expect(unplaced.map(({ names }) => names)).toEqual([["x", "count"]]);
        expect(others).toEqual([`${prefix}_extra_state`, ...(prefix === "" ? [] : ["epoch"])]);
      }
    }
  });

  it("takes the state dict that is named", async () => {
    const path = temporary("two.pt");
    await saveTorch({ a: new nn.GRU(1, 2).stateDict(), b: new nn.RNN(1, 2).stateDict() }, path);
    const { key, layers, others } = await elmanJson<Inspected>("inspect", path, "--key", "b");
    expect([key, layers[0].candidates[0].repr, others]).toEqual(["b", "RNN(1, 2)", ["a"]]);
    expect((await elman("inspect", path)).out).toContain("name the one to take with --key, with dots");
    expect(await elman("inspect", path, "--key", "c")).toMatchObject({
      code: 1,
      err: "elman-nn: found no 'c'; there are: a, b\n",
    });
  });

  it("shows all tensors of a file without a state dict, and why it has no layers", async () => {
    const wide = { dtype: "I64" as const, shape: [2], data: new BigInt64Array([-(2n ** 40n), 2n ** 41n]) };
    const path = temporary("list.pt");
    await saveTorch({ a: [tensor([1]), { b: wide }], c: tensor([2]), d: "text" }, path);
    const { out } = await elman("inspect", path, "--values");
    expect(out).toContain("a.1.b  I64    [2]       16  -1.100e+12  5.498e+11  2.199e+12\n");
    expect(out).toMatch(/a\.0 {4}F32 {4}\[1\] {8}4/);
    expect(out).toContain("\nno layers\n");
    expect((await elmanJson<Inspected>("inspect", path)).tensors.map(({ name }) => name)).toEqual([
      "a.0",
      "a.1.b",
      "c",
    ]);
  });

  it("says what is no plain data, by its name", async () => {
    const found = await elmanJson<Inspected & { opaque: object[] }>("inspect", pathOf("opaque/objects.pt"));
    expect([found.key, found.layers[0].candidates[0].repr]).toEqual(["state_dict", "GRU(2, 3)"]);
    expect(found.opaque).toContainEqual({ name: "arguments", object: "argparse.Namespace(lr, name)" });
    expect(found.opaque).toContainEqual({ name: "path", object: "pathlib.PurePosixPath" });
    const shown = (await elman("inspect", pathOf("opaque/objects.pt"))).out;
    expect(shown.match(/argparse\.Namespace/g)).toHaveLength(1);
    expect(shown.split("also in the file")[1] ?? "").not.toMatch(/\b(arguments|path)\b/);
    const { out } = await elman("inspect", pathOf("opaque/odd.pt"));
    expect(out).toContain("\nno plain data, and not run\ncomplex: torch.Tensor(dtype torch.complex64, shape 1)\n");
    const whole = await elmanJson<Inspected>("inspect", pathOf("opaque/module.pt"));
    expect(whole.layers.map(({ layer }) => layer)).toEqual(["rnn", "head.0"]);
  });

  it("names the key to give where there are several state dicts", async () => {
    const path = temporary("nested.pt");
    const models = { gen: new nn.GRU(1, 2).stateDict(), disc: new nn.GRU(1, 2).stateDict() };
    await saveTorch({ models }, path);
    const { problem } = await elmanJson<{ problem: string }>("inspect", path);
    expect(problem).toBe(
      "found several state dicts, 'models.gen', 'models.disc'; name the one to take with --key, with dots where it lies within: --key models.gen",
    );
    const { err } = await elman("convert", path, temporary("nested.safetensors"));
    expect(err).toBe(`elman-nn: ${problem}\n`);
    expect((await elmanJson<Inspected>("inspect", path, "--key", "models.disc")).key).toBe("models.disc");
  });

  it("counts what is not finite apart, and has no range for nothing", async () => {
    const path = temporary("odd.safetensors");
    await saveSafetensors({ a: tensor([NaN, 1, -Infinity, 3]), b: zeros([0, 2]), c: tensor([NaN]) }, path);
    const { tensors } = await elmanJson<Inspected>("inspect", path, "--values");
    expect(tensors).toMatchObject([
      { min: 1, mean: 2, max: 3, nonFinite: 2 },
      { min: null, mean: null, max: null, nonFinite: 0 },
      { min: null, nonFinite: 1 },
    ]);
    const { out } = await elman("inspect", path, "--values");
    expect(out).toContain("3  2 not finite\n");
    expect(out).toContain("1 not finite\n");
  });

  it("lets no name give orders to the terminal", async () => {
    const path = temporary("escape.safetensors");
    await saveSafetensors({ "a\u001b[2J": tensor([1]), "\u001b]0;x\u0007.weight_ih_l0": tensor([[1]]) }, path);
    const { out } = await elman("inspect", path);
    expect(out).toContain("a\\u{1b}[2J");
    expect([...out].filter((one) => one < " " && one !== "\n")).toEqual([]);
  });
});
