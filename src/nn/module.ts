/**
 * A module owns parameters and buffers under PyTorch's names. It finds them by looking at its own fields, so a user's module is a
 * class with fields and a forward; there is nothing to register. Modules are not callable and have no hooks.
 * Source: https://docs.pytorch.org/docs/stable/generated/torch.nn.Module.html
 */

import { dictOf, isPlain } from "../base/dict.js";
import { checkOptions, copyMark, fail, isForeign, mistyped, shown, typed, typeName, warn } from "../base/errors.js";
import { listText, sameShape } from "../base/shape.js";
import type { Stage } from "../device/device.js";
import { type DType, isFloat, torchName } from "../device/value.js";
import { noGrad } from "../tensor/autograd.js";
import { convert, copy } from "../tensor/kernels.js";
import { Tensor } from "../tensor/tensor.js";
import { Buffer, Parameter } from "./parameter.js";
import { privateMembers } from "./private.js";

export { Buffer, Parameter };

/** Tensors by PyTorch's dotted names: what `stateDict()` gives, or a plain object of the same. */
export type StateDict = ReadonlyMap<string, Tensor> | Readonly<Record<string, Tensor>>;

/** What `loadStateDict` did not find or did not need. */
export interface LoadResult {
  /** Parameters and buffers of the module that were not given. */
  readonly missingKeys: string[];
  /** Names that were given and stand for neither. */
  readonly unexpectedKeys: string[];
}

/**
 * What has parameters and a `forward`. Extend it: parameters and modules in fields are found by themselves, in the order of
 * the fields, under their names. Call `net.forward(x)`, since objects are not callable here.
 *
 * Source: https://docs.pytorch.org/docs/stable/generated/torch.nn.Module.html
 */
export class Module {
  static name = "Module";
  /** @internal */
  static copyMark = copyMark;

  /** Whether dropout and the like behave as in training. `train()` and `eval()` set it everywhere below, too. */
  training = true;

  /** Takes nothing: refuses what is given to a class without a constructor, or handed on by one that does not know it. */
  constructor(...given: []) {
    const where = `${new.target.name}.__init__()`;
    for (const one of given as readonly unknown[]) {
      if (isPlain(one)) checkOptions(where, one, []);
      else if (one !== undefined) fail("TypeError", `${where} got an argument too many: ${shown(one)}`);
    }
  }

  /**
   * What the module computes; a subclass says so.
   * @param _inputs what a subclass takes
   */
  forward(..._inputs: never[]): unknown {
    return fail("NotImplementedError", `Module [${this.constructor.name}] is missing the required "forward" function`);
  }

  /** @internal What a step of a stream goes through; layers that can stream say so. `where` begins what is refused. */
  streamStages(where: string): readonly Stage[] {
    const { name } = this.constructor;
    return fail(
      "ValueError",
      `${where} expected layers that make a step of output of one of input and of the past, got: ${name}`,
    );
  }

  /** Own parameters and sub-modules, in the order of the fields. */
  protected fields(): [name: string, field: unknown][] {
    return Object.entries(this);
  }

  /** The modules in the fields, by name; each once. */
  *namedChildren(): Generator<[string, Module]> {
    const seen = new Set<Module>();
    for (const [name, field] of this.fields()) {
      if (!(field instanceof Module) || seen.has(field)) continue;
      seen.add(field);
      yield [name, field];
    }
  }

  /** The modules in the fields. */
  children(): Module[] {
    return [...this.namedChildren()].map(([, child]) => child);
  }

  /** This and every module below, by dotted name; each once. */
  namedModules(prefix = ""): Generator<[string, Module]> {
    if (typeof prefix !== "string") mistyped("prefix expected a string", prefix);
    return only(Module, this.walk(prefix, new Set()));
  }

  /** This and every module below; each once. */
  modules(): Module[] {
    return [...this.namedModules()].map(([, module]) => module);
  }

  /** Every parameter here and below by dotted name; one that stands in several places comes once. */
  namedParameters(prefix = ""): Generator<[string, Parameter]> {
    if (typeof prefix !== "string") mistyped("prefix expected a string", prefix);
    return only(Parameter, this.walk(prefix, new Set()));
  }

  /** Every buffer here and below by dotted name; one that stands in several places comes once. */
  namedBuffers(prefix = ""): Generator<[string, Buffer]> {
    if (typeof prefix !== "string") mistyped("prefix expected a string", prefix);
    return only(Buffer, this.walk(prefix, new Set()));
  }

  /** Every parameter here and below; each once. */
  parameters(): Parameter[] {
    const found: Parameter[] = [];
    for (const [, item] of this.walk("", new Set())) if (item instanceof Parameter) found.push(item);
    return found;
  }

  /** This, its parameters, its buffers and all below by dotted name, in PyTorch's order; each once, or with no `met` at every place. */
  private walk(path: string, met: Set<unknown> | null, found: Found[] = []): Found[] {
    if (met?.has(this)) return found;
    met?.add(this);
    warnOfPrivate(this);
    found.push([path, this]);
    const fields = this.fields();
    for (const kind of [Parameter, Buffer]) {
      for (const [name, field] of fields) {
        if (!(field instanceof kind) || met?.has(field)) continue;
        met?.add(field);
        found.push([join(path, name), field]);
      }
    }
    for (const [name, field] of fields) {
      if (field instanceof Module) field.walk(join(path, name), met, found);
      else if (isForeign(field as object))
        fail("TypeError", `'${join(path, name)}' is a ${typeName(field)}: install a single one`);
    }
    return found;
  }

  /** Every buffer here and below; each once. */
  buffers(): Buffer[] {
    return [...this.namedBuffers()].map(([, buffer]) => buffer);
  }

  /** What stands in the state dict, at every place where it stands. */
  private places(): [string, Parameter | Buffer][] {
    checkEnds(this);
    const saved = (item: unknown) => item instanceof Parameter || (item instanceof Buffer && item.persistent);
    return this.walk("", null).filter(([, item]) => saved(item)) as [string, Parameter | Buffer][];
  }

  /** The parameters and persistent buffers by dotted name, detached; they share memory with the module. */
  stateDict(): Map<string, Tensor> {
    return new Map(this.places().map(([name, tensor]) => [name, tensor.detach()]));
  }

  /**
   * Copies tensors into the parameters and buffers of the same names, converting their dtype.
   * @throws RuntimeError for a shape that differs and, if `strict` (the default), for a name too many or too few;
   *   then nothing has been copied.
   */
  loadStateDict(dict: StateDict, options: { strict?: boolean } = {}): LoadResult {
    checkOptions("Module.load_state_dict()", options, ["strict"]);
    const { strict = true } = options;
    typed("strict", strict, "bool");
    const given = dictOf(dict) as ReadonlyMap<string, Tensor> | null;
    if (given === null) fail("TypeError", `Expected state_dict to be dict-like, got ${typeName(dict)}.`);
    const own = new Map(this.places());
    const lacks = ([key, tensor]: [string, Tensor]) => !given.has(key) && !(tensor instanceof Buffer && tensor.mayLack);
    const missingKeys = [...own].filter(lacks).map(([key]) => key);
    const unexpectedKeys = [...given.keys()].filter((key) => !own.has(key));
    const listed = (what: string, keys: string[]) =>
      strict && keys.length > 0 ? [`${what} key(s) in state_dict: ${keys.map((key) => `"${key}"`).join(", ")}. `] : [];
    const errors = [...listed("Missing", missingKeys), ...listed("Unexpected", unexpectedKeys)];
    for (const [key, tensor] of own) {
      if (!given.has(key)) continue;
      const source = given.get(key);
      if (!(source instanceof Tensor)) {
        errors.push(
          `While copying the parameter named "${key}", expected torch.Tensor or Tensor-like object from checkpoint but received ${typeName(source)}`,
        );
      } else if (!sameShape(source.value.shape, tensor.value.shape)) {
        errors.push(
          `size mismatch for ${key}: copying a param with shape torch.Size(${listText(source.shape)}) from checkpoint, the shape in current model is torch.Size(${listText(tensor.shape)}).`,
        );
      }
    }
    if (errors.length > 0) {
      fail("RuntimeError", `Error(s) in loading state_dict for ${this.constructor.name}:\n\t${errors.join("\n\t")}`);
    }
    noGrad(() => {
      for (const [key, tensor] of own) {
        const source = given.get(key);
        if (source !== undefined) tensor.copy_(source);
      }
    });
    return { missingKeys, unexpectedKeys };
  }

  /** Training mode here and below. */
  train(mode = true): this {
    if (typeof mode !== "boolean") fail("ValueError", "training mode is expected to be boolean");
    for (const module of this.modules()) module.training = mode;
    return this;
  }

  /** Evaluation mode here and below: no dropout. */
  eval(): this {
    return this.train(false);
  }

  /** Forgets the gradients of every parameter. */
  zeroGrad(): void {
    for (const parameter of this.parameters()) parameter.grad = null;
  }

  /** Says of every parameter whether gradients are wanted. */
  requiresGrad_(wanted = true): this {
    for (const parameter of this.parameters()) parameter.requiresGrad = wanted;
    return this;
  }

  /** Converts every parameter and every buffer of floats, in place, to a float dtype. */
  to(dtype: DType): this {
    if (!isFloat(dtype)) {
      const name = dtype === "int32" || dtype === "bool" ? torchName(dtype) : shown(dtype);
      fail("TypeError", `nn.Module.to only accepts floating point or complex dtypes, but got desired dtype=${name}`);
    }
    for (const parameter of this.parameters()) {
      parameter.value = convert(parameter.value, dtype);
      parameter.gradient = parameter.gradient && convert(parameter.gradient, dtype);
    }
    for (const buffer of this.buffers()) {
      if (isFloat(buffer.dtype)) buffer.value = convert(buffer.value, dtype);
    }
    return this;
  }

  /** Calls `body` with every module below and then with this. */
  apply(body: (module: Module) => void): this {
    if (typeof body !== "function") mistyped("apply() expected a function", body);
    checkEnds(this);
    for (const child of this.children()) child.apply(body);
    body(this);
    return this;
  }

  /**
   * An independent copy: parameters with memory of their own, what is shared stays shared.
   * @throws TypeError for a class with private members (`#x`), which nobody can copy
   */
  clone(): this {
    return duplicate(this, new Map()) as this;
  }

  /** What stands between the brackets of the module's own line in `String(module)`. */
  protected extraRepr(): string {
    return "";
  }

  /** As PyTorch prints it. */
  toString(): string {
    checkEnds(this);
    const lines = this.childLines().map((line) => indent(line));
    const extra = this.extraRepr();
    const name = this.constructor.name;
    if (lines.length === 0) return `${name}(${extra})`;
    return `${name}(\n${[...(extra === "" ? [] : [`  ${extra}`]), ...lines].join("\n")}\n)`;
  }

  protected childLines(): string[] {
    return this.fields().flatMap(([name, field]) => (field instanceof Module ? [`(${name}): ${field}`] : []));
  }

  [Symbol.for("nodejs.util.inspect.custom")](): string {
    return this.toString();
  }
}

type Found = [path: string, item: Module | Parameter | Buffer];

function* only<T extends Module | Parameter | Buffer>(
  kind: abstract new (...given: never[]) => T,
  found: readonly Found[],
): Generator<[string, T]> {
  for (const [path, item] of found) if (item instanceof kind) yield [path, item];
}

/** As deep as Python goes. */
const deepest = 1000;

/** Refuses a module that holds itself, at whatever depth: a walk through all places of its modules has no end. */
function checkEnds(module: Module, path = "", above = new Set<Module>(), done = new Set<Module>()): void {
  if (done.has(module)) return;
  if (above.has(module) || above.size > deepest) {
    const what = above.has(module) ? "which holds it" : `more than ${deepest} modules deep`;
    fail("RuntimeError", `maximum recursion depth exceeded: at '${path}' stands a ${module.constructor.name}, ${what}`);
  }
  above.add(module);
  for (const [name, child] of module.namedChildren()) checkEnds(child, join(path, name), above, done);
  above.delete(module);
  done.add(module);
}

/** Says so where the parameters of a module may be where nobody sees them. */
function warnOfPrivate(module: Module): void {
  const members = privateMembers(module.constructor);
  if (members.length === 0 || !module.namedChildren().next().done) return;
  const hasParameter = Object.values(module).some((field) => field instanceof Parameter);
  if (hasParameter) return;
  const { name } = module.constructor;
  warn(
    `${name} has neither parameters nor modules in its fields, and what is private (${members.join(", ")}) cannot be seen: keep parameters and modules in ordinary fields`,
  );
}

/** A number as Python prints a float: `1.0`, `0.5`. */
export function pythonFloat(x: number): string {
  if (Number.isInteger(x)) return x.toFixed(1);
  return Math.abs(x) < 1e-4 ? x.toExponential().replace(/e([+-])(\d)$/, "e$10$2") : String(x);
}

/** A boolean as Python prints it. */
export function pythonBool(x: boolean): string {
  return x ? "True" : "False";
}

const join = (prefix: string, name: string): string => (prefix === "" ? name : `${prefix}.${name}`);
const indent = (text: string): string => text.replace(/^/gm, "  ");

/** Copies modules, tensors, and the arrays, maps and plain objects between them; what it met before, it gives again. */
function duplicate(original: unknown, met: Map<unknown, unknown>): unknown {
  if (met.has(original)) return met.get(original);
  const remember = <T>(copied: T): T => {
    met.set(original, copied);
    return copied;
  };
  if (original instanceof Parameter) {
    return remember(new Parameter(new Tensor(copy(original.value)), original.requiresGrad));
  }
  if (original instanceof Buffer) {
    const copied = new Buffer(new Tensor(copy(original.value)), { persistent: original.persistent });
    copied.mayLack = original.mayLack;
    copied.value.storage.fileDType = original.value.storage.fileDType;
    return remember(copied);
  }
  if (original instanceof Tensor) {
    const copied = new Tensor(copy(original.value));
    copied.wanted = original.wanted;
    return remember(copied);
  }
  if (Array.isArray(original)) {
    const list: unknown[] = remember([]);
    for (const item of original) list.push(duplicate(item, met));
    return list;
  }
  if (original instanceof Map) {
    const map = remember(new Map<unknown, unknown>());
    for (const [key, value] of original) map.set(key, duplicate(value, met));
    return map;
  }
  if (original instanceof Module || isPlain(original)) {
    const [hidden] = privateMembers(original.constructor);
    if (hidden !== undefined) {
      const { name } = original.constructor;
      fail("TypeError", `clone() cannot copy ${hidden} of ${name}, which is private: keep it in an ordinary field`);
    }
    const copied = remember(Object.create(Object.getPrototypeOf(original)) as object);
    for (const [name, field] of Object.entries(original)) {
      const value = duplicate(field, met);
      Object.defineProperty(copied, name, { value, writable: true, enumerable: true, configurable: true });
    }
    return copied;
  }
  return original;
}
