"""
What recurrent models are made of, each as a small program; features.ts has the same under the same names. A program is
given x, a leaf [4, 6, 8], and own(module), which gives the module its dtype and the parameters that elman began with.
"""

import itertools

import torch
from torch import nn
from torch.nn import functional as F
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence

FEATURES = {}


def feature(program):
    FEATURES[program.__name__] = program
    return program


def tokens():
    return torch.tensor([3, 0, 2, 3])


class Scaled(nn.Module):
    def __init__(self):
        super().__init__()
        self.register_buffer("scale", torch.arange(1, 9).float())

    def forward(self, x):
        return x * self.scale


class CRF(nn.Module):
    """The log-likelihood by its definition, over every sequence of tags."""

    def __init__(self, tags):
        super().__init__()
        self.start_transitions = nn.Parameter(torch.zeros(tags))
        self.end_transitions = nn.Parameter(torch.zeros(tags))
        self.transitions = nn.Parameter(torch.zeros(tags, tags))

    def score(self, emissions, tags):
        scores = [emissions[t, tag] for t, tag in enumerate(tags)]
        scores += [self.transitions[a, b] for a, b in zip(tags, tags[1:])]
        return sum(scores) + self.start_transitions[tags[0]] + self.end_transitions[tags[-1]]

    def forward(self, emissions, tags):
        T, N, K = emissions.shape
        total = 0
        for n in range(N):
            all = [self.score(emissions[:, n], way) for way in itertools.product(range(K), repeat=T)]
            total = total + self.score(emissions[:, n], tags[:, n].tolist()) - torch.stack(all).logsumexp(0)
        return total


def through(name, make):
    FEATURES[name] = lambda x, own: own(make())(x)


def planes(name, make):
    FEATURES[name] = lambda x, own: own(make())(x.unsqueeze(1))


def plain(name, compute):
    FEATURES[name] = lambda x, own: compute(x)


@feature
def LSTM(x, own):
    output, (hn, cn) = own(nn.LSTM(8, 5, num_layers=2, batch_first=True, bidirectional=True))(x)
    return output, hn, cn


FEATURES["GRU"] = lambda x, own: own(nn.GRU(8, 5, num_layers=2))(x)
FEATURES["RNN"] = lambda x, own: own(nn.RNN(8, 5, nonlinearity="tanh"))(x)


@feature
def LSTMCell(x, own):
    cell = own(nn.LSTMCell(8, 5))
    state = cell(x[:, 0])
    for t in range(1, 6):
        state = cell(x[:, t], state)
    return state


FEATURES["GRUCell"] = lambda x, own: own(nn.GRUCell(8, 5))(x[:, 0])
through("Linear", lambda: nn.Linear(8, 3))
plain("indexing", lambda x: (x[0], x[1, -1], x[:, -1], x[:, :, 1:7:2], x[tokens()]))
through("ReLU", nn.ReLU)
through("Softmax", lambda: nn.Softmax(dim=-1))
through("Tanh", nn.Tanh)
through("Sigmoid", nn.Sigmoid)
through("GELU", nn.GELU)
through("SiLU", nn.SiLU)
through("ELU", nn.ELU)
through("LeakyReLU", lambda: nn.LeakyReLU(0.2))
through("PReLU", nn.PReLU)
through("Softplus", nn.Softplus)
plain("permute", lambda x: x.permute(2, 0, 1))
plain("transpose", lambda x: x.transpose(1, 2))


@feature
def Dropout(x, own):
    torch.manual_seed(1)
    return own(nn.Dropout(0.3))(x)


plain("cat", lambda x: (torch.cat((x, -x), dim=1), torch.stack((x[0], x[1]))))
plain("squeeze", lambda x: x[:, :1].squeeze(1).unsqueeze(-1))
through("Sequential", lambda: nn.Sequential(nn.Linear(8, 4), nn.Tanh(), nn.Linear(4, 2)))
plain("view", lambda x: (x.view(4, -1), x.reshape(6, 4, 8)))
through("BatchNorm1d", lambda: nn.BatchNorm1d(6))
planes("BatchNorm2d", lambda: nn.BatchNorm2d(1))
through("Conv1d", lambda: nn.Conv1d(6, 3, 3, padding=1))
planes("Conv2d", lambda: nn.Conv2d(1, 3, (3, 2), stride=2))
FEATURES["Embedding"] = lambda x, own: own(nn.Embedding(4, 3, padding_idx=0))(tokens())
plain("F.softmax", lambda x: F.softmax(x, dim=1))
plain("F.relu", F.relu)


@feature
def ModuleList(x, own):
    return [head(x) for head in own(nn.ModuleList([nn.Linear(8, 3), nn.Linear(8, 2)]))]


plain("bmm", lambda x: torch.bmm(x, x.transpose(1, 2)))
plain("matmul", lambda x: x @ x[0].T)
through("MaxPool1d", lambda: nn.MaxPool1d(2))
through("AvgPool1d", lambda: nn.AvgPool1d(3, stride=2, padding=1))


def packed(x, own):
    sequence = pack_padded_sequence(x, [3, 6, 1, 4], batch_first=True, enforce_sorted=False)
    output, hn = own(nn.GRU(8, 5, batch_first=True))(sequence)
    return pad_packed_sequence(output, batch_first=True)[0], hn


FEATURES["pack, pad_packed"] = packed


def written(x):
    out = torch.zeros_like(x)
    for t in range(6):
        out[:, t] = torch.tanh(x[:, 5 - t])
    out[0] = 0
    return out


plain("writing into a part", written)
planes("MaxPool2d", lambda: nn.MaxPool2d(2))
plain("F.pad", lambda x: (F.pad(x, (1, 2)), F.pad(x, (2, 1), mode="replicate")))
through("Flatten", nn.Flatten)
through("LayerNorm", lambda: nn.LayerNorm(8))
through("ConvTranspose1d", lambda: nn.ConvTranspose1d(6, 3, 4, stride=2, padding=1))
planes("ConvTranspose2d", lambda: nn.ConvTranspose2d(1, 2, 2, stride=2))
plain("repeat", lambda x: x.repeat(2, 1, 3))


@feature
def Dropout1d(x, own):
    torch.manual_seed(1)
    return own(nn.Dropout1d(0.4))(x)


@feature
def Dropout2d(x, own):
    torch.manual_seed(1)
    return own(nn.Dropout2d(0.4))(x.unsqueeze(0))


def ctc(x):
    targets = torch.tensor([[1, 2, 2], [1, 3, 0]])
    return F.ctc_loss(x.log_softmax(2)[:, :2], targets.flip(1), (4, 3), (2, 1), blank=7)


plain("CTC", ctc)
FEATURES["CRF"] = lambda x, own: own(CRF(3))(x[:, :2, :3], torch.tensor([[0, 2], [1, 1], [0, 2], [2, 0]]))
through("AdaptiveAvgPool1d", lambda: nn.AdaptiveAvgPool1d(3))
planes("AdaptiveAvgPool2d", lambda: nn.AdaptiveAvgPool2d((2, 3)))
through("register_buffer", Scaled)
plain("einsum", lambda x: torch.einsum("bij,bkj->bik", x, x))
plain("unfold", lambda x: (x.unfold(1, 3, 2), F.unfold(x.unsqueeze(1), (2, 3))))
FEATURES["MultiheadAttention"] = lambda x, own: own(nn.MultiheadAttention(8, 2, batch_first=True))(x, x, x)


@feature
def ModuleDict(x, own):
    heads = own(nn.ModuleDict({"a": nn.Linear(8, 3), "b": nn.Linear(8, 2)}))
    return heads["a"](x), heads["b"](x)


FEATURES["weight_norm"] = lambda x, own: own(nn.utils.parametrizations.weight_norm(nn.Linear(8, 3)))(x)


def run(ask, dtype):
    """Results, gradients of x and of the parameters, and the buffers afterwards, under the names of coverage.ts."""
    modules = []

    def own(module):
        module = module.to(dtype)
        module.load_state_dict(ask["states"][len(modules)])
        modules.append(module)
        return module

    x = ask["x"].to(dtype).clone().requires_grad_()
    given = FEATURES[ask["name"]](x, own)
    results = [given] if isinstance(given, torch.Tensor) else list(given)
    tracked = [(y * w.to(dtype)).sum() for y, w in zip(results, ask["weights"], strict=True) if y.requires_grad]
    if tracked:
        sum(tracked).backward()
    found = {f"result {i}": y for i, y in enumerate(results)}
    leaves = {"x": x} | {f"{name} of {i}": p for i, module in enumerate(modules) for name, p in module.named_parameters()}
    found |= {f"d {name}": leaf.grad for name, leaf in leaves.items() if leaf.grad is not None}
    return found | {f"{name} of {i}": b.to(dtype) for i, module in enumerate(modules) for name, b in module.named_buffers()}
