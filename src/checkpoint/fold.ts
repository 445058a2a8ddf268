/**
 * Weights that a state dict has in parts, as what they amount to: a layer that is loaded for inference, or trained on
 * without the parts, takes the weight alone.
 *
 * Sources: torch.nn.utils.weight_norm and parametrizations.weight_norm (Salimans and Kingma, 2016); torch.nn.utils.prune;
 * the weight drop of AWD-LSTM (Merity et al., 2017), as its authors and fastai write it
 */

import { sameShape } from "../base/shape.js";
import { noGrad } from "../tensor/autograd.js";
import { Tensor } from "../tensor/tensor.js";

/** A weight that was in parts. */
export interface FoldedWeight {
  /** What the parts are called. */
  readonly names: readonly string[];
  /** What made them. */
  readonly by: "weight_norm" | "pruning" | "weight drop";
}

/** Whether a magnitude has one element, or one for each slice of a dimension of a direction. */
function areNormed({ shape }: Tensor, direction: Tensor): boolean {
  if (shape.length === 0) return true;
  const all = direction.shape;
  const slices = shape.filter((size) => size > 1).length;
  return shape.length === all.length && slices <= 1 && shape.every((size, i) => size === 1 || size === all[i]);
}

/** A magnitude and a direction: g·v / ‖v‖, the norm over the dimensions of which g has one element. */
function normed(g: Tensor, v: Tensor): Tensor {
  const others = g.shape.flatMap((size, i) => (size === 1 ? [i] : []));
  return v.mul(g.div(g.ndim === 0 ? v.norm() : v.norm(2, others, true)));
}

const masked = (weight: Tensor, mask: Tensor): Tensor => weight.mul(mask.to(weight.dtype));

/** How the names of parts end, after which the weight's own is the rest; and what the parts amount to. */
const ways: readonly {
  by: FoldedWeight["by"];
  ends: readonly [string, string] | readonly [string];
  /** Before the weight's own name. */
  before?: string;
  fits(first: Tensor, second: Tensor): boolean;
  /** The weight. */
  of(first: Tensor, second: Tensor): Tensor;
}[] = [
  { by: "weight_norm", ends: ["_g", "_v"], fits: areNormed, of: normed },
  { by: "weight_norm", ends: [".original0", ".original1"], before: "parametrizations.", fits: areNormed, of: normed },
  { by: "pruning", ends: ["_orig", "_mask"], fits: (weight, mask) => sameShape(weight.shape, mask.shape), of: masked },
  { by: "weight drop", ends: ["_raw"], fits: () => true, of: (raw) => raw },
];

/** The name of a weight whose parts begin with `stem`; null where these are no parts of one. */
function nameOf(stem: string, before: string, isRaw: boolean, has: (name: string) => boolean): string | null {
  const dot = stem.lastIndexOf(".") + 1;
  const [prefix, leaf] = [stem.slice(0, dot), stem.slice(dot)];
  if (!prefix.endsWith(before) || !/^(weight|bias)/.test(leaf)) return null;
  const inner = prefix.slice(0, prefix.length - before.length);
  if (!isRaw) return inner + leaf;
  // A wrapper keeps it beside the layer that it wraps; a weight of that name in there is a copy with some at 0.
  const wrapped = ["weight_ih_l0", "weight_ih"].some((name) => has(`${inner}module.${name}`));
  return `${inner}${wrapped ? "module." : ""}${leaf}`;
}

/**
 * A state dict with every weight that it has in parts (`_g` and `_v`, `parametrizations.….original0` and `original1`,
 * `_orig` and `_mask`, `_raw`) in the place of the first of them, and what was folded, by the names of the weights.
 * @param isOutline whether shapes are enough: nothing is computed, and the numbers are those of a part
 */
export function foldWeights<V>(
  stateDict: ReadonlyMap<string, V | Tensor>,
  isOutline = false,
): {
  stateDict: Map<string, V | Tensor>;
  folded: Map<string, FoldedWeight>;
} {
  const folded = new Map<string, FoldedWeight>();
  const places = new Map<string, readonly [name: string, weight: Tensor]>();
  const gone = new Set<string>();
  for (const [name, first] of stateDict) {
    for (const { by, ends, before = "", fits, of } of ways) {
      if (!name.endsWith(ends[0]) || !(first instanceof Tensor)) continue;
      const stem = name.slice(0, -ends[0].length);
      const parts = ends.map((end) => stem + end);
      const second = stateDict.get(parts[parts.length - 1]);
      const whole = nameOf(stem, before, by === "weight drop", (one) => stateDict.has(one));
      if (whole === null || !(second instanceof Tensor)) continue;
      if (!fits(first, second)) continue;
      // The direction has the weight's shape, as what was pruned has.
      const weight = isOutline ? (by === "weight_norm" ? second : first) : noGrad(() => of(first, second));
      folded.set(whole, { names: parts, by });
      // Whatever else has that name was computed of the parts.
      for (const one of [...parts, whole]) gone.add(one);
      places.set(name, [whole, weight]);
    }
  }
  const entries = [...stateDict].flatMap(([name, value]): (readonly [string, V | Tensor])[] => {
    const placed = places.get(name);
    if (placed !== undefined) return [placed];
    return gone.has(name) ? [] : [[name, value]];
  });
  return { stateDict: new Map(entries), folded };
}

/** What was folded, as a sentence. */
export function foldedText(folded: ReadonlyMap<string, FoldedWeight>): string {
  const list = [...folded].map(([name, { names, by }]) => `'${name}' of ${names.join(" and ")} (${by})`);
  return `computed from their parts: ${list.join(", ")}`;
}
