/** Whatever an entry of the module is given, it computes, or throws a TypeError of one sentence: it never crashes. */

import { describe, expect, it } from "vitest";
import { binding } from "./device.js";

type Entry = (...args: unknown[]) => unknown;
const entries = Object.entries(binding).filter((pair): pair is [string, Entry] => typeof pair[1] === "function");

const detached = new Float32Array(8);
structuredClone(detached.buffer, { transfer: [detached.buffer] });
const hostile: unknown[] = [
  undefined,
  null,
  true,
  "a",
  {},
  [],
  Symbol("s"),
  10n,
  () => 0,
  -1,
  0,
  1,
  2,
  3,
  0.5,
  1e300,
  Number.NaN,
  Number.POSITIVE_INFINITY,
  2 ** 32,
  2 ** 53,
  -(2 ** 31),
  new Float32Array(0),
  new Float32Array(8),
  new Float64Array(8),
  new Int32Array([0, -1, 5, 2 ** 31 - 1]),
  new Uint8Array(8),
  new BigInt64Array(8),
  new DataView(new ArrayBuffer(8)),
  new ArrayBuffer(8),
  new Float32Array(new SharedArrayBuffer(32)),
  new Float64Array([1, 8, 0, 1, 0, 1]),
  new Float64Array([1, 9, 0, 1, 0, 1]),
  new Float64Array([1, 2 ** 40, 0, 0, 0, 0]),
  new Float64Array([16, ...Array(16).fill(2 ** 52)]),
  new Float64Array([17, ...Array(60).fill(1)]),
  new Float64Array([-1]),
  new Float64Array([Number.NaN, Number.NaN]),
  new Float64Array(80).fill(2 ** 53),
  new Float64Array(80).fill(3),
  detached,
];

it("the module has entries", () => {
  expect(entries.length).toBeGreaterThanOrEqual(10);
});

it.each(entries)("%s takes nothing unchecked", (name, entry) => {
  let state = 99;
  const draw = () => {
    state = (state * 48_271) % 2_147_483_647;
    return state;
  };
  let refused = 0;
  const call = (args: readonly unknown[]) => {
    try {
      entry(...args);
    } catch (error) {
      refused++;
      expect(error).toBeInstanceOf(TypeError);
      expect((error as Error).message).toMatch(/^\w+\(\) of elman-nn-native expected .+ as argument \d+$/);
    }
  };
  call([]);
  for (let n = 0; n <= 40; n++) for (const one of hostile) call(Array(n).fill(one));
  for (let i = 0; i < 20_000; i++) call(Array.from({ length: draw() % 12 }, () => hostile[draw() % hostile.length]));
  // One takes nothing at all.
  if (name !== "lanes") expect(refused).toBeGreaterThan(1000);
});

it("a view that leaves its array is refused", () => {
  const [a, out] = [new Float32Array(12), new Float32Array(12)];
  const plan = (...numbers: number[]) => Float64Array.from(numbers);
  const refused =
    (...numbers: number[]) =>
    () =>
      binding.elementwise(0, out, 0, a, a, plan(...numbers));
  binding.elementwise(0, out, 0, a, a, plan(2, 3, 4, 0, 4, 1, 0, 4, 1));
  expect(refused(2, 3, 4, 1, 4, 1, 0, 4, 1)).toThrow("places within the arrays");
  expect(refused(2, 3, 4, 0, 4, 1, 0, 4, 2)).toThrow("places within the arrays");
  expect(refused(2, 3, 5, 0, 0, 0, 0, 0, 0)).toThrow("room for the result");
  expect(refused(2, 3, 4, 0, 4, 1)).toThrow("whole numbers");
  expect(() => binding.elementwise(0, out, 1, a, a, plan(1, 12, 0, 1, 0, 1))).toThrow("room for the result");
  expect(() => binding.elementwise(30, out, 0, a, a, plan(1, 12, 0, 1, 0, 1))).toThrow("the result's type");
  expect(() => binding.scatter(out, a, plan(2, 3, 4, 0, 4, 1, 0, 4, 2))).toThrow("places within the arrays");
  const numbers = (row: number) => plan(1, 1, 2, 3, 2, 0, 0, 0, 0, 2, 1, 0, 0, 0, row, 1, 0, 0, 0, 3, 1);
  const multiply = (row: number, rows: Int32Array | null) => () =>
    binding.multiply(numbers(row), a, a, out, rows, null);
  expect(multiply(1, Int32Array.of(0, 10))).toThrow("long enough");
  expect(multiply(1, Int32Array.of(0, -1))).toThrow("places from 0 on");
  expect(multiply(3, Int32Array.of(0, 1))).toThrow("1 where places stand for a stride");
  const target = Int32Array.of(0, 4);
  expect(() => binding.crossEntropy(new Float32Array(8), target, out, new Float64Array(4), 2, 4)).toThrow(
    "class numbers",
  );
});

it("a step holds its memory, which nobody takes from it", () => {
  const room = Float32Array.of(1, -1, 0, 2);
  const table = new Float64Array(17);
  table.set([6, 1, 0, 0, 4]); // tanh of one row of four, at the room's beginning
  const step = binding.stepper(room, table);
  expect(Reflect.deleteProperty(step, "room") || Reflect.set(step, "room", null)).toBe(false);
  expect(Reflect.get(step, "room")).toBe(room);
  step();
  expect([...room]).toEqual([...Float32Array.of(1, -1, 0, 2).map(Math.tanh)].map((x) => expect.closeTo(x, 6)));
});

it("a second run of other sizes is refused, whatever differs", () => {
  const run = (T: number, C: number, H: number, steps: readonly number[]) => {
    const room = () => new Float32Array(500);
    const arrays = [room(), room(), null, room(), room(), null, room(), null, room(), room(), null, null, null, null];
    return [Int32Array.of(0, T, 2, C, H, H, 0), Int32Array.from(steps), ...arrays];
  };
  const one = run(2, 3, 4, [2, 1]);
  expect(() => binding.forward(...one, ...run(2, 3, 4, [2, 1]))).not.toThrow();
  for (const other of [run(3, 3, 4, [1, 1, 1]), run(2, 2, 4, [2, 1]), run(2, 3, 5, [2, 1]), run(2, 3, 4, [2, 2])]) {
    expect(() => binding.forward(...one, ...other)).toThrow("a second run of the sizes of the first as argument 17");
  }
});

describe("calls that are right but for one argument", () => {
  const room = () => new Float32Array(4000);
  const lstm = (steps: readonly number[]) => [Int32Array.of(2, steps.length, 3, 5, 6, 6, 0), Int32Array.from(steps)];
  const forth = () => [...lstm([3, 2, 2]), ...Array.from({ length: 14 }, (_, i) => (i === 5 ? null : room()))];
  const back = () => [...lstm([3, 2, 2]), ...Array.from({ length: 18 }, (_, i) => (i === 8 ? null : room()))];
  const product = () => {
    const numbers = Float64Array.of(2, 1, 3, 4, 5, 1, 0, 15, 0, 5, 1, 0, 20, 0, 1, 1, 0, 12, 0, 4, 1);
    return [numbers, room(), room(), room(), Int32Array.of(0, 9, 2, 7, 30), Int32Array.of(0, 1, 2, 3)];
  };
  const calls: Record<string, [Entry, () => unknown[]]> = {
    "a run": [binding.forward as Entry, forth],
    "two runs": [binding.forward as Entry, () => [...forth(), ...forth()]],
    "a run back": [binding.backward as Entry, back],
    "two runs back": [binding.backward as Entry, () => [...back(), ...back()]],
    "a product": [binding.multiply as Entry, product],
  };

  it.each(Object.keys(calls))("%s", (name) => {
    const [entry, given] = calls[name];
    expect(() => entry(...given())).not.toThrow();
    const wrong = [...hostile, Int32Array.of(2, 3, 3, 5, 6, 7, 0), Int32Array.of(2, 3, 9, 5, 6, 6, 0)];
    let refused = 0;
    given().forEach((_, at) => {
      for (const one of wrong) {
        const args = given();
        args[at] = one;
        try {
          entry(...args);
        } catch (error) {
          refused++;
          expect((error as Error).message).toMatch(/^\w+\(\) of elman-nn-native expected .+ as argument \d+$/);
        }
      }
    });
    expect(refused).toBeGreaterThan(100);
  });

  it("whole numbers that the result lies over are those that were checked", () => {
    const memory = new ArrayBuffer(64 * 1024);
    const [rows, steps] = [new Int32Array(memory, 0, 16), new Int32Array(memory, 0, 40)];
    const numbers = Float64Array.of(2, 1, 1, 16, 16, 0, 0, 16, 0, 16, 1, 0, 16, 0, 1, 1, 0, 16, 0, 16, 1);
    binding.multiply(numbers, room().fill(1e9), room().fill(1), new Float32Array(memory), rows, null);
    steps.fill(2);
    const output = new Float32Array(memory);
    const arrays = [room(), room(), room(), room(), room(), null, room(), room(), output, room(), room(), null, null];
    binding.forward(Int32Array.of(2, 40, 2, 3, 4, 4, 0), steps, ...arrays, null);
    expect(output.subarray(0, 40 * 2 * 4).every(Number.isFinite)).toBe(true);
  });
});
