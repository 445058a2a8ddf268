/** What test/fixtures/make_conv.py wrote: calls of functions, layers, and what PyTorch refuses. */

import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { nn, type Tensor, zeros } from "../../src/index.js";
import { expected, type Float, numbers, type Raised, type Result, refuses } from "./nn_fixture.js";
import { exact, expectClose, tolerances } from "./tolerance.js";

interface Call {
  name: string;
  tensors: number[][];
  args: unknown[];
  options: Record<string, unknown>;
}
interface Answered extends Call {
  dtype: Float;
  outputs: Result[];
  gradients: Result[];
}
interface Refused extends Call {
  dtypes?: ("float32" | "float64" | "int32" | "bool")[];
  error: Raised;
}
interface Layer {
  name: string;
  args: unknown[];
  options: Record<string, unknown>;
  seed: number;
  repr: string;
  state: Record<string, Result>;
  input?: number[];
  with?: { outputSize: number[] };
  error: Raised;
}

export const conv: { calls: Answered[]; refused: Refused[]; layers: Layer[]; refusedLayers: Layer[] } = JSON.parse(
  readFileSync(new URL("../fixtures/conv.json", import.meta.url), "utf8"),
);

/** Runs a function as PyTorch's was run: tensors, further arguments, and options at the end. */
export function run({ name, args, options }: Call, tensors: readonly Tensor[]): Tensor[] {
  if (name === "windows") return [tensors[0].unfold(...(args as [number, number, number]))];
  const isConvolution = name.startsWith("conv");
  const given = isConvolution && tensors.length === 2 ? [...tensors, null] : tensors;
  const functions = nn.functional as unknown as Record<string, (...args: unknown[]) => Tensor | Tensor[]>;
  return [functions[name](...given, ...args, options)].flat();
}

const title = ({ name, tensors, args, options }: Call) =>
  `${name} ${JSON.stringify(tensors)} ${JSON.stringify(args)} ${JSON.stringify(options)}`;

/** Compares the functions of these names with PyTorch: outputs, gradients, and what they refuse. */
export function agrees(names: readonly string[]): void {
  const ours = ({ name }: Call) => names.includes(name);
  describe("gives PyTorch's numbers and gradients", () => {
    it.each(conv.calls.filter(ours).map((call) => ({ call, title: `${title(call)} ${call.dtype}` })))(
      "$title",
      ({ call }) => {
        const { dtype, outputs, gradients } = call;
        const leaves = call.tensors.map((shape, k) => numbers(shape, k + 1, dtype).requiresGrad_());
        const found = run(call, leaves);
        expect(found.length).toBe(outputs.length);
        found.forEach((y, i) => {
          const isIndex = y.dtype === "int32";
          expectClose(
            y,
            expected(outputs[i], isIndex ? "float64" : dtype),
            isIndex ? exact : tolerances[dtype],
            "output",
          );
        });
        found[0].backward(numbers(found[0].shape, 50, dtype));
        gradients.forEach((gradient, i) => {
          expectClose(leaves[i].grad ?? [], expected(gradient, dtype), tolerances[dtype], `gradient ${i}`);
        });
      },
    );
  });
  describe("refuses in PyTorch's words", () => {
    it.each(conv.refused.filter(ours).map((call) => ({ call, title: `${title(call)} ${call.dtypes ?? ""}` })))(
      "$title",
      ({ call }) => {
        const { tensors, dtypes, error } = call;
        const given = tensors.map((shape, i) => zeros(shape, { dtype: dtypes?.[i] ?? "float32" }));
        refuses(() => run(call, given), error);
      },
    );
  });
}
