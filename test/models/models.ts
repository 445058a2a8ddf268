/**
 * Five models as people write them around recurrent layers: models.py line by line, under the same names.
 *
 * Letters: N sequences, T steps, C channels, H and W the sides of a picture.
 */

import { cat, nn, randn, type Tensor, zeros, zerosLike } from "elman-nn";

const F = nn.functional;
const { packPaddedSequence, padPackedSequence } = nn.utils.rnn;

/** What somebody does, by a sensor: windows [N, C, T] to scores of activities. */
export class CNNLSTM extends nn.Module {
  features: nn.Sequential;
  lstm: nn.LSTM;
  dropout = new nn.Dropout(0.5);
  fc: nn.Linear;

  constructor(channels = 3, hidden = 5, classes = 4) {
    super();
    this.features = new nn.Sequential(
      new nn.Conv1d(channels, 6, 3, { padding: 1 }),
      new nn.BatchNorm1d(6),
      new nn.ReLU(),
      new nn.MaxPool1d(2),
      new nn.Conv1d(6, 8, 3, { padding: 1 }),
      new nn.BatchNorm1d(8),
      new nn.ReLU(),
      new nn.MaxPool1d(2, { stride: 2 }),
    );
    this.lstm = new nn.LSTM(8, hidden, { numLayers: 2, batchFirst: true, dropout: 0.2 });
    this.fc = new nn.Linear(hidden, classes);
  }

  override forward(x: Tensor): Tensor {
    x = this.features.forward(x);
    x = x.permute(0, 2, 1);
    const [out] = this.lstm.forward(x);
    return this.fc.forward(this.dropout.forward(out.select(1, -1)));
  }
}

class BidirectionalLSTM extends nn.Module {
  rnn: nn.LSTM;
  embedding: nn.Linear;

  constructor(inputSize: number, hidden: number, outputSize: number) {
    super();
    this.rnn = new nn.LSTM(inputSize, hidden, { bidirectional: true });
    this.embedding = new nn.Linear(hidden * 2, outputSize);
  }

  override forward(x: Tensor): Tensor {
    const [recurrent] = this.rnn.forward(x);
    const [T, N, h] = recurrent.size();
    const output = this.embedding.forward(recurrent.view(T * N, h));
    return output.view(T, N, -1);
  }
}

/** A line of text, by its picture [N, 1, H, W]: log-probabilities [T, N, classes] for the CTC loss. */
export class CRNN extends nn.Module {
  cnn: nn.Sequential;
  rnn: nn.Sequential;

  constructor(height = 8, hidden = 4, classes = 5) {
    super();
    const cnn: Record<string, nn.Layer> = {};
    const channels = [1, 4, 6];
    for (let i = 0; i < 2; i++) {
      cnn[`conv${i}`] = new nn.Conv2d(channels[i], channels[i + 1], 3, { padding: 1 });
      cnn[`batchnorm${i}`] = new nn.BatchNorm2d(channels[i + 1]);
      cnn[`relu${i}`] = new nn.ReLU();
      const wide = new nn.MaxPool2d([2, 2], { stride: [2, 1], padding: [0, 1] });
      cnn[`pooling${i}`] = i === 0 ? new nn.MaxPool2d(2, { stride: 2 }) : wide;
    }
    this.cnn = new nn.Sequential(cnn);
    this.rnn = new nn.Sequential(
      new BidirectionalLSTM((6 * height) / 4, hidden, hidden),
      new BidirectionalLSTM(hidden, hidden, classes),
    );
  }

  override forward(x: Tensor): Tensor {
    let conv = this.cnn.forward(x);
    const [n, c, h, w] = conv.size();
    conv = conv.reshape(n, c * h, w).permute(2, 0, 1);
    return F.logSoftmax(this.rnn.forward(conv), 2);
  }
}

/** Sentences of tokens [N, T], padded with 0, to scores of classes; and where it looked. */
export class AttentionClassifier extends nn.Module {
  embedding: nn.Embedding;
  lstm: nn.LSTM;
  attention: nn.Linear;
  context: nn.Parameter;
  norm: nn.LayerNorm;
  fc: nn.Linear;

  constructor(vocabulary = 12, embedding = 4, hidden = 5, classes = 3) {
    super();
    this.embedding = new nn.Embedding(vocabulary, embedding, { paddingIdx: 0 });
    this.lstm = new nn.LSTM(embedding, hidden, { bidirectional: true, batchFirst: true });
    this.attention = new nn.Linear(2 * hidden, 2 * hidden);
    this.context = new nn.Parameter(randn(2 * hidden));
    this.norm = new nn.LayerNorm(2 * hidden);
    this.fc = new nn.Linear(2 * hidden, classes);
  }

  override forward(tokens: Tensor, lengths: Tensor): [scores: Tensor, weights: Tensor] {
    const options = { batchFirst: true, enforceSorted: false };
    const packed = packPaddedSequence(this.embedding.forward(tokens), lengths, options);
    const [states] = this.lstm.forwardPacked(packed);
    const [output] = padPackedSequence(states, { batchFirst: true });
    return this.pooled(tokens, output);
  }

  /** The same without packing. */
  padded(tokens: Tensor, lengths: Tensor): [scores: Tensor, weights: Tensor] {
    const [output] = this.lstm.forward(this.embedding.forward(tokens), null, { lengths });
    return this.pooled(tokens, output);
  }

  private pooled(tokens: Tensor, output: Tensor): [scores: Tensor, weights: Tensor] {
    let scores = this.attention.forward(output).tanh().matmul(this.context);
    scores = scores.maskedFill(tokens.eq(0), Number.NEGATIVE_INFINITY);
    const weights = F.softmax(scores, 1);
    const pooled = weights.unsqueeze(1).bmm(output).squeeze(1);
    return [this.fc.forward(this.norm.forward(pooled)), weights];
  }
}

/** Characters [N, T], longest first, to what a decoder attends to [N, T, dim]. Source: arXiv:1712.05884. */
export class TacotronEncoder extends nn.Module {
  embedding: nn.Embedding;
  convolutions: nn.ModuleList<nn.Layer>;
  lstm: nn.LSTM;

  constructor(symbols = 10, dim = 6, kernelSize = 5) {
    super();
    this.embedding = new nn.Embedding(symbols, dim);
    const convolutions: nn.Sequential[] = [];
    for (let i = 0; i < 3; i++) {
      const convLayer = new nn.Sequential(
        new nn.Conv1d(dim, dim, kernelSize, { stride: 1, padding: (kernelSize - 1) / 2, dilation: 1 }),
        new nn.BatchNorm1d(dim),
      );
      nn.init.xavierUniform_(convLayer.at(0).weight, nn.init.calculateGain("relu"));
      convolutions.push(convLayer);
    }
    this.convolutions = new nn.ModuleList(convolutions);
    this.lstm = new nn.LSTM(dim, dim / 2, { numLayers: 1, batchFirst: true, bidirectional: true });
  }

  override forward(text: Tensor, lengths: Tensor): Tensor {
    let x = this.embedding.forward(text).transpose(1, 2);
    for (const conv of this.convolutions) {
      x = F.dropout(F.relu(conv.forward(x)), 0.5, this.training);
    }
    x = x.transpose(1, 2);
    const packed = packPaddedSequence(x, lengths, { batchFirst: true });
    this.lstm.flattenParameters();
    const [states] = this.lstm.forwardPacked(packed);
    const [outputs] = padPackedSequence(states, { batchFirst: true });
    return outputs;
  }
}

/** Bahdanau's: v · tanh(W [state, encoded]). */
class Attention extends nn.Module {
  attn: nn.Linear;
  v: nn.Linear;

  constructor(hidden: number) {
    super();
    this.attn = new nn.Linear(hidden * 2, hidden);
    this.v = new nn.Linear(hidden, 1, { bias: false });
  }

  override forward(hidden: Tensor, encoded: Tensor): Tensor {
    const steps = encoded.size(1);
    hidden = hidden.unsqueeze(1).repeat(1, steps, 1);
    const energy = this.attn.forward(cat([hidden, encoded], 2)).tanh();
    return F.softmax(this.v.forward(energy).squeeze(2), 1);
  }
}

/** Tokens [N, S] of one language to scores [N, T, vocabulary] of another, a step at a time, with teacher forcing. */
export class Seq2Seq extends nn.Module {
  targetSize: number;
  embed_source: nn.Embedding;
  embed_target: nn.Embedding;
  encoder: nn.GRU;
  attention: Attention;
  bridge: nn.Linear;
  cell: nn.LSTMCell;
  fc_out: nn.Linear;

  constructor(source = 9, target = 7, embedding = 4, hidden = 6) {
    super();
    this.targetSize = target;
    this.embed_source = new nn.Embedding(source, embedding);
    this.embed_target = new nn.Embedding(target, embedding);
    this.encoder = new nn.GRU(embedding, hidden, { batchFirst: true });
    this.attention = new Attention(hidden);
    this.bridge = new nn.Linear(hidden, hidden);
    this.cell = new nn.LSTMCell(embedding + hidden, hidden);
    this.fc_out = new nn.Linear(embedding + hidden + hidden, target);
  }

  override forward(source: Tensor, target: Tensor): Tensor {
    const [batchSize, steps] = target.shape;
    const [encoded, state] = this.encoder.forward(this.embed_source.forward(source));
    let hidden = this.bridge.forward(state.at(-1)).tanh();
    let cell = zerosLike(hidden);
    const outputs = zeros([batchSize, steps, this.targetSize], { dtype: encoded.dtype });
    let token = target.select(1, 0);
    for (let t = 1; t < steps; t++) {
      const embedded = this.embed_target.forward(token);
      const weights = this.attention.forward(hidden, encoded);
      const context = weights.unsqueeze(1).bmm(encoded).squeeze(1);
      [hidden, cell] = this.cell.forward(cat([embedded, context], 1), [hidden, cell]);
      outputs.select(1, t).copy_(this.fc_out.forward(cat([hidden, context, embedded], 1)));
      token = target.select(1, t);
    }
    return outputs;
  }
}
