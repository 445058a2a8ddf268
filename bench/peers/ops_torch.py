"""PyTorch on the operations around the layers, answering the questions of serve.mjs."""

import math

import torch
import torch.nn.functional as F
from serve import serve

forward = {
    "tanh": torch.tanh,
    "exp": torch.exp,
    "sigmoid": torch.sigmoid,
    "softmax": lambda x: x.softmax(1),
    "logSoftmax": lambda x: x.log_softmax(1),
    "logsumexp": lambda x: x.logsumexp(1),
    "sumOfRows": lambda x: x.sum(1),
    "sumOfColumns": lambda x: x.sum(0),
    "mulByNumber": lambda x: x * 0.7,
    "add": torch.add,
    "relu": torch.relu,
    "where": torch.where,
    "conv1d": lambda x, w, b: F.conv1d(x, w, b, padding="same"),
}


def net(x, *weights):
    """The whole sequence at once."""
    conv, gru = torch.nn.Conv1d(1, weights[0].shape[0], 3), torch.nn.GRU(weights[0].shape[0], weights[6].shape[1])
    layers = [conv, gru, torch.nn.Linear(gru.hidden_size, 1)]
    with torch.no_grad():
        for parameter, weight in zip((p for layer in layers for p in layer.parameters()), weights):
            parameter.copy_(weight)
    past = F.pad(x.permute(1, 2, 0), [2, 0])

    def compute():
        with torch.inference_mode():
            return layers[2](gru(conv(past).permute(2, 0, 1))[0])

    return compute, lambda: [compute()]


def layer_norm(x, weight, bias, d):
    def run():
        y = F.layer_norm(x, weight.shape, weight, bias)
        y.backward(d)
        return [y]

    return [x, weight, bias], run


def conv1d_train(x, w, b, d):
    def run():
        y = F.conv1d(x, w, b, padding="same")
        y.backward(d)
        return [y]

    return [x, w, b], run


def cross_entropy(x, classes):
    def run():
        loss = F.cross_entropy(x, classes)
        loss.backward()
        return [loss]

    return [x], run


def embedding_loop(weight, words):
    def run():
        loss = 0
        for t in range(len(words)):
            found = F.embedding(words[t], weight)
            loss = (found * found).sum() + loss
        loss.backward()
        return []

    return [weight], run


def at_loop(x, *weights):
    layer = torch.nn.LSTM(x.shape[2], x.shape[2])
    with torch.no_grad():
        for parameter, weight in zip(layer.parameters(), weights):
            parameter.copy_(weight)

    def run():
        output, _ = layer(x)
        loss = 0
        for t in range(len(x)):
            loss = (output[t] * x[t]).sum() + loss
        loss.backward()
        return []

    return list(layer.parameters()), run


trained = {
    "layerNorm": layer_norm,
    "conv1dTrain": conv1d_train,
    "crossEntropy": cross_entropy,
    "embeddingLoop": embedding_loop,
    "atLoop": at_loop,
}
optimisers = {
    "adam": lambda parameter: torch.optim.Adam([parameter], lr=0.01),
    "sgd": lambda parameter: torch.optim.SGD([parameter], lr=0.01, momentum=0.9),
}


def prepare(question):
    torch.set_num_threads(1)
    op = question["case"]["op"]
    with open(question["data"], "rb") as file:
        numbers = torch.frombuffer(bytearray(file.read()), dtype=torch.float32)
    given, at = [], 0
    for spec in question["case"]["inputs"]:
        length = math.prod(spec["shape"])
        x = numbers[at : at + length].reshape(spec["shape"]).clone()
        at += length
        given.append(x if "below" not in spec else x != 0 if spec["below"] == 2 else x.long())
    if op == "netStream":
        return net(*given)
    if op in forward:

        def compute():
            with torch.inference_mode():
                return forward[op](*given)

        return compute, lambda: [compute()]
    if op in optimisers:
        parameter, gradient = given
        parameter.requires_grad_()
        parameter.grad = gradient
        step = optimisers[op](parameter).step

        def stepped():
            for _ in range(question["steps"]):
                step()
            return [parameter]

        return step, stepped
    leaves, once = trained[op](*given)

    def run():
        for leaf in leaves:
            leaf.grad = None
        return once()

    for leaf in leaves:
        leaf.requires_grad_()
    return run, lambda: [*run(), *(leaf.grad for leaf in leaves)]


serve(prepare)
