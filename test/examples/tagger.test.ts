/** The corpus, its tags, and sentences as numbers. */

import { expect, it } from "vitest";
import { documents } from "../../examples/brown.js";
import { loadSentences } from "../../examples/tagger/data.js";
import { tags, universal } from "../../examples/tagger/tags.js";

it("reads every document of the corpus, and every so many of a few", () => {
  const all = documents();
  expect([all.length, all.flat().length, all.flat(2).length]).toEqual([500, 57_340, 1_161_192]);
  expect(all[0][0].slice(0, 2)).toEqual([
    ["The", "at"],
    ["Fulton", "np-tl"],
  ]);
  expect(documents(10)).toEqual(all.filter((_, i) => i % 50 === 49));
});

it("knows the tags of titles, headlines, negations, possessives, contractions and foreign words", () => {
  const known = {
    "nn-tl": "NOUN",
    "hvd*": "VERB",
    nns$: "NOUN",
    pp$: "DET",
    "pps+bez-hl": "PRON",
    "*": "ADV",
    "--": ".",
  };
  for (const [tag, wanted] of Object.entries(known)) expect(tags[universal(tag)], tag).toBe(wanted);
  expect(["fw-nn", "fw-in+at-t", "nil"].map((tag) => tags[universal(tag)])).toEqual(["X", "X", "X"]);
  const unknown = documents()
    .flat(2)
    .filter(([, tag]) => tags[universal(tag)] === "X" && !/^(fw-|nil)/.test(tag));
  expect(unknown).toEqual([]);
});

it("numbers words, suffixes and looks from what is trained on alone", () => {
  const { training, test, counts, known } = loadSentences(10);
  expect(training.length + test.length).toBe(documents(10).flat().length);
  expect(test.length).toBe(documents(10)[9].length);
  expect(counts.looks).toBe(8);
  expect(known("Zyxwvut")).toEqual([1, 1, 3]);
  expect(known("the")[0]).toBe(known("The")[0]);
  expect([known("1961"), known("NATO"), known("so-called"), known("it's")].map(([, , look]) => look)).toEqual([
    1, 2, 4, 5,
  ]);
  for (const [input, target] of [...training, ...test]) expect(input.shape).toEqual([target.numel(), 3]);
  expect(Math.max(...training.map(([input]) => input.select(1, 0).max().item()))).toBe(counts.words - 1);
});
