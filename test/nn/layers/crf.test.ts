/** A conditional random field beside every sequence of tags, written out. */

import { describe, expect, it } from "vitest";
import { manualSeed, nn, type Tensor, tensor, zeros } from "../../../src/index.js";
import { gradcheck } from "../../support/gradcheck.js";
import { source } from "../../support/random.js";
import { expectClose, float64 } from "../../support/tolerance.js";

const draw = source(8);
const [T, N, K] = [4, 3, 3];
const int = (data: number[][]) => tensor(data, null, { dtype: "int32" });
const tags = int([
  [0, 2, 1],
  [1, 1, 2],
  [2, 0, 0],
  [0, 2, 1],
]);
const mask = tensor(
  [
    [1, 1, 1],
    [1, 1, 0],
    [1, 1, 0],
    [1, 0, 0],
  ],
  null,
  { dtype: "bool" },
);

function field(batchFirst = false): nn.CRF {
  const crf = new nn.CRF(K, { batchFirst, dtype: "float64" });
  crf.loadStateDict({
    start_transitions: tensor([0.3, -0.7, 0.1], null, { dtype: "float64" }),
    end_transitions: tensor([-0.2, 0.4, 0.9], null, { dtype: "float64" }),
    transitions: tensor([0.5, -1, 0.2, 0.7, 0.1, -0.3, 1.1, -0.6, 0.8], [3, 3], { dtype: "float64" }),
  });
  return crf;
}

/** The score of one sequence of tags over the steps `alive`. */
function scored(crf: nn.CRF, emissions: Tensor, n: number, alive: readonly number[], path: readonly number[]): number {
  const [start, end] = [crf.start_transitions.toArray(), crf.end_transitions.toArray()];
  const [between, emission] = [crf.transitions.toArray(), emissions.toArray()];
  let score = start[path[0]] + end[path[path.length - 1]];
  alive.forEach((t, i) => {
    score += emission[(t * N + n) * K + path[i]] + (i > 0 ? between[path[i - 1] * K + path[i]] : 0);
  });
  return score;
}

/** Every sequence of tags of a length. */
const paths = (length: number): number[][] =>
  Array.from({ length: K ** length }, (_, code) => Array.from({ length }, (_, i) => Math.floor(code / K ** i) % K));

function enumerated(crf: nn.CRF, emissions: Tensor, on: Tensor | null) {
  const flags = on?.toArray() ?? new Uint8Array(T * N).fill(1);
  return Array.from({ length: N }, (_, n) => {
    const alive = [...Array(T).keys()].filter((t) => flags[t * N + n] === 1);
    const all = paths(alive.length).map((path) => ({ path, score: scored(crf, emissions, n, alive, path) }));
    const own = alive.map((t) => tags.toArray()[t * N + n]);
    const score = scored(crf, emissions, n, alive, own);
    const best = all.reduce((a, b) => (b.score > a.score ? b : a));
    return { likelihood: score - Math.log(all.reduce((sum, { score }) => sum + Math.exp(score), 0)), best: best.path };
  });
}

describe("CRF", () => {
  const emissions = draw([T, N, K]);

  it.each([
    ["without a mask", null],
    ["with a mask for each sequence", mask],
  ])("likelihood and best tags are those of all sequences written out, %s", (_, on) => {
    const crf = field();
    const expected = enumerated(crf, emissions, on);
    const likelihoods = expected.map(({ likelihood }) => likelihood);
    const sum = likelihoods.reduce((a, b) => a + b);
    expectClose(crf.forward(emissions, tags, { mask: on, reduction: "none" }), likelihoods, float64);
    expectClose(crf.forward(emissions, tags, { mask: on }), [sum], float64);
    expectClose(crf.forward(emissions, tags, { mask: on, reduction: "mean" }), [sum / N], float64);
    const steps = on === null ? T * N : 8;
    expectClose(crf.forward(emissions, tags, { mask: on, reduction: "token_mean" }), [sum / steps], float64);
    expect(crf.decode(emissions, { mask: on })).toEqual(expected.map(({ best }) => best));
  });

  it("takes batches in front", () => {
    const [crf, first] = [field(), field(true)];
    const swapped = emissions.transpose(0, 1);
    const expected = crf.forward(emissions, tags, { mask, reduction: "none" });
    expectClose(first.forward(swapped, tags.t(), { mask: mask.t(), reduction: "none" }), expected, float64);
    expect(first.decode(swapped, { mask: mask.t() })).toEqual(crf.decode(emissions, { mask }));
  });

  it("has gradients", () => {
    const crf = field();
    gradcheck(
      (x, start, end, between) => {
        Object.assign(crf, { start_transitions: start, end_transitions: end, transitions: between });
        return crf.forward(x, tags, { mask, reduction: "none" });
      },
      [emissions, draw([K]), draw([K]), draw([K, K])],
    );
  });

  it("reads no tag where the mask is off", () => {
    const wild = int([
      [0, 2, 1],
      [1, 1, 99],
      [2, 0, -5],
      [0, 7, 9],
    ]);
    const crf = field();
    expectClose(crf.forward(emissions, wild, { mask }), crf.forward(emissions, tags, { mask }), float64);
    expect(() => crf.forward(emissions, wild)).toThrow("tags are 0 to 2");
  });

  it("has pytorch-crf's names, and draws in their order", () => {
    manualSeed(3);
    const crf = new nn.CRF(2);
    expect([...crf.stateDict().keys()]).toEqual(["start_transitions", "end_transitions", "transitions"]);
    for (const parameter of crf.parameters()) expect(parameter.abs().max().item()).toBeLessThanOrEqual(0.1);
    expect(String(crf)).toBe("CRF(num_tags=2)");
  });

  it("refuses what pytorch-crf refuses", () => {
    const crf = field();
    const texts: [() => unknown, string][] = [
      [() => new nn.CRF(0), "invalid number of tags: 0"],
      [() => crf.forward(zeros([2, 3]), tags), "emissions must have dimension of 3, got 2"],
      [() => crf.decode(zeros([2, 3, 5])), "expected last dimension of emissions is 3, got 5"],
      [
        () => crf.forward(emissions, tags.t()),
        "the first two dimensions of emissions and tags must match, got (4, 3) and (3, 4)",
      ],
      [
        () => crf.decode(emissions, { mask: mask.t() }),
        "the first two dimensions of emissions and mask must match, got (4, 3) and (3, 4)",
      ],
      [() => crf.decode(emissions, { mask: mask.logicalNot() }), "mask of the first timestep must all be on"],
      [() => crf.forward(emissions, tags, { reduction: "avg" as never }), "invalid reduction: avg"],
    ];
    for (const [call, text] of texts) expect(call).toThrow(text);
  });
});
