import { describe, expect, it } from "vitest";
import { nn, tensor } from "../../../src/index.js";
import { gradcheck } from "../../support/gradcheck.js";
import { asPyTorch } from "../../support/losses.js";
import { source } from "../../support/random.js";
import { expectClose, float64 } from "../../support/tolerance.js";

const draw = source(4);
const { crossEntropy } = nn.functional;

describe("losses of classes, as PyTorch", () => asPyTorch("crossEntropy", "nllLoss"));

describe("crossEntropy", () => {
  const target = tensor([0, 2, 1], null, { dtype: "int32" });
  const one = tensor([1, 0, 0, 0, 0, 1, 0, 1, 0], [3, 3], { dtype: "float64" });

  it("of certain probabilities is that of class numbers, smoothed or not", () => {
    const x = draw([3, 3]);
    for (const labelSmoothing of [0, 0.25]) {
      expectClose(crossEntropy(x, one, { labelSmoothing }), crossEntropy(x, target, { labelSmoothing }), float64);
    }
  });

  it("has gradients for logits and probabilities", () => {
    gradcheck((x, p) => crossEntropy(x, p, { labelSmoothing: 0.2, reduction: "none" }), [draw([2, 3]), draw([2, 3])]);
    gradcheck((x) => crossEntropy(x, target, { labelSmoothing: 0.2, ignoreIndex: 1 }), [draw([3, 3])]);
  });

  it("wants smoothing as a number", () => {
    expect(() => crossEntropy(draw([3, 3]), target, { labelSmoothing: "a" as never })).toThrow(
      "cross_entropy_loss(): argument 'label_smoothing' (position 6) must be float, not string",
    );
    expect(crossEntropy(draw([0, 3]), draw([0, 3])).item()).toBeNaN();
  });
});
