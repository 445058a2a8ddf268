"""
Files for `npm run test:torch`: PyTorch and safetensors write them and read them. Bytes travel in base64, values as JSON
in which each says its kind, so that nothing is mistaken for anything else; tensors as the bytes of what elman makes of
them: half-precision floats as float32, whole numbers of up to 32 bits as int32, others as they are.
"""

import base64
import collections
import contextlib
import ctypes
import io
import math
import pickle
import random
import struct
import types
import warnings
import zipfile
import zlib

import safetensors
import torch
from torch._weights_only_unpickler import _get_allowed_globals
from torch.serialization import StorageType

import reference

warnings.simplefilter("ignore")

# PyTorch's dtypes by their names in safetensors.
DTYPES = {
    "F64": torch.float64,
    "F32": torch.float32,
    "F16": torch.float16,
    "BF16": torch.bfloat16,
    "I64": torch.int64,
    "I32": torch.int32,
    "I16": torch.int16,
    "I8": torch.int8,
    "U64": torch.uint64,
    "U32": torch.uint32,
    "U16": torch.uint16,
    "U8": torch.uint8,
    "BOOL": torch.bool,
}
NAMES = {dtype: name for name, dtype in DTYPES.items()}
# They have no class of storages: files of before 1.6 cannot have them, and torch reads those of big-endian machines wrong.
NEW = (torch.uint16, torch.uint32, torch.uint64)
# What they become on their way.
WIDENED = {torch.float16: torch.float32, torch.bfloat16: torch.float32}
WIDENED |= {dtype: torch.int32 for dtype in (torch.int16, torch.int8, torch.uint16, torch.uint8)}


def encoded(data):
    return base64.b64encode(data).decode()


def raw(tensor):
    """The bytes of the elements in row-major order."""
    flat = tensor.detach().contiguous()
    return ctypes.string_at(flat.data_ptr(), flat.numel() * flat.element_size()) if flat.numel() else b""


def plain(value):
    if isinstance(value, torch.Tensor):
        if value.dtype not in NAMES:
            raise TypeError(f"{value.dtype} is none of elman's")
        wide = value.detach().to(WIDENED.get(value.dtype, value.dtype))
        return {"tensor": encoded(raw(wide)), "dtype": NAMES[value.dtype], "shape": list(value.shape)}
    if isinstance(value, dict):
        entries = [[plain(key), plain(one)] for key, one in value.items()]
        attributes = getattr(value, "__dict__", None) or None
        return {"dict": entries, "attributes": attributes and plain(attributes)}
    if isinstance(value, (set, frozenset)):
        return {"set": [plain(one) for one in value]}
    if isinstance(value, (bytes, bytearray)):
        return {"bytes": encoded(value)}
    if isinstance(value, tuple):
        return {"tuple": [plain(one) for one in value]}
    if isinstance(value, list):
        return {"list": [plain(one) for one in value]}
    if isinstance(value, (torch.dtype, torch.device)):
        return {"text": str(value)}
    if isinstance(value, bool) or value is None:
        return {"constant": value}
    if isinstance(value, str):
        return {"text": value}
    if isinstance(value, int):
        return {"int": str(value)}
    if isinstance(value, float):
        return {"float": encoded(struct.pack("<d", value))}
    raise TypeError(f"{type(value)} is none of elman's")


# Reading: what Python's own loaders make of bytes.


class Careful(pickle.Unpickler):
    """Python's own machine with PyTorch's list of what is allowed, for the opcodes that torch's own one lacks."""

    def find_class(self, module, name):
        module = "builtins" if module == "__builtin__" else module
        found = _get_allowed_globals().get(f"{module}.{name}")
        if found is None:
            raise pickle.UnpicklingError(f"Unsupported global: {module}.{name}")
        if isinstance(found, StorageType):
            return getattr(torch, name)
        return found


careful = types.SimpleNamespace(__name__="careful", Unpickler=Careful, load=lambda file, **options: Careful(file, **options).load())


def strict_safetensors(data):
    """The reference implementation of the format; what it gives is raw bytes, whatever the dtype."""
    tensors = {}
    for name, found in safetensors.deserialize(bytes(data)):
        dtype, content = DTYPES.get(found["dtype"]), bytearray(found["data"])
        if dtype is None:
            raise TypeError(f"{found['dtype']} is none of elman's")
        flat = torch.frombuffer(content, dtype=dtype) if content else torch.empty(0, dtype=dtype)
        tensors[name] = flat.reshape(found["shape"])
    return tensors


def folder_of(archive):
    """Where an archive has its pickle."""
    names = [name for name in archive.namelist() if ("/" + name).endswith("/data.pkl")]
    return min(names, key=len).removesuffix("data.pkl")


def cleaned(data):
    """
    An archive as Python's zipfile reads it, packed anew with nothing but what a value is made of. torch also wants one
    folder, a version, and names of machines that it can read, and believes fields of the archive that elman does not need.
    Storages that zipfile cannot read are left out: torch does not miss what no tensor has.
    """
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(out, "w") as new:
        folder = folder_of(old)
        for name in old.namelist():
            part = name.removeprefix(folder)
            if part in ("data.pkl", "byteorder"):
                new.writestr("archive/" + part, old.read(name))
            elif part.startswith("data/"):
                with contextlib.suppress(zipfile.BadZipFile):
                    new.writestr("archive/" + part, old.read(name))
        new.writestr("archive/version", "3\n")
    return out.getvalue()


def loaded(data, form):
    if form == "safetensors":
        return strict_safetensors(data)
    try:
        return torch.load(io.BytesIO(data), weights_only=True)
    except Exception as error:
        if "Unsupported operand" not in str(error):
            raise
        return torch.load(io.BytesIO(data), weights_only=False, pickle_module=careful)


def checkpoint_read(ask):
    """The value in a file, or why Python refuses it; and whether torch could read it only when it was packed anew."""
    data, refused = base64.b64decode(ask["bytes"]), None
    anew = lambda data, form: loaded(cleaned(data), form)
    for read in (anew,) if ask["cleaned"] else (loaded, anew):
        try:
            return {"value": plain(read(data, ask["format"])), "refused": None, "cleaned": read is anew}
        except Exception as error:
            refused = f"{type(error).__name__}: {error}"[:400]
            if data[:2] != b"PK":
                break
    return {"value": None, "refused": refused, "cleaned": False}


# Writing: every way in which a file may have come to be.


def numbers(chance, dtype, count):
    """Any bits at all, infinities and NaN among them; of whole numbers as often only what int32 can hold."""
    size = dtype.itemsize
    if dtype == torch.bool:
        return torch.tensor([chance.random() < 0.5 for _ in range(count)], dtype=dtype)
    if dtype in (torch.int64, torch.uint64, torch.uint32) and chance.random() < 0.5:
        low = -(2**31) if dtype == torch.int64 else 0
        return torch.tensor([chance.randint(low, 2**31 - 1) for _ in range(count)], dtype=torch.int64).to(dtype)
    return torch.frombuffer(bytearray(chance.randbytes(size * count)) or bytearray(size), dtype=dtype)[:count].clone()


def drawn_shape(chance, largest=5):
    return [chance.randint(0 if chance.random() < 0.05 else 1, largest) for _ in range(chance.randint(0, 4))]


def view(chance, tensor):
    """A part of a tensor, or the whole, laid out in some way; the storage stays the same."""
    way = chance.choice(["whole", "transposed", "narrowed", "stepped", "expanded", "picked", "flat"])
    if tensor.dim() == 0 or tensor.numel() == 0:
        return tensor
    dim = chance.randrange(tensor.dim())
    size = tensor.size(dim)
    if way == "transposed":
        return tensor.transpose(dim, chance.randrange(tensor.dim()))
    if way == "narrowed":
        begin = chance.randrange(size)
        return tensor.narrow(dim, begin, chance.randint(1, size - begin))
    if way == "stepped":
        return tensor[chance.randrange(tensor.size(0)) :: chance.randint(1, 3)]
    if way == "expanded":
        return tensor.unsqueeze(dim).expand(*tensor.shape[:dim], chance.randint(1, 4), *tensor.shape[dim:])
    if way == "picked":
        return tensor.select(dim, chance.randrange(size))
    return tensor.flatten() if way == "flat" else tensor


def drawn_tensors(chance, dtype, others):
    """Named tensors, most of one dtype: views, shared storages, parameters, buffers of other dtypes."""
    tensors = {}
    for i in range(chance.randint(1, 4)):
        kind = dtype if i == 0 else chance.choice([dtype, *others])
        shape = drawn_shape(chance)
        count = 1
        for size in shape:
            count *= size
        base = numbers(chance, kind, count).reshape(shape)
        tensors[f"base{i}"] = base
        for j in range(chance.randint(0, 3)):
            tensors[f"view{i}.{j}"] = view(chance, base)
    return tensors


def drawn_value(chance, depth):
    """Anything but tensors."""
    text = chance.choice(["a", "", "größe ☃", "__proto__", "constructor", "weight_ih_l0", "x" * 300])
    atoms = [None, True, False, 0, -1, 255, 256, 65536, -(2**31), 2**31, 2**53, 2**53 + 1, -(2**63), 2**100, 0.0, -0.0]
    atoms += [0.1, float("inf"), float("nan"), 1e308, text, b"\x00\xff", bytearray(b"ab"), torch.float16]
    atoms += [torch.device("cpu"), torch.Size([2, 3]), {1, "a"}, collections.Counter("aab"), chance.random()]
    if depth == 0:
        return chance.choice(atoms)
    items = [drawn_value(chance, chance.randint(0, depth - 1)) for _ in range(chance.randint(0, 4))]
    keys = chance.sample(["a", "b", "__proto__", "constructor", 7, -2, None, 2**60, "length"], len(items))
    holders = [items, tuple(items), dict(zip(keys, items)), collections.OrderedDict(zip(keys, items))]
    # What stands in two places is one thing.
    return chance.choice([*holders, [items, items]])


def training(chance, tensors, dtype):
    """A checkpoint in the middle of training, as people write it."""
    torch.manual_seed(chance.randrange(2**31))
    model = torch.nn.ModuleDict({"rnn": torch.nn.LSTM(2, 3), "norm": torch.nn.BatchNorm1d(3), "out": torch.nn.Linear(3, 1)})
    optimiser = chance.choice([torch.optim.Adam, torch.optim.AdamW, torch.optim.RMSprop])(model.parameters(), lr=0.01)
    hidden = model["norm"](model["rnn"](torch.randn(4, 3, 2))[0][-1])
    model["out"](hidden).sum().backward()
    optimiser.step()
    name = chance.choice(["model_state_dict", "state_dict", "model"])
    return {
        "epoch": 3,
        name: model.state_dict(),
        "optimizer": optimiser.state_dict(),
        "loss": 0.25,
        "extra": drawn_value(chance, 3),
        "tensors": tensors,
        "parameter": torch.nn.Parameter(torch.randn(2, 3)),
    }


STRUCTURES = ("flat", "ordered", "nested", "list", "training")


def structured(chance, structure, tensors, dtype):
    if structure == "flat":
        return tensors
    if structure == "ordered":
        state = collections.OrderedDict(tensors)
        state._metadata = collections.OrderedDict([("", {"version": 1}), ("rnn", {"version": 2})])
        return state
    if structure == "nested":
        return {"tensors": tensors, "more": drawn_value(chance, 4), "again": list(tensors.values())}
    if structure == "list":
        return [drawn_value(chance, 2), tensors, tuple(tensors.values())]
    return training(chance, tensors, dtype)


def repacked(data, compression, prefix, is_big=False):
    """The same archive as other hands would pack it; the storages with their bytes the other way round, if asked."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(out, "w", compression) as new:
        folder = folder_of(old)
        parts = {entry.filename.removeprefix(folder): old.read(entry) for entry in old.infolist()}
        if is_big:
            parts["byteorder"] = b"big"
        for name, content in ({"version": b"3\n"} | parts).items():
            new.writestr(zipfile.ZipInfo(prefix + name, (1980, 1, 1, 0, 0, 0)), content, compression)
    return out.getvalue()


def long_zip(data):
    """The same archive with every size and place in ZIP64 fields."""
    out, directory, count = io.BytesIO(), b"", 0
    with zipfile.ZipFile(io.BytesIO(data)) as old:
        for entry in old.infolist():
            content, name, at = old.read(entry), entry.filename.encode(), out.tell()
            crc, unset = zlib.crc32(content), 0xFFFFFFFF
            sizes = struct.pack("<HHQQ", 1, 16, len(content), len(content))
            common = struct.pack("<HHHHHIII", 45, 0x800, 0, 0, 33, crc, unset, unset)
            out.write(b"PK\3\4" + common + struct.pack("<HH", len(name), len(sizes)) + name + sizes + content)
            place = struct.pack("<HHQQQ", 1, 24, len(content), len(content), at)
            tail = struct.pack("<HHHHHII", len(name), len(place), 0, 0, 0, 0, unset)
            directory += b"PK\1\2" + struct.pack("<H", 45) + common + tail + name + place
            count += 1
    begin = out.tell()
    record = begin + len(directory)
    out.write(directory + b"PK\6\6" + struct.pack("<QHHIIQQQQ", 44, 45, 45, 0, 0, count, count, len(directory), begin))
    out.write(b"PK\6\7" + struct.pack("<IQI", 0, record, 1))
    out.write(b"PK\5\6" + struct.pack("<HHHHIIH", 0, 0, 0xFFFF, 0xFFFF, unset, unset, 0))
    return out.getvalue()


def swapped(value):
    """The value with the bytes of every storage the other way round: what a big-endian machine has in memory."""
    for tensor in tensors_in(value, set()):
        storage, size = tensor.untyped_storage(), tensor.element_size()
        data = (ctypes.c_char * storage.nbytes()).from_address(storage.data_ptr()) if storage.nbytes() else None
        if data is not None and size > 1:
            data[:] = b"".join(data[i : i + size][::-1] for i in range(0, len(data), size))


def tensors_in(value, seen):
    """Every tensor, of those that share a storage one."""
    if isinstance(value, torch.Tensor):
        if value.untyped_storage().data_ptr() not in seen:
            seen.add(value.untyped_storage().data_ptr())
            yield value
    elif isinstance(value, dict):
        for one in value.values():
            yield from tensors_in(one, seen)
    elif isinstance(value, (list, tuple)):
        for one in value:
            yield from tensors_in(one, seen)


def saved(value, **options):
    out = io.BytesIO()
    torch.save(value, out, **options)
    return out.getvalue()


def as_safetensors(tensors, metadata):
    whole = {name: tensor.detach().contiguous() for name, tensor in tensors.items()}
    specs = {
        name: safetensors.TensorSpec(
            dtype=str(tensor.dtype).removeprefix("torch."),
            shape=list(tensor.shape),
            data_ptr=tensor.data_ptr(),
            data_len=tensor.numel() * tensor.element_size(),
        )
        for name, tensor in whole.items()
    }
    return bytes(safetensors.serialize(specs, metadata))


def in_format(chance, value, form):
    if form == "zip":
        return saved(value)
    if form == "zip, deflated":
        return repacked(saved(value), zipfile.ZIP_DEFLATED, "archive/")
    if form == "zip, other prefix":
        return repacked(saved(value), zipfile.ZIP_STORED, chance.choice(["a b/c/", "ü/", "archive.pt/"]))
    if form == "zip, ZIP64":
        return long_zip(saved(value))
    if form == "zip, big-endian":
        swapped(value)
        data = repacked(saved(value), zipfile.ZIP_STORED, "archive/", is_big=True)
        swapped(value)
        return data
    kind, protocol = form.rsplit(" ", 1)
    return saved(value, pickle_protocol=int(protocol), _use_new_zipfile_serialization=kind == "zip, protocol")


def checkpoint_write(ask):
    """A file of a format and a dtype, and what is in it."""
    chance = random.Random(ask["seed"])
    form, dtype = ask["format"], DTYPES[ask["dtype"]]
    has_new = not form.startswith("legacy") and form != "zip, big-endian"
    others = [other for other in DTYPES.values() if has_new or other not in NEW]
    tensors = drawn_tensors(chance, dtype, others)
    if form == "safetensors":
        metadata = {"format": "pt", "größe": "☃", "__proto__": "x"} if chance.random() < 0.5 else None
        return {"bytes": encoded(as_safetensors(tensors, metadata)), "value": plain(tensors), "metadata": metadata}
    value = structured(chance, ask["structure"], tensors, dtype)
    return {"bytes": encoded(in_format(chance, value, form)), "value": plain(value), "metadata": None}


# Going on with what elman wrote.


def checkpoint_same(ask):
    """Where two files differ in bits, names, order or kind; null where they do not."""
    files = [base64.b64decode(ask[name]) for name in ("one", "other")]
    # The first may be in folders that torch does not look into; the other elman wrote, and torch must read it as it is.
    files[0] = cleaned(files[0]) if files[0][:2] == b"PK" else files[0]
    one, other = (loaded(data, form) for data, form in zip(files, ask["formats"]))
    return difference(one, other, "", ask["ordered"])


def difference(one, other, path, is_ordered):
    if isinstance(one, torch.Tensor):
        is_same = isinstance(other, torch.Tensor) and one.dtype == other.dtype and one.shape == other.shape
        if is_same and raw(one) == raw(other):
            return None
        pairs = zip(raw(one), raw(other)) if is_same else ()
        where = next((f"byte {i}: {a} is not {b}" for i, (a, b) in enumerate(pairs) if a != b), str(other)[:100])
        return f"{path}: {one.dtype} {list(one.shape)} {where}"
    if isinstance(one, dict):
        if not isinstance(other, dict) or (list if is_ordered else set)(one) != (list if is_ordered else set)(other):
            return f"{path}: {type(one)} {one} is not {type(other)} {other}"
        pairs = [(one[key], other[key], f"{path}.{key}") for key in one]
        if is_ordered:
            pairs.append((getattr(one, "__dict__", None) or None, getattr(other, "__dict__", None) or None, f"{path}.__dict__"))
    elif isinstance(one, (list, tuple)):
        if type(one) is not type(other) and not isinstance(one, torch.Size) or len(one) != len(other):
            return f"{path}: {type(one)} of {len(one)} is not {type(other)} of {len(other)}"
        pairs = [(a, b, f"{path}[{i}]") for i, (a, b) in enumerate(zip(one, other))]
    elif isinstance(one, float) and one.is_integer() and math.copysign(1, one) > 0:
        # JavaScript has one kind of numbers: 1.0 comes back as 1.
        return None if one == other else f"{path}: {one!r} is not {other!r}"
    else:
        return None if plain(one) == plain(other) else f"{path}: {one!r} is not {other!r}"
    found = (difference(a, b, where, is_ordered) for a, b, where in pairs)
    return next((where for where in found if where is not None), None)


def checkpoint_module(ask):
    """A layer's file in a format, and what the layer computes."""
    chance = random.Random(ask["seed"])
    module = reference.new_module(ask["kind"], False, ask["options"], DTYPES[ask["dtype"]])
    # Of initial weights' size: under greater ones a relu layer grows, and small outputs are differences of large numbers.
    scale = module.hidden_size**-0.5
    with torch.no_grad():
        for parameter in module.parameters():
            generator = torch.Generator().manual_seed(chance.randrange(2**31))
            parameter.copy_(scale * torch.randn(parameter.shape, generator=generator))
    state = module.state_dict()
    prefix = ask["prefix"]
    named = collections.OrderedDict((prefix + name, tensor) for name, tensor in state.items())
    if ask["format"] == "safetensors":
        data = as_safetensors(named, None)
    else:
        data = in_format(chance, {"epoch": 1, "state_dict": named} if ask["nested"] else named, ask["format"])
    exact = reference.new_module(ask["kind"], False, ask["options"], torch.float64)
    exact.load_state_dict({name: tensor.double() for name, tensor in state.items()})
    with torch.no_grad():
        single = module(ask["input"].to(module.weight_ih_l0.dtype))[0]
        return {"bytes": encoded(data), "exact": exact(ask["input"].double())[0], "single": single}


def checkpoint_continue(ask):
    """Loads what elman saved after a step, strictly, and computes the loss that elman has then."""
    data = base64.b64decode(ask["bytes"])
    dtype = DTYPES[ask["dtype"]]
    state = loaded(data, ask["format"])
    module = reference.new_module(ask["kind"], False, ask["options"], dtype)
    module.load_state_dict(state["model"] if ask["format"] == "torch" else state, strict=True)
    output = module(ask["input"].to(dtype))[0]
    return ((output - ask["target"].to(dtype)) ** 2).mean()


def checkpoint_resume(ask):
    """
    Trains, saves in the middle, and goes on; then goes on from what elman made of the file. Both must end at the same
    bits.
    """
    chance = random.Random(ask["seed"])

    def fresh():
        model = torch.nn.Sequential(torch.nn.Linear(3, 4), torch.nn.BatchNorm1d(4), torch.nn.Linear(4, 1))
        return model, getattr(torch.optim, ask["optimizer"])(model.parameters(), lr=0.01)

    def steps(model, optimiser, count, generator):
        for _ in range(count):
            optimiser.zero_grad()
            model(torch.randn(5, 3, generator=generator)).square().sum().backward()
            optimiser.step()

    if ask["bytes"] is None:
        torch.manual_seed(chance.randrange(2**31))
        model, optimiser = fresh()
        steps(model, optimiser, 3, torch.Generator().manual_seed(1))
        return encoded(saved({"model": model.state_dict(), "optimizer": optimiser.state_dict(), "epoch": 3}))
    ends = []
    for name in ("original", "bytes"):
        state = loaded(base64.b64decode(ask[name]), "torch")
        model, optimiser = fresh()
        model.load_state_dict(state["model"], strict=True)
        optimiser.load_state_dict(state["optimizer"])
        steps(model, optimiser, 3, torch.Generator().manual_seed(2))
        ends.append({"model": model.state_dict(), "optimizer": optimiser.state_dict()})
    return difference(ends[0], ends[1], "", True)


class Harmful:
    def __reduce__(self):
        return (eval, ("1 / 0",))


def checkpoint_unread(ask):
    """Programs, and tensors that elman has not, by what they are."""
    script = torch.jit.script(torch.nn.Linear(2, 1))
    buffer = io.BytesIO()
    torch.jit.save(script, buffer)
    others = (torch.complex64, torch.complex128, torch.float8_e4m3fn, torch.float8_e5m2)
    files = {
        "TorchScript": buffer.getvalue(),
        "builtins.eval": saved({"x": Harmful()}),
        "torch.nn.modules.linear.Linear": saved(torch.nn.Linear(1, 1)),
        "_rebuild_sparse_tensor": saved({"x": torch.eye(2).to_sparse()}),
        "_rebuild_qtensor": saved({"x": torch.quantize_per_tensor(torch.ones(2), 0.1, 0, torch.qint8)}),
        "_rebuild_meta_tensor_no_storage": saved({"x": torch.empty(2, device="meta")}),
        **{str(dtype): saved({"x": torch.zeros(2).to(dtype)}) for dtype in others},
        "F8_E4M3": as_safetensors({"x": torch.zeros(2).to(torch.float8_e4m3fn)}, None),
    }
    old = {f"{name} ": saved({"x": value}, _use_new_zipfile_serialization=False) for name, value in (("builtins.eval", Harmful()),)}
    return {name: encoded(data) for name, data in {**files, **old}.items()}


QUESTIONS = {
    ask.__name__: ask
    for ask in (
        checkpoint_read,
        checkpoint_write,
        checkpoint_same,
        checkpoint_module,
        checkpoint_continue,
        checkpoint_resume,
        checkpoint_unread,
    )
}
