/** Losses and their gradients against PyTorch's values, and its errors. */

import { describe, expect, it } from "vitest";
import { nn, ones, setWarningHandler, type Tensor, tensor, zeros } from "../../../src/index.js";
import { gradcheck } from "../../support/gradcheck.js";
import { asPyTorch } from "../../support/losses.js";
import {
  expected,
  type Float,
  fixture,
  nonsense,
  numbers,
  type Raised,
  type Result,
  raised,
  refuses,
  refusesSomehow,
} from "../../support/nn_fixture.js";
import { source } from "../../support/random.js";
import { exact, expectClose, tolerances } from "../../support/tolerance.js";

const { binaryCrossEntropyWithLogits, crossEntropy, mseLoss, nllLoss } = nn.functional;

interface Case {
  loss: "mseLoss" | "nllLoss" | "crossEntropy" | "binaryCrossEntropyWithLogits";
  dtype: Float;
  shapes: number[][];
  scale: number;
  reduction: "mean" | "sum" | "none";
  output: Result;
  gradients: Result[];
  target?: number | number[];
  weighted?: boolean;
  ignoreIndex?: number;
  weight?: number[] | null;
  posWeight?: number[] | null;
}

const cases: Case[] = fixture.losses;
const errors: Record<string, Raised> = fixture.functionErrors;
const classes = (target: unknown) => tensor(target as number[], { dtype: "int32" });

/** Weights around 1. */
const weights = (shape: number[], k: number, dtype: Float) => numbers(shape, k, "float64").add(1).to(dtype);

function run(one: Case, inputs: Tensor[]): Tensor {
  const { loss, dtype, shapes, reduction, target, weighted, ignoreIndex = -100, weight, posWeight } = one;
  const [x, y] = inputs;
  if (loss === "mseLoss") return mseLoss(x, y, { reduction });
  if (loss === "binaryCrossEntropyWithLogits") {
    return binaryCrossEntropyWithLogits(x, y, {
      reduction,
      ...(weight ? { weight: weights(weight, 4, dtype) } : {}),
      ...(posWeight ? { posWeight: weights(posWeight, 6, dtype) } : {}),
    });
  }
  const [shape] = shapes;
  const given = weighted ? { weight: weights([shape.length === 1 ? shape[0] : shape[1]], 4, dtype) } : {};
  const options = { reduction, ignoreIndex, ...given };
  return (loss === "nllLoss" ? nllLoss : crossEntropy)(x, classes(target), options);
}

describe("as PyTorch computes", () => {
  it.each(
    cases.map((one) => {
      const { loss, dtype, shapes, scale, reduction, output: _, gradients: __, ...rest } = one;
      return [
        `${loss} ${JSON.stringify(shapes)} × ${scale} ${reduction} ${dtype} ${JSON.stringify(rest)}`,
        one,
      ] as const;
    }),
  )("%s", (_, one) => {
    const { dtype, shapes, scale } = one;
    const inputs = shapes.map((shape, i) => numbers(shape, 1 + i, dtype, i === 0 ? scale : 1).requiresGrad_());
    const output = run(one, inputs);
    expect(output.dtype).toBe(dtype);
    expectClose(output, expected(one.output), tolerances[dtype]);
    output
      .mul(numbers(output.shape, 9, dtype))
      .sum()
      .backward();
    one.gradients.forEach((gradient, i) => {
      expectClose(inputs[i].grad as Tensor, expected(gradient), tolerances[dtype], `gradient ${i}`);
    });
  });

  it("counts every case", () => {
    const count = (loss: string) => cases.filter((one) => one.loss === loss).length;
    expect(count("mseLoss")).toBe(12);
    expect(count("nllLoss")).toBe(60);
    expect(count("crossEntropy")).toBe(68);
    expect(count("binaryCrossEntropyWithLogits")).toBe(56);
  });

  it("takes the mean by default", () => {
    const x = numbers([2, 3], 1);
    const targets = numbers([2, 3], 2);
    expectClose(mseLoss(x, targets), mseLoss(x, targets, { reduction: "mean" }), exact);
    expectClose(crossEntropy(x, classes([0, 1])), crossEntropy(x, classes([0, 1]), { reduction: "mean" }), exact);
    const logits = binaryCrossEntropyWithLogits(x, targets, { reduction: "mean" });
    expectClose(binaryCrossEntropyWithLogits(x, targets), logits, exact);
  });

  it("of a stretched input is weighted, too", () => {
    const x = numbers([1, 3], 1).expand([2, 3]);
    const weight = numbers([3], 2);
    const logits = (input: Tensor) => binaryCrossEntropyWithLogits(input, numbers([2, 3], 3), { weight });
    expectClose(logits(x), logits(x.clone()), exact);
  });

  it("of logits has the dtype of the targets, whatever that of logits and weights", () => {
    const [single, double] = (["float32", "float64"] as const).map((dtype) => numbers([2, 3], 1, dtype));
    const dtypeOf = (...args: Parameters<typeof binaryCrossEntropyWithLogits>) =>
      binaryCrossEntropyWithLogits(...args).dtype;
    expect(dtypeOf(double, single)).toBe("float32");
    expect(dtypeOf(single, double)).toBe("float64");
    expect(dtypeOf(single, single, { weight: double, posWeight: double, reduction: "none" })).toBe("float32");
  });

  it("mseLoss warns, in PyTorch's words, where it stretches one shape over the other", () => {
    const texts: string[] = [];
    const before = setWarningHandler((text) => texts.push(text));
    try {
      // The mean over all sixteen pairs of rows: the classic mistake.
      expect(mseLoss(tensor([[0], [1], [2], [3]]), tensor([0, 1, 2, 3])).item()).toBe(2.5);
      expect(mseLoss(ones([2]), tensor(3), { reduction: "sum" }).item()).toBe(8);
      mseLoss(ones([4, 1]), zeros([4, 1]));
    } finally {
      setWarningHandler(before);
    }
    const text = (target: string, input: string) =>
      `elman: Using a target size (torch.Size(${target})) that is different to the input size (torch.Size(${input})). This will likely lead to incorrect results due to broadcasting. Please ensure they have the same size.`;
    expect(texts).toEqual([text("[4]", "[4, 1]"), text("[]", "[2]")]);
  });

  it("is NaN for no examples, and where all are ignored", () => {
    expect(crossEntropy(zeros([0, 3]), classes([])).item()).toBeNaN();
    expect(nllLoss(zeros([2, 3]), classes([-100, -100])).item()).toBeNaN();
    expect(mseLoss(zeros([0]), zeros([0])).item()).toBeNaN();
    expect(crossEntropy(zeros([2, 3]), classes([-100, -100]), { reduction: "sum" }).item()).toBe(0);
  });
});

describe("beyond PyTorch", () => {
  const draw = source(3);
  it("weights have gradients", () => {
    const target = classes([0, 2, -100]);
    for (const reduction of ["mean", "sum", "none"] as const) {
      gradcheck((x, w) => crossEntropy(x, target, { weight: w.abs(), reduction }), [draw([3, 3]), draw([3])]);
      gradcheck(
        (x, y, weight, posWeight) => binaryCrossEntropyWithLogits(x, y, { weight, posWeight, reduction }),
        [draw([2, 3]), draw([2, 3]), draw([3]), draw([2, 1])],
      );
    }
  });

  it("the logits of crossEntropy may be as large as floats go", () => {
    const x = tensor([[1e38, -1e38, 0]], { requiresGrad: true });
    const y = crossEntropy(x, classes([0]));
    y.backward();
    expect([y.item(), x.grad?.toNested()]).toEqual([0, [[0, 0, 0]]]);
    expect(crossEntropy(tensor([[0, -Infinity]]), classes([0])).item()).toBe(0);
    expect(crossEntropy(tensor([[0, -Infinity]]), classes([1])).item()).toBe(Infinity);
  });
});

describe("errors", () => {
  const x = zeros([2, 3]);
  const double = ones([3], { dtype: "float64" });
  const whole = (y: Tensor) => y.to("int32");
  const logits = binaryCrossEntropyWithLogits;
  const both = (name: string, loss: typeof nllLoss): [string, () => unknown][] => [
    [`${name} batch`, () => loss(x, classes([0, 1, 2]))],
    [`${name} multi`, () => loss(x, classes([[0], [1]]))],
    [`${name} 0-D`, () => loss(x, classes(1))],
    [`${name} 3-D`, () => loss(ones([2, 3, 4]), whole(zeros([2, 5])))],
    [`${name} 3-D batch`, () => loss(ones([2, 3, 4]), whole(zeros([3, 4])))],
    [`${name} high`, () => loss(x, classes([0, 3]))],
    [`${name} low`, () => loss(x, classes([0, -1]))],
    [`${name} weight`, () => loss(x, classes([0, 1]), { weight: ones([2]) })],
    [`${name} 2-D weight`, () => loss(x, classes([0, 1]), { weight: ones([1, 3]) })],
    [`${name} weight dtype`, () => loss(x, classes([0, 1]), { weight: double })],
    [`${name} reduction`, () => loss(x, classes([0, 1]), { reduction: "avg" as never })],
  ];
  const table: [string, () => unknown][] = [
    ["mse sizes", () => mseLoss(x, ones([2, 2]))],
    ["mse int", () => mseLoss(whole(x), whole(x))],
    ["mse reduction", () => mseLoss(x, x, { reduction: "avg" as never })],
    ["logits sizes", () => logits(x, ones([2, 2]))],
    ["logits int target", () => logits(x, whole(x))],
    ["logits int input", () => logits(whole(x), x)],
    ["logits weight", () => logits(x, x, { weight: ones([4]) })],
    ["logits large weight", () => logits(x, x, { weight: ones([2, 2, 3]) })],
    ["logits posWeight", () => logits(x, x, { posWeight: ones([2]) })],
    ["logits large posWeight", () => logits(x, x, { posWeight: ones([2, 2, 3]) })],
    ["logits reduction", () => logits(x, x, { reduction: "avg" as never })],
    ["crossEntropy int", () => crossEntropy(whole(x), classes([0, 1]))],
    ["nllLoss int", () => nllLoss(whole(x), classes([0, 1]))],
    ["nllLoss scalar", () => nllLoss(tensor(1), classes(0))],
    ...both("nllLoss", nllLoss),
    ...both("crossEntropy", crossEntropy),
  ];
  it.each(table)("%s", (name, call) => refuses(call, errors[name]));

  it("covers every error of a loss that was recorded", () => {
    const recorded = Object.keys(errors).filter((name) => /^(mse|logits|nllLoss|crossEntropy) /.test(name));
    expect(table.map(([name]) => name).sort()).toEqual(recorded.sort());
  });

  it("targets are int32 here, where PyTorch wants int64", () => {
    const target = ones([2]);
    for (const loss of [nllLoss, crossEntropy]) {
      refuses(() => loss(x, target), {
        kind: "RuntimeError",
        message:
          'expected target dtype to be Int, but got Float. Whole numbers are written tensor([1, 2], { dtype: "int32" })',
      });
      expect(raised(() => loss(x, target.to("bool"))).message).toContain("but got Bool");
      if (loss === nllLoss) refusesSomehow(() => loss(x, x.softmax(1)));
      refusesSomehow(() => loss(zeros([3]), classes([1, 2])));
      refusesSomehow(() => loss(tensor(1), classes(0)));
      refusesSomehow(() => loss(zeros([2, 0]), classes([0, 0])));
      for (const ignoreIndex of [0.5, Number.NaN, "1", null]) {
        refusesSomehow(() => loss(x, classes([0, 1]), { ignoreIndex: ignoreIndex as never }));
      }
      expect(raised(() => loss(x, classes([0, 1]), { label_smoothing: 0.1 } as never)).message).toContain(
        "got an unexpected keyword argument 'label_smoothing'",
      );
    }
    expect(raised(() => mseLoss(x, x, { weight: x } as never)).message).toContain("'weight'");
    expect(raised(() => logits(x, x, { pos_weight: x } as never)).message).toContain("'pos_weight'");
  });

  it("nonsense", () => {
    for (const wrong of nonsense) {
      refusesSomehow(() => mseLoss(wrong, x));
      refusesSomehow(() => mseLoss(x, wrong));
      refusesSomehow(() => logits(wrong, x));
      refusesSomehow(() => logits(x, wrong));
      for (const loss of [nllLoss, crossEntropy]) {
        refusesSomehow(() => loss(wrong, classes([0, 1])));
        refusesSomehow(() => loss(x, wrong));
        if (wrong) refusesSomehow(() => loss(x, classes([0, 1]), { weight: wrong }));
      }
      if (wrong) refusesSomehow(() => logits(x, x, { weight: wrong }));
      if (wrong) refusesSomehow(() => logits(x, x, { posWeight: wrong }));
      if (wrong !== undefined) refusesSomehow(() => mseLoss(x, x, { reduction: wrong }));
    }
  });
});

describe("losses of elements, as PyTorch", () =>
  asPyTorch("mseLoss", "l1Loss", "smoothL1Loss", "huberLoss", "binaryCrossEntropy", "binaryCrossEntropyWithLogits"));
