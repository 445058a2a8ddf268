/** A model's table: shapes, parameters and multiply-adds that can be counted by hand. */

import { expect, it } from "vitest";
import { isGradEnabled, nn, ones, type Tensor, zeros } from "../../src/index.js";
import { summary } from "../../src/watch/index.js";
import { raised, refusesSomehow } from "../support/nn_fixture.js";

class Tagger extends nn.Module {
  readonly embedding = new nn.Embedding(10, 4);
  readonly lstm = new nn.LSTM(4, 3, { numLayers: 2, bidirectional: true });
  readonly head = new nn.Sequential(new nn.Linear(6, 5), new nn.LayerNorm([5]));
  readonly unused = new nn.Linear(2, 2);
  ran: [boolean, boolean] | null = null;

  override forward(x: Tensor): Tensor {
    this.ran = [this.training, isGradEnabled()];
    const [output] = this.lstm.forward(this.embedding.forward(x));
    return this.head.forward(output);
  }
}

it("says what each module took and gave, in the order in which they ran", () => {
  const model = new Tagger();
  const input = zeros([7, 2], { dtype: "int32" });
  const { rows, parameters, trainable, multiplyAdds } = summary(model, input);
  const lstm = 2 * (12 * 4 + 12 * 3 + 24) + 2 * (12 * 6 + 12 * 3 + 24);
  const products = 2 * (12 * 4 + 12 * 3) + 2 * (12 * 6 + 12 * 3);
  expect(rows).toEqual([
    { name: "", type: "Tagger", input: [7, 2], output: [7, 2, 5], parameters: 0, multiplyAdds: 0 },
    { name: "embedding", type: "Embedding", input: [7, 2], output: [7, 2, 4], parameters: 40, multiplyAdds: 0 },
    { name: "lstm", type: "LSTM", input: [7, 2, 4], output: [7, 2, 6], parameters: lstm, multiplyAdds: 14 * products },
    { name: "head", type: "Sequential", input: [7, 2, 6], output: [7, 2, 5], parameters: 0, multiplyAdds: 0 },
    { name: "head.0", type: "Linear", input: [7, 2, 6], output: [7, 2, 5], parameters: 35, multiplyAdds: 14 * 30 },
    { name: "head.1", type: "LayerNorm", input: [7, 2, 5], output: [7, 2, 5], parameters: 10, multiplyAdds: 0 },
    { name: "unused", type: "Linear", input: null, output: null, parameters: 6, multiplyAdds: 0 },
  ]);
  expect([parameters, trainable, multiplyAdds]).toEqual([91 + lstm, 91 + lstm, 14 * (products + 30)]);
  expect([model.ran, model.training, model.head.training]).toEqual([[false, false], true, true]);
  expect(Object.hasOwn(model.lstm, "forward")).toBe(false);
});

it("counts a module that runs twice, cells and packed input", () => {
  class Twice extends nn.Module {
    readonly cell = new nn.GRUCell(2, 2);
    override forward(x: Tensor): Tensor {
      return this.cell.forward(x, this.cell.forward(x));
    }
  }
  expect(summary(new Twice(), ones([3, 2])).multiplyAdds).toBe(2 * 3 * (12 + 12));
  const packed = nn.utils.rnn.packPaddedSequence(ones([4, 2, 3]), [4, 1]);
  const { rows } = summary(new nn.RNN(3, 5), packed);
  expect([rows[0].input, rows[0].multiplyAdds]).toEqual([[5, 3], 5 * (15 + 25)]);
});

it("is a table as torchinfo prints it", () => {
  const model = new nn.Sequential(new nn.Linear(2, 3), new nn.Linear(3, 1000));
  model.parameters()[0].requiresGrad = false;
  expect(String(summary(model, ones([4, 2])))).toBe(
    `
==========================================================================
Layer (type (name))  Input shape  Output shape  Param #  Mult-adds
==========================================================================
Sequential           [4, 2]       [4, 1000]          --         --
  Linear (0)         [4, 2]       [4, 3]              9         24
  Linear (1)         [4, 3]       [4, 1000]       4,000     12,000
==========================================================================
Total params: 4,009
Trainable params: 4,003
Non-trainable params: 6
Total mult-adds: 12,024
==========================================================================
`
      .trim()
      .replaceAll("=".repeat(74), "=".repeat(66)),
  );
});

it("puts everything back where the model refuses", () => {
  const model = new nn.Sequential(new nn.Linear(2, 3));
  expect(raised(() => summary(model, ones([4, 5]))).kind).toBe("RuntimeError");
  expect([Object.hasOwn(model, "forward"), model.training]).toEqual([false, true]);
  for (const wrong of [undefined, 5, {}] as never[]) refusesSomehow(() => summary(wrong));
});

it("counts a Recurrent as the layer that it is like", () => {
  const counted = (layer: nn.Module) => summary(layer, ones([5, 2, 3])).rows.map(({ multiplyAdds }) => multiplyAdds);
  expect(counted(new nn.Recurrent(nn.recurrentCells.gru, 3, 4))).toEqual(counted(new nn.GRU(3, 4)));
});
