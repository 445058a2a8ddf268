"""The PyTorch half of the tagger: the same net on the same batches. ../twin.py says how it is run."""

import pathlib
import sys

import torch
from torch import nn
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence

sys.path.append(str(pathlib.Path(__file__).resolve().parents[1]))
from twin import train


class Tagger(nn.Module):
    def __init__(self, words, suffixes, looks, embedding, hidden, dropout):
        super().__init__()
        self.words = nn.Embedding(words, embedding, padding_idx=0)
        self.suffixes = nn.Embedding(suffixes, embedding // 2, padding_idx=0)
        self.looks = nn.Embedding(looks, 8, padding_idx=0)
        self.dropout = nn.Dropout(dropout)
        self.lstm = nn.LSTM(embedding + embedding // 2 + 8, hidden, batch_first=True, bidirectional=True)
        self.linear = nn.Linear(2 * hidden, 12)

    def forward(self, input, lengths):
        words, suffixes, looks = input.unbind(2)
        known = torch.cat([self.words(words), self.suffixes(suffixes), self.looks(looks)], 2)
        packed = pack_padded_sequence(self.dropout(known), lengths, batch_first=True, enforce_sorted=False)
        output, _ = pad_packed_sequence(self.lstm(packed)[0], batch_first=True)
        return self.linear(output).transpose(1, 2)


def loss(logits, tags):
    return nn.functional.cross_entropy(logits, tags.long())


if __name__ == "__main__":
    train(Tagger, loss)
