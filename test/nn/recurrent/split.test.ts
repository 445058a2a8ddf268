/** States by layer and direction. Outputs by direction: packed.test.ts. */

import { expect, it } from "vitest";
import { nn, ones, randn } from "../../../src/index.js";
import { refuses } from "../../support/nn_fixture.js";

const { packSequence, splitStates } = nn.utils.rnn;
const pair = [randn([3, 2], { dtype: "float64" }), randn([4, 2], { dtype: "float64" })];

it("final states by layer and direction, in every form", () => {
  const lstm = new nn.LSTM(2, 3, { numLayers: 2, bidirectional: true, dtype: "float64" });
  const [, [hn, cn]] = lstm.forwardPacked(packSequence(pair, { enforceSorted: false }));
  const [first, second] = splitStates(hn, { bidirectional: true });
  expect(first.forward.tolist()).toEqual(hn.at(0).tolist());
  expect(second.reverse?.tolist()).toEqual(hn.at(3).tolist());
  expect(splitStates(cn, { bidirectional: true })[1].forward.tolist()).toEqual(cn.at(2).tolist());
  const alone = lstm.forward(pair[0])[1][0];
  expect(splitStates(alone, { bidirectional: true })[1].reverse?.tolist()).toEqual(alone.at(3).tolist());
  const turned = splitStates(hn.transpose(0, 1), { bidirectional: true, batchFirst: true });
  expect(turned[1].forward.tolist()).toEqual(hn.at(2).tolist());
  const [one, two] = splitStates([ones([2, 3]), ones([2, 4])]);
  expect([one.forward.shape, two.forward.shape, one.reverse]).toEqual([[2, 3], [2, 4], null]);
  const message = "split_states() expected two states a layer with bidirectional=true, got: 1";
  refuses(() => splitStates(ones([1, 2, 3]), { bidirectional: true }), { kind: "ValueError", message });
  // h and c of an LSTM are no list of layers.
  const list = "split_states() expected a list with one state a layer and direction, each of 1 or 2 dimensions, got: 3";
  refuses(() => splitStates([hn, cn]), { kind: "ValueError", message: list });
  const rank = "split_states() expected a state of 2 or 3 dimensions, got: 1";
  refuses(() => splitStates(ones([3])), { kind: "ValueError", message: rank });
});
