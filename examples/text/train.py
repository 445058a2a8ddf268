"""The PyTorch half of the language model: the same net on the same batches. ../twin.py says how it is run."""

import pathlib
import sys

from torch import nn

sys.path.append(str(pathlib.Path(__file__).resolve().parents[1]))
from twin import train


class LanguageModel(nn.Module):
    def __init__(self, letters, embedding, hidden):
        super().__init__()
        self.embedding = nn.Embedding(letters, embedding)
        self.lstm = nn.LSTM(embedding, hidden, num_layers=2, batch_first=True)
        self.linear = nn.Linear(hidden, letters)
        self.state = None

    def forward(self, input):
        output, state = self.lstm(self.embedding(input), self.state)
        self.state = [one.detach() for one in state]
        return self.linear(output).transpose(1, 2)

    def train(self, mode=True):
        self.state = None
        return super().train(mode)


def loss(logits, target):
    return nn.functional.cross_entropy(logits, target.long())


if __name__ == "__main__":
    train(LanguageModel, loss)
