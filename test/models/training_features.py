"""
What recurrent models are trained with, each as a small program; training_features.ts has the same under the same names. x
[4, 6, 8] is four sequences, and a program gives losses and what the parameters came to.
"""

import copy
import io

import torch
from torch import nn
from torch.nn import functional as F
from torch.optim import lr_scheduler
from torch.utils.data import DataLoader, TensorDataset

from features import FEATURES


def classes():
    return torch.tensor([1, 0, 2, 1])


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.rnn = nn.GRU(8, 5, batch_first=True)
        self.head = nn.Linear(5, 3)

    def forward(self, x):
        return self.head(self.rnn(x)[1][0])


def steps(x, net, optimizer, schedule=lambda loss: None, clip=False):
    losses = []
    for _ in range(6):
        loss = F.cross_entropy(net(x.detach()), classes())
        optimizer.zero_grad()
        loss.backward()
        if clip:
            losses.append(nn.utils.clip_grad_norm_(net.parameters(), 0.1))
        optimizer.step()
        schedule(loss.item())
        losses.append(loss.detach())
    return [torch.stack(losses), *(p.detach().clone() for p in net.parameters())]


def trained(name, make, scheduler=None, clip=False):
    def program(x, own):
        net = own(Net())
        optimizer = make(net.parameters())
        return steps(x, net, optimizer, scheduler(optimizer) if scheduler else lambda loss: None, clip)

    FEATURES[name] = program


def sgd(parameters):
    return torch.optim.SGD(parameters, lr=0.5, momentum=0.9)


def scored(name, loss):
    FEATURES[name] = lambda x, own: loss(own(Net())(x))


def likely(y):
    return torch.sigmoid(y.detach().flip(0))


def plain(scheduler):
    return lambda loss: scheduler.step()


def loaded(value):
    buffer = io.BytesIO()
    torch.save(value, buffer)
    buffer.seek(0)
    return torch.load(buffer)


def data_loader(x, own):
    torch.manual_seed(7)
    loader = DataLoader(TensorDataset(x.detach(), classes()), batch_size=3, shuffle=True)
    return [part for _ in range(2) for batch in loader for part in batch]


def saved(x, own):
    other = Net().to(x.dtype)
    other.load_state_dict(loaded(own(Net()).state_dict()))
    return other(x.detach()).detach()


def seeded(x, own):
    torch.manual_seed(3)
    drawn = [torch.rand(5), torch.randn(20), torch.randint(0, 9, (6,)), torch.randperm(7), nn.LSTM(3, 4).weight_ih_l0]
    return [y.detach().double() for y in drawn]


def resumed(x, own):
    net = own(Net())
    optimizer = torch.optim.Adam(net.parameters(), lr=0.1)
    first = steps(x, net, optimizer)
    checkpoint = loaded({"model": net.state_dict(), "optimizer": optimizer.state_dict()})
    other = Net().to(x.dtype)
    other.load_state_dict(checkpoint["model"])
    next = torch.optim.Adam(other.parameters(), lr=1)
    next.load_state_dict(checkpoint["optimizer"])
    return [*first, *steps(x, other, next)]


def stopped(x, own):
    """The loop that people write."""
    net = own(Net())
    optimizer = sgd(net.parameters())
    best, best_state, waited, losses = float("inf"), None, 0, []
    for epoch in range(40):
        net.train()
        loss = F.cross_entropy(net(x.detach()), classes())
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        net.eval()
        with torch.no_grad():
            val_loss = F.cross_entropy(net(-x.detach()), classes()).item()
        losses.append(val_loss)
        if val_loss < best:
            best, best_state, waited = val_loss, copy.deepcopy(net.state_dict()), 0
        else:
            waited += 1
            if waited >= 2:
                break
    net.load_state_dict(best_state)
    return [torch.tensor(losses, dtype=torch.float64), *(p.detach() for p in net.parameters())]


def drawn(x, own):
    torch.manual_seed(4)
    return torch.multinomial(x.detach()[0].softmax(1), 5, replacement=True)


def ctc(x, own):
    scores = own(nn.Linear(8, 4))(x).log_softmax(2).transpose(0, 1)
    targets = torch.cat((classes()[:2], classes())) + 1
    return nn.CTCLoss(zero_infinity=True)(scores, targets, (6, 6, 5, 4), (2, 1, 2, 1))


FEATURES["DataLoader"] = data_loader
trained("Adam", lambda p: torch.optim.Adam(p, lr=0.05))
FEATURES["save, load"] = saved
FEATURES["manual_seed"] = seeded
scored("CrossEntropyLoss", lambda y: nn.CrossEntropyLoss(label_smoothing=0.1)(y, classes()))
trained("weight_decay", lambda p: torch.optim.Adam(p, lr=0.05, weight_decay=0.1))
trained("ReduceLROnPlateau", sgd, lambda o: lr_scheduler.ReduceLROnPlateau(o, patience=0, threshold=0.3).step)
trained("CosineAnnealingLR", sgd, lambda o: plain(lr_scheduler.CosineAnnealingLR(o, T_max=4)))
trained("StepLR", sgd, lambda o: plain(lr_scheduler.StepLR(o, step_size=2, gamma=0.5)))
trained("LambdaLR", sgd, lambda o: plain(lr_scheduler.LambdaLR(o, lambda epoch: 0.9**epoch)))
trained("clip_grad_norm_", sgd, clip=True)
scored("MSELoss", lambda y: nn.MSELoss()(y, likely(y)))
FEATURES["optimiser state"] = resumed
FEATURES["early stopping"] = stopped
trained("AdamW", lambda p: torch.optim.AdamW(p, lr=0.05))
trained("SGD", lambda p: torch.optim.SGD(p, lr=0.5, momentum=0.9, nesterov=True))
trained("RMSprop", lambda p: torch.optim.RMSprop(p, lr=0.01))
scored("BCEWithLogitsLoss", lambda y: nn.BCEWithLogitsLoss()(y, likely(y)))
scored("BCELoss", lambda y: nn.BCELoss()(torch.sigmoid(y), likely(y)))
FEATURES["multinomial"] = drawn
FEATURES["ONNX export"] = lambda x, own: own(nn.LSTM(8, 5, bidirectional=True))(x.detach())[0].detach()
scored("NLLLoss", lambda y: nn.NLLLoss()(y.log_softmax(1), classes()))
FEATURES["CTCLoss"] = ctc
scored("L1Loss", lambda y: nn.L1Loss()(y, likely(y)))
scored("SmoothL1Loss", lambda y: nn.SmoothL1Loss(beta=0.3)(y, likely(y)))
scored("HuberLoss", lambda y: nn.HuberLoss(delta=0.3)(y, likely(y)))
