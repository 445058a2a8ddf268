"""
The oracle of `npm run test:torch`: PyTorch, asked one JSON line at a time on stdin, answering each on stdout. It lives
as long as its stdin. It draws nothing but what a question's own seed says. Tensors travel as
{"dtype", "shape", "data"}, data being the bytes of the elements in row-major order, little-endian, in base64.
"""

import base64
import ctypes
import io
import json
import math
import pathlib
import sys
import warnings

import torch
from torch import nn
from torch.nn import functional

for room in ("fixtures", "models"):
    sys.path.append(str(pathlib.Path(__file__).parent.parent / room))

import beyond as cells_beyond
import checkpoint
import exporting
import features
import programs
import reference
import training_features  # adds to features

warnings.simplefilter("ignore")
torch.set_num_threads(1)
sys.stdin.reconfigure(encoding="utf-8")

DTYPES = {"float32": torch.float32, "float64": torch.float64, "int32": torch.int32, "bool": torch.bool}
NAMES = {dtype: name for name, dtype in DTYPES.items()}


def read(value):
    """Takes tensors out of a question, however deep they lie."""
    if isinstance(value, list):
        return [read(item) for item in value]
    if not isinstance(value, dict):
        return value
    if "data" not in value or "dtype" not in value:
        return {key: read(item) for key, item in value.items()}
    data, dtype = bytearray(base64.b64decode(value["data"])), DTYPES[value["dtype"]]
    return (torch.frombuffer(data, dtype=dtype) if data else torch.empty(0, dtype=dtype)).reshape(value["shape"])


def write(value):
    """Puts tensors into an answer; JSON has neither infinity nor NaN, so that plain numbers must be finite."""
    if isinstance(value, (list, tuple)):
        return [write(item) for item in value]
    if isinstance(value, dict):
        return {key: write(item) for key, item in value.items()}
    if not isinstance(value, torch.Tensor):
        return None if isinstance(value, float) and not math.isfinite(value) else value
    flat = value.detach().contiguous()
    flat = flat.int() if flat.dtype == torch.int64 else flat
    data = ctypes.string_at(flat.data_ptr(), flat.numel() * flat.element_size()) if flat.numel() else b""
    return {"dtype": NAMES[flat.dtype], "shape": list(flat.shape), "data": base64.b64encode(data).decode()}


def in_both(ask, compute):
    """What `compute` gives in float64 and, where the question is about float32, in float32 too."""
    single = compute(torch.float32) if ask["dtype"] == "float32" else None
    return {"exact": compute(torch.float64), "single": single}


def module(ask):
    """A layer or a cell: all its results, and what excuses or explains a difference."""
    answer = in_both(ask, lambda dtype: reference.results(ask, dtype))
    answer["closest"] = reference.smallest_preactivation(ask) if ask["kind"] == "RNN_RELU" else None
    answer["masks"] = [mask != 0 for mask in reference.masks(ask)] if ask["sendMasks"] else None
    return answer


def strays(ask, key, results, is_kinked=lambda near: False):
    """
    By result, how far torch's float32 strays from its float64: the most at 32 neighbours of the weights that `key` names.
    At one point, a tensor of few elements may be right by luck.
    """
    worst = {}
    for number in range(32):
        torch.manual_seed(ask["seed"] + number)
        near = dict(ask)
        near[key] = [(w * (1 + 1e-6 * torch.randn(w.shape, dtype=torch.float64))).float() for w in ask[key]]
        if is_kinked(near):
            continue
        exact, single = results(near, torch.float64), results(near, torch.float32)
        for name, value in exact.items():
            stray = (single[name] - value).abs().max().item() if value.numel() else 0.0
            worst[name] = max(worst.get(name, 0.0), stray)
    return worst


def neighbours(ask):
    """A neighbour at the kink of relu says nothing, and is left out."""

    def is_kinked(near):
        closest = reference.smallest_preactivation(near) if ask["kind"] == "RNN_RELU" else None
        return closest is not None and closest < 1e-6

    return strays(ask, "weights", reference.results, is_kinked)


def stream(ask):
    """A story of draws after one seed."""
    torch.manual_seed(ask["seed"])
    return [drawn(**call) for call in ask["calls"]]


def drawn(name, dtype=None, shape=None, args=(), kind=None, isCell=False, options=None):
    dtype = DTYPES.get(dtype)
    if name == "randint":
        return torch.randint(*args, shape, dtype=dtype)
    if name == "randperm":
        return torch.randperm(*args)
    if name == "dropout":
        return functional.dropout(torch.ones(shape, dtype=dtype), *args)
    if name == "parameters":
        return list(reference.new_module(kind, isCell, options, dtype).parameters())
    return getattr(torch, name)(shape, dtype=dtype)


def optimizer(ask):
    """The parameters after every step, for gradients that the question gives; None leaves a parameter out."""

    def steps(dtype):
        parameters = [nn.Parameter(p.to(dtype).clone()) for p in ask["parameters"]]
        optimiser = getattr(torch.optim, ask["name"])(parameters, **ask["options"])
        after = []
        for gradients in ask["gradients"]:
            for parameter, gradient in zip(parameters, gradients):
                parameter.grad = None if gradient is None else gradient.to(dtype)
            optimiser.step()
            after.append([p.detach().clone() for p in parameters])
        return {f"parameter {i} after step {s + 1}": p for s, all in enumerate(after) for i, p in enumerate(all)}

    return in_both(ask, steps)


def halfway(ask):
    """
    Goes on from a file with the states of an optimiser and a scheduler, saves its own in the middle, and goes on to the
    end.
    """
    parameters = [nn.Parameter(p.clone()) for p in ask["parameters"]]
    optimiser = getattr(torch.optim, ask["name"])(parameters, **ask["options"])
    scheduler = getattr(torch.optim.lr_scheduler, ask["scheduler"])(optimiser, **ask["schedule"])
    state = torch.load(io.BytesIO(base64.b64decode(ask["bytes"])), weights_only=True)
    optimiser.load_state_dict(state["optimizer"])
    scheduler.load_state_dict(state["scheduler"])

    def steps(all):
        for gradients in all:
            for parameter, gradient in zip(parameters, gradients):
                parameter.grad = gradient
            optimiser.step()
            scheduler.step()
        return [p.detach().clone() for p in parameters]

    middle = steps(ask["gradients"][: ask["half"]])
    buffer = io.BytesIO()
    torch.save({"optimizer": optimiser.state_dict(), "scheduler": scheduler.state_dict()}, buffer)
    end = steps(ask["gradients"][ask["half"] :])
    return {"middle": middle, "bytes": base64.b64encode(buffer.getvalue()).decode(), "end": end}


def loss(ask):
    """A loss of torch.nn.functional and the gradient of its input."""

    def value(dtype):
        cast = lambda x: x.to(dtype) if isinstance(x, torch.Tensor) and x.is_floating_point() else x
        x = cast(ask["input"]).clone().requires_grad_()
        target = ask["target"] if ask["target"].is_floating_point() else ask["target"].long()
        y = getattr(functional, ask["name"])(x, cast(target), **{k: cast(v) for k, v in ask["options"].items()})
        (y * cast(ask["weight"])).sum().backward()
        return {"loss": y, "d input": x.grad}

    return in_both(ask, value)


def around_results(ask, dtype):
    """Of a layer of one or several inputs: outputs, gradients of inputs and parameters, buffers afterwards."""
    cast = lambda x: x.to(dtype) if isinstance(x, torch.Tensor) else x
    layer = getattr(nn, ask["name"])(*ask["args"], **ask["options"]).to(dtype).train(ask["training"])
    for parameter, values in zip(layer.parameters(), ask["parameters"], strict=True):
        parameter.data = cast(values).clone()
    for buffer in layer.buffers():
        buffer.fill_(1)
    leaves = [cast(x).clone().requires_grad_() for x in ask["inputs"]]
    torch.manual_seed(ask["seed"])
    given = layer(*leaves, **{key: cast(x) for key, x in ask["given"].items()})
    outputs = [y for y in (given if isinstance(given, tuple) else (given,)) if y is not None]
    sum((y * cast(w)).sum() for y, w in zip(outputs, ask["weights"], strict=True)).backward()
    return {
        **{f"output {i}": y for i, y in enumerate(outputs)},
        **{f"d input {i}": x.grad for i, x in enumerate(leaves)},
        **{f"d {name}": p.grad for name, p in layer.named_parameters()},
        **{name: b.to(dtype) for name, b in layer.named_buffers()},
    }


def around(ask):
    return in_both(ask, lambda dtype: around_results(ask, dtype))


def around_neighbours(ask):
    return strays(ask, "parameters", around_results)


def beyond(ask):
    """A Recurrent: any cell with elman's options."""
    return in_both(ask, lambda dtype: cells_beyond.results(ask, dtype))


def beyond_neighbours(ask):
    return strays(ask, "parameters", cells_beyond.results)


def einsum(ask):
    def results(dtype):
        leaves = [x.to(dtype).clone().requires_grad_() for x in ask["inputs"]]
        y = torch.einsum(ask["equation"], *leaves)
        (y * ask["weight"].to(dtype)).sum().backward()
        return {"output": y, **{f"d input {i}": x.grad for i, x in enumerate(leaves)}}

    return in_both(ask, results)


def multinomial(ask):
    torch.manual_seed(ask["seed"])
    return torch.multinomial(ask["weights"], ask["count"], ask["replacement"])


def ctc(ask):
    """ctc_loss of logits, and their gradient."""

    def value(dtype):
        x = ask["logits"].to(dtype).clone().requires_grad_()
        lengths = ask["inputLengths"], ask["targetLengths"]
        y = functional.ctc_loss(x.log_softmax(2), ask["targets"].long(), *lengths, **ask["options"])
        (y * ask["weight"].to(dtype)).sum().backward()
        return {"loss": y, "d logits": x.grad}

    return in_both(ask, value)


def clip(ask):
    """clip_grad_norm_: the norm, and the gradients afterwards."""

    def clipped(dtype):
        parameters = [nn.Parameter(torch.zeros_like(g, dtype=dtype)) for g in ask["gradients"]]
        for parameter, gradient in zip(parameters, ask["gradients"]):
            parameter.grad = gradient.to(dtype).clone()
        norm_type = math.inf if ask["normType"] == "inf" else ask["normType"]
        norm = nn.utils.clip_grad_norm_(parameters, ask["maxNorm"], norm_type)
        return {"norm": norm, **{f"gradient {i}": p.grad for i, p in enumerate(parameters)}}

    return in_both(ask, clipped)


def call(ask):
    """A function of torch.nn.functional: what it gives, and the gradient of every tensor that it was given."""
    python = lambda value: tuple(value) if isinstance(value, list) else value
    args = [python(value) for value in ask["args"]]
    options = {name: python(value) for name, value in ask["options"].items()}

    def computed(dtype):
        given = {name: x.to(dtype).clone().requires_grad_() for name, x in ask["tensors"].items()}
        tensors = [given.get(name) for name in ask["order"]]
        found = getattr(functional, ask["name"])(*tensors, *args, **options)
        output, *rest = found if isinstance(found, tuple) else (found,)
        (output * ask["weight"].to(dtype)).sum().backward()
        gradients = {f"d {name}": x.grad for name, x in given.items()}
        return {"output": output, **gradients, **({"indices": rest[0]} if rest else {})}

    return in_both(ask, computed)


def program(ask):
    """A small program over float64 tensors: what they are in the end, and the gradients; or the error."""
    leaves = {name: (leaf["value"], leaf["grad"]) for name, leaf in ask["leaves"].items()}
    outcome = programs.run(leaves, ask["statements"], ask["loss"])
    return outcome if "error" in outcome else {"results": outcome["values"], "gradients": outcome["grads"]}


def feature(ask):
    """One of the programs of test/models."""
    return in_both(ask, lambda dtype: features.run(ask, dtype))


ASKED = (module, neighbours, stream, optimizer, halfway, loss, around, around_neighbours, beyond, beyond_neighbours, einsum, multinomial, clip, call, ctc, program, feature)
QUESTIONS = {ask.__name__: ask for ask in ASKED} | checkpoint.QUESTIONS | exporting.QUESTIONS


def answer(line):
    ask = read(json.loads(line))
    try:
        return {"answer": write(QUESTIONS[ask.pop("question")](ask))}
    except Exception as error:
        return {"error": f"{type(error).__name__}: {error}"}


print(json.dumps({"torch": torch.__version__}), flush=True)
for line in sys.stdin:
    print(json.dumps(answer(line)), flush=True)
