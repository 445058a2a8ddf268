"""
What one process of PyTorch makes of all the steps of a run: the loop that everybody writes, without elman and without
DistributedDataParallel. START has the weights before the first step, RUN the order of the data.

    python test/torch/scale.py START RUN STEPS OUT
"""

import pathlib
import sys

import torch

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "examples/names"))
from train import NameClassifier, load_names

start, run, steps, out = sys.argv[1:]
torch.set_num_threads(1)
model = NameClassifier().double()
model.load_state_dict(torch.load(start, weights_only=True)["model"])
examples, _ = load_names()
optimizer = torch.optim.Adam(model.parameters())
scheduler = torch.optim.lr_scheduler.OneCycleLR(optimizer, 0.01, epochs=1, steps_per_epoch=-(-len(examples) // 32))
seed = torch.load(run, weights_only=True)["loader"]["order"]
order = torch.randperm(len(examples), generator=torch.Generator().manual_seed(seed))
for indices in order.split(32)[: int(steps)]:
    batch = [examples[i] for i in indices]
    target = torch.tensor([label for _, label in batch])
    loss = torch.nn.functional.cross_entropy(model([name for name, _ in batch]), target)
    optimizer.zero_grad()
    loss.backward()
    torch.nn.utils.clip_grad_norm_(model.parameters(), 5)
    optimizer.step()
    scheduler.step()
torch.save({"model": model.state_dict(), "optimizer": optimizer.state_dict()}, out)
