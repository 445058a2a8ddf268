/** How good outputs are, in numbers that people read. */

import { checkOptions, fail, mistyped, shown } from "../base/errors.js";
import { sameShape } from "../base/shape.js";
import { nn, noGrad, Tensor } from "../index.js";

/** Makes an empty count, which takes batch after batch and gives one number for all of them. */
export type Metric<O = Tensor, T = Tensor> = () => {
  add(output: O, target: T): void;
  value(): number;
};

/** What stands in targets where there is no class: crossEntropy's `ignoreIndex`. */
export const ignored = -100;

/**
 * Class numbers of outputs, in the order of the target's. Scores `[N, C, …]` as crossEntropy takes them give the greatest;
 * floats of the target's shape are logits of one class, 1 where they are positive; int32 and bool are classes already.
 */
function classes(output: Tensor, target: Tensor): ArrayLike<number> {
  for (const one of [output, target]) if (!(one instanceof Tensor)) mistyped("a metric expected Tensors", one);
  const isScores = output.ndim === target.ndim + 1;
  const found = isScores ? output.argmax(Math.min(1, output.ndim - 1)) : output;
  if (!sameShape(found.shape, target.shape)) {
    fail(
      "ValueError",
      `a metric expected scores [N, C, …] or outputs of the target's shape [${target.shape.join(", ")}], got: [${output.shape.join(", ")}]`,
    );
  }
  const isClass = found.dtype === "int32" || found.dtype === "bool";
  return (isClass ? found : found.gt(0)).toArray();
}

/** Pairs of a class that was found and the one that was to be found; padding is left out. */
function pairs(output: Tensor, target: Tensor): [found: number, wanted: number][] {
  const found = classes(output, target);
  return Array.from(target.toArray(), (wanted, i): [number, number] => [Number(found[i]), Number(wanted)]).filter(
    ([, wanted]) => wanted !== ignored,
  );
}

/** The share of classes that are right; targets of −100 are left out. NaN of nothing. */
export const accuracy: Metric = () => {
  let [right, count] = [0, 0];
  return {
    add(output, target) {
      for (const [found, wanted] of pairs(output, target)) {
        if (found === wanted) right++;
        count++;
      }
    },
    value: () => right / count,
  };
};

/** Settings of `f1`. */
export interface F1Options {
  /** `macro`, the default: the mean over classes; `binary`: of class 1; `micro`: of all classes together. */
  average?: "macro" | "binary" | "micro";
}

/** The harmonic mean of precision and recall, 2·tp / (2·tp + fp + fn); of a class that is nowhere there is none. */
export function f1(options: F1Options = {}): Metric {
  checkOptions("f1()", options, ["average"]);
  const { average = "macro" } = options;
  if (!["macro", "binary", "micro"].includes(average)) {
    fail("ValueError", `f1() expected average as "macro", "binary" or "micro", got: ${shown(average)}`);
  }
  return () => {
    const counts = new Map<number, { right: number; all: number }>();
    const count = (one: number, right: number) => {
      const kept = counts.get(one) ?? { right: 0, all: 0 };
      counts.set(one, { right: kept.right + right, all: kept.all + 1 });
    };
    return {
      add(output, target) {
        for (const [found, wanted] of pairs(output, target)) {
          count(found, Number(found === wanted));
          count(wanted, Number(found === wanted));
        }
      },
      // Of each class `all` is 2·tp + fp + fn, and `right` 2·tp.
      value() {
        if (average === "binary") counts.set(1, counts.get(1) ?? { right: 0, all: 0 });
        const chosen = average === "binary" ? [counts.get(1) as { right: number; all: number }] : [...counts.values()];
        if (average !== "micro") return chosen.reduce((sum, { right, all }) => sum + right / all, 0) / chosen.length;
        const sum = (key: "right" | "all") => chosen.reduce((total, one) => total + one[key], 0);
        return sum("right") / sum("all");
      },
    };
  };
}

/** e to the mean cross-entropy of scores `[N, C, …]`: among how many words a model hesitates. −100 is left out. */
export const perplexity: Metric = () => {
  let [total, count] = [0, 0];
  return {
    add(output, target) {
      if (target.dtype !== "int32") fail("TypeError", `perplexity expected targets of int32, got: ${target.dtype}`);
      total += noGrad(() => nn.functional.crossEntropy(output, target, { reduction: "sum" }).item());
      for (const wanted of target.toArray()) if (wanted !== ignored) count++;
    },
    value: () => Math.exp(total / count),
  };
};

/**
 * How many insertions, deletions and replacements make one sequence of another.
 * @param from the one
 * @param to the other
 *
 * Source: Levenshtein (1966); the rows of Wagner & Fischer (1974)
 */
export function editDistance<S>(from: ArrayLike<S>, to: ArrayLike<S>): number {
  for (const sequence of [from, to]) {
    if (!Number.isInteger(sequence?.length)) mistyped("editDistance() expected two sequences", sequence);
  }
  let row = Array.from({ length: to.length + 1 }, (_, j) => j);
  for (let i = 0; i < from.length; i++) {
    const next = [i + 1];
    for (let j = 0; j < to.length; j++) {
      next.push(Math.min(row[j + 1] + 1, next[j] + 1, row[j] + Number(from[i] !== to[j])));
    }
    row = next;
  }
  return row[to.length];
}

/**
 * Edits that lead from each sequence of an output to its target, over the targets' length: the error rate of what is
 * read aloud or by eye. Output: scores `[N, C, T]`, or classes `[N, T]`; −100 ends a target, and its output with it.
 */
export const errorRate: Metric = () => {
  let [edits, count] = [0, 0];
  return {
    add(output, target) {
      const [wanted, found] = [target.toArray(), classes(output, target)];
      const steps = target.size(-1);
      for (let start = 0; start < wanted.length; start += steps) {
        const row = Array.from({ length: steps }, (_, i) => start + i).filter((i) => wanted[i] !== ignored);
        edits += editDistance(
          row.map((i) => found[i]),
          row.map((i) => wanted[i]),
        );
        count += row.length;
      }
    },
    value: () => edits / count,
  };
};
