/**
 * Values to pickles: plain data, tensors, and what they stand on.
 *
 * What is met twice is written once. Frozen arrays become tuples, other arrays lists, whole numbers ints, other numbers
 * floats. Refused: functions, classes, and what holds itself.
 */

import { fail, shown, typeName } from "../../base/errors.js";
import { isA } from "../../base/realm.js";
import { rowMajor } from "../../base/shape.js";
import { Tensor } from "../../tensor/tensor.js";
import { isText } from "../bytes/text.js";
import { type FileDType, fileDTypes } from "../numbers/dtypes.js";
import { isTensor, type WideTensor } from "../numbers/wide.js";
import { PickleBytes } from "./output.js";
import { Checkpoint, isKey, Opaque, OrderedDict, recordOf } from "./values.js";
import { depthLimit } from "./verify.js";

/** A storage as a pickle refers to it. */
export interface StorageName {
  readonly key: string;
  readonly dtype: FileDType;
  /** Elements. */
  readonly count: number;
}

type Entries = Iterable<readonly [unknown, unknown]>;

/**
 * The pickle of a value.
 * @param where how errors call the door
 * @param storageOf the storage behind a tensor, of which the path is told
 */
export function pickled(
  where: string,
  value: unknown,
  storageOf: (tensor: Tensor | WideTensor, path: string) => StorageName,
): Uint8Array {
  const writer = new PickleWriter(where, storageOf);
  writer.value(value, "");
  return writer.out.finished();
}

class PickleWriter {
  readonly out = new PickleBytes();
  /** What is being written, to find what holds itself. */
  private readonly open = new Set<unknown>();

  constructor(
    private readonly where: string,
    private readonly storageOf: (tensor: Tensor | WideTensor, path: string) => StorageName,
  ) {}

  /** `path` is where in the whole it stands, as Python would write it. */
  value(value: unknown, path: string): void {
    if (value === null) this.out.op("none");
    else if (typeof value === "boolean") this.out.op(value ? "true" : "false");
    else if (typeof value === "number") this.out.number(value);
    else if (typeof value === "bigint") this.out.long(value) || this.refuse("ValueError", path, "an int this large");
    else if (typeof value === "string") this.text(value, path);
    else if (typeof value === "object") this.once(value, path);
    else this.refuse("TypeError", path, typeName(value));
  }

  private refuse(kind: "TypeError" | "ValueError", path: string, what: string): never {
    return fail(kind, `${this.where} cannot save ${path || "this"}: ${what}`);
  }

  private text(value: string, path: string): void {
    const isWhole = isText(value);
    if (!isWhole) this.refuse("ValueError", path, `text with half a surrogate pair, ${JSON.stringify(value)}`);
    this.out.string(value);
  }

  /** An object, or that it was met before. */
  private once(value: object, path: string): void {
    if (this.open.has(value)) this.refuse("ValueError", path, "it holds itself");
    if (this.open.size >= depthLimit) {
      fail("ValueError", `${this.where} cannot save values that are nested more than ${depthLimit} deep`);
    }
    this.open.add(value);
    if (!this.out.recall(value)) {
      this.object(value, path);
      this.out.remember(value);
    }
    this.open.delete(value);
  }

  private object(value: object, path: string): void {
    if (isTensor(value)) this.tensor(value, path);
    else if (value instanceof Opaque) this.refuse("TypeError", path, `an opaque ${value.name}`);
    else if (isA(value, "Uint8Array")) this.blob(value);
    else if (Array.isArray(value)) this.list(value, path);
    else if (isA(value, "Set")) this.call("__builtin__", "set", () => this.list([...value], path));
    else if (value instanceof Checkpoint) this.checkpoint(value, path);
    else if (value instanceof OrderedDict) this.ordered(value, value.attributes, path);
    else this.dict(isA(value, "Map") ? value : recordOf(value), path, value);
  }

  private dict(entries: Entries | null, path: string, value: unknown = null): void {
    if (entries === null) this.refuse("TypeError", path, typeName(value));
    this.out.op("emptyDict");
    this.items(entries, path);
  }

  private items(entries: Entries, path: string): void {
    const list = [...entries];
    if (list.length === 0) return;
    this.marked("setItems", () => {
      for (const [key, value] of list) {
        if (!isKey(key) && !(Array.isArray(key) && Object.isFrozen(key)))
          fail("TypeError", `${this.where} cannot save a key of ${path || "this"}: ${shown(key)}`);
        this.value(key, path);
        this.value(value, `${path}[${typeof key === "string" ? `'${key}'` : String(key)}]`);
      }
    });
  }

  /** What becomes of the values that are written above a mark. */
  private marked(op: "tuple" | "appends" | "setItems", write: () => void): void {
    this.out.op("mark");
    write();
    this.out.op(op);
  }

  private list(items: readonly unknown[], path: string): void {
    const isTuple = Object.isFrozen(items);
    if (!isTuple) this.out.op("emptyList");
    if (!isTuple && items.length === 0) return;
    this.marked(isTuple ? "tuple" : "appends", () => {
      for (const [i, item] of items.entries()) this.value(item, `${path}[${i}]`);
    });
  }

  /** What a function of Python makes of its arguments. */
  private call(module: string, name: string, args: () => void): void {
    this.out.global(module, name);
    this.marked("tuple", args);
    this.out.op("reduce");
  }

  /** Bytes as text of the characters 0 to 255: what protocol 2 has for them. */
  private blob(bytes: Uint8Array): void {
    this.call("_codecs", "encode", () => {
      this.out.string(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(""));
      this.out.string("latin1");
    });
  }

  private checkpoint(value: Checkpoint, path: string): void {
    const isStateDict = value.format !== "safetensors" && value.metadata.size > 0;
    if (value.root !== undefined) this.value(value.root, path);
    else if (isStateDict) this.ordered(value, new Map([["_metadata", value.metadata]]), path);
    else this.dict(value, path);
  }

  private ordered(entries: Entries, attributes: ReadonlyMap<unknown, unknown>, path: string): void {
    this.call("collections", "OrderedDict", () => {});
    this.items(entries, path);
    if (attributes.size === 0) return;
    this.dict(attributes, path);
    this.out.op("build");
  }

  /** As torch writes it: dtypes that have no class of storages of their own go with bytes and the dtype's name. */
  private tensor(tensor: Tensor | WideTensor, path: string): void {
    const { key, dtype, count } = this.storageOf(tensor, path);
    const { storage, torch, size } = fileDTypes[dtype];
    const view = tensor instanceof Tensor ? tensor.value : { offset: 0, strides: rowMajor(tensor.shape) };
    this.call("torch._utils", storage === null ? "_rebuild_tensor_v3" : "_rebuild_tensor_v2", () => {
      this.marked("tuple", () => {
        this.out.string("storage");
        if (storage === null) this.out.global("torch.storage", "UntypedStorage");
        else this.out.global("torch", storage);
        this.out.string(key);
        this.out.string("cpu");
        this.out.number(storage === null ? count * size : count);
      });
      this.out.op("persistent");
      this.out.number(view.offset);
      for (const sizes of [tensor.shape, view.strides]) this.list(Object.freeze([...sizes]), path);
      this.out.op("false");
      this.call("collections", "OrderedDict", () => {});
      if (storage === null) this.out.global("torch", torch);
    });
  }
}
