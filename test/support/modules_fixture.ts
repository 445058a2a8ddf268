/** What test/fixtures/make_layers.py wrote. */

import { readFileSync } from "node:fs";
import { expect } from "vitest";
import { arange, nn, ones, type Tensor, tensor } from "../../src/index.js";
import { expected, type Float, numbers, type Raised, type Result, type Written } from "./nn_fixture.js";
import { expectClose, tolerances } from "./tolerance.js";

/** Numbers, or the arguments of `numbers`: shape, series and scale. */
type Drawn = Written[] | [number[], number, number?];

export interface LayerCase {
  name: string;
  args: unknown[];
  dtype: Float;
  repr: string;
  keys: string[];
  inputs: Drawn[];
  output: Result;
  gradients: Result[];
}

export const fixture: {
  layers: LayerCase[];
  dropouts: {
    name: "dropout1d" | "dropout2d";
    shape: number[];
    p: number;
    dtype: Float;
    output: Result;
    after: number;
  }[];
  errors: Record<string, Raised>;
  batchNorms: {
    name: "BatchNorm1d" | "BatchNorm2d";
    args: [number, object?];
    dtype: Float;
    repr: string;
    keys: string[];
    passes: {
      training: boolean;
      input: [number[], number, number];
      output: Result;
      gradients: Result[];
      buffers: Result[];
    }[];
  }[];
  batchNormErrors: Record<string, Raised>;
  buffers: { keys: string[]; named: string[]; count: number };
  tensorOps: {
    name: "repeat" | "repeatInterleave" | "maskedSelect" | "bmm" | "unflatten" | "einsum";
    args: unknown[];
    shapes: number[][];
    output: Result;
    gradients: Result[];
  }[];
  multinomials: { name: string; count: number; replacement: boolean; drawn: number[]; after: number }[];
  oneHots: { data: number[]; shape: number[]; classes: number; output: Result }[];
  tensorErrors: Record<string, Raised>;
  attentions: {
    args: [number, number, object?];
    options: Record<string, unknown>;
    dtype: Float;
    batched: boolean;
    shapes: number[][];
    repr: string;
    keys: string[];
    outputs: Result[];
    gradients: Result[];
  }[];
  scaledAttentions: {
    shapes: number[][];
    options: Record<string, unknown>;
    dtype: Float;
    output: Result;
    gradients: Result[];
  }[];
  attentionInits: { args: [number, number, object?]; values: Record<string, Result> }[];
  attentionErrors: Record<string, Raised>;
  containers: {
    slices: string[];
    keys: string[];
    list: string;
    named: string[];
    namedKeys: string[];
    errors: Record<string, Raised>;
  };
  reprs: string;
} = JSON.parse(readFileSync(new URL("../fixtures/modules.json", import.meta.url), "utf8"));

export function drawn(input: Drawn, dtype: Float): Tensor {
  if (Array.isArray(input[0])) return numbers(input[0], input[1] as number, dtype, input[2] as number | undefined);
  return tensor((input as Written[]).map(Number), null, { dtype });
}

/** `new nn.name(...args)` whose parameter number i is the series 20 + i. */
export function built(name: string, args: readonly unknown[], dtype: Float): nn.Module {
  const kind = nn[name as keyof typeof nn] as unknown as new (...args: readonly unknown[]) => nn.Module;
  const module = new kind(...args).to(dtype);
  module.parameters().forEach((parameter, i) => {
    parameter.detach().copy_(numbers(parameter.shape, 20 + i, dtype));
  });
  return module;
}

/** The masks of make_layers.py, true where one may not look. */
export function maskOf(name: unknown, dtype: Float): Tensor | null {
  if (name === "causal") return ones(3, 4).cumsum(1).gt(arange(1, 4).unsqueeze(1));
  if (name === "blind")
    return tensor([
      [0, 0, 0, 0],
      [1, 1, 1, 1],
      [0, 1, 1, 0],
    ]).gt(0);
  return name === undefined ? null : numbers(name === "heads" ? [4, 3, 4] : [3, 4], 6, dtype, 4);
}

/** The weighted sum of which the fixtures have the gradients. */
export function weighted(outputs: readonly Tensor[], dtype: Float): Tensor {
  return outputs.map((y, i) => y.mul(numbers(y.shape, 9 + i, dtype)).sum()).reduce((a, b) => a.add(b));
}

/** Expects a layer to print, to compute and to lead gradients back as PyTorch's does. */
export function checkLayer({ name, args, dtype, repr, keys, inputs, output, gradients }: LayerCase): void {
  const module = built(name, args, dtype) as nn.Module & { forward(...inputs: Tensor[]): Tensor };
  expect(String(module)).toBe(repr);
  expect([...module.stateDict().keys()]).toEqual(keys);
  const leaves = inputs.map((input) => drawn(input, dtype).requiresGrad_());
  const y = module.forward(...leaves);
  expectClose(y, expected(output, dtype), tolerances[dtype], "output");
  weighted([y], dtype).backward();
  [...leaves, ...module.parameters()].forEach((x, i) => {
    expectClose(x.grad as Tensor, expected(gradients[i], dtype), tolerances[dtype], `gradient ${i}`);
  });
}
