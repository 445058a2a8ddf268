/** What a recurrent net does, letter by letter: a cell with the layer's weights, stepped by hand. */

import { nn, noGrad, stack, type Tensor, tensor } from "elman-nn";
import { classes, letters } from "./data.js";
import type { NameClassifier } from "./model.js";

/** A cell that computes what one step of the layer computes. */
function cellOf(layer: nn.GRU | nn.LSTM): nn.GRUCell | nn.LSTMCell {
  const Cell = layer instanceof nn.GRU ? nn.GRUCell : nn.LSTMCell;
  const cell = new Cell(layer.inputSize, layer.hiddenSize);
  const weights = [...layer.stateDict()].map(([name, weight]) => [name.replace("_l0", ""), weight] as const);
  cell.loadStateDict(new Map(weights));
  return cell;
}

/** The hidden state after each letter of a name, `[T, H]`, from a cell stepped over them. */
function statesByCell(model: NameClassifier, name: string): Tensor {
  const cell = cellOf(model.rnn);
  const states: Tensor[] = [];
  let h: Tensor | null = null;
  let c: Tensor | null = null;
  for (const letter of letters(name)) {
    const x: Tensor = model.embedding.forward(tensor([letter], { dtype: "int32" })).at(0);
    if (cell instanceof nn.GRUCell) h = cell.forward(x, h);
    else [h, c] = cell.forward(x, h && c && [h, c]);
    states.push(h);
  }
  return stack(states);
}

/** The probability of each class after each letter, and how far cell and layer are apart at most. */
export function readLetterByLetter(model: NameClassifier, name: string): { male: number[]; difference: number } {
  model.eval();
  return noGrad(() => {
    const states = statesByCell(model, name);
    const embedded = model.embedding.forward(tensor(letters(name), { dtype: "int32" }));
    const [output] = model.rnn instanceof nn.GRU ? model.rnn.forward(embedded) : model.rnn.forward(embedded);
    const male = model.linear.forward(states).softmax(1).select(1, classes.indexOf("male"));
    return { male: Array.from(male.toArray()), difference: states.sub(output).abs().max().item() };
  });
}
