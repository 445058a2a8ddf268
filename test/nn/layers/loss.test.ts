import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { nn, ones, type Tensor, tensor } from "../../../src/index.js";
import { source } from "../../support/random.js";
import { exact, expectClose } from "../../support/tolerance.js";

const draw = source(3);
const { functional: F } = nn;
const url = new URL("../../fixtures/losses.json", import.meta.url);
const { modules }: { modules: { name: string; text: string; keys: string[] }[] } = JSON.parse(
  readFileSync(url, "utf8"),
);

describe("modules of losses", () => {
  const index = tensor([0, 2], null, { dtype: "int32" });
  const [x, y, w] = [draw([2, 3]), draw([2, 3]), draw([3]).abs()];
  const p = x.sigmoid();
  const q = y.sigmoid();
  const logs = draw([5, 2, 4]).logSoftmax(2);
  const labels = tensor([1, 2, 3], null, { dtype: "int32" });
  const pairs: [string, Tensor, Tensor][] = [
    [
      "CrossEntropyLoss",
      new nn.CrossEntropyLoss({ weight: w, labelSmoothing: 0.1, ignoreIndex: 2, reduction: "sum" }).forward(x, index),
      F.crossEntropy(x, index, { weight: w, labelSmoothing: 0.1, ignoreIndex: 2, reduction: "sum" }),
    ],
    ["NLLLoss", new nn.NLLLoss({ weight: w }).forward(x, index), F.nllLoss(x, index, { weight: w })],
    ["MSELoss", new nn.MSELoss({ reduction: "sum" }).forward(x, y), F.mseLoss(x, y, { reduction: "sum" })],
    ["L1Loss", new nn.L1Loss({ reduction: "none" }).forward(x, y), F.l1Loss(x, y, { reduction: "none" })],
    ["SmoothL1Loss", new nn.SmoothL1Loss({ beta: 0.3 }).forward(x, y), F.smoothL1Loss(x, y, { beta: 0.3 })],
    ["HuberLoss", new nn.HuberLoss({ delta: 0.3 }).forward(x, y), F.huberLoss(x, y, { delta: 0.3 })],
    ["BCELoss", new nn.BCELoss({ weight: w }).forward(p, q), F.binaryCrossEntropy(p, q, { weight: w })],
    [
      "BCEWithLogitsLoss",
      new nn.BCEWithLogitsLoss({ weight: w, posWeight: w }).forward(x, q),
      F.binaryCrossEntropyWithLogits(x, q, { weight: w, posWeight: w }),
    ],
    [
      "CTCLoss",
      new nn.CTCLoss({ blank: 3, zeroInfinity: true }).forward(logs, labels, [5, 4], [2, 1]),
      F.ctcLoss(logs, labels, [5, 4], [2, 1], { blank: 3, zeroInfinity: true }),
    ],
  ];

  it.each(pairs)("%s is its function with the options kept", (_, ours, expected) => {
    expectClose(ours, expected, exact);
  });

  it("without options they are the functions without options", () => {
    expectClose(new nn.CrossEntropyLoss().forward(x, index), F.crossEntropy(x, index), exact);
    expectClose(new nn.HuberLoss().forward(x, y), F.huberLoss(x, y), exact);
    expect(new nn.BCEWithLogitsLoss().weight).toBeNull();
  });

  it.each(modules)("$text, as PyTorch prints it", ({ name, text }) => {
    expect(String(new nn[name as "MSELoss"]())).toBe(text);
  });

  it("have their weights in the state dict, and nothing to train", () => {
    const loss = new nn.BCEWithLogitsLoss({ weight: w, posWeight: w });
    expect([...loss.stateDict().keys()]).toEqual(["weight", "pos_weight"]);
    expect([...loss.parameters()]).toEqual([]);
    expect([...new nn.CrossEntropyLoss().stateDict().keys()]).toEqual([]);
  });

  it("know their options", () => {
    expect(() => new nn.MSELoss({ beta: 1 } as never)).toThrow(
      "MSELoss.__init__() got an unexpected keyword argument 'beta'",
    );
    expect(() => new nn.L1Loss({ reduction: "avg" as never }).forward(ones([1]), ones([1]))).toThrow(
      "avg is not a valid value for reduction",
    );
  });
});
