/** Letters as numbers, streams that go on, and a model that goes on reading. */

import { manualSeed, noGrad, tensor } from "elman-nn";
import { expect, it } from "vitest";
import { alphabet, decode, encode, loadText, streams } from "../../examples/text/data.js";
import { LanguageModel } from "../../examples/text/model.js";
import { expectClose, float32 } from "../support/tolerance.js";

it("numbers letters, and what is no letter of its alphabet is 0", () => {
  expect([...encode("Ab\n{")]).toEqual([alphabet.indexOf("A"), alphabet.indexOf("b"), 1, 0]);
  expect(decode(encode('He said, "no" (twice).'))).toBe('He said, "no" (twice).');
  const { training, test } = loadText(10);
  expect(training.length).toBeGreaterThan(8 * test.length);
  expect(training.filter((letter) => letter === 0).length / training.length).toBeLessThan(0.001);
});

it("cuts a text into streams that go on from chunk to chunk, each letter with the next one beside it", () => {
  const [first, second] = streams(
    Int32Array.from({ length: 27 }, (_, i) => i),
    2,
    3,
  );
  expect(first[0].toNested()).toEqual([
    [0, 1, 2],
    [12, 13, 14],
  ]);
  expect(first[1].toNested()).toEqual([
    [1, 2, 3],
    [13, 14, 15],
  ]);
  expect(second[0].toNested()).toEqual([
    [3, 4, 5],
    [15, 16, 17],
  ]);
});

it("reads in pieces as it reads in one, and begins anew in another mode", () => {
  manualSeed(1);
  const model = new LanguageModel({ letters: 5, embedding: 3, hidden: 4 });
  const read = (letters: number[]) => noGrad(() => model.forward(tensor([letters], { dtype: "int32" })));
  const whole = read([1, 2, 3, 4]);
  model.eval();
  expectClose(read([1, 2]), whole.slice(2, 0, 2).contiguous(), float32);
  expectClose(read([3, 4]), whole.slice(2, 2).contiguous(), float32);
});
