/** Convolution, pooling, padding, windows as columns and interpolation against the oracle, of shapes drawn afresh. */

import { nn, type Tensor } from "../../src/index.js";
import { problems, type Result } from "./compare.js";
import { Chance } from "./draw.js";
import { type Oracle, receivedAll, resultOf, type Sent, send, snakeCase } from "./process.js";
import { type FloatName, toTensor } from "./replay.js";
import type { Check } from "./training.js";

/** A function by its name here and in PyTorch, with what it is given. */
interface Call {
  name: string;
  torch: string;
  tensors: Record<string, number[]>;
  /** The tensors in the function's order; those that are not there are null. */
  order: string[];
  args: unknown[];
  options: Record<string, unknown>;
}

const numbered = (name: string, dims: number) => `${name}${dims}d`;
const product = (list: readonly number[]) => list.reduce((a, b) => a * b, 1);

class Draw extends Chance {
  each(dims: number, low: number, high: number): number[] {
    return Array.from({ length: dims }, () => this.whole(low, high));
  }

  /** One number a dimension, or one for all. */
  extent(sizes: number[]): number | number[] {
    return sizes.every((size) => size === sizes[0]) && this.chance(0.5) ? sizes[0] : sizes;
  }

  /** With a batch or without one. */
  batch(): number[] {
    return this.chance(0.7) ? [this.whole(1, 4)] : [];
  }
}

function convolution(chance: Draw, dims: number): Call {
  const transposed = chance.chance(0.4);
  const groups = chance.pick([1, 1, 2, 3]);
  const [inputs, outputs] = [chance.whole(1, 12), chance.whole(1, 12)];
  const [kernel, stride, dilation] = [
    chance.each(dims, 1, dims === 1 ? 7 : 4),
    chance.each(dims, 1, 3),
    chance.each(dims, 1, 3),
  ];
  const isSame = !transposed && chance.chance(0.2);
  if (isSame) stride.fill(1);
  const padding = chance.each(dims, 0, 3);
  const wide = kernel.map((size, d) => dilation[d] * (size - 1) + 1);
  const most = dims === 1 ? 120 : 14;
  const space = wide.map((size, d) => {
    const least = transposed ? Math.ceil(Math.max(0, 2 * padding[d] - size + 1) / stride[d]) + 1 : size;
    return chance.whole(least, least + most);
  });
  const outputPadding = stride.map((step, d) => chance.whole(0, Math.max(step, dilation[d]) - 1));
  const weight = transposed ? [groups * inputs, outputs, ...kernel] : [groups * outputs, inputs, ...kernel];
  return {
    name: numbered(transposed ? "convTranspose" : "conv", dims),
    torch: numbered(transposed ? "conv_transpose" : "conv", dims),
    tensors: {
      input: [...chance.batch(), groups * inputs, ...space],
      weight,
      ...(chance.chance(0.6) && { bias: [groups * outputs] }),
    },
    order: ["input", "weight", "bias"],
    args: [],
    options: {
      stride: chance.extent(stride),
      padding: isSame ? "same" : chance.extent(padding),
      dilation: chance.extent(dilation),
      groups,
      ...(transposed && { outputPadding: chance.extent(outputPadding) }),
    },
  };
}

function pool(chance: Draw, dims: number): Call {
  const space = chance.each(dims, 3, 16);
  const tensors = { input: [...chance.batch(), chance.whole(1, 4), ...space] };
  const isMax = chance.chance(0.5);
  const indices = isMax && chance.chance(0.5) ? { returnIndices: true } : {};
  const kind = isMax ? "Max" : "Avg";
  if (chance.chance(0.3)) {
    const sizes = chance.each(dims, 1, 9);
    return {
      name: numbered(`adaptive${kind}Pool`, dims),
      torch: numbered(`adaptive_${kind.toLowerCase()}_pool`, dims),
      ...{ tensors, order: ["input"], args: [chance.extent(sizes)], options: indices },
    };
  }
  const kernel = space.map((size) => chance.whole(1, Math.min(size, 5)));
  const dilation = kernel.map((size, d) => (isMax && (size - 1) * 2 < space[d] ? chance.whole(1, 2) : 1));
  const padding = kernel.map((size) => chance.whole(0, Math.floor(size / 2)));
  const common = {
    ...(chance.chance(0.7) && { stride: chance.extent(chance.each(dims, 1, 4)) }),
    ...{ padding: chance.extent(padding), ceilMode: chance.chance(0.5) },
  };
  return {
    name: numbered(`${kind.toLowerCase()}Pool`, dims),
    torch: numbered(`${kind.toLowerCase()}_pool`, dims),
    ...{ tensors, order: ["input"], args: [chance.extent(kernel)] },
    options: {
      ...common,
      ...(isMax ? { dilation: chance.extent(dilation), ...indices } : { countIncludePad: chance.chance(0.5) }),
      ...(!isMax && dims === 2 && chance.chance(0.3) && { divisorOverride: chance.whole(1, 9) }),
    },
  };
}

function padding(chance: Draw, dims: number): Call {
  const mode = chance.pick(["constant", "reflect", "replicate", "circular"]);
  const space = chance.each(dims, 3, 9);
  const sides = space.toReversed().flatMap((size) => chance.each(2, -1, mode === "replicate" ? 12 : size - 1));
  const value = mode === "constant" && chance.chance(0.5) ? { value: chance.whole(-3, 3) } : {};
  return {
    ...{ name: "pad", torch: "pad", tensors: { input: [...chance.batch(), chance.whole(1, 3), ...space] } },
    ...{ order: ["input"], args: [sides], options: { mode, ...value } },
  };
}

function columns(chance: Draw): Call {
  const [kernel, dilation] = [chance.each(2, 1, 3), chance.each(2, 1, 2)];
  const space = kernel.map((size, d) => chance.whole(dilation[d] * (size - 1) + 1, 12));
  return {
    ...{ name: "unfold", torch: "unfold", tensors: { input: [...chance.batch(), chance.whole(1, 3), ...space] } },
    ...{ order: ["input"], args: [chance.pick([kernel])] },
    options: { dilation, padding: chance.each(2, 0, 2), stride: chance.each(2, 1, 3) },
  };
}

function interpolation(chance: Draw, dims: number): Call {
  const space = chance.each(dims, 1, 12);
  const isLinear = chance.chance(0.6);
  // Where a scale leaves a size as it is, or doubles it without being 2, PyTorch's gradient is that of 1 or of 2.
  const kept = (scale: number) =>
    scale !== 2 && space.some((size) => [size, 2 * size].includes(Math.trunc(size * scale)));
  const scale = chance.pick([0.5, 1.5, 2, 3, 0.75 + chance.fraction() * 2]);
  const byScale = chance.chance(0.5) && !kept(scale) && space.every((size) => size * scale >= 1);
  return {
    ...{ name: "interpolate", torch: "interpolate", tensors: { input: [chance.whole(1, 2), 2, ...space] } },
    ...{ order: ["input"], args: [] },
    options: {
      ...(byScale ? { scaleFactor: scale } : { size: chance.each(dims, 1, 20) }),
      mode: isLinear ? (dims === 1 ? "linear" : "bilinear") : "nearest",
      ...(isLinear && chance.chance(0.6) && { alignCorners: chance.chance(0.5) }),
    },
  };
}

function drawn(chance: Draw): Call {
  const dims = chance.whole(1, 2);
  const kind = chance.pick(["conv", "conv", "conv", "pool", "pool", "pad", "columns", "interpolate"]);
  if (kind === "conv") return convolution(chance, dims);
  if (kind === "pool") return pool(chance, dims);
  if (kind === "pad") return padding(chance, dims);
  return kind === "columns" ? columns(chance) : interpolation(chance, dims);
}

/** A call of a function, and the gradient of every tensor that it is given. */
export async function checkWindows(oracle: Oracle, seed: number, index: number): Promise<Check> {
  const chance = new Draw(seed, index);
  const { name, torch, tensors, order, args, options } = drawn(chance);
  const dtype: FloatName = chance.pick(["float32", "float64"]);
  const given = Object.fromEntries(
    Object.entries(tensors).map(([key, shape]) => [key, toTensor(chance.normal(shape, dtype), dtype)]),
  );
  const leaves: Record<string, Tensor> = {};
  for (const [key, x] of Object.entries(given)) leaves[key] = x.clone().requiresGrad_();
  const title = JSON.stringify({ name, dtype, tensors, args, options });
  const functions = nn.functional as unknown as Record<string, (...list: unknown[]) => Tensor | Tensor[]>;
  const asked = order.map((key) => leaves[key] ?? null);
  const [output, indices] = [functions[name](...asked, ...args, options)].flat();
  const weight = toTensor(chance.normal(output.shape, dtype), dtype);
  output.backward(weight);
  const actual = new Map<string, Result>([["output", resultOf(output.detach())]]);
  for (const [key, leaf] of Object.entries(leaves)) actual.set(`d ${key}`, resultOf(leaf.grad as Tensor));
  if (indices !== undefined) actual.set("indices", resultOf(indices));
  const ask = { dtype, name: torch, order, args, options: snakeCase(options), weight: send(weight) };
  const sent = Object.fromEntries(Object.entries(given).map(([key, x]) => [key, send(x)]));
  const { exact, single } = await oracle.ask<{
    exact: Record<string, Sent>;
    single: Record<string, Sent> | null;
  }>("call", { ...ask, tensors: sent });
  const expected = { exact: receivedAll(exact), single: single && receivedAll(single) };
  return { title: `${title} (${product(output.shape)} numbers)`, problems: problems(dtype, actual, expected) };
}
