"""PyTorch on the CPU, answering the questions of serve.mjs: lines of JSON, numbers as files of float32."""

import torch
from serve import serve
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence


def prepare(question):
    case, kind = question["case"], question["pass"]
    torch.set_num_threads(question["threads"])
    T, N, C, H = (case[name] for name in "TNCH")
    with open(question["data"], "rb") as file:
        numbers = torch.frombuffer(bytearray(file.read()), dtype=torch.float32)
    layer = getattr(torch.nn, case["mode"])(C, H, num_layers=case["L"], bidirectional=case["D"] == 2)
    x, at = numbers[: T * N * C].clone().reshape(T, N, C), T * N * C
    with torch.no_grad():
        for parameter in layer.parameters():
            parameter.copy_(numbers[at : at + parameter.numel()].reshape(parameter.shape))
            at += parameter.numel()
    if case["dying"] == "silence":
        raise ValueError("not measured")
    if kind == "step":
        state = None

        def run():
            nonlocal state
            with torch.inference_mode():
                output, state = layer(x, state)
            return output

        return run, lambda: [run() for _ in range(question["steps"])]
    packed = case["lengths"] is not None
    if packed:
        x = pack_padded_sequence(x, torch.tensor(case["lengths"]))
    if kind == "forward":

        def run():
            with torch.inference_mode():
                return layer(x)[0]

        return run, lambda: [pad_packed_sequence(run())[0] if packed else run()]

    def run():
        layer.zero_grad(set_to_none=True)
        output = layer(x)[0]
        output = output.data if packed else output
        (output[-1] if case["dying"] == "last" else output).sum().backward()

    def answer():
        run()
        return [parameter.grad for parameter in layer.parameters()]

    return run, answer


serve(prepare)
