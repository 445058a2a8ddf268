/**
 * What recurrent models are made of, each as a small program; features.py has the same for PyTorch, under the same names.
 * A program is given x, a leaf [4, 6, 8] of a float dtype, and `own`, which takes in a module that it makes.
 */

import { arange, cat, einsum, manualSeed, nn, stack, type Tensor, tensor, zerosLike } from "elman-nn";

/** The results, in order: those with a past are summed with weights and derived. */
export type Results = Tensor | readonly Tensor[];
/** Takes a module in: its parameters go to PyTorch, and its gradients and buffers are compared. */
export type Own = <M extends nn.Module>(module: M) => M;
export type Program = (x: Tensor, own: Own) => Results | Promise<Results>;

const F = nn.functional;
const { rnn } = nn.utils;
const tokens = () => tensor([3, 0, 2, 3], { dtype: "int32" });

/** A user's module with a buffer. */
class Scaled extends nn.Module {
  scale = new nn.Buffer(arange(1, 9).to("float32"));

  override forward(x: Tensor): Tensor {
    return x.mul(this.scale);
  }
}

/** A module of one layer over all features of x. */
const through =
  (make: () => nn.Module & { forward(x: Tensor): Tensor }): Program =>
  (x, own) =>
    own(make()).forward(x);

/** Planes: [4, 1, 6, 8]. */
const planes =
  (make: () => nn.Module & { forward(x: Tensor): Tensor }): Program =>
  (x, own) =>
    own(make()).forward(x.unsqueeze(1));

export const features: Readonly<Record<string, Program>> = {
  LSTM: (x, own) => {
    const [output, [hn, cn]] = own(new nn.LSTM(8, 5, { numLayers: 2, batchFirst: true, bidirectional: true })).forward(
      x,
    );
    return [output, hn, cn];
  },
  GRU: (x, own) => own(new nn.GRU(8, 5, { numLayers: 2 })).forward(x),
  RNN: (x, own) => own(new nn.RNN(8, 5, { nonlinearity: "tanh" })).forward(x),
  LSTMCell: (x, own) => {
    const cell = own(new nn.LSTMCell(8, 5));
    let state = cell.forward(x.select(1, 0));
    for (let t = 1; t < 6; t++) state = cell.forward(x.select(1, t), state);
    return state;
  },
  GRUCell: (x, own) => own(new nn.GRUCell(8, 5)).forward(x.select(1, 0)),
  Linear: through(() => new nn.Linear(8, 3)),
  indexing: (x) => [x.at(0), x.at(1, -1), x.select(1, -1), x.slice(2, 1, 7, 2), x.indexSelect(0, tokens())],
  ReLU: through(() => new nn.ReLU()),
  Softmax: through(() => new nn.Softmax(-1)),
  Tanh: through(() => new nn.Tanh()),
  Sigmoid: through(() => new nn.Sigmoid()),
  GELU: through(() => new nn.GELU()),
  SiLU: through(() => new nn.SiLU()),
  ELU: through(() => new nn.ELU()),
  LeakyReLU: through(() => new nn.LeakyReLU(0.2)),
  PReLU: through(() => new nn.PReLU()),
  Softplus: through(() => new nn.Softplus()),
  permute: (x) => x.permute(2, 0, 1),
  transpose: (x) => x.transpose(1, 2),
  Dropout: (x, own) => {
    manualSeed(1);
    return own(new nn.Dropout(0.3)).forward(x);
  },
  cat: (x) => [cat([x, x.neg()], 1), stack([x.at(0), x.at(1)])],
  squeeze: (x) => x.slice(1, 0, 1).squeeze(1).unsqueeze(-1),
  Sequential: through(() => new nn.Sequential(new nn.Linear(8, 4), new nn.Tanh(), new nn.Linear(4, 2))),
  view: (x) => [x.view(4, -1), x.reshape(6, 4, 8)],
  BatchNorm1d: through(() => new nn.BatchNorm1d(6)),
  BatchNorm2d: planes(() => new nn.BatchNorm2d(1)),
  Conv1d: through(() => new nn.Conv1d(6, 3, 3, { padding: 1 })),
  Conv2d: planes(() => new nn.Conv2d(1, 3, [3, 2], { stride: 2 })),
  Embedding: (_, own) => own(new nn.Embedding(4, 3, { paddingIdx: 0 })).forward(tokens()),
  "F.softmax": (x) => F.softmax(x, 1),
  "F.relu": (x) => F.relu(x),
  ModuleList: (x, own) => {
    const heads = own(new nn.ModuleList([new nn.Linear(8, 3), new nn.Linear(8, 2)]));
    return [...heads].map((head) => head.forward(x));
  },
  bmm: (x) => x.bmm(x.transpose(1, 2)),
  matmul: (x) => x.matmul(x.at(0).t()),
  MaxPool1d: through(() => new nn.MaxPool1d(2)),
  AvgPool1d: through(() => new nn.AvgPool1d(3, { stride: 2, padding: 1 })),
  "pack, pad_packed": (x, own) => {
    const packed = rnn.packPaddedSequence(x, [3, 6, 1, 4], { batchFirst: true, enforceSorted: false });
    const [output, hn] = own(new nn.GRU(8, 5, { batchFirst: true })).forwardPacked(packed);
    return [rnn.padPackedSequence(output, { batchFirst: true })[0], hn];
  },
  "writing into a part": (x) => {
    const out = zerosLike(x);
    for (let t = 0; t < 6; t++) out.select(1, t).copy_(x.select(1, 5 - t).tanh());
    out.at(0).fill_(0);
    return out;
  },
  MaxPool2d: planes(() => new nn.MaxPool2d(2)),
  "F.pad": (x) => [F.pad(x, [1, 2]), F.pad(x, [2, 1], { mode: "replicate" })],
  Flatten: through(() => new nn.Flatten()),
  LayerNorm: through(() => new nn.LayerNorm(8)),
  ConvTranspose1d: through(() => new nn.ConvTranspose1d(6, 3, 4, { stride: 2, padding: 1 })),
  ConvTranspose2d: planes(() => new nn.ConvTranspose2d(1, 2, 2, { stride: 2 })),
  repeat: (x) => x.repeat(2, 1, 3),
  Dropout1d: (x, own) => {
    manualSeed(1);
    return own(new nn.Dropout1d(0.4)).forward(x);
  },
  Dropout2d: (x, own) => {
    manualSeed(1);
    return own(new nn.Dropout2d(0.4)).forward(x.unsqueeze(0));
  },
  CTC: (x) => {
    const targets = tensor([1, 2, 2, 1, 3, 0], [2, 3], { dtype: "int32" });
    // Four steps of six sequences, of which the first two are taken.
    return F.ctcLoss(x.logSoftmax(2).slice(1, 0, 2), targets.flip(1), [4, 3], [2, 1], { blank: 7 });
  },
  CRF: (x, own) => {
    const tags = tensor([0, 2, 1, 1, 0, 2, 2, 0], [4, 2], { dtype: "int32" });
    return own(new nn.CRF(3)).forward(x.slice(1, 0, 2).slice(2, 0, 3), tags);
  },
  AdaptiveAvgPool1d: through(() => new nn.AdaptiveAvgPool1d(3)),
  AdaptiveAvgPool2d: planes(() => new nn.AdaptiveAvgPool2d([2, 3])),
  register_buffer: through(() => new Scaled()),
  einsum: (x) => einsum("bij,bkj->bik", x, x),
  unfold: (x) => [x.unfold(1, 3, 2), F.unfold(x.unsqueeze(1), [2, 3])],
  MultiheadAttention: (x, own) => {
    const [output, weights] = own(new nn.MultiheadAttention(8, 2, { batchFirst: true })).forward(x, x, x);
    return weights === null ? output : [output, weights];
  },
  ModuleDict: (x, own) => {
    const heads = own(new nn.ModuleDict({ a: new nn.Linear(8, 3), b: new nn.Linear(8, 2) }));
    return [heads.get("a").forward(x), heads.get("b").forward(x)];
  },
  weight_norm: (x, own) => {
    const layer = new nn.Linear(8, 3);
    nn.utils.parametrizations.weightNorm(layer);
    return own(layer).forward(x);
  },
};
