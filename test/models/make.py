"""
Writes a checkpoint of every model of models.py, as people save them, and beside the state dict what PyTorch 2.13 makes of
it: inputs, and the results of a pass in training and one in evaluation after it, in float64 and in float32.
Run: python test/models/make.py
"""

import pathlib

import torch
from torch.nn import functional as F

import models

HERE = pathlib.Path(__file__).parent
torch.set_num_threads(1)


def of_windows(model, inputs):
    scores = model(inputs["x"])
    return {"scores": scores}, F.cross_entropy(scores, inputs["classes"])


def of_lines(model, inputs):
    y = model(inputs["x"])
    steps = torch.full((y.size(1),), y.size(0), dtype=torch.long)
    return {"log_probs": y}, F.ctc_loss(y, inputs["text"], steps, inputs["lengths"], zero_infinity=True)


def of_sentences(model, inputs):
    scores, weights = model(inputs["tokens"], inputs["lengths"])
    return {"scores": scores, "weights": weights}, F.cross_entropy(scores, inputs["classes"])


def of_texts(model, inputs):
    y = model(inputs["text"], inputs["lengths"])
    return {"encoded": y}, F.mse_loss(y, inputs["wanted"].to(y.dtype))


def of_pairs(model, inputs):
    y = model(inputs["source"], inputs["target"])
    return {"scores": y}, F.cross_entropy(y[:, 1:].flatten(0, 1), inputs["target"][:, 1:].flatten(), ignore_index=0)


def tokens(sizes, lengths, vocabulary):
    drawn = torch.randint(1, vocabulary, sizes)
    return drawn.masked_fill(torch.arange(sizes[1]) >= torch.tensor(lengths)[:, None], 0)


def cases():
    yield "CNNLSTM", of_windows, {"x": torch.randn(4, 3, 16), "classes": torch.randint(4, (4,))}
    yield "CRNN", of_lines, {
        "x": torch.randn(3, 1, 8, 12),
        "text": torch.tensor([[1, 2, 2], [3, 0, 0], [4, 1, 0]]),
        "lengths": torch.tensor([3, 1, 2]),
    }
    yield "AttentionClassifier", of_sentences, {
        "tokens": tokens((4, 6), [4, 6, 1, 3], 12),
        "lengths": torch.tensor([4, 6, 1, 3]),
        "classes": torch.randint(3, (4,)),
    }
    yield "TacotronEncoder", of_texts, {
        "text": tokens((3, 7), [7, 5, 2], 10),
        "lengths": torch.tensor([7, 5, 2]),
        "wanted": torch.randn(3, 7, 6),
    }
    yield "Seq2Seq", of_pairs, {"source": tokens((3, 5), [5, 4, 2], 9), "target": tokens((3, 6), [6, 3, 5], 7)}


def results(model, run, inputs, dtype):
    """Outputs, the loss and every gradient of a pass in training, then of one in evaluation; the buffers between them."""
    found = {}
    model = model.to(dtype)
    for mode in ("training", "evaluation"):
        model.train(mode == "training")
        model.zero_grad()
        given = dict(inputs)
        if "x" in given:
            given["x"] = given["x"].to(dtype).clone().requires_grad_()
        torch.manual_seed(5)
        outputs, loss = run(model, given)
        loss.backward()
        leaves = dict(model.named_parameters()) | ({"x": given["x"]} if "x" in given else {})
        all = outputs | {"loss": loss} | {f"d {name}": leaf.grad for name, leaf in leaves.items()}
        all |= {name: buffer.to(dtype) for name, buffer in model.named_buffers()}
        found |= {f"{mode}: {name}": value.detach().clone() for name, value in all.items()}
    return found


for name, run, inputs in cases():
    torch.manual_seed(3)
    model = getattr(models, name)()
    # As after some training: no statistics, weights or biases that are still 0 or 1.
    for module in model.modules():
        if hasattr(module, "running_mean"):
            module.running_mean.normal_()
            module.running_var.uniform_(0.5, 2)
            module.num_batches_tracked.fill_(7)
            torch.nn.init.uniform_(module.weight, 0.5, 1.5)
            torch.nn.init.normal_(module.bias)
    state = {key: value.clone() for key, value in model.state_dict().items()}
    whole = {"model_state_dict": state, "inputs": inputs}
    for key, dtype in (("exact", torch.float64), ("single", torch.float32)):
        model.load_state_dict(state)
        whole[key] = results(model, run, inputs, dtype)
        model.float()
    torch.save(whole, HERE / f"{name}.pt")
