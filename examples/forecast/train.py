"""The PyTorch half of the forecast: the same net on the same batches. ../twin.py says how it is run."""

import pathlib
import sys

from torch import nn

sys.path.append(str(pathlib.Path(__file__).resolve().parents[1]))
from twin import train


class Forecaster(nn.Module):
    def __init__(self, filters, hidden):
        super().__init__()
        self.conv = nn.Conv1d(8, filters, 5, padding=2, bias=False)
        self.norm = nn.BatchNorm1d(filters)
        self.lstm = nn.LSTM(filters, hidden, batch_first=True)
        self.linear = nn.Linear(hidden, 1)

    def forward(self, known):
        found = self.norm(self.conv(known)).relu()
        output, _ = self.lstm(found.transpose(1, 2))
        return self.linear(output[:, -24:]).squeeze(2) + known[:, 0, -24:]


loss = nn.functional.l1_loss


if __name__ == "__main__":
    train(Forecaster, loss)
