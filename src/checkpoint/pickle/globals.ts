/**
 * What a pickle of PyTorch may name, and what it means here: the allow-list of `torch.load(weights_only=True)`.
 *
 * What makes dicts, lists, numbers, bytes and dense tensors makes them. The rest of that list, and with
 * `{ unknown: "opaque" }` any other name, becomes an object that says what it is: nothing but this file's functions is
 * ever called.
 * Source: torch/_weights_only_unpickler.py of 2.13.
 */

import { shown, typeName } from "../../base/errors.js";
import { Tensor } from "../../tensor/tensor.js";
import { refuse } from "../bytes/text.js";
import { type FileDType, fileDTypes } from "../numbers/dtypes.js";
import { StorageReference, type Storages } from "../numbers/storages.js";
import { Callable, weights } from "./unpickler.js";
import { addTo, Opaque, OrderedDict, setIn } from "./values.js";

/** One of torch's classes of storages, which say what a storage is and cannot be called. */
export class StorageClass extends Callable {
  constructor(
    where: string,
    name: string,
    /** Null for bytes of no dtype, or of one that elman has not. */
    readonly dtype: FileDType | null,
  ) {
    super(name, () => refuse(where, `calls what cannot be called: ${name}`));
  }
}

/** The dtype of which PyTorch calls that `torch`, or its class of storages `storage`. */
const dtypeOf = (key: "torch" | "storage", name: string): FileDType | undefined =>
  (Object.keys(fileDTypes) as FileDType[]).find((dtype) => fileDTypes[dtype][key] === name);

/** Classes of storages that torch has, and elman has not: dtypes, and bytes an element. */
const otherStorages: Readonly<Record<string, readonly [dtype: string, size: number]>> = {
  ComplexDoubleStorage: ["torch.complex128", 16],
  ComplexFloatStorage: ["torch.complex64", 8],
  QInt32Storage: ["torch.qint32", 4],
  QInt8Storage: ["torch.qint8", 1],
  QUInt8Storage: ["torch.quint8", 1],
  QUInt4x2Storage: ["torch.quint4x2", 1],
  QUInt2x4Storage: ["torch.quint2x4", 1],
};
/** Names that stand for themselves. */
const otherNames = /^torch\.(complex\d+|q\w+|float[48]\w+|bits\w+|u?int[1-7]|per_(tensor|channel)_\w+)$/;
/** What makes what is no dense tensor. */
const others = new Set([
  "builtins.complex",
  "torch.Tensor",
  ...["nested_tensor", "meta_tensor_no_storage", "sparse_tensor", "sparse_csr_tensor", "wrapper_subclass"].map(
    (name) => `torch._utils._rebuild_${name}`,
  ),
  ...["numpy", "cpu_tensor"].map((name) => `torch._utils._rebuild_device_tensor_from_${name}`),
]);

/** What is called with the arguments of a pickle; of each function the fewest and the most. */
type Call = [name: string, least: number, most: number, call: (args: readonly unknown[], name: string) => unknown];

/** The functions that may be called, and the names that stand for themselves. */
export class Globals {
  private readonly known: ReadonlyMap<string, Callable>;
  /** Texts that became bytes, each once: so they take no more memory than the pickle. */
  private readonly encodings = new Map<string, Uint8Array>();
  /** What is opaque, by name. */
  private readonly opaque = new Map<string, Opaque>();

  /**
   * @param storageOf the storage that a persistent id stands for
   * @param takesAll whether names that are not in the list are opaque instead of refused
   */
  constructor(
    private readonly where: string,
    private readonly storages: Storages,
    private readonly parts: number,
    private readonly storageOf: (id: StorageId) => StorageReference,
    private readonly takesAll = false,
  ) {
    const list: Call[] = [
      ["collections.OrderedDict", 0, 1, ([items], name) => this.dict(name, items, new OrderedDict())],
      ["collections.Counter", 0, 1, ([items], name) => this.dict(name, items, new Map())],
      ["builtins.set", 0, 1, ([items = []], name) => this.set(name, items)],
      ["builtins.bytearray", 0, 1, ([bytes = new Uint8Array()], name) => this.bytes(name, bytes)],
      ["_codecs.encode", 2, 2, ([text, encoding], name) => this.encoded(name, text, encoding)],
      ["torch.Size", 0, 1, ([sizes = []], name) => this.size(name, sizes)],
      ["torch.device", 1, 2, ([type, index], name) => this.device(name, type, index)],
      ["torch._utils._rebuild_tensor", 4, 4, (args, name) => this.tensor(name, args)],
      ["torch._utils._rebuild_tensor_v2", 6, 7, (args, name) => this.tensor(name, args, null, args[6])],
      ["torch._utils._rebuild_tensor_v3", 7, 8, (args, name) => this.tensor(name, args, args[6], args[7])],
      ["torch._utils._rebuild_qtensor", 7, 7, ([storage, , shape]) => this.unsupported(storage, null, shape)],
      ["torch._tensor._rebuild_from_type_v2", 4, 4, (args, name) => this.typed(name, args)],
      ["torch.serialization._get_layout", 1, 1, ([layout]) => layout],
      ["torch._utils._rebuild_parameter", 3, 3, (args, name) => this.parameter(name, args)],
      ["torch._utils._rebuild_parameter_with_state", 4, 4, (args, name) => this.parameter(name, args)],
      ["torch.nn.parameter.Parameter", 1, 2, (args, name) => this.parameter(name, args)],
    ];
    const checked = ([name, least, most, call]: Call) => {
      return new Callable(name, (args) => {
        const isRight = args.length >= least && args.length <= most;
        if (!isRight) this.refuse(name, `${least === most ? least : `${least} or ${most}`} arguments`, args.length);
        return call(args, name);
      });
    };
    this.known = new Map(list.map((one) => [one[0], checked(one)]));
  }

  /**
   * What a global stands for.
   * @throws RuntimeError, in torch's words, for what is not allowed
   */
  global(written: string): unknown {
    // Under the first name Python 2, and protocol 2 for its sake, know the same things.
    const name = written.replace(/^__builtin__\./, "builtins.");
    const callable = this.known.get(this.takesAll && name === "builtins.frozenset" ? "builtins.set" : name);
    if (callable !== undefined) return callable;
    if (dtypeOf("torch", name.startsWith("torch.") ? name.slice(6) : "") || otherNames.test(name)) return name;
    const storage = /^torch(?:\.cuda)?\.(\w+Storage)$/.exec(name)?.[1];
    if (storage !== undefined) {
      const dtype = dtypeOf("storage", storage);
      if (dtype !== undefined || Object.hasOwn(otherStorages, storage))
        return new StorageClass(this.where, `torch.${storage}`, dtype ?? null);
    }
    if (name === "torch.storage.UntypedStorage") return new StorageClass(this.where, name, null);
    if (!this.takesAll && !others.has(name)) {
      refuse(
        this.where,
        `Unsupported global: GLOBAL ${name} was not an allowed global by default. Nothing was run. { unknown: "opaque" } loads the rest, and of this what the file says of it; or in Python, if you trust the file, c = torch.load(path, map_location="cpu", weights_only=False), and torch.save(c["state_dict"], "weights.pt"), or torch.save(c.state_dict(), "weights.pt") where c is a module`,
      );
    }
    let opaque = this.opaque.get(name);
    if (opaque === undefined) {
      this.storages.budget.spend(weights.call + name.length, "the pickle");
      this.opaque.set(name, (opaque = new Opaque(name)));
    }
    return opaque;
  }

  /** What a persistent id stands for: nothing but storages, and names of classes. */
  persistent(id: unknown): unknown {
    // Files of before 1.6 keep the source of a module's class beside its name.
    if (this.takesAll && Array.isArray(id) && id[0] === "module" && id[1] instanceof Opaque) return id[1];
    const { type, ...about } = storageId(this.where, id, this.parts);
    const storage = this.storageOf(about);
    return Object.hasOwn(otherStorages, type.slice(6)) ? new Opaque(type, []) : storage;
  }

  /** A tensor of a dtype that elman has not: which it is, and its shape. */
  private unsupported(storage: unknown, dtype: string | null, shape: unknown): Opaque {
    const [own] = storage instanceof Opaque ? (otherStorages[storage.name.slice(6)] ?? []) : [];
    const sizes = this.counts("torch.Tensor", shape);
    this.spend(sizes.length, weights.item);
    return Opaque.tensor(dtype ?? own ?? null, sizes);
  }

  /** A tensor with attributes, or of a class of its own, is the tensor that it is. */
  private typed(name: string, [make, , args]: readonly unknown[]): unknown {
    if (!Array.isArray(args)) this.refuse(name, "a tuple", args);
    if (make instanceof Callable && make.name !== name) return make.call(args);
    return make instanceof Opaque ? new Opaque(make.name, args) : this.refuse(name, "a function", make);
  }

  private refuse(name: string, expected: string, value: unknown): never {
    return refuse(this.where, `${name} expected ${expected}, got: ${shown(value)}`);
  }

  private list(name: string, value: unknown): readonly unknown[] {
    return Array.isArray(value) ? value : this.refuse(name, "a list", value);
  }

  private bytes(name: string, value: unknown): Uint8Array {
    return value instanceof Uint8Array ? value : this.refuse(name, "bytes", value);
  }

  private spend(count: number, weight: number): void {
    this.storages.budget.spend(weights.copy * count * weight, "the pickle");
  }

  /** A whole number that is no less than zero. */
  private count(name: string, value: unknown): number {
    if (typeof value === "number" && Number.isSafeInteger(value) && value >= 0) return value;
    return this.refuse(name, "whole numbers for sizes, strides and offset", value);
  }

  private counts(name: string, value: unknown): number[] {
    if (!Array.isArray(value)) this.refuse(name, "a tuple of sizes or strides", value);
    return value.map((item) => this.count(name, item));
  }

  /** A device is its name here. */
  private device(name: string, type: unknown, index: unknown): string {
    if (typeof type !== "string") this.refuse(name, "a name", type);
    return index === undefined ? type : `${type}:${this.count(name, index)}`;
  }

  private size(name: string, sizes: unknown): readonly number[] {
    const list = this.counts(name, sizes);
    this.spend(list.length, weights.item);
    return Object.freeze(list);
  }

  private set(name: string, items: unknown): Set<unknown> {
    const list = this.list(name, items);
    this.spend(list.length, weights.entry);
    const set = new Set<unknown>();
    addTo(set, list, (what) => refuse(this.where, `${name} ${what}`));
    return set;
  }

  /** A dict made empty, of another dict, or of pairs. */
  private dict(name: string, items: unknown = [], into: Map<unknown, unknown>): Map<unknown, unknown> {
    const pairs = items instanceof Map ? [...items] : this.list(name, items);
    this.spend(pairs.length, weights.entry);
    for (const pair of pairs) {
      const [key, value] = this.list(name, pair);
      setIn(into, key, value, (what) => refuse(this.where, `${name} ${what}`));
    }
    return into;
  }

  /** Bytes, which protocol 2 writes as text of the characters 0 to 255. */
  private encoded(name: string, text: unknown, encoding: unknown): Uint8Array {
    if (typeof text !== "string" || encoding !== "latin1") this.refuse(name, "text and latin1", encoding);
    this.storages.budget.spend(text.length, "the pickle");
    const known = this.encodings.get(text);
    if (known !== undefined) return known;
    const wide = /[^\0-\xff]/.exec(text);
    if (wide !== null) this.refuse(name, "characters below 256", wide[0]);
    const bytes = Uint8Array.from(text, (character) => character.charCodeAt(0));
    this.encodings.set(text, bytes);
    return bytes;
  }

  private tensor(name: string, args: readonly unknown[], dtype: unknown = null, metadata: unknown = null): unknown {
    const [storage, offset, shape, strides, requiresGrad = false] = args;
    if (storage instanceof Opaque) return this.unsupported(storage, null, shape);
    if (!(storage instanceof StorageReference)) this.refuse(name, "a storage", storage);
    if (typeof requiresGrad !== "boolean") this.refuse(name, "requires_grad as a boolean", requiresGrad);
    // Bits that say that the numbers are to be read negated or conjugated.
    const isPlain = metadata === null || metadata instanceof Map;
    if (!isPlain || (metadata instanceof Map && [...metadata.values()].includes(true))) {
      this.refuse(name, "a tensor as it lies in memory", isPlain ? [...metadata.keys()].join(", ") : metadata);
    }
    const known = dtype === null ? storage.dtype : dtypeOf("torch", String(dtype).slice(6));
    if (known === undefined) return this.unsupported(storage, String(dtype), shape);
    const [sizes, steps] = [this.counts(name, shape), this.counts(name, strides)];
    return this.storages.tensor(storage, this.count(name, offset), sizes, steps, known);
  }

  /** Parameters come as the tensors that they are. */
  private parameter(name: string, [data, requiresGrad = true]: readonly unknown[]): unknown {
    // One of 64-bit whole numbers has none yet; and one of a dtype that elman has not is opaque.
    const isKnown = data instanceof Tensor || data instanceof Opaque;
    const isTensor = isKnown || (typeof data === "object" && data !== null && "shape" in data);
    if (!isTensor) this.refuse(name, "a tensor", data);
    if (typeof requiresGrad !== "boolean") this.refuse(name, "requires_grad as a boolean", requiresGrad);
    return data;
  }
}

/** What a persistent id says of a storage. */
export interface StorageId {
  /** null for bytes of no dtype, or of one that elman has not. */
  readonly dtype: FileDType | null;
  readonly key: string;
  /** Elements, and bytes each. */
  readonly count: number;
  readonly width: number;
  /** In files of before 1.6, the part of it that is meant. */
  readonly view: unknown;
}

/** The parts of a persistent id, of which there are `length`: ("storage", class, key, device, count, …). */
function storageId(where: string, id: unknown, length: number) {
  const [kind, type, key, device, count, view = null] = Array.isArray(id) ? id : [];
  if (kind !== "storage" || (id as unknown[]).length !== length) {
    refuse(where, `Only persistent_load of storage is allowed, but got ${shown(kind ?? typeName(id))}`);
  }
  const isKey = (typeof key === "string" || typeof key === "number") && typeof device === "string";
  if (!(type instanceof StorageClass) || !isKey || !Number.isSafeInteger(count) || count < 0) {
    refuse(
      where,
      `a storage has class ${shown(type)}, key ${shown(key)}, device ${shown(device)} and size ${shown(count)}`,
    );
  }
  const { name, dtype } = type;
  const width = dtype === null ? (otherStorages[name.slice(6)]?.[1] ?? 1) : fileDTypes[dtype].size;
  return { type: name, dtype, width, key: String(key), count, view };
}
