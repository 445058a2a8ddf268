/**
 * `npm run test:memory`: trains each example, as small as it is beside PyTorch, for 10,000 steps (`--steps`), and fails
 * where the memory in use grows. Needs `--expose-gc`.
 */

import type { Tensor } from "elman-nn";
import { fit, type Trained } from "elman-nn/train";
import type { Begun } from "../../examples/begun.js";

/** What may come on top after the first fifth of the steps, MB. */
export const ALLOWED = 2;

const collect = (globalThis as { gc?: () => void }).gc;

/** MB in use by JavaScript and its buffers, WebAssembly's among them, when everything else is collected. */
async function used(): Promise<number> {
  if (collect === undefined) throw new Error("expected node --expose-gc");
  for (let i = 0; i < 3; i++) {
    collect();
    // Finalisers run between tasks.
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  const { heapUsed, external } = process.memoryUsage();
  return (heapUsed + external) / 1e6;
}

/** The memory in use after each tenth of so many steps. */
export async function memoryOver<I>(
  model: Trained<I, Tensor>,
  batches: readonly (readonly [I, Tensor])[],
  { optimizer, loss, clip }: Pick<Begun<I>["options"], "optimizer" | "loss" | "clip">,
  steps: number,
): Promise<number[]> {
  const found: number[] = [];
  const epochs = Math.ceil(steps / batches.length);
  for await (const event of fit(model, batches, { optimizer, loss, clip, epochs })) {
    if ("loss" in event && event.step % (steps / 10) === 0) found.push(await used());
    if (found.length === 10) break;
  }
  return found;
}

/** MB that came on top after the first fifth. */
export const growth = (found: readonly number[]): number => found[found.length - 1] - found[1];
