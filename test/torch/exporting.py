"""What the oracle knows of ONNX: layers as PyTorch's exporters write them, and whether a model is one."""

import base64
import contextlib
import io
import logging
import pathlib
import tempfile

import onnx
import torch
from torch import nn

logging.disable(logging.WARNING)

WAYS = {
    "by default": {},
    "external_data=False": {"external_data": False},
    "dynamo=False": {"dynamo": False},
}


class Net(nn.Module):
    def __init__(self, layer):
        super().__init__()
        self.layer = layer

    def forward(self, x):
        return self.layer(x)[0]


def onnx_exported(ask):
    """A layer's file, the files beside it, an input and its output."""
    torch.manual_seed(ask["seed"])
    dtype = getattr(torch, ask["dtype"])
    net = Net(getattr(nn, ask["kind"])(*ask["sizes"], **ask["options"], dtype=dtype)).eval()
    x = torch.randn(ask["shape"], dtype=dtype)
    with tempfile.TemporaryDirectory() as folder:
        path = pathlib.Path(folder) / "net.onnx"
        with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
            torch.onnx.export(net, (x,), str(path), verbose=False, **WAYS[ask["way"]])
        files = {one.name: base64.b64encode(one.read_bytes()).decode() for one in path.parent.iterdir()}
    # Half-precision weights stand for numbers that float32 holds as well.
    wide = torch.float64 if dtype == torch.float64 else torch.float32
    with torch.no_grad():
        return {"files": files, "input": x.to(wide), "output": net.to(wide)(x.to(wide))}


def onnx_checked(ask):
    """Whether onnx accepts a model, shapes and all; raises what it says."""
    onnx.checker.check_model(base64.b64decode(ask["model"]), full_check=True)
    return True


QUESTIONS = {ask.__name__: ask for ask in (onnx_exported, onnx_checked)}
