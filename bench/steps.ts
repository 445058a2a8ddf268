/** Whole steps of training, of the examples: what PyTorch begins with, what is answered, and how much of it is products. */

import { join } from "node:path";
import type { Tensor } from "elman-nn";
import type { Padded } from "elman-nn/data";
import { type Begun, firstBatches, type Length, saveBegun } from "../examples/begun.js";
import { begin as forecast } from "../examples/forecast/begin.js";
import { begin as tagger } from "../examples/tagger/begin.js";
import { begin as text } from "../examples/text/begin.js";
import type { OpCase } from "./ops.js";

/** How many steps are compared: their losses, and the gradients of the first. */
export const COMPARED = 3;
/** A step as the engines are told it. */
export interface Step extends OpCase {
  readonly length: Length;
  /** Of PyTorch's half. */
  readonly file: string;
  readonly flops: number;
}

/** Numbers in and out of every product of a pass forward, and how many rows it has. */
type Products = readonly (readonly [rows: number, from: number, to: number])[];

const gates = (rows: number, from: number, hidden: number): Products => [
  [rows, from, 4 * hidden],
  [rows, hidden, 4 * hidden],
];

/** Training counts three times what forward takes, but that nobody asks for the gradient of what came in. */
const flopsOf = (products: Products, first = 0): number =>
  products.reduce((sum, [rows, from, to]) => sum + 6 * rows * from * to, -2 * first);

type Sizes = Readonly<Record<string, number>>;

/** Of a step, from the sizes of the model and what it is given. */
const flops = {
  tagger({ embedding, hidden }: Sizes, { lengths }: Padded) {
    const rows = lengths.reduce((sum, n) => sum + n, 0);
    const direction = gates(rows, 1.5 * embedding + 8, hidden);
    return flopsOf([...direction, ...direction, [rows, 2 * hidden, 12]]);
  },
  forecast({ filters, hidden }: Sizes, { shape: [N, channels, T] }: Tensor) {
    const conv = [N * T, 5 * channels, filters] as const;
    return flopsOf([conv, ...gates(N * T, filters, hidden), [24 * N, hidden, 1]], conv[0] * conv[1] * conv[2]);
  },
  text({ letters, embedding, hidden }: Sizes, input: Tensor) {
    const rows = input.numel();
    return flopsOf([...gates(rows, embedding, hidden), ...gates(rows, hidden, hidden), [rows, hidden, letters]]);
  },
};

/** Has an example begin, at a size that takes no time unless it is timed, and leaves PyTorch's half in the directory. */
export async function begunStep(one: OpCase, isTimed: boolean, directory: string): Promise<Step> {
  const name = one.op as keyof typeof flops;
  const length = isTimed ? "full" : "small";
  const begun = (await { tagger, forecast, text }[name](length)) as unknown as Begun<unknown>;
  const batches = await firstBatches(begun, COMPARED);
  const file = join(directory, `${name}.pt`);
  await saveBegun(begun, batches, file);
  const answers = [COMPARED, ...begun.model.parameters().map((parameter) => parameter.numel())];
  return { ...one, length, file, answers, flops: flops[name](begun.sizes, batches[0][0] as Padded & Tensor) };
}
