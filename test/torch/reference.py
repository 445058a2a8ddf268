"""
What PyTorch computes for one layer or cell in one form of input: outputs, final states and every gradient. The live
oracle and the fixtures share it. A case is a dictionary of plain values and tensors:

  kind      RNN_TANH, RNN_RELU, LSTM or GRU        isCell   whether it is a cell
  options   the constructor's keywords             seed     of the parameters, which `weights`, if given, overwrite
  form      dense, unbatched, packed or lengths (a padded batch with one length a sequence, 0 included); of a cell,
            batched or unbatched
  input, states (a list, or None), lengths, enforceSorted, training, dropoutSeed, view (how the input lies in memory)
  loss      one weight for every element of the output and of each final state: their products are summed and derived

Letters: T steps, N sequences, H hidden, D directions, S layers times directions.
"""

import torch
from torch import nn
from torch.nn.functional import dropout, linear
from torch.nn.utils.rnn import PackedSequence, pack_padded_sequence, pad_packed_sequence

CLASSES = {"RNN": (nn.RNN, nn.RNNCell), "LSTM": (nn.LSTM, nn.LSTMCell), "GRU": (nn.GRU, nn.GRUCell)}


def new_module(kind, is_cell, options, dtype):
    name, _, nonlinearity = kind.partition("_")
    options = dict(options, nonlinearity=nonlinearity.lower()) if nonlinearity else options
    return CLASSES[name][is_cell](**options, dtype=dtype)


def build(case, dtype):
    torch.manual_seed(case["seed"])
    module = new_module(case["kind"], case["isCell"], case["options"], dtype)
    if case.get("weights") is not None:
        with torch.no_grad():
            for parameter, values in zip(module.parameters(), case["weights"], strict=True):
                parameter.copy_(values)
    return module.train(case["training"])


def laid_out(x, view):
    """The same numbers, not side by side in memory."""
    if view == "transposed" and x.dim() > 1:
        return x.transpose(0, 1).contiguous().transpose(0, 1)
    if view == "narrowed":
        margin = torch.full_like(x.narrow(-1, 0, 1), 1e3)
        return torch.cat([margin, x, margin], -1).narrow(-1, 1, x.size(-1))
    return x


def pair(states):
    """As the layers take states and give them: one tensor, or a tuple of two."""
    return None if states is None else states[0] if len(states) == 1 else tuple(states)


def unpair(final):
    return [final] if isinstance(final, torch.Tensor) else list(final)


def draws_masks(case):
    options = case["options"]
    return case["training"] and options.get("dropout", 0) > 0 and options.get("num_layers", 1) > 1


def pack(x, lengths, batch_first=False, enforce_sorted=False):
    """
    pack_padded_sequence, with sequences of one length in the order given. torch's own sort keeps that order up to 16
    sequences only, on processors with AVX2 or AVX-512; which dropout mask a sequence gets depends on the order.
    """
    if enforce_sorted or len(lengths) <= 16:
        return pack_padded_sequence(x, lengths, batch_first=batch_first, enforce_sorted=enforce_sorted)
    ordered, index = torch.sort(torch.tensor(lengths), descending=True, stable=True)
    x = x.index_select(0 if batch_first else 1, index)
    sequence = pack_padded_sequence(x, ordered, batch_first=batch_first)
    return PackedSequence(sequence.data, sequence.batch_sizes, index)


def plain(layer, x, states, case):
    output, final = layer(x, pair(states))
    return output, unpair(final)


def packed(layer, x, states, case):
    first = case["options"].get("batch_first", False)
    steps = x.size(1 if first else 0)
    sequence = pack(x, case["lengths"], first, case["enforceSorted"])
    output, final = layer(sequence, pair(states))
    return pad_packed_sequence(output, batch_first=first, total_length=steps)[0], unpair(final)


def with_lengths(layer, x, states, case):
    """Every sequence alone; where masks are drawn, the sequences that are not empty as one packed batch."""
    first = case["options"].get("batch_first", False)
    x = x.transpose(0, 1) if first else x
    T, N, _ = x.shape
    D = 2 if layer.bidirectional else 1
    S, out = D * layer.num_layers, layer.proj_size or layer.hidden_size
    widths = [out, layer.hidden_size] if layer.mode == "LSTM" else [out]
    start = states if states is not None else [x.new_zeros(S, N, width) for width in widths]
    output, final = x.new_zeros(T, N, D * out), [state.clone() for state in start]
    present = [n for n in range(N) if case["lengths"][n] > 0]
    for group in [present] if draws_masks(case) and present else [[n] for n in present]:
        index = torch.tensor(group)
        lengths = [case["lengths"][n] for n in group]
        part = x.index_select(1, index)
        if len(group) == 1 and not draws_masks(case):
            y, h = layer(part[: lengths[0], 0], pair([state[:, group[0]] for state in start]))
            y = torch.cat([y, y.new_zeros(T - lengths[0], D * out)]).unsqueeze(1)
            h = [state.unsqueeze(1) for state in unpair(h)]
        else:
            y, h = layer(pack(part, lengths), pair([state.index_select(1, index) for state in start]))
            y, h = pad_packed_sequence(y, total_length=T)[0], unpair(h)
        output = output.index_copy(1, index, y)
        final = [state.index_copy(1, index, new) for state, new in zip(final, h)]
    return (output.transpose(0, 1) if first else output), final


def cell(module, x, states, case):
    final = unpair(module(x, pair(states)))
    return final[0], final


FORMS = {"dense": plain, "unbatched": plain, "packed": packed, "lengths": with_lengths}


def results(case, dtype):
    """Every result by name: `output`, `h_n`, `c_n`, `d input`, `d h0`, `d c0`, `d weight_ih_l0` …"""
    module = build(case, dtype)
    x = laid_out(case["input"].to(dtype), case["view"]).requires_grad_()
    states = case["states"] and [laid_out(s.to(dtype), case["view"]).requires_grad_() for s in case["states"]]
    torch.manual_seed(case["dropoutSeed"])
    output, final = (cell if case["isCell"] else FORMS[case["form"]])(module, x, states, case)
    given = dict(zip(("h_n", "c_n"), final))
    if not case["isCell"]:
        given = {"output": output, **given}
    loss = sum((y * w.to(dtype)).sum() for y, w in zip(given.values(), case["loss"], strict=True))
    loss.backward() if loss.requires_grad else None
    leaves = {"input": x, **dict(zip(("h0", "c0"), states or [])), **dict(module.named_parameters())}
    gradients = {f"d {name}": torch.zeros_like(x) if x.grad is None else x.grad for name, x in leaves.items()}
    return {name: value.detach() for name, value in {**given, **gradients}.items()}


def as_batch(case):
    """The input as [T, N, features] without empty sequences, the lengths, and the states as [S, N, H] or None."""
    x, states, form = case["input"].double(), case["states"], case["form"]
    if form == "unbatched" or case["isCell"]:
        dim = 1 if form == "unbatched" and not case["isCell"] else 0
        x = x.unsqueeze(dim)
        x = x.unsqueeze(0) if x.dim() == 2 else x
        states = states and [s.reshape(-1, x.size(1), s.size(-1)) for s in states]
    elif case["options"].get("batch_first", False):
        x = x.transpose(0, 1)
    lengths = case["lengths"] or [x.size(0)] * x.size(1)
    index = torch.tensor([n for n in range(x.size(1)) if lengths[n] > 0], dtype=torch.long)
    states = states and [s.double().index_select(1, index) for s in states]
    return x.index_select(1, index), [length for length in lengths if length > 0], states


def masks(case):
    """The dropout masks of all but the last layer, drawn as PyTorch draws them, each [drawn rows, features]."""
    if not draws_masks(case):
        return []
    rows = sum(as_batch(case)[1])
    options = case["options"]
    width = (options.get("proj_size") or options["hidden_size"]) * (2 if options.get("bidirectional") else 1)
    torch.manual_seed(case["dropoutSeed"])
    ones = torch.ones(rows, width)
    return [dropout(ones, options["dropout"]) for _ in range(options["num_layers"] - 1)]


def smallest_preactivation(case):
    """
    Of all the numbers that a relu layer or cell bends, in float64, the one closest to the kink, as a magnitude. Zeros
    do not count: they come from zeros, and are zeros in float32, too.
    """
    module = build(case, torch.float64)
    x, lengths, states = as_batch(case)
    if x.numel() == 0:
        return None
    T, N, _ = x.shape
    H = module.hidden_size
    weights = list(module.parameters())
    each = 4 if module.bias else 2
    directions = 2 if case["options"].get("bidirectional") else 1
    valid = torch.arange(T)[:, None] < torch.tensor(lengths)[None, :]
    drawn, closest = masks(case), []
    for layer in range(case["options"].get("num_layers", 1)):
        outputs = []
        for direction in range(directions):
            S = layer * directions + direction
            w_ih, w_hh, *biases = weights[S * each : S * each + each]
            b_ih, b_hh = biases or (None, None)
            h = states[0][S] if states else x.new_zeros(N, H)
            from_input, steps = linear(x, w_ih, b_ih), [None] * T
            for t in reversed(range(T)) if direction else range(T):
                a = from_input[t] + linear(h, w_hh, b_hh)
                here = valid[t]
                closest.append(torch.cat([a[here].abs()[a[here] != 0], a.new_tensor([torch.inf])]).min())
                h = torch.where(here[:, None], a.relu(), h)
                steps[t] = h * here[:, None]
            outputs.append(torch.stack(steps))
        x = torch.cat(outputs, -1)
        if layer < len(drawn):
            sequence = pack(x, lengths)
            x = pad_packed_sequence(sequence._replace(data=sequence.data * drawn[layer]), total_length=T)[0]
    return float(torch.stack(closest).min())
