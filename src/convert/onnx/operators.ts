/**
 * What ONNX's three recurrent operators call things, beside PyTorch: the one table that reading and writing share.
 * Source: https://onnx.ai/onnx/operators/onnx__LSTM.html, …GRU.html, …RNN.html
 */

/** `order`: which of PyTorch's blocks of gates is ONNX's first, second, … `activations`: of one direction. */
export const operators = {
  RNN: { gates: 1, order: [0], activations: ["Tanh"] },
  /** i f g o → i o f c */
  LSTM: { gates: 4, order: [0, 3, 1, 2], activations: ["Sigmoid", "Tanh", "Tanh"] },
  /** r z n → z r h */
  GRU: { gates: 3, order: [1, 0, 2], activations: ["Sigmoid", "Tanh"] },
} as const;

/** The blocks of an LSTM's input P, by the names that `nn.recurrentCells.peepholeLSTM` has for them: of i, o and f. */
export const peepholes = ["weight_ci", "weight_co", "weight_cf"] as const;
