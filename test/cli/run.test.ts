import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { saveTorch } from "../../src/checkpoint/index.js";
import type { Recurrent } from "../../src/cli/layers.js";
import { decodeNpy, encodeNpy } from "../../src/cli/npy.js";
import { runLayer } from "../../src/cli/run.js";
import { nn, noGrad, randn, stack, type Tensor, tensor } from "../../src/index.js";
import { exact, expectClose, float32 } from "../support/tolerance.js";
import { elman, elmanJson, jobOn, piped, readNpy, savedNet, temporary } from "./support.js";

const job = jobOn();

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
    const layers = [{ layer: "", repr: String(layer) }];
    expect(outcome).toMatchObject({ layers, input: [5, 2, 3], output: wanted.shape });

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

describe("where no file is named for the output", () => {
  const layer = new nn.GRU(3, 4);
  const x = randn([5, 2, 3]);
  const wanted = noGrad(() => layer.forward(x)[0]);
  const numbers = (json: string) => tensor(JSON.parse(json) as number[][][]);

  it("prints the numbers on stdout, and what is said about them on stderr", async () => {
    const args = (await around(layer, x)).slice(0, 3);
    const { code, out, err } = await elman("run", ...args);
    expect([code, out.startsWith("[[["), out.endsWith("]]]\n")]).toEqual([0, true, true]);
    expectClose(numbers(out), wanted, exact);
    expect(err).toMatch(/^\(root\): GRU\(3, 4\)\n\[5, 2, 3\] → \[5, 2, 4\] in [\d.]+ .?s\n$/);
    const { values, path } = await elmanJson("run", ...args);
    expectClose(tensor(values as number[][][]), wanted, exact);
    expect(path).toBe(undefined);
  });

  it("says that JSON has no NaN, and what to do", async () => {
    const args = (await around(layer, x.mul(NaN))).slice(0, 3);
    const { code, out, err } = await elman("run", ...args);
    expect([code, out]).toEqual([1, ""]);
    expect(err).toBe(
      "elman-nn: JSON has no NaN and no infinity, which the output holds: write it as .npy, with --output\n",
    );
    expect((await elman("run", ...(await around(layer, x.mul(NaN))))).code).toBe(0);
  });

  it("writes .npy into a pipe that is asked for", async () => {
    const args = (await around(layer, x)).slice(0, 3);
    const { code, out, err, bytes } = await piped(new Uint8Array(), "run", ...args, "--output", "-");
    expect([code, out]).toEqual([0, ""]);
    expectClose(decodeNpy("y", bytes), wanted, exact);
    expect(err).toMatch(/ → \[5, 2, 4\] in .*s, written to stdout\n$/);
  });

  it("reads .npy and JSON from a pipe, and the layer, too", async () => {
    const [file, , input] = await around(layer, x);
    for (const bytes of [readFileSync(input), Buffer.from(JSON.stringify(x.toNested()))]) {
      expectClose(numbers((await piped(bytes, "run", file, "--input", "-")).out), wanted, exact);
    }
    expectClose(numbers((await piped(readFileSync(file), "run", "-", "--input", input)).out), wanted, exact);
    for (const [bytes, sentence] of [
      ["\x93NUMPX", "stdin is no .npy file: it does not begin as one"],
      ["[1", "stdin is no JSON: "],
    ]) {
      const { code, err } = await piped(Buffer.from(bytes, "latin1"), "run", file, "--input", "-");
      expect([code, err.startsWith(`elman-nn: ${sentence}`)]).toEqual([1, true]);
    }
  });

  it("takes no larger input than --max-bytes allows, of a file or a pipe", async () => {
    const [file] = await around(layer, x);
    const large = Buffer.from(`[[1,2,3]]${" ".repeat(1e6)}`);
    const limit = ["--max-bytes", "100000"];
    const { code, err } = await piped(large, "run", file, "--input", "-", ...limit);
    expect([code, err]).toEqual([1, "elman-nn: stdin has more than the 100000 bytes that --max-bytes allows\n"]);
    writeFileSync(temporary("large.json"), large);
    expect((await elman("run", file, "--input", temporary("large.json"), ...limit)).err).toBe(
      `elman-nn: ${temporary("large.json")} has 1000009 bytes, and --max-bytes allows 100000\n`,
    );
    expect((await piped(large, "run", file, "--input", "-", "--max-bytes", "2000000")).code).toBe(0);
  });
});

describe("a chain", () => {
  const words = tensor(
    [
      [1, 6],
      [0, 2],
      [3, 3],
    ],
    { dtype: "int32" },
  );
  const chain = "embedding:Embedding,lstm,norm:LayerNorm,head";

  it("gives what the layers give in turn", async () => {
    const { net, path } = await savedNet("chain.pt");
    const through = (x: Tensor) =>
      noGrad(() => net.head.forward(net.norm.forward(net.lstm.forward(net.embedding.forward(x))[0])));
    const args = ["run", path, "--input", writtenNpy("words.npy", words), "--layers", chain];
    const { layers, values, output } = await elmanJson(...args);
    expect(layers).toEqual([
      { layer: "embedding", repr: "Embedding(7, 3)" },
      { layer: "lstm", repr: "LSTM(3, 4, num_layers=2)" },
      { layer: "norm", repr: String(net.norm) },
      { layer: "head", repr: "Linear(in_features=4, out_features=2, bias=True)" },
    ]);
    expect(output).toEqual([3, 2, 2]);
    expectClose(tensor(values as number[][][]), through(words), exact);
    const streamed = await elmanJson(...args, "--stream");
    expectClose(tensor(streamed.values as number[][][]), through(words), float32);
    const swapped = await elmanJson(...args, "--batch-first");
    const wanted = through(words.transpose(0, 1)).transpose(0, 1);
    expectClose(tensor(swapped.values as number[][][]), wanted, exact);
    const { err } = await elman(...args);
    expect(err).toMatch(/^embedding: .*\nlstm: .*\nnorm: .*\nhead: .*\n\[3, 2\] → \[3, 2, 2\] in .*s\n$/);
  });

  it("hands a nonlinearity to those that take one", async () => {
    const rnn = new nn.RNN(3, 4, { nonlinearity: "relu" });
    const head = new nn.Linear(4, 2);
    await saveTorch(new nn.ModuleList([rnn, head]).stateDict(), temporary("list.pt"));
    const x = randn([5, 3]);
    const args = ["run", temporary("list.pt"), "--input", writtenNpy("x.npy", x), "--layers"];
    const { values, warnings } = await elmanJson(...args, "0,1", "--nonlinearity", "relu");
    expect(warnings).toEqual([]);
    const wanted = noGrad(() => head.forward(rnn.forward(x)[0]));
    expectClose(tensor(values as number[][]), wanted, exact);
    expect((await elman(...args, "1", "--nonlinearity", "relu")).err).toBe(
      "elman-nn: --nonlinearity is for layers of kind RNN, RNNCell, got: the Linear at '1'\n",
    );
  });

  it("says which layer cannot take what came", async () => {
    const { path } = await savedNet("chain.pt");
    const args = ["run", path, "--input", writtenNpy("x.npy", randn([5, 3])), "--layers"];
    for (const [layers, wanted, sentence, ...more] of [
      ["lstm,cell", 1, "'cell': input has inconsistent input_size: got 4 expected 3"],
      ["lstm,cell", 1, "'cell': the layer takes 3 features, got: 4", "--stream"],
      ["lstm,decoder", 1, `${path} has no layer 'decoder'; it has`],
      ["lstm,norm", 1, `${path}: names and shapes do not decide what stands at 'norm', so say norm:LayerNorm if`],
      ["norm:LayerNorm,head", 1, "'norm': --stream is for recurrent layers, got: LayerNorm", "--stream"],
      ["lstm,", 2, "--layers expected places of layers with commas between them, got: 'lstm,'"],
    ] as const) {
      const { code, out, err } = await elman(...args, layers, ...more);
      expect([code, out]).toEqual([wanted, ""]);
      expect(err).toContain(`elman-nn: ${sentence}`);
      expect(err.match(/\n/g)).toHaveLength(1);
    }
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
    [new nn.GRU(3, 4), randn([5, 3]), ["--kind", "Gru"], 2, "allowed choices are RNN, LSTM, GRU"],
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
