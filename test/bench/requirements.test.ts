/** What is asked, a group of cases each. */

import { describe, expect, it } from "vitest";
import { type Case, grid, type Pass } from "../../bench/cases.js";
import { required } from "../../bench/requirements.js";

const against = ["ort-web", "ort-node", "tfjs", "jax-js", "torch", "floor"] as const;
const asked = (name: string, pass: Pass) => {
  const one = grid().find((candidate) => candidate.name === name) as Case;
  return against.map((engine) => required(engine, one, pass));
};

describe("required", () => {
  it.each([
    ["lstm-b1-h256-t100", "forward", [1.5, 0.7, 3, 3, 1, 0.5]],
    ["lstm-b1-h512-t100", "forward", [1.5, 0.7, 3, 3, 1, null]],
    ["gru-b1-h64-t100", "forward", [1.5, 0.7, 3, 3, 2, 0.5]],
    ["rnn-b32-h128-t100", "forward", [1.5, 0.45, 3, 3, 0.8, 0.65]],
    ["gru-b64-h512-t50", "forward", [1.5, 0.45, 3, 3, 0.6, 0.65]],
    ["lstm-ragged-b32-h128-t100", "forward", [1.5, 0.45, 3, 3, 0.4, 0.65]],
    ["lstm-2layer-bi-b16-h256-t64", "forward", [1.5, null, 3, 3, null, null]],
    ["lstm-b1-h64-t100", "train", [null, null, 15, 3, 1, null]],
    ["rnn-b1-h64-t100", "train", [null, null, 15, 3, 3, null]],
    ["lstm-b32-h256-t100", "train", [null, null, 15, 3, 0.35, 0.55]],
    ["gru-b32-h256-t100", "train", [null, null, 15, 3, 0.55, 0.55]],
    ["rnn-b64-h512-t50", "train", [null, null, 15, 3, 0.75, 0.55]],
    ["gru-h64-step", "step", [10, 5, 50, 10, 10, 0.5]],
    ["gru-h128-step", "step", [2, 1, null, null, 2, 0.5]],
  ] as const)("of %s, %s", (name, pass, ratios) => {
    expect(asked(name, pass)).toEqual(ratios);
  });
});
