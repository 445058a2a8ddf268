/** A generator's state beside PyTorch's, byte by byte, and what it draws when it goes on. */

import { expect, it } from "vitest";
import { encodeTorch, fileDTypeOf, loadTorch } from "../../src/checkpoint/index.js";
import { randomState, setRandomState } from "../../src/data/random_state.js";
import { Generator, rand, randn, tensor } from "../../src/index.js";
import { refusesSomehow } from "../support/nn_fixture.js";
import { expectClose, float64 } from "../support/tolerance.js";
import { recorded } from "./recorded.js";

interface Case {
  seed: string;
  words: number;
  normals: number;
  state: string;
  next: number[];
}

/** Two uniform and two normal numbers. */
function next(generator: Generator): number[] {
  const uniform = rand([2], { generator }).toArray();
  return [...uniform, ...randn([2], { generator, dtype: "float64" }).toArray()];
}

it.each(recorded.states as Case[])("seed $seed, $words uniform and $normals normal numbers", async (one) => {
  const generator = new Generator(BigInt(one.seed));
  rand([one.words], { generator });
  randn([one.normals], { generator, dtype: "float64" });
  const bytes = Uint8Array.from(Buffer.from(one.state, "base64"));
  const mine = randomState(generator);
  const [normal, nextWord] = [5024, 16];
  const [a, b] = [Uint8Array.from(mine.toArray()), bytes].map((all) => {
    const view = new DataView(all.slice().buffer);
    const cached = view.getFloat64(normal, true);
    const has = view.getInt32(5040, true);
    // After the last word PyTorch's next stands behind it, or, where it has just been seeded, at 0.
    if (view.getInt32(8, true) === 1) view.setBigUint64(nextWord, 0n, true);
    view.setFloat64(normal, 0, true);
    return { has, cached: has === 1 ? cached : 0, bytes: [...new Uint8Array(view.buffer)] };
  });
  expect(a.bytes).toEqual(b.bytes);
  expectClose([a.cached], [b.cached], float64);
  const theirs = new Generator(5);
  setRandomState(theirs, tensor(Int32Array.from(bytes)));
  expectClose(next(theirs), one.next, float64);

  const file = await loadTorch(encodeTorch({ state: randomState(generator) }));
  expect(fileDTypeOf(file.get("state") as never)).toBe("U8");
  const third = new Generator(6);
  setRandomState(third, file.get("state"));
  expect(third.getState()).toEqual(generator.getState());
});

it("refuses what is no such state", () => {
  for (const wrong of [undefined, 5, tensor([1]), new Uint8Array(5056)]) {
    refusesSomehow(() => setRandomState(new Generator(0), wrong));
  }
});
