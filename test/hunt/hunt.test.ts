/** The hunt without what it runs: whose turn it is, and which command repeats a find. */

import { expect, it } from "vitest";
import { hunt, repeats, runners } from "./hunt.js";

const [comparison, fuzzer] = runners;

it("repeats a configuration or a mutant alone", () => {
  const output =
    "torch 2.13.0, --seed 7 --count 768\n" +
    "FAILED --seed 7 --count 768 --only 12 LSTM(3, 4)\n    output: 1 of 2 numbers\n1 passed, 1 failed\n";
  expect(repeats(comparison, 7, { output, code: 1 })).toEqual(["npm run test:torch -- --seed 7 --count 768 --only 12"]);
  const defects =
    "DEFECT --seed 9 --only 3 (pickle): took 2000 ms\nDEFECT --seed 9 --only 8 (zip): read, but refused\n";
  expect(repeats(fuzzer, 9, { output: defects, code: 1 })).toEqual([
    "npm run fuzz -- --seed 9 --only 3 --against-python",
    "npm run fuzz -- --seed 9 --only 8 --against-python",
  ]);
});

it("repeats the whole run where no number stands for what failed, or where it ended without a word", () => {
  const whole = "npm run test:torch -- --seed 7";
  const output = "FAILED --seed 7 losses 4: nllLoss\n    loss: 1, torch 2\n";
  expect(repeats(comparison, 7, { output, code: 1 })).toEqual([whole]);
  expect(repeats(comparison, 7, { output: "TypeError: x is undefined", code: 1 })).toEqual([whole]);
  expect(repeats(fuzzer, 9, { output: "", code: null })).toEqual([
    "npm run fuzz -- --seed 9 --cases 10000 --against-python",
  ]);
});

it("takes turns with fresh seeds until it is over, each once at least, and tells of finds at once", async () => {
  const ran: string[] = [];
  const told: string[] = [];
  let seed = 0;
  const trying = (isOver: () => boolean, failing: number) =>
    hunt(
      isOver,
      async ({ script }, drawn) => {
        ran.push(`${script} ${drawn}`);
        return { output: "", code: drawn === failing ? 1 : 0 };
      },
      () => ++seed,
      (command) => told.push(command),
    );
  expect(await trying(() => true, 0)).toEqual({ runs: [1, 1], finds: [] });
  expect(told).toEqual([]);
  const found = await trying(() => ran.length >= 5, 4);
  expect(ran).toEqual(["test:torch 1", "fuzz 2", "test:torch 3", "fuzz 4", "test:torch 5"]);
  expect(found).toEqual({ runs: [2, 1], finds: ["npm run fuzz -- --seed 4 --cases 10000 --against-python"] });
  expect(told).toEqual(found.finds);
});
