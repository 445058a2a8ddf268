/** ONNX against the oracle: what PyTorch's exporters write is read, and what is written here is accepted. */

import { exportOnnx, fromOnnx } from "../../src/convert/index.js";
import { nn, tensor } from "../../src/index.js";
import { cases } from "../peers/cases.js";
import { elementProblem } from "./compare.js";
import { Chance } from "./draw.js";
import { type Oracle, received, resultOf, type Sent, snakeCase } from "./process.js";
import type { Check } from "./training.js";

/** Off by as much as float32 is, after a few steps of 256 units; what float64 gives is far within it. */
const TOLERANCE = 2e-6;

/** A layer exported in one of three ways, small or past the size up to which constants are folded. */
export async function checkExported(oracle: Oracle, seed: number, index: number): Promise<Check> {
  const chance = new Chance(seed, index);
  const way = ["by default", "external_data=False", "dynamo=False"][index % 3];
  // The default exporter writes an nn.RNN as the arithmetic of its steps.
  const kind = chance.pick(way === "dynamo=False" ? ["LSTM", "GRU", "RNN"] : ["LSTM", "GRU"]);
  const options = {
    ...{ numLayers: chance.pick([1, 2]), bidirectional: chance.chance(0.4), bias: chance.chance(0.8) },
    batchFirst: chance.chance(0.4),
    ...(kind === "RNN" && { nonlinearity: chance.pick(["tanh", "relu"]) }),
  };
  const [C, H] = [chance.size(24), [48, 256, 5][Math.floor(index / 3) % 3]];
  const asked = {
    ...{ kind, way, sizes: [C, H], options: snakeCase(options), seed: chance.seed() },
    ...{ dtype: chance.pick(["float32", "float32", "float16", "bfloat16", "float64"]), shape: [3, 2, C] },
  };
  const title = JSON.stringify(asked);
  const { files, input, output } = await oracle.ask<{ files: Record<string, string>; input: Sent; output: Sent }>(
    "onnx_exported",
    asked,
  );
  const file = (name: string) => Uint8Array.from(Buffer.from(files[name], "base64"));
  try {
    const { shape, data } = received(input);
    const given = tensor(data as Float32Array | Float64Array, shape);
    // Nodes are not batchFirst: what is around them is, in the graph.
    let x = options.batchFirst ? given.transpose(0, 1) : given;
    const layers = fromOnnx(file("net.onnx"), { externalData: file });
    if (layers.length !== options.numLayers) return { title, problems: [`${layers.length} layers`] };
    for (const { layer, hx } of layers) [x] = layer.forward(x, hx);
    const actual = options.batchFirst ? x.transpose(0, 1).contiguous() : x;
    const problem = elementProblem("output", resultOf(actual), received(output), TOLERANCE, TOLERANCE);
    return { title, problems: problem === null ? [] : [problem] };
  } catch (error) {
    return { title, problems: [`${error}`] };
  }
}

/** Everything that `npm run test:peers` exports: what onnx's checker says of it. */
export async function checkWritten(oracle: Oracle): Promise<Check[]> {
  const checks: Check[] = [];
  for (const { name, modules, lengths = false } of cases()) {
    for (const module of modules) module.eval();
    const bytes = exportOnnx(modules.length === 1 ? modules[0] : new nn.ModuleList([...modules]), { lengths });
    const model = Buffer.from(bytes).toString("base64");
    const problem = await oracle.ask("onnx_checked", { model }).then(
      () => [],
      (error: unknown) => [`${error}`],
    );
    checks.push({ title: `onnx.checker: ${name}`, problems: problem });
  }
  return checks;
}
