"""
Five models as people write them around recurrent layers, each beside its port in models.ts, under the same names. They are
small, so that the files are; the shapes are those of the repositories counted in features.json.

Letters: N sequences, T steps, C channels, H and W the sides of a picture.
"""

import torch
from torch import nn
from torch.nn import functional as F
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence


class CNNLSTM(nn.Module):
    """What somebody does, by a sensor: windows [N, C, T] to scores of activities."""

    def __init__(self, channels=3, hidden=5, classes=4):
        super().__init__()
        self.features = nn.Sequential(
            nn.Conv1d(channels, 6, kernel_size=3, padding=1),
            nn.BatchNorm1d(6),
            nn.ReLU(),
            nn.MaxPool1d(2),
            nn.Conv1d(6, 8, kernel_size=3, padding=1),
            nn.BatchNorm1d(8),
            nn.ReLU(inplace=True),
            nn.MaxPool1d(kernel_size=2, stride=2),
        )
        self.lstm = nn.LSTM(8, hidden, num_layers=2, batch_first=True, dropout=0.2)
        self.dropout = nn.Dropout(0.5)
        self.fc = nn.Linear(hidden, classes)

    def forward(self, x):
        x = self.features(x)
        x = x.permute(0, 2, 1)
        out, (h, c) = self.lstm(x)
        return self.fc(self.dropout(out[:, -1, :]))


class BidirectionalLSTM(nn.Module):
    def __init__(self, input_size, hidden, output_size):
        super().__init__()
        self.rnn = nn.LSTM(input_size, hidden, bidirectional=True)
        self.embedding = nn.Linear(hidden * 2, output_size)

    def forward(self, x):
        recurrent, _ = self.rnn(x)
        T, N, h = recurrent.size()
        output = self.embedding(recurrent.view(T * N, h))
        return output.view(T, N, -1)


class CRNN(nn.Module):
    """A line of text, by its picture [N, 1, H, W]: log-probabilities [T, N, classes] for the CTC loss."""

    def __init__(self, height=8, hidden=4, classes=5):
        super().__init__()
        cnn = nn.Sequential()
        channels = [1, 4, 6]
        for i in range(2):
            cnn.add_module(f"conv{i}", nn.Conv2d(channels[i], channels[i + 1], 3, 1, 1))
            cnn.add_module(f"batchnorm{i}", nn.BatchNorm2d(channels[i + 1]))
            cnn.add_module(f"relu{i}", nn.ReLU(True))
            cnn.add_module(f"pooling{i}", nn.MaxPool2d(2, 2) if i == 0 else nn.MaxPool2d((2, 2), (2, 1), (0, 1)))
        self.cnn = cnn
        self.rnn = nn.Sequential(
            BidirectionalLSTM(6 * height // 4, hidden, hidden),
            BidirectionalLSTM(hidden, hidden, classes),
        )

    def forward(self, x):
        conv = self.cnn(x)
        n, c, h, w = conv.size()
        conv = conv.reshape(n, c * h, w).permute(2, 0, 1)
        return F.log_softmax(self.rnn(conv), dim=2)


class AttentionClassifier(nn.Module):
    """Sentences of tokens [N, T], padded with 0, to scores of classes; and where it looked."""

    def __init__(self, vocabulary=12, embedding=4, hidden=5, classes=3):
        super().__init__()
        self.embedding = nn.Embedding(vocabulary, embedding, padding_idx=0)
        self.lstm = nn.LSTM(embedding, hidden, bidirectional=True, batch_first=True)
        self.attention = nn.Linear(2 * hidden, 2 * hidden)
        self.context = nn.Parameter(torch.randn(2 * hidden))
        self.norm = nn.LayerNorm(2 * hidden)
        self.fc = nn.Linear(2 * hidden, classes)

    def forward(self, tokens, lengths):
        packed = pack_padded_sequence(self.embedding(tokens), lengths, batch_first=True, enforce_sorted=False)
        output, (h, c) = self.lstm(packed)
        output, _ = pad_packed_sequence(output, batch_first=True)
        scores = torch.tanh(self.attention(output)) @ self.context
        scores = scores.masked_fill(tokens == 0, float("-inf"))
        weights = F.softmax(scores, dim=1)
        pooled = torch.bmm(weights.unsqueeze(1), output).squeeze(1)
        return self.fc(self.norm(pooled)), weights


class TacotronEncoder(nn.Module):
    """Characters [N, T], longest first, to what a decoder attends to [N, T, dim]. Source: arXiv:1712.05884."""

    def __init__(self, symbols=10, dim=6, kernel_size=5):
        super().__init__()
        self.embedding = nn.Embedding(symbols, dim)
        convolutions = []
        for _ in range(3):
            conv_layer = nn.Sequential(
                nn.Conv1d(dim, dim, kernel_size=kernel_size, stride=1, padding=int((kernel_size - 1) / 2), dilation=1),
                nn.BatchNorm1d(dim),
            )
            nn.init.xavier_uniform_(conv_layer[0].weight, gain=nn.init.calculate_gain("relu"))
            convolutions.append(conv_layer)
        self.convolutions = nn.ModuleList(convolutions)
        self.lstm = nn.LSTM(dim, dim // 2, 1, batch_first=True, bidirectional=True)

    def forward(self, text, lengths):
        x = self.embedding(text).transpose(1, 2)
        for conv in self.convolutions:
            x = F.dropout(F.relu(conv(x)), 0.5, self.training)
        x = x.transpose(1, 2)
        x = pack_padded_sequence(x, lengths, batch_first=True)
        self.lstm.flatten_parameters()
        outputs, _ = self.lstm(x)
        outputs, _ = pad_packed_sequence(outputs, batch_first=True)
        return outputs


class Attention(nn.Module):
    """Bahdanau's: v · tanh(W [state, encoded])."""

    def __init__(self, hidden):
        super().__init__()
        self.attn = nn.Linear(hidden * 2, hidden)
        self.v = nn.Linear(hidden, 1, bias=False)

    def forward(self, hidden, encoded):
        steps = encoded.shape[1]
        hidden = hidden.unsqueeze(1).repeat(1, steps, 1)
        energy = torch.tanh(self.attn(torch.cat((hidden, encoded), dim=2)))
        return F.softmax(self.v(energy).squeeze(2), dim=1)


class Seq2Seq(nn.Module):
    """Tokens [N, S] of one language to scores [N, T, vocabulary] of another, a step at a time, with teacher forcing."""

    def __init__(self, source=9, target=7, embedding=4, hidden=6):
        super().__init__()
        self.target_size = target
        self.embed_source = nn.Embedding(source, embedding)
        self.embed_target = nn.Embedding(target, embedding)
        self.encoder = nn.GRU(embedding, hidden, batch_first=True)
        self.attention = Attention(hidden)
        self.bridge = nn.Linear(hidden, hidden)
        self.cell = nn.LSTMCell(embedding + hidden, hidden)
        self.fc_out = nn.Linear(embedding + hidden + hidden, target)

    def forward(self, source, target):
        batch_size, steps = target.shape
        encoded, state = self.encoder(self.embed_source(source))
        hidden = torch.tanh(self.bridge(state[-1]))
        cell = torch.zeros_like(hidden)
        outputs = torch.zeros(batch_size, steps, self.target_size, dtype=encoded.dtype)
        token = target[:, 0]
        for t in range(1, steps):
            embedded = self.embed_target(token)
            weights = self.attention(hidden, encoded)
            context = torch.bmm(weights.unsqueeze(1), encoded).squeeze(1)
            hidden, cell = self.cell(torch.cat((embedded, context), dim=1), (hidden, cell))
            outputs[:, t] = self.fc_out(torch.cat((hidden, context, embedded), dim=1))
            token = target[:, t]
        return outputs
