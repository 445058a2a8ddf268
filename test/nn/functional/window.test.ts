import { expect, it } from "vitest";
import { pair, windowOf, windows } from "../../../src/nn/functional/window.js";

it("begins a window that reaches beyond the input at its first element within", () => {
  const window = windowOf("max_pool1d", 1, 3, { stride: 1, padding: 3, dilation: 2 });
  expect(window).toEqual({ kernel: [3], stride: [1], padding: [3], dilation: [2], ceil: false });
  expect(windows(3, 3, window, 0)).toEqual({ first: [1, 0, 1], end: [2, 3, 3], step: 2 });
});

it("takes the window's size as the stride where there is none", () => {
  expect(windowOf("avg_pool2d", 2, [2, 3], { stride: null }).stride).toEqual([2, 3]);
});

it("gives one dimension a first one", () => {
  expect([pair([4], 1), pair([4, 5], 1)]).toEqual([
    [1, 4],
    [4, 5],
  ]);
});
