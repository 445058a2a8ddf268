/** Trains the tagger, beside one that knows each word's most frequent tag, and shows how it tags a sentence. */

import { noGrad, tensor } from "elman-nn";
import { fit } from "elman-nn/train";
import { progress, svg } from "elman-nn/watch";
import type { Length } from "../begun.js";
import { begin } from "./begin.js";
import type { Sentence } from "./data.js";
import { tags } from "./tags.js";

export { begin };

const percent = (x: number) => `${(100 * x).toFixed(2)} %`;

/** The share that the most frequent tag of each word gets right; words that are new are nouns. */
function baseline(training: readonly Sentence[], test: readonly Sentence[]): number {
  const pairs = (sentences: readonly Sentence[]) =>
    sentences.flatMap(([known, target]) => {
      const [words, classes] = [known.select(1, 0).toArray(), target.toArray()];
      return Array.from(words, (word, t) => [Number(word), Number(classes[t])]);
    });
  const counts = new Map<number, number[]>();
  for (const [word, tag] of pairs(training)) {
    const list = counts.get(word) ?? tags.map(() => 0);
    list[tag]++;
    counts.set(word, list);
  }
  const guess = (word: number) => {
    const list = counts.get(word) ?? [];
    return word === 1 ? tags.indexOf("NOUN") : list.indexOf(Math.max(...list));
  };
  const all = pairs(test);
  return all.filter(([word, tag]) => guess(word) === tag).length / all.length;
}

/** Trains, and returns the picture. */
export async function main(length: Length): Promise<string> {
  const { model, training, options, sentences } = await begin(length);
  console.log(`${sentences.training.length} sentences to learn from, ${sentences.test.length} held out\n\n${model}\n`);
  console.log(`most frequent tag of each word: ${percent(baseline(sentences.training, sentences.test))} held out`);
  const loss: number[] = [];
  const start = performance.now();
  let reached = 0;
  for await (const event of progress(fit(model, training, options))) {
    if ("validation" in event) reached = event.validation?.metrics.accuracy ?? 0;
    else loss.push(event.loss);
  }
  const seconds = ((performance.now() - start) / 1000).toFixed(1);
  console.log(`Trained in ${seconds} s: ${percent(reached)} of words in documents never seen are tagged right.\n`);

  const words = "The new book on the desk can help you book a cheap flight to Bonn .".split(" ");
  const input = tensor([words.map(sentences.known)], { dtype: "int32" });
  model.eval();
  const found = noGrad(() => model.forward({ input, lengths: [words.length] }).argmax(1)).toArray();
  console.log(`${words.map((word, t) => `${word}/${tags[found[t]]}`).join(" ")}\n`);
  return svg([{ title: `Tagger: ${percent(reached)} of words held out`, x: "step", curves: { loss } }]);
}
