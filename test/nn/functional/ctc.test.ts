import { describe, expect, it } from "vitest";
import { nn, ones, tensor } from "../../../src/index.js";
import { gradcheck } from "../../support/gradcheck.js";
import { asPyTorch } from "../../support/losses.js";
import { nonsense } from "../../support/nn_fixture.js";
import { source } from "../../support/random.js";
import { exact, expectClose } from "../../support/tolerance.js";

const draw = source(5);
const { ctcLoss } = nn.functional;
const int = (data: number[] | number[][]) => tensor(data as number[], null, { dtype: "int32" });

describe("connectionist temporal classification, as PyTorch", () => asPyTorch("ctcLoss"));

describe("ctcLoss", () => {
  const logs = draw([6, 2, 4]).logSoftmax(2);
  const padded = int([
    [1, 2, 0],
    [3, 3, 1],
  ]);

  it("has the gradient of its logits", () => {
    gradcheck((x) => ctcLoss(x.logSoftmax(2), padded, [6, 5], [2, 3]), [draw([6, 2, 4])]);
  });

  it("takes lengths as lists and tensors, targets padded, concatenated and as floats", () => {
    const expected = ctcLoss(logs, padded, [6, 5], [2, 3]);
    expectClose(ctcLoss(logs, padded, int([6, 5]), int([2, 3])), expected, exact);
    expectClose(ctcLoss(logs, int([1, 2, 3, 3, 1]), [6, 5], int([2, 3])), expected, exact);
    expectClose(ctcLoss(logs, padded.to("float32"), [6, 5], [2, 3]), expected, exact);
  });

  it("an impossible target is infinite, or nothing", () => {
    expect(ctcLoss(logs, padded, [2, 3], [3, 3], { reduction: "sum" }).item()).toBe(Infinity);
    const x = draw([6, 2, 4]).requiresGrad_();
    ctcLoss(x.logSoftmax(2), padded, [2, 3], [3, 3], { zeroInfinity: true }).backward();
    expectClose(x.grad ?? [], ones([6, 2, 4], { dtype: "float64" }).mul(0), exact);
  });

  it("refuses labels that are no classes, which PyTorch reads from foreign memory", () => {
    const wrong = int([
      [1, 4, 0],
      [3, -1, 1],
    ]);
    expect(() => ctcLoss(logs, wrong, [6, 5], [2, 3])).toThrow("Target 4 is out of bounds.");
    expect(() => ctcLoss(logs, wrong, [6, 5], [1, 3])).toThrow("Target -1 is out of bounds.");
    expect(() => ctcLoss(logs, wrong, [6, 5], [1, 1])).not.toThrow();
  });

  it("refuses nonsense", () => {
    for (const wrong of nonsense) {
      expect(() => ctcLoss(wrong, padded, [6, 5], [2, 3])).toThrow("argument 'log_probs' (position 1) must be Tensor");
      expect(() => ctcLoss(logs, wrong, [6, 5], [2, 3])).toThrow("argument 'targets' (position 2) must be Tensor");
      expect(() => ctcLoss(logs, padded, wrong, [2, 3])).toThrow("input_lengths");
      expect(() => ctcLoss(logs, padded, [6, 5], wrong)).toThrow("target_lengths");
      if (wrong !== undefined && wrong !== 5)
        expect(() => ctcLoss(logs, padded, [6, 5], [2, 3], { blank: wrong })).toThrow();
    }
    expect(() => ctcLoss(logs, padded, [6.5, 5], [2, 3])).toThrow("argument 'input_lengths' must be tuple of ints");
    expect(() => ctcLoss(logs, padded, [6, 5], [2, 3], { zeroInfinity: "a" as never })).toThrow("must be bool");
  });
});
