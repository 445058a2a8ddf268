"""PyTorch on whole steps of the examples, by the halves that stand beside them, answering the questions of serve.mjs."""

import importlib.util
import pathlib
import sys

import torch
from serve import serve

examples = pathlib.Path(__file__).resolve().parents[2] / "examples"
sys.path.append(str(examples))
from twin import Twin

makers = {"tagger": "Tagger", "forecast": "Forecaster", "text": "LanguageModel"}


def prepare(question):
    torch.set_num_threads(1)
    case = question["case"]
    spec = importlib.util.spec_from_file_location(case["op"], examples / case["op"] / "train.py")
    half = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(half)
    twin = Twin(getattr(half, makers[case["op"]]), half.loss, case["file"])

    def run():
        return twin.step(*twin.batches[0]).item()

    def answer():
        torch.manual_seed(1)
        losses = [run()]
        gradients = [parameter.grad.clone() for parameter in twin.model.parameters()]
        losses += [twin.step(*batch).item() for batch in twin.batches[1:]]
        return [torch.tensor(losses), *gradients]

    return run, answer


serve(prepare)
