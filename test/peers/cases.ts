/** Models that are exported: what ONNX Runtime computes is compared in run.ts, and onnx's checker asked in test/torch. */

import { nn, rand } from "../../src/index.js";

/** Modules that run one after the other, and what they are called with. */
export interface Case {
  readonly name: string;
  readonly modules: readonly nn.Module[];
  readonly lengths?: boolean;
  /** The shape of the input behind the batch; where it is left out, the first module or the recurrent ones tell. */
  readonly shape?: (T: number) => number[];
}

export function cases(): Case[] {
  const list: Case[] = [];
  const kinds = {
    tanh: (C: number, H: number, options: nn.RNNBaseOptions) => new nn.RNN(C, H, options),
    relu: (C: number, H: number, options: nn.RNNBaseOptions) => new nn.RNN(C, H, { ...options, nonlinearity: "relu" }),
    LSTM: (C: number, H: number, options: nn.RNNBaseOptions) => new nn.LSTM(C, H, options),
    GRU: (C: number, H: number, options: nn.RNNBaseOptions) => new nn.GRU(C, H, options),
  };
  for (const [kind, make] of Object.entries(kinds)) {
    for (const numLayers of [1, 2, 3]) {
      for (const bidirectional of [false, true]) {
        for (const batchFirst of [false, true]) {
          for (const bias of [false, true]) {
            const options = { numLayers, bidirectional, batchFirst, bias };
            list.push({ name: `${kind} ${JSON.stringify(options)}`, modules: [make(5, 7, options)] });
            if (bias)
              list.push({
                name: `${kind} lengths ${JSON.stringify(options)}`,
                modules: [make(5, 7, options)],
                lengths: true,
              });
          }
        }
      }
    }
  }
  for (const bias of [false, true]) {
    const made = [
      new nn.RNNCell(5, 7, { bias }),
      new nn.RNNCell(5, 7, { bias, nonlinearity: "relu" }),
      new nn.LSTMCell(5, 7, { bias }),
      new nn.GRUCell(5, 7, { bias }),
    ];
    for (const cell of made) list.push({ name: String(cell), modules: [cell] });
  }
  for (const numLayers of [1, 2]) {
    for (const bidirectional of [false, true]) {
      for (const bias of [false, true]) {
        const options = { numLayers, bidirectional, bias, batchFirst: bias, projSize: 3 };
        list.push({ name: `LSTM ${JSON.stringify(options)}`, modules: [new nn.LSTM(5, 7, options)], lengths: bias });
      }
    }
  }
  list.push(...beyond(), ...windows(), ...activations());
  const batchFirst = true;
  list.push(
    {
      name: "LSTM, activations, log softmax",
      modules: [new nn.LSTM(5, 6, { batchFirst }), new nn.GELU(), new nn.Linear(6, 4), new nn.LogSoftmax(2)],
    },
    {
      name: "cell, batch norm, softmax",
      modules: [new nn.GRUCell(5, 6), batchNorm(new nn.BatchNorm1d(6)), new nn.Softmax(1)],
    },
    { name: "embedding, LSTM, linear", modules: [new nn.Embedding(9, 4), new nn.LSTM(4, 6), new nn.Linear(6, 3)] },
    {
      name: "a stack of everything",
      modules: [
        new nn.Embedding(9, 4),
        new nn.Dropout(0.5),
        new nn.Linear(4, 5),
        new nn.LSTM(5, 6, { batchFirst, bidirectional: true, numLayers: 2, dropout: 0.5 }),
        new nn.LayerNorm(12),
        new nn.GRU(12, 4, { batchFirst }),
        new nn.LayerNorm(4, { elementwiseAffine: false, eps: 0.1 }),
        new nn.Sequential(new nn.Linear(4, 8, { bias: false }), new nn.Dropout(), new nn.Linear(8, 2)),
      ],
      lengths: true,
    },
    {
      name: "cells",
      modules: [new nn.Embedding(9, 4), new nn.LSTMCell(4, 6), new nn.GRUCell(6, 5), new nn.Linear(5, 3)],
    },
  );
  return list;
}

/** The cells that ONNX has beside PyTorch's. */
function beyond(): Case[] {
  const { peepholeLSTM, gruResetBefore } = nn.recurrentCells;
  const made = (cell: typeof peepholeLSTM | typeof gruResetBefore, options: nn.RecurrentOptions) =>
    new nn.Recurrent(cell as typeof gruResetBefore, 5, 7, options) as unknown as nn.Recurrent;
  const all = [false, true].flatMap((bidirectional) =>
    [{ numLayers: 1 }, { numLayers: 2, batchFirst: true }, { bias: false }, { biasMode: "single" as const }].flatMap(
      (more) => [
        made(peepholeLSTM, { bidirectional, ...more }),
        made(peepholeLSTM, { bidirectional, projSize: 3, ...more }),
        made(gruResetBefore, { bidirectional, ...more }),
      ],
    ),
  );
  return all.flatMap((module) => [
    { name: String(module), modules: [module] },
    { name: `${module} lengths`, modules: [module], lengths: true },
  ]);
}

/** Statistics as a training leaves them. */
function batchNorm<M extends nn.BatchNorm1d | nn.BatchNorm2d>(module: M): M {
  for (const [name, x] of module.stateDict()) if (!name.startsWith("num")) x.copy_(rand(x.shape).add(0.5));
  return module;
}

/** Convolutions, pools and what stands around them. */
function windows(): Case[] {
  const line = (T: number) => [4, T + 12];
  const plane = (T: number) => [4, T + 9, 14];
  const layers: [shape: (T: number) => number[], module: nn.Module][] = [
    [line, new nn.Conv1d(4, 6, 3)],
    [line, new nn.Conv1d(4, 6, 4, { padding: "same", dilation: 3, groups: 2, bias: false })],
    [line, new nn.Conv1d(4, 6, 3, { padding: "valid", stride: 2 })],
    [line, new nn.Conv1d(4, 6, 5, { padding: 3, paddingMode: "reflect" })],
    [line, new nn.Conv1d(4, 6, 5, { padding: "same", paddingMode: "replicate" })],
    [plane, new nn.Conv2d(4, 6, [3, 2], { stride: [2, 1], padding: [1, 2], dilation: [1, 2] })],
    [line, new nn.Conv1d(4, 6, 4, { padding: "same", paddingMode: "circular" })],
    [plane, new nn.Conv2d(4, 6, 3, { padding: [2, 0], paddingMode: "circular" })],
    [plane, new nn.Conv2d(4, 8, 3, { groups: 4, padding: 1, paddingMode: "reflect" })],
    [line, new nn.ConvTranspose1d(4, 6, 4, { stride: 3, padding: 1, outputPadding: 2, groups: 2 })],
    [plane, new nn.ConvTranspose2d(4, 6, [3, 2], { stride: 2, outputPadding: 1, dilation: [2, 1], bias: false })],
    [line, new nn.MaxPool1d(3)],
    [line, new nn.MaxPool1d(3, { stride: 2, padding: 1, ceilMode: true })],
    [plane, new nn.MaxPool2d([3, 2], { stride: 1, dilation: [1, 2] })],
    [plane, new nn.MaxPool2d(3, { stride: [2, 3], padding: 1, ceilMode: true })],
    [line, new nn.AvgPool1d(3, { padding: 1, countIncludePad: false })],
    [line, new nn.AvgPool1d(2, { stride: 3, padding: 1, ceilMode: true })],
    [plane, new nn.AvgPool2d([2, 3], { stride: 2, padding: [0, 1] })],
    [plane, new nn.AvgPool2d(3, { stride: 2, padding: 1, ceilMode: true })],
    [line, new nn.AdaptiveAvgPool1d(1)],
    [plane, new nn.AdaptiveAvgPool2d([1, 1])],
    [line, new nn.AdaptiveMaxPool1d(1)],
    [plane, new nn.AdaptiveMaxPool2d(1)],
    [line, new nn.Sequential(batchNorm(new nn.BatchNorm1d(4)), new nn.Conv1d(4, 3, 1), new nn.PReLU(3))],
    [plane, batchNorm(new nn.BatchNorm2d(4, { affine: false, eps: 0.1 }))],
  ];
  const net = new nn.Sequential(
    new nn.Conv2d(4, 3, 3, { bias: false }),
    batchNorm(new nn.BatchNorm2d(3)),
    new nn.ReLU(),
    new nn.Dropout2d(0.5),
    new nn.MaxPool2d(2),
    new nn.AdaptiveAvgPool2d(1),
    new nn.Flatten(),
    new nn.Linear(3, 5),
    new nn.Softmax(-1),
  );
  const flat = [new nn.Conv1d(4, 6, 3), new nn.Flatten({ startDim: -2 }), new nn.Tanh()];
  const drawn = [
    new nn.Linear(5, 24),
    new nn.Unflatten(1, [4, -1, 3]),
    new nn.ConvTranspose2d(4, 2, 2),
    new nn.Flatten(),
  ];
  return [
    ...layers.map(([shape, module]) => ({ name: String(module), modules: [module], shape })),
    { name: "a net of planes", modules: [net], shape: plane },
    { name: "a flattened line", modules: flat, shape: line },
    { name: "planes of features", modules: drawn, shape: () => [5] },
  ];
}

function activations(): Case[] {
  const modules = [
    ...[new nn.ReLU(), new nn.Tanh(), new nn.Sigmoid(), new nn.SiLU(), new nn.GELU(), new nn.GELU("tanh")],
    ...[new nn.ELU(0.7), new nn.LeakyReLU(0.2), new nn.PReLU(), new nn.PReLU(4), new nn.Softplus()],
    ...[
      new nn.Softplus({ beta: 3 }),
      new nn.Hardtanh({ minVal: -0.5, maxVal: 2 }),
      new nn.Softmax(-1),
      new nn.LogSoftmax(1),
    ],
  ];
  return modules.map((module) => ({ name: String(module), modules: [new nn.Linear(5, 4), module], shape: () => [5] }));
}
