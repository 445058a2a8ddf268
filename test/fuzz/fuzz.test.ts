// Before what it is to count.
import "./meter.js";

import { describe, expect, it } from "vitest";
import { load } from "../../src/checkpoint/index.js";
import { ElmanError } from "../../src/index.js";
import { caseOf, floor, fuzz, material, outcomeOf, table, wrongError } from "./fuzz.js";
import { hostile, hostileObjects } from "./hostile.js";
import { taken } from "./meter.js";
import { tokens } from "./opcodes.js";

/** The same mutants everywhere and always; `npm run hunt` draws others. */
const seed = 1;
const CASES = 20_000;

describe("the fuzzer", () => {
  it(`${CASES} mutants are refused in a sentence, or read whole: npm run fuzz -- --seed ${seed}`, async () => {
    const { counts, defects, cases } = await fuzz(seed, 0, CASES);
    process.stdout.write(`${table(counts).join("\n")}\n`);
    expect(defects).toEqual([]);
    expect(cases).toBe(CASES);
    // Neither so broken that nothing is read, nor so whole that nothing is refused.
    for (const kind of [
      "bit flips",
      "zip members",
      "pickle opcodes",
      "values drawn",
      "tensors drawn",
      "headers drawn",
    ]) {
      const { refused, accepted } = counts.get(kind) as { refused: number; accepted: number };
      expect(Math.min(refused, accepted), kind).toBeGreaterThan(CASES / 1000);
    }
  });

  it("draws the same case again from the seed and the number", async () => {
    const from = await material();
    for (let index = 0; index < 50; index++) expect(caseOf(from, 7, index)).toEqual(caseOf(from, 7, index));
    expect(caseOf(from, 7, 16).bytes).not.toEqual(caseOf(from, 8, 16).bytes);
  });

  it("sees errors that are none of elman's, and such as say too little", () => {
    expect(wrongError(new RangeError("Invalid array length"))[0]).toContain("RangeError");
    expect(wrongError(undefined)).toEqual(["threw undefined"]);
    expect(wrongError(new ElmanError("RuntimeError", "the given bytes"))).toHaveLength(1);
    expect(
      wrongError(new ElmanError("RuntimeError", "something is wrong with the file, and it is not said where")),
    ).toHaveLength(1);
    expect(wrongError(new ElmanError("RuntimeError", `the given bytes: ${"a".repeat(5000)}`))).toHaveLength(1);
    expect(wrongError(new ElmanError("RuntimeError", "the given bytes: the file is cut off at 12"))).toEqual([]);
  });

  const made = (door: () => Promise<unknown>) =>
    outcomeOf({
      index: 1,
      kind: "made",
      bytes: new Uint8Array(100),
      door: door as typeof load,
      options: { int64: "int32" },
    });
  const refusal = () => new ElmanError("RuntimeError", "the given bytes: this file is refused");

  it("sees memory, time and prototypes", async () => {
    const hungry = await made(async () => {
      new Uint8Array(floor + 500).slice();
      throw refusal();
    });
    expect(hungry.defects[0]).toContain(`took ${2 * (floor + 500)} bytes`);
    const slow = await made(async () => {
      for (const begin = process.cpuUsage(); process.cpuUsage(begin).user < 1_100_000; );
      throw refusal();
    });
    expect(slow.defects).toHaveLength(1);
    expect(slow.defects[0]).toMatch(/^took \d+ ms$/);
    const polluting = await made(async () => {
      Object.defineProperty(Object.prototype, "polluted", { value: 1, configurable: true });
      throw refusal();
    });
    Reflect.deleteProperty(Object.prototype, "polluted");
    expect(polluting.defects).toEqual(["changed a prototype or the global object"]);
  });

  it("cuts pickles into tokens that are the whole", () => {
    const pickle = Uint8Array.from([0x80, 2, 0x58, 1, 0, 0, 0, 97, 0x63, 97, 10, 98, 10, 0x4b, 5, 0x2e]);
    expect(tokens(pickle).map(({ length }) => length)).toEqual([2, 6, 5, 2, 1]);
  });
});

describe("files made to do harm", () => {
  it.each([
    ...hostile().map((one) => ({ ...one, unknown: "refuse" as const })),
    ...hostileObjects().map((one) => ({ ...one, unknown: "opaque" as const })),
  ])("$name ($unknown): $fate", async ({ bytes, fate, unknown }) => {
    const heap = process.memoryUsage().heapUsed;
    const { checkpoint, message, defects } = await outcomeOf({
      ...{ index: 0, kind: "hostile", bytes, door: load, options: { int64: "int32", unknown } },
    });
    expect(defects).toEqual([]);
    expect(checkpoint === null ? "refused" : "read", message).toBe(fate);
    // Objects are not counted like bytes; collecting them may even make the heap smaller.
    expect(process.memoryUsage().heapUsed - heap).toBeLessThan(96 * 2 ** 20);
    expect(taken.total).toBeGreaterThan(0);
  });

  it.each(hostile())("$name, read with objects, is refused in a sentence or read whole", async ({ bytes }) => {
    const { defects } = await outcomeOf({
      ...{ index: 0, kind: "hostile", bytes, door: load, options: { int64: "int32", unknown: "opaque" } },
    });
    expect(defects).toEqual([]);
  });
});
