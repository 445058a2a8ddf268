/** The past of a convolution as rings, and states one after the other. */

import { describe, expect, it } from "vitest";
import { Past, roomOf, type State, statesOf } from "../../src/device/state.js";

describe("the past", () => {
  /** Rings of two sequences of three features, behind five numbers of someone else's. */
  function made(taps: number, dilation: number) {
    const sizes = { inputSize: 3, taps, dilation };
    const memory = new Float32Array(5 + roomOf(2, sizes) + 5);
    memory.fill(-1, 0, 5).fill(-1, memory.length - 5);
    return { past: new Past(2, sizes, () => memory, 5), memory };
  }
  /** What feature i of sequence n is at time t. */
  const value = (t: number, n: number, i: number) => (t < 0 ? 0 : 1 + t * 100 + n * 10 + i);

  it.each([
    [1, 1],
    [1, 3],
    [2, 1],
    [3, 1],
    [3, 4],
    [5, 2],
  ])("has the last %j inputs, %j apart, side by side at every time", (taps, dilation) => {
    const { past, memory } = made(taps, dilation);
    const span = (taps - 1) * dilation;
    expect(past.length).toBe(2 * 3 * span);
    const x = new Float32Array(2 * 8).fill(77);
    for (let t = 0; t < 3 * taps * dilation + 2; t++) {
      for (let n = 0; n < 2; n++) for (let i = 0; i < 3; i++) x[n * 7 + 1 + i] = value(t, n, i);
      const window = past.push(x, 1, 7);
      for (let n = 0; n < 2; n++) {
        const at = window + n * past.pitch;
        const found = [...memory.subarray(at, at + taps * 3)];
        const want = Array.from({ length: taps }, (_, k) =>
          [0, 1, 2].map((i) => value(t - (taps - 1 - k) * dilation, n, i)),
        );
        expect(found, `sequence ${n} at ${t}`).toEqual(want.flat());
      }
      const read = new Float32Array(past.length + 2).fill(55);
      past.read(read, 1);
      const order = [0, 1].flatMap((n) =>
        [0, 1, 2].flatMap((i) => Array.from({ length: span }, (_, back) => value(t - span + 1 + back, n, i))),
      );
      expect([...read]).toEqual([55, ...order, 55]);
      // Written back at any time, it goes on as if nothing had happened.
      if (t % 2 === 0) past.write(read, 1);
    }
    expect([...memory.subarray(0, 5), ...memory.subarray(-5)]).toEqual(Array(10).fill(-1));
  });
});

it("states are read and written one after the other", () => {
  const state = (length: number): State & { has: number[] } => {
    const has = Array.from({ length }, (_, i) => length * 10 + i);
    return {
      ...{ length, has },
      read: (into, to) => into.set(has, to),
      write: (values, from) => has.splice(0, length, ...values.subarray(from, from + length)),
    };
  };
  const list = [state(2), state(0), state(3)];
  const { states, read, write } = statesOf(list);
  expect(states).toBe(5);
  const all = new Float32Array(5);
  read(all);
  expect([...all]).toEqual([20, 21, 30, 31, 32]);
  write(Float32Array.of(1, 2, 3, 4, 5));
  expect(list.map(({ has }) => has)).toEqual([[1, 2], [], [3, 4, 5]]);
});
