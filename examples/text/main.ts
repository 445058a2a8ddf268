/** Trains the language model, and lets it write. */

import { multinomial, noGrad, type Tensor, tensor } from "elman-nn";
import { fit } from "elman-nn/train";
import { progress, svg } from "elman-nn/watch";
import type { Length } from "../begun.js";
import { begin } from "./begin.js";
import { decode, encode } from "./data.js";
import type { LanguageModel } from "./model.js";

export { begin };

const bits = (nats: number) => nats / Math.LN2;

/** What the model writes after `start`: each letter drawn from its softmax over logits / temperature. */
function sample(model: LanguageModel, start: string, count: number, temperature: number): string {
  const written = [...encode(start)];
  model.eval();
  return noGrad(() => {
    const next = (letters: readonly number[]): Tensor =>
      model
        .forward(tensor([[...letters]], { dtype: "int32" }))
        .select(2, -1)
        .squeeze(0);
    let logits = next(written);
    for (let i = 0; i < count; i++) {
      const letter = multinomial(logits.div(temperature).softmax(0), 1).item();
      written.push(letter);
      logits = next([letter]);
    }
    return decode(written);
  });
}

/** Trains, and returns the picture. */
export async function main(length: Length): Promise<string> {
  const { model, training, options } = await begin(length);
  const [[{ shape }]] = training as Iterable<[Tensor]>;
  console.log(`${training.length} chunks of ${shape[0]} streams of ${shape[1]} letters\n\n${model}\n`);
  const loss: number[] = [];
  const start = performance.now();
  let reached = 0;
  for await (const event of progress(fit(model, training, options))) {
    if ("validation" in event) reached = bits(event.validation?.loss ?? Number.NaN);
    else loss.push(bits(event.loss));
  }
  const seconds = ((performance.now() - start) / 1000).toFixed(1);
  console.log(`Trained in ${seconds} s: ${reached.toFixed(3)} bits a letter in documents never seen.`);
  for (const temperature of [0.5, 0.8, 1.1]) {
    console.log(`\nat temperature ${temperature}:\n${sample(model, "The ", 200, temperature)}`);
  }
  console.log();
  return svg([{ title: `Language model: ${reached.toFixed(3)} bits held out`, curves: { "bits a letter": loss } }]);
}
