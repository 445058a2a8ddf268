/** The Brown corpus as running text, letter by letter; a document in ten is held out. */

import { type Tensor, tensor } from "elman-nn";
import { truncatedBPTT } from "elman-nn/data";
import { documents, type Token } from "../brown.js";

/** The letters there are: the number of each is its place; what is not among them is the first. */
export const alphabet = "\u00b7\n abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.,;:!?'\"()$%&-/";

/** Sentences with a line each, and punctuation where it belongs. */
function text(document: readonly (readonly Token[])[]): string {
  return document
    .map((sentence) =>
      sentence
        .map(([word]) => word)
        .join(" ")
        .replace(/`` | ''/g, '"')
        .replace(/ ([.,;:!?)])/g, "$1")
        .replace(/\( /g, "("),
    )
    .join("\n");
}

/** The numbers of a text's letters. */
export const encode = (text: string): Int32Array =>
  Int32Array.from(text, (letter) => Math.max(0, alphabet.indexOf(letter)));

export const decode = (numbers: ArrayLike<number>): string => Array.from(numbers, (i) => alphabet[i]).join("");

/** The letters of so many documents, in two parts. */
export function loadText(count: number): { training: Int32Array; test: Int32Array } {
  const all = documents(count).map(text);
  const part = (held: boolean) => encode(all.filter((_, i) => (i % 10 === 9) === held).join("\n"));
  return { training: part(false), test: part(true) };
}

/**
 * A text cut into N streams that are read side by side, `[N, …]` each: the letters, and those that follow them. Chunks
 * of T go on where the ones before ended.
 */
export function streams(letters: Int32Array, N: number, T: number): (readonly [Tensor, Tensor])[] {
  const length = T * Math.floor((letters.length - 1) / (N * T));
  const from = (start: number) => tensor(letters.slice(start, start + N * length), [N, length]);
  return truncatedBPTT([from(0), from(1)] as const, T, { dim: 1 });
}
