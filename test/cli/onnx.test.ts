/** ONNX models in the command: what PyTorch's exporter writes, with the file beside it, and what `convert` writes. */

import { readFileSync, statSync, writeFileSync } from "node:fs";
import { expect, it } from "vitest";
import { load, saveTorch } from "../../src/checkpoint/index.js";
import { encodeModel } from "../../src/convert/onnx/proto.js";
import { nn, type Tensor, tensor } from "../../src/index.js";
import { fixture } from "../support/recurrent.js";
import { expectClose, float32 } from "../support/tolerance.js";
import { elman, elmanJson, temporary } from "./support.js";

interface Case {
  name: string;
  model: string;
  files: Record<string, string>;
  input: number[][][];
  output: number[][][];
}
const { exporters, refused, written } = fixture<{
  exporters: Case[];
  refused: Record<string, string>;
  written: Case[];
}>("onnx_files.json");
const cells = fixture<{ model: string }[]>("onnx_cells.json");
const put = (name: string, base64: string): string => {
  writeFileSync(temporary(name), Buffer.from(base64, "base64"));
  return temporary(name);
};
const [byDefault] = exporters;
const net = put("net.onnx", byDefault.model);
for (const [name, data] of Object.entries(byDefault.files)) put(name, data);

it("inspect prints layers, and tensors by PyTorch's names", async () => {
  const { code, out } = await elman("inspect", net);
  expect(code).toBe(0);
  expect(out).toMatch(/net\.onnx: onnx\n/);
  expect(out).toMatch(/\nlayers\n.*: LSTM\(3, 48\)\n/);
  expect(out).toMatch(/weight_hh_l0 +F32 +\[192, 48\]/);
});

it("run gives what PyTorch gave", async () => {
  const [input, output] = [temporary("x.json"), temporary("y.json")];
  writeFileSync(input, JSON.stringify(byDefault.input));
  expect((await elman("run", net, "--input", input, "--output", output)).code).toBe(0);
  expectClose(tensor(JSON.parse(readFileSync(output, "utf8"))), tensor(byDefault.output), float32);
});

it("convert writes its layers as a state dict, which fits nn.LSTM", async () => {
  const to = temporary("net.safetensors");
  expect((await elman("convert", net, to)).code).toBe(0);
  const weights = [...(await load(to))].filter(([name]) => /weight_ih_l0|weight_hh_l0|bias/.test(name));
  const lstm = new nn.LSTM(3, 48);
  lstm.loadStateDict(new Map(weights.map(([name, x]) => [name.split(".").pop() ?? "", x as Tensor])));
  expectClose(lstm.forward(tensor(byDefault.input))[0], tensor(byDefault.output), float32);
});

it("takes what convert wrote, an RNN's nonlinearity included", async () => {
  const [from, to, input] = [temporary("rnn.pt"), temporary("rnn.onnx"), temporary("in.json")];
  const rnn = new nn.RNN(3, 4, { nonlinearity: "relu" });
  await saveTorch(rnn.stateDict(), from);
  expect((await elman("convert", from, to, "--nonlinearity", "relu")).code).toBe(0);
  const { layers, warnings } = await elmanJson<{ layers: { candidates: { repr: string }[] }[]; warnings: string[] }>(
    "inspect",
    to,
  );
  expect([layers[0].candidates[0].repr.slice(0, 9), warnings]).toEqual(["RNN(3, 4)", []]);
  const x = tensor([[[1, -2, 3]]]);
  writeFileSync(input, JSON.stringify(x.toNested()));
  const { values } = await elmanJson<{ values: number[][][] }>("run", to, "--input", input);
  expectClose(tensor(values), rnn.forward(x)[0], float32);
});

it("says what it leaves out, and what is no layer", async () => {
  const reverse = written.find(({ name }) => name === "GRU reverse") as Case;
  const left = await elman("inspect", put("reverse.onnx", reverse.model));
  expect(left.err).toMatch(/'GRU' reads its input from the end, which fromOnnx\(\) follows and the command does not/);
  const { out, err } = await elman("inspect", put("peepholes.onnx", cells[0].model));
  expect([out, err]).toEqual([expect.stringMatching(/LSTM.weight_co_l0.*: .* is of a Recurrent, whose cell/), ""]);
  const before = await elman("inspect", put("before.onnx", cells[5].model));
  expect(before.err).toMatch(/'GRU' resets h before the product, which fromOnnx\(\) follows and the command does not/);
  const cell = await elmanJson<{ layers: { candidates: { kind: string }[] }[]; warnings: string[] }>(
    "inspect",
    put("cell.onnx", refused.cell),
  );
  expect(cell.layers[0].candidates[0].kind).toBe("LSTMCell");
  expect(cell.warnings[0]).toMatch(/cell\.onnx expected RNN, LSTM or GRU nodes, got: Sigmoid/);
});

it("reads no file that lies elsewhere, and says which one is missing", async () => {
  const model = (location: string) =>
    encodeModel({
      irVersion: 8,
      graph: {
        initializer: [
          { name: "w", dims: [1], dataType: 1, dataLocation: 1, externalData: [{ key: "location", value: location }] },
        ],
      },
    });
  for (const location of ["../secret", "/etc/passwd"]) {
    writeFileSync(temporary("far.onnx"), model(location));
    const { code, err } = await elman("inspect", temporary("far.onnx"));
    expect(code).toBe(1);
    expect(err).toContain(`names a file that does not lie beside it: '${location}'`);
  }
  writeFileSync(temporary("far.onnx"), model("gone.data"));
  expect((await elman("inspect", temporary("far.onnx"))).err).toContain(
    "has numbers in 'gone.data', which cannot be read",
  );
  expect((await elman("inspect", temporary("far.onnx"), "--max-bytes", "10")).err).toContain("--max-bytes allows 10");
  writeFileSync(temporary("gone.data"), new Uint8Array(8));
  const { size } = statSync(temporary("far.onnx"));
  const { err } = await elman("inspect", temporary("far.onnx"), "--max-bytes", String(size + 7));
  expect(err).toContain("gone.data has 8 bytes, and --max-bytes leaves 7 to it");
});
