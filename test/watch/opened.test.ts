/** Gates by name, of sums that are known. */

import { expect, it } from "vitest";
import { tensor } from "../../src/index.js";
import { opened } from "../../src/watch/opened.js";
import { expectClose, float64 } from "../support/tolerance.js";

const dtype = "float64" as const;
const sigmoid = (a: number) => 1 / (1 + Math.exp(-a));

it("of an LSTM i f g o, of two units each", () => {
  const x = tensor([[1, 2, 3, 4, 5, 6, 7, 8]], { dtype });
  const open = opened("LSTM", x, x.mul(-0.5));
  expect(Object.keys(open)).toEqual(["i", "f", "g", "o"]);
  expectClose(open.i, tensor([[0.5, 1].map(sigmoid)], { dtype }), float64);
  expectClose(open.f, tensor([[1.5, 2].map(sigmoid)], { dtype }), float64);
  expectClose(open.g, tensor([[2.5, 3].map(Math.tanh)], { dtype }), float64);
  expectClose(open.o, tensor([[3.5, 4].map(sigmoid)], { dtype }), float64);
});

it("of a GRU r z n, where r scales what comes from the state into n", () => {
  const [x, r] = [tensor([[1, 2, 3]], { dtype }), tensor([[-3, 0.5, 2]], { dtype })];
  const open = opened("GRU", x, r);
  expectClose(open.r, [sigmoid(-2)], float64);
  expectClose(open.z, [sigmoid(2.5)], float64);
  expectClose(open.n, [Math.tanh(3 + sigmoid(-2) * 2)], float64);
});

it("of an RNN its state", () => {
  const [x, r] = [tensor([[1], [1]], { dtype }), tensor([[-3], [2]], { dtype })];
  expectClose(opened("RNN_TANH", x, r).h, [Math.tanh(-2), Math.tanh(3)], float64);
  expectClose(opened("RNN_RELU", x, r).h, [0, 3], float64);
});
