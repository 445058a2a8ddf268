/**
 * elman on whole steps of the examples, as the package that was built, on the device that ELMAN_DEVICE names. The examples
 * are TypeScript: tsx reads them, without the project's paths to its sources.
 */

import { manualSeed, nn } from "elman-nn";
import { register } from "tsx/esm/api";
import { native } from "./native.mjs";
import { serve } from "./peers/serve.mjs";

if (native !== null) native.threads = 1;

register({ tsconfig: new URL("../tsconfig.base.json", import.meta.url).pathname });
const { converted, firstBatches } = await import("../examples/begun.ts");

serve(
  async ({ op, length, dtype = "float32", answers: [count] }) => {
    const { begin } = await import(`../examples/${op}/begin.ts`);
    const begun = await begin(length);
    const batches = converted(await firstBatches(begun, count), dtype);
    const { optimizer, loss: lossOf, clip } = begun.options;
    const model = begun.model.to(dtype);
    const step = ([input, target]) => {
      const loss = lossOf(model.forward(input), target);
      optimizer.zeroGrad();
      loss.backward();
      nn.utils.clipGradNorm_(model.parameters(), clip);
      optimizer.step();
      return loss.item();
    };
    const answer = () => {
      manualSeed(1); // PyTorch draws the same masks of dropout
      const losses = [step(batches[0])];
      const gradients = [...model.parameters()].map(({ grad }) => Float32Array.from(grad.toArray()));
      for (const batch of batches.slice(1)) losses.push(step(batch));
      return [Float32Array.from(losses), ...gradients];
    };
    return { run: () => step(batches[0]), answer };
  },
  () => [],
);
