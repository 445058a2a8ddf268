import { expect, it } from "vitest";
import { isGradEnabled, nn, ones, type Tensor, tensor } from "../../src/index.js";
import { counting, pair } from "../../src/train/evaluate.js";
import { accuracy, evaluate } from "../../src/train/index.js";
import { expectClose, float64 } from "../support/tolerance.js";

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
