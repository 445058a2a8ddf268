/**
 * What a pickle of PyTorch may name, and what it means here: the allow-list, and nothing beside it.
 *
 * A subset of what `torch.load(weights_only=True)` allows: what makes dicts, lists, numbers, bytes and dense tensors.
 * Source: torch/_weights_only_unpickler.py of 2.13.
 */

import { fail, shown, typeName } from "../../base/errors.js";
import { Tensor } from "../../tensor/tensor.js";
import { type FileDType, fileDTypes } from "../numbers/dtypes.js";
import { StorageReference, type Storages } from "../numbers/storages.js";
import { Callable, hasTwin, isHashable, weights } from "./unpickler.js";
import { isKey, OrderedDict } from "./values.js";

/** One of torch's classes of storages; null for bytes of no dtype. */
export class StorageClass {
  constructor(readonly dtype: FileDType | null) {}
}

/** Dtypes by PyTorch's name, and classes of storages by theirs. */
const byTorchName = new Map<string, FileDType>();
const byStorageName = new Map<string, FileDType>();

function tables(): void {
  if (byTorchName.size > 0) return;
  for (const [name, { torch, storage }] of Object.entries(fileDTypes)) {
    byTorchName.set(`torch.${torch}`, name as FileDType);
    if (storage !== null) byStorageName.set(storage, name as FileDType);
  }
}

const supported = Object.keys(fileDTypes).join(", ");

/** What torch has, and elman has not. */
const otherStorages = /^(Complex\w*|Q\w*)Storage$/;
const otherDTypes = /^torch\.(complex\d+|q\w+|float[48]\w+|bits\w+|u?int[1-7])$/;

/** The fewest and the most arguments. */
const arities: Readonly<Record<string, readonly [least: number, most: number]>> = {
  _rebuild_tensor: [4, 4],
  _rebuild_tensor_v2: [6, 7],
  _rebuild_tensor_v3: [7, 8],
  _rebuild_parameter: [3, 3],
  _rebuild_parameter_with_state: [4, 4],
  Parameter: [1, 2],
};

/** Names under which Python 2, and protocol 2 for its sake, know the same things. */
const renamed = (name: string): string => name.replace(/^__builtin__\./, "builtins.");

/** The functions that may be called, and the names that stand for themselves. */
export class Globals {
  private readonly known: ReadonlyMap<string, Callable>;
  /** Texts that became bytes, each once: so they take no more memory than the pickle. */
  private readonly encodings = new Map<string, Uint8Array>();

  constructor(
    private readonly where: string,
    private readonly storages: Storages,
  ) {
    tables();
    const list: [name: string, call: (args: readonly unknown[]) => unknown][] = [
      ["collections.OrderedDict", (args) => this.dict("collections.OrderedDict", args, new OrderedDict())],
      ["collections.Counter", (args) => this.dict("collections.Counter", args, new Map())],
      ["builtins.set", ([items = []]) => this.set(items)],
      ["builtins.bytearray", ([bytes = new Uint8Array()]) => this.bytes("builtins.bytearray", bytes)],
      ["_codecs.encode", (args) => this.encoded(args)],
      ["torch.Size", ([sizes = []]) => this.size(sizes)],
      ["torch.device", (args) => this.device(args)],
      ["torch._utils._rebuild_tensor", (args) => this.tensor("_rebuild_tensor", args, null, null)],
      ["torch._utils._rebuild_tensor_v2", (args) => this.tensor("_rebuild_tensor_v2", args, null, args[6])],
      ["torch._utils._rebuild_tensor_v3", (args) => this.tensor("_rebuild_tensor_v3", args, args[6], args[7])],
      ["torch._utils._rebuild_parameter", (args) => this.parameter("_rebuild_parameter", args)],
      ["torch._utils._rebuild_parameter_with_state", (args) => this.parameter("_rebuild_parameter_with_state", args)],
      ["torch.nn.parameter.Parameter", (args) => this.parameter("Parameter", args)],
    ];
    this.known = new Map(list.map(([name, call]) => [name, new Callable(name, call)]));
  }

  /**
   * What a global stands for.
   * @throws RuntimeError, in torch's words, for what is not allowed
   */
  global(written: string): unknown {
    const name = renamed(written);
    const callable = this.known.get(name);
    if (callable !== undefined) return callable;
    if (byTorchName.has(name) || otherDTypes.test(name)) return name;
    const storage = /^torch(?:\.cuda)?\.(\w+Storage)$/.exec(name)?.[1];
    if (storage !== undefined) {
      const dtype = byStorageName.get(storage);
      if (dtype !== undefined) return new StorageClass(dtype);
      if (otherStorages.test(storage)) return this.noDType(name);
    }
    if (name === "torch.storage.UntypedStorage") return new StorageClass(null);
    return fail(
      "RuntimeError",
      `${this.where}: Unsupported global: GLOBAL ${name} was not an allowed global by default. Nothing was run; in Python, load the file and save what matters again with torch.save(model.state_dict(), path)`,
    );
  }

  private noDType(name: string): never {
    return fail("RuntimeError", `${this.where}: ${name} is not supported; dtypes of tensors may be ${supported}`);
  }

  private refuse(name: string, expected: string, value: unknown): never {
    return fail("RuntimeError", `${this.where}: ${name} expected ${expected}, got: ${shown(value)}`);
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
  private device([type, index]: readonly unknown[]): string {
    if (typeof type !== "string") this.refuse("torch.device", "a name", type);
    return index === undefined ? type : `${type}:${this.count("torch.device", index)}`;
  }

  private size(sizes: unknown): readonly number[] {
    const list = this.counts("torch.Size", sizes);
    this.spend(list.length, weights.item);
    return Object.freeze(list);
  }

  private set(items: unknown): Set<unknown> {
    const list = this.list("builtins.set", items);
    this.spend(list.length, weights.entry);
    const stray = list.find((item) => !isHashable(item));
    if (stray !== undefined) this.refuse("builtins.set", "strings, numbers, booleans, None and tuples of these", stray);
    const set = new Set<unknown>();
    for (const item of list) {
      if (hasTwin(set, item)) this.refuse("builtins.set", "items of which no two are equal in Python", item);
      set.add(item);
    }
    return set;
  }

  /** A dict made empty, of another dict, or of pairs. */
  private dict(name: string, [items = []]: readonly unknown[], into: Map<unknown, unknown>): Map<unknown, unknown> {
    this.spend(items instanceof Map ? items.size : this.list(name, items).length, weights.entry);
    const pairs = items instanceof Map ? items : this.list(name, items);
    for (const pair of pairs) {
      const [key, value] = this.list(name, pair);
      if (!isKey(key)) this.refuse(name, "strings or numbers for keys", key);
      if (hasTwin(into, key)) this.refuse(name, "keys of which no two are equal in Python", key);
      into.set(key, value);
    }
    return into;
  }

  /** Bytes, which protocol 2 writes as text of the characters 0 to 255. */
  private encoded([text, encoding]: readonly unknown[]): Uint8Array {
    if (typeof text !== "string" || encoding !== "latin1") this.refuse("_codecs.encode", "text and latin1", encoding);
    this.storages.budget.spend(text.length, "the pickle");
    const known = this.encodings.get(text);
    if (known !== undefined) return known;
    const bytes = new Uint8Array(text.length);
    this.encodings.set(text, bytes);
    for (let i = 0; i < text.length; i++) {
      const code = text.charCodeAt(i);
      bytes[i] = code < 256 ? code : this.refuse("_codecs.encode", "characters below 256", text[i]);
    }
    return bytes;
  }

  private checkArity(name: string, args: readonly unknown[]): void {
    const [least, most] = arities[name];
    if (args.length < least || args.length > most) {
      this.refuse(name, `${least === most ? least : `${least} or ${most}`} arguments`, args.length);
    }
  }

  private tensor(name: string, args: readonly unknown[], dtype: unknown, metadata: unknown): unknown {
    const [storage, offset, shape, strides, requiresGrad = false] = args;
    if (!(storage instanceof StorageReference)) this.refuse(name, "a storage", storage);
    this.checkArity(name, args);
    if (typeof requiresGrad !== "boolean") this.refuse(name, "requires_grad as a boolean", requiresGrad);
    // Bits that say that the numbers are to be read negated or conjugated.
    const isPlain = metadata === undefined || metadata === null || metadata instanceof Map;
    if (!isPlain || (metadata instanceof Map && [...metadata.values()].includes(true))) {
      this.refuse(name, "a tensor as it lies in memory", isPlain ? [...metadata.keys()].join(", ") : metadata);
    }
    const known = dtype === null ? storage.dtype : (byTorchName.get(String(dtype)) ?? this.noDType(String(dtype)));
    const [sizes, steps] = [this.counts(name, shape), this.counts(name, strides)];
    return this.storages.tensor(storage, this.count(name, offset), sizes, steps, known);
  }

  /** Parameters come as the tensors that they are. */
  private parameter(name: string, args: readonly unknown[]): unknown {
    const [data] = args;
    const isTensor = data instanceof Tensor || (typeof data === "object" && data !== null && "shape" in data);
    if (!isTensor) this.refuse(name, "a tensor", data);
    this.checkArity(name, args);
    if (typeof (args[1] ?? true) !== "boolean") this.refuse(name, "requires_grad as a boolean", args[1]);
    return data;
  }
}

/** The parts of a persistent id, of which there are `length`: ("storage", class, key, device, count, …). */
export function storageId(
  where: string,
  id: unknown,
  length: number,
): { dtype: StorageClass["dtype"]; key: string; count: number; view: unknown } {
  const [kind, type, key, device, count, view = null] = Array.isArray(id) ? id : [];
  if (kind !== "storage" || (id as unknown[]).length !== length) {
    fail(
      "RuntimeError",
      `${where}: Only persistent_load of storage is allowed, but got ${shown(kind ?? typeName(id))}`,
    );
  }
  const isKey = (typeof key === "string" || typeof key === "number") && typeof device === "string";
  if (!(type instanceof StorageClass) || !isKey || !Number.isSafeInteger(count) || count < 0) {
    fail(
      "RuntimeError",
      `${where}: a storage has class ${shown(type)}, key ${shown(key)}, device ${shown(device)} and size ${shown(count)}`,
    );
  }
  return { dtype: type.dtype, key: String(key), count, view };
}
