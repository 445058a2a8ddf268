import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { saveTorch } from "../../src/checkpoint/index.js";
import { Job } from "../../src/cli/job.js";
import type { Recurrent } from "../../src/cli/layers.js";
import { encodeNpy } from "../../src/cli/npy.js";
import { runLayer } from "../../src/cli/run.js";
import { nn, noGrad, randn, stack, type Tensor, tensor } from "../../src/index.js";
import { exact, expectClose, float32 } from "../support/tolerance.js";
import { elman, elmanJson, Recorded, readNpy, savedNet, temporary } from "./support.js";

const job = new Job(new Recorded(), new AbortController().signal);

function writtenNpy(name: string, x: Tensor): string {
  writeFileSync(temporary(name), Buffer.concat(encodeNpy(x)));
  return temporary(name);
}

/** The file of a layer, its input, and where its output goes. */
async function around(layer: nn.Module, x: Tensor): Promise<string[]> {
  await saveTorch(layer.stateDict(), temporary("layer.pt"));
  return [temporary("layer.pt"), "--input", writtenNpy("x.npy", x), "--output", temporary("y.npy")];
}

const layers: Recurrent[] = [
  new nn.LSTM(3, 4, { numLayers: 2, projSize: 2 }),
  new nn.GRU(3, 4, { bidirectional: true }),
  new nn.RNN(3, 4),
  new nn.LSTM(3, 4, { dtype: "float64" }),
];

describe("run gives what the layer gives", () => {
  it.each(layers)("%s", async (layer) => {
    const x = randn([5, 2, 3], { dtype: layer.weight_ih_l0.dtype as "float32" });
    const known = layer instanceof nn.RNN ? ["--nonlinearity", "tanh"] : [];
    const outcome = await elmanJson("run", ...(await around(layer, x)), ...known);
    const wanted = noGrad(() => layer.forward(x)[0]);
    expectClose(readNpy(temporary("y.npy")), wanted, exact);
    expect(readNpy(temporary("y.npy")).dtype).toBe(wanted.dtype);
    expect(outcome).toMatchObject({ layer: "", repr: String(layer), input: [5, 2, 3], output: wanted.shape });

    await elmanJson("run", ...(await around(layer, x.select(1, 1))), ...known);
    expectClose(
      readNpy(temporary("y.npy")),
      noGrad(() => layer.forward(x.select(1, 1))[0]),
      exact,
    );
    await elmanJson("run", ...(await around(layer, x.transpose(0, 1))), ...known, "--batch-first");
    expectClose(readNpy(temporary("y.npy")), wanted.transpose(0, 1), exact);
  });

  it.each([new nn.LSTMCell(3, 4), new nn.GRUCell(3, 4), new nn.RNNCell(3, 4, { nonlinearity: "relu" })])(
    "%s, step by step",
    async (cell) => {
      const x = randn([5, 2, 3]);
      const known = cell instanceof nn.RNNCell ? ["--nonlinearity", "relu"] : [];
      await elmanJson("run", ...(await around(cell, x)), ...known);
      let h: Tensor | [Tensor, Tensor] | null = null;
      const outputs: Tensor[] = [];
      for (let t = 0; t < 5; t++) {
        h = (cell as nn.Module as { forward(x: Tensor, h: unknown): Tensor | [Tensor, Tensor] }).forward(
          x.select(0, t),
          h,
        );
        outputs.push(Array.isArray(h) ? h[0] : h);
      }
      expectClose(readNpy(temporary("y.npy")), stack(outputs), exact);
      await elmanJson("run", ...(await around(cell, x)), ...known, "--stream");
      expectClose(readNpy(temporary("y.npy")), stack(outputs), float32);
    },
  );

  it("streams too", async () => {
    for (const layer of [layers[0], new nn.GRU(3, 4) as Recurrent]) {
      const x = randn([6, 2, 3]);
      const wanted = noGrad(() => layer.forward(x)[0]);
      await elmanJson("run", ...(await around(layer, x)), "--stream");
      expectClose(readNpy(temporary("y.npy")), wanted, float32);
      await elmanJson("run", ...(await around(layer, x.transpose(0, 1))), "--stream", "--batch-first");
      expectClose(readNpy(temporary("y.npy")), wanted.transpose(0, 1), float32);
    }
  });

  it("in portions as at once, with the state carried on", async () => {
    // Wide enough that 2²⁸ multiplications are fewer than all steps.
    const layer = new nn.LSTM(64, 256);
    const x = randn([1700, 1, 64]);
    const calls: number[] = [];
    const forward = layer.forward.bind(layer) as (x: Tensor, hx: unknown) => [Tensor, unknown];
    layer.forward = ((part: Tensor, hx: unknown) => {
      calls.push(part.size(0));
      return forward(part, hx);
    }) as never;
    const portions = await runLayer(layer, x, {}, job);
    expect(calls.length).toBeGreaterThan(1);
    expect(calls.reduce((sum, count) => sum + count)).toBe(1700);
    expectClose(
      portions,
      noGrad(() => forward(x, null)[0]),
      float32,
    );
  });

  it("for layers that know no time, of any shape", async () => {
    const { net, path } = await savedNet();
    const run = (layer: string, x: Tensor, ...more: string[]) =>
      elmanJson(
        "run",
        path,
        "--layer",
        layer,
        "--input",
        writtenNpy("x.npy", x),
        "--output",
        temporary("y.npy"),
        ...more,
      );
    for (const shape of [[4], [3, 4], [2, 3, 4], [2, 1, 3, 4]]) {
      const x = randn(shape);
      if (shape.length > 1) {
        await run("head", x);
        expectClose(
          readNpy(temporary("y.npy")),
          noGrad(() => net.head.forward(x)),
          exact,
        );
      }
    }
    const x = randn([3, 4]);
    await run("norm", x, "--kind", "LayerNorm");
    expectClose(
      readNpy(temporary("y.npy")),
      noGrad(() => net.norm.forward(x)),
      exact,
    );
    const words = tensor([[6, 0, 2]], { dtype: "int32" });
    await run("embedding", words, "--kind", "Embedding");
    expectClose(
      readNpy(temporary("y.npy")),
      noGrad(() => net.embedding.forward(words)),
      exact,
    );
    await run("embedding", words.to("float32"), "--kind", "Embedding");
    expectClose(
      readNpy(temporary("y.npy")),
      noGrad(() => net.embedding.forward(words)),
      exact,
    );
  });

  it("from JSON to JSON", async () => {
    const layer = new nn.GRU(2, 3);
    await saveTorch({ model: layer.stateDict(), other: layer.stateDict() }, temporary("layer.pt"));
    writeFileSync(temporary("x.json"), "[[0.5, 1], [-1, 2]]");
    const files = ["--input", temporary("x.json"), "--output", temporary("y.json")];
    const { out, code } = await elman("run", temporary("layer.pt"), ...files, "--key", "model");
    expect(code).toBe(0);
    expect(out).toMatch(/^\(root\): GRU\(2, 3\)\n\[2, 2\] → \[2, 3\] in .*s, written to .*y\.json\n$/);
    const wanted = noGrad(
      () =>
        layer.forward(
          tensor([
            [0.5, 1],
            [-1, 2],
          ]),
        )[0],
    );
    expect(JSON.parse(readFileSync(temporary("y.json"), "utf8")).map((row: number[]) => row.map(Math.fround))).toEqual(
      wanted.toNested(),
    );
  });
});

it("relu is another function than tanh, and tanh is taken with a warning", async () => {
  const layer = new nn.RNN(3, 4, { nonlinearity: "relu" });
  const x = randn([5, 2, 3]);
  const args = await around(layer, x);
  expect((await elman("run", ...args, "--nonlinearity", "relu")).err).toBe("");
  expectClose(
    readNpy(temporary("y.npy")),
    noGrad(() => layer.forward(x)[0]),
    exact,
  );
  const { code, err } = await elman("run", ...args);
  expect([code, err.match(/\n/g)?.length]).toEqual([0, 1]);
  expect(err).toContain("elman-nn: warning: the RNN at '' is built with tanh");
  expect(readNpy(temporary("y.npy")).min().item()).toBeLessThan(0);
  const warning = "the RNN at '' is built with tanh: its nonlinearity is not in a state dict, so say which";
  const { warnings } = await elmanJson("run", ...args);
  expect(warnings).toEqual([`${warning}: --nonlinearity tanh or --nonlinearity relu`]);
  expect((await elmanJson("run", ...args, "--nonlinearity", "tanh")).warnings).toEqual([]);
});

describe("run refuses", () => {
  const bidirectional = new nn.GRU(3, 4, { bidirectional: true });
  const cases: [nn.Module, Tensor, string[], number, string][] = [
    [new nn.GRU(3, 4), randn([5, 2, 2]), [], 1, "input.size(-1) must be equal to input_size"],
    [new nn.GRU(3, 4), randn([5, 2, 2]), ["--stream"], 1, "the layer takes 3 features, got: 2"],
    [new nn.GRU(3, 4), randn([3]), [], 1, "expected an input of shape [T, N, C] or [T, C], got: [3]"],
    [new nn.GRU(3, 4), randn([1, 1, 1, 3]), ["--batch-first"], 1, "[N, T, C] or [T, C], got: [1, 1, 1, 3]"],
    [new nn.GRU(3, 4), randn([0, 2, 3]), [], 1, "got an input of shape [0, 2, 3]"],
    [new nn.GRU(3, 4), tensor(1), [], 1, "got an input of shape []"],
    [bidirectional, randn([5, 3]), ["--stream"], 1, "expected a layer of one direction"],
    [new nn.GRU(3, 4, { dtype: "float64" }), randn([5, 3]), ["--stream"], 1, "expected parameters of dtype float32"],
    [new nn.Linear(3, 4), randn([5, 3]), ["--stream"], 1, "--stream is for recurrent layers, got: Linear"],
    [new nn.Linear(3, 4), randn([5, 3]), ["--batch-first"], 1, "--batch-first is for recurrent layers, got: Linear"],
    [new nn.Embedding(3, 4), tensor([0.5]), ["--kind", "Embedding"], 1, "an Embedding looks up whole numbers"],
    [new nn.GRU(3, 4), randn([5, 3]), ["--layer", "gru"], 1, "has no layer 'gru'; it has '(root)' (GRU)"],
    [new nn.GRU(3, 4), randn([5, 3]), ["--kind", "Gru"], 2, "Allowed choices are RNN, LSTM, GRU"],
    [
      new nn.GRU(3, 4),
      randn([5, 3]),
      ["--nonlinearity", "relu"],
      1,
      "--nonlinearity is for layers of kind RNN, RNNCell, got: the GRU at '(root)'",
    ],
  ];
  it.each(cases.map(([layer, x, more, wanted, sentence]) => ({ layer, x, more, wanted, sentence })))(
    "$sentence",
    async ({ layer, x, more, wanted, sentence }) => {
      const args = await around(layer, x);
      const output = temporary("never.npy");
      const { code, err, out } = await elman("run", ...args, "--output", output, ...more);
      expect(err).toContain(sentence);
      expect([code, out, err.match(/\n/g)?.length]).toEqual([wanted, "", 1]);
      expect(existsSync(output)).toBe(false);
    },
  );

  it("formats it has not, and to write over what it reads", async () => {
    const args = await around(new nn.GRU(3, 4), randn([5, 3]));
    for (const [flag, path, sentence] of [
      ["--input", "x.csv", "one of .npy, .json"],
      ["--output", "y.pt", "one of .npy, .json"],
      ["--output", temporary("x.npy"), "is the input"],
    ]) {
      const { code, err } = await elman("run", ...args, flag, path);
      expect([code, err.includes(sentence)]).toEqual([2, true]);
    }
  });
});
