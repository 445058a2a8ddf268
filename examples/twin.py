"""
What the PyTorch halves of the examples share: a net that begins with the weights, and is given the batches, that elman
wrote, so that both print the same losses.

    npm run example -- tagger --begin begun.pt
    python examples/tagger/train.py begun.pt --losses 100            # a JSON list; --double computes in float64

With torch 2.13. The number of threads is fixed.
"""

import argparse
import json

import torch
from torch import nn


def converted(batch, dtype):
    """The floats in lists and dicts of tensors, as the model has them."""
    if isinstance(batch, dict):
        return {name: converted(one, dtype) for name, one in batch.items()}
    if isinstance(batch, list):
        return [converted(one, dtype) for one in batch]
    return batch.to(dtype) if isinstance(batch, torch.Tensor) and batch.is_floating_point() else batch


class Twin:
    """A net and its optimiser as the file has them, and the loss of outputs and targets."""

    def __init__(self, make, loss, file, dtype=torch.float32):
        begun = torch.load(file, weights_only=True)
        self.model = make(**begun["sizes"])
        self.model.load_state_dict(begun["model"], strict=True)
        self.model.to(dtype)
        self.optimizer = torch.optim.AdamW(self.model.parameters(), lr=begun["lr"])
        self.scheduler = torch.optim.lr_scheduler.OneCycleLR(self.optimizer, begun["lr"], begun["steps"])
        self.loss = loss
        self.batches = converted(begun["batches"], dtype)

    def step(self, input, target):
        output = self.model(**input) if isinstance(input, dict) else self.model(input)
        loss = self.loss(output, target)
        self.optimizer.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(self.model.parameters(), 5)
        self.optimizer.step()
        return loss


def train(make, loss):
    parser = argparse.ArgumentParser()
    parser.add_argument("file")
    parser.add_argument("--losses", type=int, help="so many; else all that there are batches for")
    parser.add_argument("--double", action="store_true")
    given = parser.parse_args()
    torch.set_num_threads(1)
    twin = Twin(make, loss, given.file, torch.float64 if given.double else torch.float32)
    losses = []
    for input, target in twin.batches[: given.losses]:
        losses.append(twin.step(input, target).item())
        twin.scheduler.step()
    print(json.dumps(losses))
