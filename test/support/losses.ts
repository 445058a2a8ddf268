/** Losses, their gradients and their errors beside PyTorch's (../fixtures/make_losses.py): the tests of a room's functions. */

import { readFileSync } from "node:fs";
import { expect, it } from "vitest";
import { type DType, type ElmanError, nn, type Tensor, tensor } from "../../src/index.js";
import { expectClose, float32, float64 } from "./tolerance.js";

type Encoded = number | "nan" | "inf" | "-inf";

interface Told {
  dtype: DType;
  shape: number[];
  data: Encoded[];
}

type Name = "crossEntropy" | "ctcLoss" | "huberLoss" | "smoothL1Loss" | "l1Loss" | "mseLoss" | "binaryCrossEntropy";

interface Call {
  name: Name;
  inputs: Told[];
  args: unknown[];
  options: Record<string, unknown>;
}

interface Fixture {
  cases: (Call & { through: "logSoftmax" | null; single: boolean; result: Told; grads: (Told | null)[] })[];
  errors: (Call & { title: string; kind: string; message: string })[];
}

const fixture: Fixture = JSON.parse(readFileSync(new URL("../fixtures/losses.json", import.meta.url), "utf8"));
const words: Record<string, number> = { nan: Number.NaN, inf: Infinity, "-inf": -Infinity };
const numbers = ({ data }: Told) => data.map((x) => (typeof x === "number" ? x : words[x]));
const made = (told: Told) => tensor(numbers(told), told.shape, { dtype: told.dtype });

function call({ name, args, options }: Call, inputs: readonly Tensor[]): Tensor {
  const at = (x: unknown) => (typeof x === "string" && x.startsWith("$") ? inputs[Number(x.slice(1))] : x);
  const given = Object.fromEntries(Object.entries(options).map(([key, x]) => [key, at(x)]));
  return (nn.functional[name] as (...args: unknown[]) => Tensor)(...args.map(at), given);
}

function weight(x: Tensor): Tensor {
  const data = Array.from({ length: x.numel() }, (_, i) => (((i * 5) % 7) - 3) / 2);
  return tensor(data, x.shape, { dtype: x.dtype });
}

const shapes = (one: Call) => one.inputs.map(({ dtype, shape }) => `${dtype} ${shape}`).join(", ");

/** One test a case of the fixture for the functions of these names. */
export function asPyTorch(...names: string[]): void {
  const cases = fixture.cases.filter(({ name }) => names.includes(name));
  const errors = fixture.errors.filter(({ name }) => names.includes(name));

  it.each(cases.map((one) => [`${one.name} of ${shapes(one)} ${JSON.stringify(one.options)}`, one] as const))(
    "%s",
    (_, one) => {
      const leaves = one.inputs.map((told, i) => {
        const x = made(told);
        return i < 2 && told.dtype.startsWith("float") ? x.requiresGrad_() : x;
      });
      const first = one.through === "logSoftmax" ? leaves[0].logSoftmax(-1) : leaves[0];
      const y = call(one, [first, ...leaves.slice(1)]);
      const tolerance = one.single ? float32 : float64;
      expect(y.dtype).toBe(one.inputs.some(({ dtype }) => dtype === "float64") ? "float64" : "float32");
      expectClose(y, { shape: one.result.shape, data: numbers(one.result) }, tolerance, "loss");
      (y.numel() > 1 ? y.mul(weight(y)) : y).sum().backward();
      one.grads.forEach((expected, i) => {
        if (expected === null) return;
        const gradient = leaves[i].grad as Tensor;
        expectClose(gradient, { shape: expected.shape, data: numbers(expected) }, tolerance, `d ${i}`);
      });
    },
  );

  it.each(errors.map((one) => [`${one.name}: ${one.title}`, one] as const))("%s", (_, one) => {
    let raised: ElmanError | null = null;
    try {
      call(one, one.inputs.map(made));
    } catch (error) {
      raised = error as ElmanError;
    }
    expect([raised?.kind, raised?.message]).toEqual([one.kind, one.message]);
  });
}
