import { expect, it } from "vitest";
import { tensor } from "../../../src/tensor/create.js";
import { binaryCrossEntropy, crossEntropy, ctc, huber } from "../../../src/tensor/ops/loss.js";
import { apply } from "../../../src/tensor/tensor.js";
import { gradcheck } from "../../support/gradcheck.js";
import { source } from "../../support/random.js";
import { expectClose, float64 } from "../../support/tolerance.js";

const draw = source(7);
const index = (data: number | number[] | number[][]) => tensor(data as number[], null, { dtype: "int32" });

it("crossEntropy, with the classes in the only, the second or an inner dimension", () => {
  gradcheck((x) => apply(crossEntropy, x, index(1)), [draw([3])]);
  gradcheck((x) => apply(crossEntropy, x, index([0, 2])), [draw([2, 3])]);
  gradcheck((x) => apply(crossEntropy, x.t(), index([0, 2])), [draw([3, 2])]);
  gradcheck(
    (x) =>
      apply(
        crossEntropy,
        x,
        index([
          [0, 2],
          [1, 1],
        ]),
      ),
    [draw([2, 3, 2])],
  );
});

it("crossEntropy is −log softmax at the target, of the target's shape", () => {
  const x = draw([2, 3, 4]);
  const target = index([
    [0, 1, 2, 0],
    [2, 2, 1, 0],
  ]);
  const picked = x.softmax(1).log().neg().gather(1, target.unsqueeze(1)).squeeze(1);
  const y = apply(crossEntropy, x, target);
  expect(y.shape).toEqual([2, 4]);
  expectClose(y, picked, float64);
  expect(apply(crossEntropy, tensor([0, 0]), index(1)).item()).toBeCloseTo(Math.log(2), 6);
});

it("huber and binaryCrossEntropy", () => {
  gradcheck((x) => apply(huber, x, 0.7), [draw([3, 4])]);
  gradcheck((x, t) => apply(binaryCrossEntropy, x, t), [draw([5]).sigmoid(), draw([5]).sigmoid()]);
});

it("ctc, of logits, with repeated labels and lengths", () => {
  const targets = index([
    [1, 1, 2],
    [3, 0, 0],
  ]);
  const reading = { inputLengths: [6, 4], targetLengths: [3, 1], blank: 0, zeroInfinity: false };
  gradcheck((x) => apply(ctc, x.logSoftmax(2), targets, reading), [draw([6, 2, 4])]);
});

/** Every way to write `label` into `T` steps, by enumeration. */
function* alignments(T: number, C: number, label: readonly number[], blank: number): Generator<number[]> {
  for (let code = 0; code < C ** T; code++) {
    const path = Array.from({ length: T }, (_, t) => Math.floor(code / C ** t) % C);
    const read = path.filter((c, t) => c !== blank && c !== path[t - 1]);
    if (read.length === label.length && read.every((c, s) => c === label[s])) yield path;
  }
}

it.each([[[1, 1]], [[1, 2]], [[2]], [[]], [[1, 2, 1, 2, 1]]])("ctc is the sum over all alignments of %j", (label) => {
  const [T, C] = [5, 3];
  const logs = draw([T, 1, C]).logSoftmax(2);
  const numbers = logs.toArray();
  let total = 0;
  for (const path of alignments(T, C, label, 0)) {
    total += Math.exp(path.reduce((sum, c, t) => sum + numbers[t * C + c], 0));
  }
  const targets = tensor(label, [1, label.length], { dtype: "int32" });
  const reading = { inputLengths: [T], targetLengths: [label.length], blank: 0, zeroInfinity: false };
  expectClose(apply(ctc, logs, targets, reading), [-Math.log(total)], float64);
});
