import { expect, it } from "vitest";
import { gru } from "../../../src/device/cells/gru.js";
import { peepholeLSTM } from "../../../src/device/cells/peephole_lstm.js";
import { byName, ownOf, ownRoom } from "../../../src/device/wasm/own.js";

const wide = { ...peepholeLSTM, own: (H: number) => ({ p: [2 * H], q: [H] }) };

it("lays parameters side by side in the record's order, every block of H padded", () => {
  const [p, q] = [Float32Array.of(1, 2, 3, 4, 5, 6), Float32Array.of(7, 8, 9)];
  const zeros = Array<number>(5).fill(0);
  expect([...ownOf(wide, 3, { q, p })]).toEqual([1, 2, 3, ...zeros, 4, 5, 6, ...zeros, 7, 8, 9, ...zeros]);
  expect([ownRoom(wide, 3), ownRoom(wide, 8), ownRoom(gru, 3)]).toEqual([24, 24, 0]);
  expect(ownOf(gru, 3, {}).length).toBe(0);
});

it("reads them back by name, without the padding", () => {
  const all = Float64Array.from({ length: 24 }, (_, i) => i);
  expect(byName(wide, 3, all).map(({ name, shape, data }) => [name, shape, ...data])).toEqual([
    ["p", [6], 0, 1, 2, 8, 9, 10],
    ["q", [3], 16, 17, 18],
  ]);
});
