/** The nets that are compared: a recurrent layer, and a linear one that reads where each direction ends. */

import { cat, nn, noGrad, rand, type Tensor } from "elman-nn";
import type { Cell, NetSettings } from "./settings.js";
import { features, symbols } from "./task.js";

/** The recurrent layer under PyTorch's options; what the cell does not have is left out. */
function layerOf(cell: Cell, { hidden, layers, dropout, bidirectional, projection }: NetSettings) {
  const options = { numLayers: layers, batchFirst: true, dropout: layers > 1 ? dropout : 0, bidirectional };
  if (cell === "LSTM") return new nn.LSTM(features, hidden, { ...options, projSize: projection });
  return cell === "GRU" ? new nn.GRU(features, hidden, options) : new nn.RNN(features, hidden, options);
}

/**
 * Sets the biases of gates so that units remember for 1 to `steps` steps, each for another time: the forget gate's bias is
 * drawn as log U(1, steps − 1), the input gate's is the opposite. A GRU has both in one gate, z.
 * Source: Tallec & Ollivier 2018, https://arxiv.org/abs/1804.11188
 */
function openGates(layer: nn.RNNBase, steps: number): void {
  const H = layer.hiddenSize;
  for (const [name, parameter] of layer.namedParameters()) {
    if (!name.startsWith("bias") || layer.mode.startsWith("RNN")) continue;
    // Two biases are added: the second one of these gates is zero.
    const drawn = rand([H])
      .mul(steps - 2)
      .add(1)
      .log()
      .mul(name.startsWith("bias_ih") ? 1 : 0);
    // PyTorch's order of the blocks: i f g o, and r z n.
    parameter.slice(0, H, 2 * H).copy_(drawn);
    if (layer.mode === "LSTM") parameter.slice(0, 0, H).copy_(drawn.neg());
  }
}

/** `[N, T, 6]` to scores of the four symbols, `[N, 4]`. */
export class Net extends nn.Module {
  readonly rnn: ReturnType<typeof layerOf>;
  readonly linear: nn.Linear;

  constructor(cell: Cell, settings: NetSettings) {
    super();
    this.rnn = layerOf(cell, settings);
    const directions = settings.bidirectional ? 2 : 1;
    this.linear = new nn.Linear(directions * (this.rnn.projSize || settings.hidden), symbols.length);
    if (settings.open) noGrad(() => openGates(this.rnn, settings.length));
  }

  /** Scores from the layer's outputs `[N, T, D·P]`: the forward direction ends at the last step, the reverse one at the first. */
  read(output: Tensor): Tensor {
    if (!this.rnn.bidirectional) return this.linear.forward(output.select(1, -1));
    const { last } = nn.utils.rnn.splitDirections(output, { batchFirst: true });
    return this.linear.forward(cat([last.forward, last.reverse], 1));
  }

  override forward(input: Tensor): Tensor {
    const [output] = this.rnn.forward(input);
    return this.read(output);
  }
}
