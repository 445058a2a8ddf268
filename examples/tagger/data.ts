/** Sentences as numbers: of each word its own, that of its last three letters and that of its looks. */

import { type Tensor, tensor } from "elman-nn";
import { documents, type Token } from "../brown.js";
import { universal } from "./tags.js";

/** What is known of the words of a sentence, `[T, 3]`, and their tags, `[T]`: int32. */
export type Sentence = readonly [known: Tensor, tags: Tensor];

/** What a word looks like: the first that fits, counted from 1, since 0 pads. */
const looks = [/\d/, /^[A-Z].*[A-Z]/, /^[A-Z]/, /-/, /'/, /^[a-z]+$/, /^/];
const lookOf = (word: string) => 1 + looks.findIndex((look) => look.test(word));
const suffixOf = (word: string) => word.toLowerCase().slice(-3);

/** Numbers for what was seen `least` times at least: 0 is padding, 1 whatever else there is. */
function vocabulary(all: readonly string[], least: number): Map<string, number> {
  const counts = new Map<string, number>();
  for (const one of all) counts.set(one, (counts.get(one) ?? 0) + 1);
  const often = [...counts].filter(([, count]) => count >= least);
  return new Map(often.map(([one], i) => [one, i + 2]));
}

/**
 * The sentences of so many documents, those of every tenth held out; how many numbers there are of each kind, and those
 * of a word.
 */
export function loadSentences(count: number) {
  const all = documents(count);
  const part = (held: boolean) => all.filter((_, i) => (i % 10 === 9) === held).flat();
  const [training, test] = [part(false), part(true)];
  const seen = training.flat().map(([word]) => word);
  const lowered = seen.map((word) => word.toLowerCase());
  const [words, suffixes] = [vocabulary(lowered, 2), vocabulary(seen.map(suffixOf), 5)];
  const known = (word: string) => [words.get(word.toLowerCase()) ?? 1, suffixes.get(suffixOf(word)) ?? 1, lookOf(word)];
  const numbered = (sentence: readonly Token[]): Sentence => [
    tensor(
      sentence.map(([word]) => known(word)),
      { dtype: "int32" },
    ),
    tensor(
      sentence.map(([, tag]) => universal(tag)),
      { dtype: "int32" },
    ),
  ];
  const counts = { words: words.size + 2, suffixes: suffixes.size + 2, looks: looks.length + 1 };
  return { training: training.map(numbered), test: test.map(numbered), counts, known };
}
