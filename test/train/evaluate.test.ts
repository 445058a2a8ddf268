import { expect, it } from "vitest";
import { isGradEnabled, nn, ones, type Tensor, tensor } from "../../src/index.js";
import { counting, pair } from "../../src/train/evaluate.js";
import { accuracy, evaluate, f1 } from "../../src/train/index.js";
import { expectClose, float32, float64 } from "../support/tolerance.js";

class Same extends nn.Module {
  readonly dropout = new nn.Dropout(0.5);
  readonly inner = new nn.Linear(1, 1);
  modes: boolean[] = [];
  override forward(x: Tensor): Tensor {
    this.modes.push(this.training, isGradEnabled());
    return this.dropout.forward(x);
  }
}

it("weighs batches by their targets, without gradients, in evaluation mode, and puts modes back", async () => {
  const model = new Same();
  model.inner.eval();
  const batches: [Tensor, Tensor][] = [
    [tensor([1, 2, 3]), tensor([0, 0, 0])],
    [tensor([5]), tensor([0])],
  ];
  const loss = (y: Tensor, target: Tensor) => y.sub(target).mean();
  const { loss: mean } = await evaluate(model, batches, { loss });
  expectClose([mean], [11 / 4], float64);
  expect(model.modes).toEqual([false, false, false, false]);
  expect([model.training, model.dropout.training, model.inner.training]).toEqual([true, true, false]);
  await expect(
    evaluate(model, batches, {
      loss: () => {
        throw new Error("no loss");
      },
    }),
  ).rejects.toThrow("no loss");
  expect(model.training).toBe(true);
});

it("counts afresh each time", () => {
  const counts = counting({ accuracy });
  counts.add(tensor([1], { dtype: "int32" }), tensor([1], { dtype: "int32" }));
  expect([counts.values(), counting({ accuracy }).values(), counting().values()]).toEqual([
    { accuracy: 1 },
    { accuracy: Number.NaN },
    {},
  ]);
  expect(() => pair("here", 5 as never)).toThrow("here expected batches [input, target], got: number");
  expect(pair("here", [1, 2, 3])).toEqual([1, 2, 3]);
  expect(ones([1]).item()).toBe(1);
});

it("leaves out classes of −100, and batches that have no others", async () => {
  const rows = [
    tensor([
      [0, 2],
      [1, 0],
      [3, 1],
    ]),
    tensor([[5, 5]]),
    tensor([[0, 1]]),
  ];
  const targets = [[1, -100, -100], [-100], [1]].map((list) => tensor(list, { dtype: "int32" }));
  const batches = rows.map((row, i): [Tensor, Tensor] => [row, targets[i]]);
  const loss = nn.functional.crossEntropy;
  const { loss: mean } = await evaluate(new nn.Sequential(), batches, { loss });
  // −ln softmax of the two targets that there are, as one batch of them has it.
  const both = loss(
    tensor([
      [0, 2],
      [0, 1],
    ]),
    tensor([1, 1], { dtype: "int32" }),
  ).item();
  expectClose([mean], [both], float32);
  await expect(evaluate(new nn.Sequential(), [batches[1]], { loss })).rejects.toThrow("with targets, got none");
});

it("refuses what it cannot measure, in a sentence", async () => {
  const batch: [Tensor, Tensor] = [tensor([[1]]), tensor([[1]])];
  const [model, loss] = [new Same(), nn.functional.mseLoss];
  const says = (sentence: string, ...given: unknown[]) =>
    expect(evaluate(...(given as Parameters<typeof evaluate>))).rejects.toThrow(sentence);
  await says("evaluate() expected a Module, got: null", null, [batch], { loss });
  await says("evaluate() expected an iterable of batches, got: undefined", model, undefined, { loss });
  await says("evaluate() expected loss as a function, got: undefined", model, [batch]);
  await says("unexpected keyword argument 'metric'", model, [batch], { loss, metric: accuracy });
  await says("evaluate() expected signal as an AbortSignal, got: 5", model, [batch], { loss, signal: 5 });
  await says("evaluate() expected a Tensor of loss(), got: number", model, [batch], { loss: () => 5 });
  await says("the metric 'f1' is no function that makes a count", model, [batch], { loss, metrics: { f1 } });
});
