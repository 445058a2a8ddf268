/** What is compared, and how the nets are made: plain data, which the page and its Worker share. */

export const cells = ["RNN", "LSTM", "GRU"] as const;
export type Cell = (typeof cells)[number];

export interface NetSettings {
  /** Units, H. */
  readonly hidden: number;
  readonly layers: number;
  /** Between layers, while training. One layer has none. */
  readonly dropout: number;
  readonly bidirectional: boolean;
  /** The size to which an LSTM projects its output, 0 for none. The other cells have no projection. */
  readonly projection: number;
  /** Whether gates begin open, for as long as the sequences are; else with PyTorch's initial values. */
  readonly open: boolean;
  /** Steps of a sequence, T. */
  readonly length: number;
}

export interface Settings extends NetSettings {
  readonly cells: readonly Cell[];
  /** What weights, batches and dropout follow from. */
  readonly seed: number;
  /** Batches to learn from. */
  readonly steps: number;
}

export const defaults: Settings = {
  cells,
  length: 60,
  hidden: 32,
  layers: 1,
  dropout: 0,
  bidirectional: false,
  projection: 0,
  open: true,
  seed: 0,
  steps: 300,
};
