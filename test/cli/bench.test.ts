import { expect, it } from "vitest";
import { saveTorch } from "../../src/checkpoint/index.js";
import { nn } from "../../src/index.js";
import { elman, elmanJson, savedNet, temporary } from "./support.js";

interface Result {
  pass: string;
  microseconds: number;
  rounds: number;
}

const quick = ["--seconds", "0.05", "--length", "4"];

it("times a step, forward and training", async () => {
  const { path } = await savedNet();
  const args = ["bench", path, "--layer", "lstm", "--batch", "2", ...quick];
  const { results, ...about } = await elmanJson<{ results: Result[] }>(...args);
  expect(about).toMatchObject({ layer: "lstm", repr: "LSTM(3, 4, num_layers=2)", batch: 2, length: 4 });
  expect(results.map(({ pass }) => pass)).toEqual(["step", "forward", "train"]);
  for (const { microseconds, rounds } of results) {
    expect(microseconds).toBeGreaterThan(0);
    expect(rounds).toBeGreaterThan(0);
  }
});

it("prints a table", async () => {
  const path = temporary("gru.pt");
  await saveTorch(new nn.GRU(3, 4, { bidirectional: true }).stateDict(), path);
  const { code, out } = await elman("bench", path, ...quick);
  expect(code).toBe(0);
  const lines = out.split("\n");
  expect(lines[0]).toMatch(/^\(root\): GRU\(3, 4, bidirectional=True\), batch 1, length 4, (js|wasm-\w+)$/);
  expect(lines[2]).toMatch(/^ +time$/);
  // A bidirectional layer has no steps of a stream.
  expect(lines.slice(3, 5).map((line) => line.split(" ")[0])).toEqual(["forward", "train"]);
  expect(lines[3]).toMatch(/^forward +[\d.]+ (µs|ms|s)$/);
});

it("refuses what does not run over time in float32", async () => {
  const { path } = await savedNet();
  expect((await elman("bench", path, "--layer", "head", ...quick)).err).toBe(
    "elman-nn: bench measures an RNN, LSTM or GRU in float32, got: Linear in float32\n",
  );
  expect((await elman("bench", path, "--layer", "norm", "--kind", "LayerNorm", ...quick)).err).toBe(
    "elman-nn: bench measures an RNN, LSTM or GRU in float32, got: LayerNorm in float32\n",
  );
  await saveTorch(new nn.GRU(3, 4, { dtype: "float64" }).stateDict(), path);
  expect(await elman("bench", path, ...quick)).toMatchObject({
    code: 1,
    err: "elman-nn: bench measures an RNN, LSTM or GRU in float32, got: GRU in float64\n",
  });
});
