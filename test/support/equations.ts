/**
 * The equations of the layers, step by step, out of tensor operations: an implementation that shares nothing with the
 * recurrence and its gradients, so that one can be held against the other. Sequences that have ended, or that begin
 * later for the reverse direction, are held still by a mask.
 */

import { cat, nn, stack, type Tensor, tensor, zeros } from "../../src/index.js";
import type { Layer } from "./recurrent.js";

/** One step from the gates x = W_ih·x + b_ih and r = W_hh·h + b_hh. */
function step(layer: Layer, x: Tensor, r: Tensor, states: readonly Tensor[], hr: Tensor | null): Tensor[] {
  const [h] = states;
  if (layer instanceof nn.RNN) return [layer.nonlinearity === "relu" ? x.add(r).relu() : x.add(r).tanh()];
  if (layer instanceof nn.GRU) {
    const [xr, xz, xn] = x.chunk(3, 1);
    const [rr, rz, rn] = r.chunk(3, 1);
    const z = xz.add(rz).sigmoid();
    const n = xn.add(xr.add(rr).sigmoid().mul(rn)).tanh();
    return [n.mul(z.neg().add(1)).add(z.mul(h))];
  }
  const [i, f, g, o] = x.add(r).chunk(4, 1);
  const c = f.sigmoid().mul(states[1]).add(i.sigmoid().mul(g.tanh()));
  const hidden = o.sigmoid().mul(c.tanh());
  return [hr === null ? hidden : hidden.matmul(hr.t()), c];
}

/** `input` is `[T, N, C]`, states are batched; without dropout, or with a dropout of 1 in training. */
export function equations(
  layer: Layer,
  input: Tensor,
  given: readonly Tensor[] | null,
  lengths: readonly number[] | null,
): { output: Tensor; states: Tensor[] } {
  const [T, N] = input.shape;
  const { dtype } = input;
  const D = layer.bidirectional ? 2 : 1;
  const sizes = layer instanceof nn.LSTM ? [layer.projSize || layer.hiddenSize, layer.hiddenSize] : [layer.hiddenSize];
  const alive = Array.from({ length: T }, (_, t) =>
    tensor(
      Array.from({ length: N }, (_, n) => (t < (lengths?.[n] ?? T) ? 1 : 0)),
      [N, 1],
      { dtype },
    ),
  );
  const finals: Tensor[][] = sizes.map(() => []);
  let steps = input.unbind(0);
  for (let k = 0; k < layer.numLayers; k++) {
    const directions = Array.from({ length: D }, (_, d) => {
      const [ih, hh, ...rest] = layer.allWeights[k * D + d];
      const [biasIh, biasHh] = layer.bias ? rest : [null, null];
      const hr = layer.projSize > 0 ? rest[rest.length - 1] : null;
      let states = given?.map((s) => s.select(0, k * D + d)) ?? sizes.map((size) => zeros([N, size], { dtype }));
      const outputs = new Array<Tensor>(T);
      for (let i = 0; i < T; i++) {
        const t = d === 0 ? i : T - 1 - i;
        const { linear } = nn.functional;
        const next = step(layer, linear(steps[t], ih, biasIh), linear(states[0], hh, biasHh), states, hr);
        const still = alive[t].neg().add(1);
        outputs[t] = next[0].mul(alive[t]);
        states = next.map((s, j) => s.mul(alive[t]).add(states[j].mul(still)));
      }
      states.forEach((s, j) => {
        finals[j].push(s);
      });
      return outputs;
    });
    const isDropped = layer.training && layer.dropout === 1 && k < layer.numLayers - 1;
    steps = directions[0].map((_, t) => {
      const both = D === 1 ? directions[0][t] : cat([directions[0][t], directions[1][t]], 1);
      return isDropped ? both.mul(0) : both;
    });
  }
  return { output: stack(steps), states: finals.map((list) => stack(list)) };
}
