/**
 * Modules in a row, in a list, and by name.
 * Sources: https://docs.pytorch.org/docs/stable/generated/torch.nn.Sequential.html, …ModuleList.html, …ModuleDict.html
 */

import { isPlain } from "../../base/dict.js";
import { fail, isIterable, shown, typeName } from "../../base/errors.js";
import type { Rows, Stage } from "../../device/device.js";
import * as stages from "../../stream/stages.js";
import { openStream, type Stream, type StreamOptions } from "../../stream/stream.js";
import type { Tensor } from "../../tensor/tensor.js";
import { elu, gelu, hardtanh, leakyRelu, relu, sigmoid, silu, softplus, tanh } from "../functional/activation.js";
import { Module } from "../module.js";
import { checkPacked, PackedSequence } from "../recurrent/packed.js";

/** The type of a list's item: of its own where the place is known. */
type At<Items extends readonly unknown[], Place extends number> = `${Place}` extends keyof Items
  ? Items[Place]
  : Items[number];

/** What has numbered items, each a module found under its number. */
abstract class Numbered<Items extends readonly unknown[]> extends Module implements Iterable<Items[number]> {
  protected abstract readonly items: Items;

  /** How many items there are. */
  get length(): number {
    return this.items.length;
  }

  /** The item at a place; negative counts from the back. */
  at<Place extends number>(index: Place): At<Items, Place> {
    const n = this.items.length;
    if (!Number.isInteger(index) || index < -n || index >= n) {
      fail("IndexError", `index ${shown(index)} is out of range`);
    }
    return this.items.at(index) as At<Items, Place>;
  }

  /** Items `start` … `end` − 1, as an array's `slice` counts them. */
  protected part(start: number, end: number): Items[number][] {
    for (const bound of [start, end]) {
      if (!Number.isInteger(bound) && bound !== Number.POSITIVE_INFINITY) {
        fail("TypeError", `slice() expected whole numbers as bounds, got: ${shown(bound)}`);
      }
    }
    return this.items.slice(start, end);
  }

  [Symbol.iterator](): Iterator<Items[number]> {
    return this.items[Symbol.iterator]() as Iterator<Items[number]>;
  }

  /** The name of an item. */
  protected nameOf(place: number): string {
    return String(place);
  }

  protected override fields(): [string, unknown][] {
    return [...this.items.map((item, i): [string, unknown] => [this.nameOf(i), item]), ...super.fields()];
  }
}

/** A list of modules; each is found under its number. */
export class ModuleList<M extends Module = Module> extends Numbered<M[]> {
  static override name = "ModuleList";

  protected readonly items: M[] = [];

  constructor(modules: Iterable<M> = []) {
    super();
    if (!isIterable(modules)) {
      fail("TypeError", `ModuleList.extend should be called with an iterable, but got ${typeName(modules)}`);
    }
    for (const module of modules) this.push(module);
  }

  /** Puts a module at the end. */
  push(module: M): this {
    if (!(module instanceof Module)) fail("TypeError", `${typeName(module)} is not a Module subclass`);
    this.items.push(module);
    return this;
  }

  /** A list of the same modules from place `start` to before `end`; negative places count from the back. */
  slice(start = 0, end = Number.POSITIVE_INFINITY): ModuleList<M> {
    return new ModuleList(this.part(start, end));
  }

  /** Equal neighbours share a line, as in PyTorch: `(0-2): 3 x Linear(…)`. */
  protected override childLines(): string[] {
    const lines: { first: number; last: number; text: string }[] = [];
    this.items.forEach((module, i) => {
      const text = String(module);
      const before = lines.at(-1);
      if (before?.text === text) before.last = i;
      else lines.push({ first: i, last: i, text });
    });
    return lines.map(({ first, last, text }) =>
      first === last ? `(${first}): ${text}` : `(${first}-${last}): ${last - first + 1} x ${text}`,
    );
  }
}

/** A module that takes a tensor and gives one. */
export type Layer = Module & { forward(input: Tensor): Tensor };
/** What `Sequential` runs: a layer, or a function without parameters. */
export type Step = Layer | ((input: Tensor) => Tensor);
/** A recurrent layer or cell, which gives its state, too: `stream()` hands its output on, `forward()` cannot. */
export type RecurrentStep = Module & { forward(input: Tensor): readonly [Tensor, unknown] };

/** Functions that a stream knows, with the options that they have when none are given. */
const streamed: ReadonlyMap<(input: Tensor) => Tensor, () => Rows> = new Map<(input: Tensor) => Tensor, () => Rows>([
  [relu, stages.relu],
  [tanh, stages.tanh],
  [sigmoid, stages.sigmoid],
  [silu, stages.silu],
  [gelu, () => stages.gelu("none")],
  [elu, () => stages.elu(1)],
  [leakyRelu, () => stages.leakyRelu(0.01)],
  [softplus, () => stages.softplus(1, 20)],
  [hardtanh, () => stages.hardtanh(-1, 1)],
]);

/** Whether a subclass has overridden the forward that the stages of a stream belong to. */
function forwardIsOther(module: Module): boolean {
  for (let kind: object = module; ; kind = Object.getPrototypeOf(kind)) {
    if (Object.hasOwn(kind, "streamStages")) return false;
    if (Object.hasOwn(kind, "forward")) return module.streamStages !== Module.prototype.streamStages;
  }
}

/** Refuses what cannot be a part of a dotted name. */
function checkName(name: unknown): void {
  if (typeof name !== "string") fail("TypeError", `module name should be a string. Got ${typeName(name)}`);
  if (name.includes(".")) fail("KeyError", `module name can't contain ".", got: ${name}`);
  if (name === "") fail("KeyError", `module name can't be empty string ""`);
}

/** The entries of an object of steps. A whole number as a name would stand in front, wherever it was written. */
function namedSteps(steps: Readonly<Record<string, Step>>): [string, Step][] {
  for (const name of Object.keys(steps)) {
    checkName(name);
    if (/^\d+$/.test(name))
      fail("KeyError", `a step named ${name} has no place of its own: give the steps without names`);
  }
  return Object.entries(steps);
}

/** Runs modules and plain functions one after the other, each on what the one before gave. */
export class Sequential<Steps extends readonly (Step | RecurrentStep)[] = readonly Step[]> extends Numbered<Steps> {
  static override name = "Sequential";

  protected readonly items: Steps;
  private stepNames: readonly string[];

  /** @param steps modules or functions, each of which takes what the one before gives */
  constructor(...steps: Steps);
  /**
   * Steps under names of their own: PyTorch's `Sequential(OrderedDict(…))`.
   * @param steps modules or functions by their names, in their order
   */
  constructor(steps: Readonly<Record<string, Step>>);
  constructor(...given: Steps | [Readonly<Record<string, Step>>]) {
    super();
    const [only] = given;
    const isNamed = given.length === 1 && isPlain(only);
    const entries: [string, unknown][] = isNamed ? namedSteps(only) : given.map((step, i) => [String(i), step]);
    for (const [, step] of entries) {
      if (typeof step === "function" && step.prototype instanceof Module) {
        fail("TypeError", `${step.name} is not a Module subclass, but the class itself: write new nn.${step.name}()`);
      }
      if (!(step instanceof Module || typeof step === "function")) {
        fail("TypeError", `${typeName(step)} is not a Module subclass`);
      }
    }
    this.stepNames = entries.map(([name]) => name);
    this.items = entries.map(([, step]) => step) as unknown as Steps;
  }

  /** The steps in turn, the first on the `input`, which in JavaScript may be packed. */
  override forward(this: Sequential<readonly Step[]>, input: Tensor): Tensor {
    if ((input as unknown) instanceof PackedSequence) return this.forwardPacked(input as never) as never;
    return this.items.reduce<Tensor>((x, step) => (step instanceof Module ? step.forward(x) : step(x)), input);
  }

  /**
   * The steps in turn, of packed sequences, each on the rows of all of them: for steps that treat rows one by one.
   * @param input packed rows `[R, C]`
   */
  forwardPacked(this: Sequential<readonly Step[]>, input: PackedSequence): PackedSequence {
    checkPacked("Sequential.forwardPacked()", input);
    return input.map(...this.items);
  }

  /**
   * The layers at work on a signal that never ends, one step at a time: as `stream()` of a recurrent layer, with the past
   * of convolutions as states besides. It takes Linear, Conv1d, BatchNorm1d, LayerNorm over the features, dropout,
   * Identity, activations and their functions in nn.functional without options, recurrent layers and cells, whose output
   * goes on, and others of its kind.
   *
   * A stream is inference, also of a net in training: BatchNorm1d takes its running statistics, dropout does nothing. A
   * Conv1d is causal: a step's output is made of its input and those of (K − 1)·dilation steps before, which begin as zeros.
   * So its padding must be 0, which means the whole sequence after so many zeros on the left, or (K − 1)·dilation zeros,
   * which means the same without the last (K − 1)·dilation outputs.
   * @param options `batch`: how many sequences side by side, 1 by default
   * @throws ValueError for layers that cannot stream, by name, and where sizes do not fit; RuntimeError unless float32
   */
  stream(options?: StreamOptions): Stream {
    const where = `${this.constructor.name}.stream()`;
    return openStream(where, this.streamStages(where), options);
  }

  /** @internal */
  override streamStages(where: string): readonly Stage[] {
    return this.items.flatMap((step) => {
      if (step instanceof Module) {
        if (forwardIsOther(step)) {
          fail(
            "ValueError",
            `${where} expected layers of the library, got one with a forward of its own: ${step.constructor.name}`,
          );
        }
        return step.streamStages(where);
      }
      const rows = streamed.get(step);
      if (rows === undefined) {
        const name = step.name || "a function without a name";
        fail(
          "ValueError",
          `${where} expected layers or activations of nn.functional, not what may do anything, got: ${name}`,
        );
      }
      return [rows()];
    });
  }

  /**
   * The same steps from place `start` to before `end`; negative places count from the back. As in PyTorch they keep their
   * names: the state dict of `net.slice(1)` begins with `1.`.
   */
  slice(start = 0, end = Number.POSITIVE_INFINITY): Sequential<Steps[number][]> {
    const part = new Sequential(...this.part(start, end));
    part.stepNames = this.stepNames.slice(start, end);
    return part;
  }

  protected override nameOf(place: number): string {
    return this.stepNames[place];
  }

  /** A function is a line of its name. */
  protected override childLines(): string[] {
    return this.fields().flatMap(([name, field], i) => {
      if (field instanceof Module) return [`(${name}): ${field}`];
      return i < this.length && typeof field === "function" ? [`(${name}): ${field.name || "function"}`] : [];
    });
  }
}

/** Modules by name. */
export class ModuleDict<Modules extends Record<string, Module> = Record<string, Module>> extends Module {
  static override name = "ModuleDict";

  private readonly items = new Map<string, Module>();

  /** @param modules an object of modules, or pairs of a name and a module */
  constructor(modules: Modules | Iterable<readonly [string, Modules[keyof Modules & string]]> = {} as Modules) {
    super();
    if (typeof modules !== "object" || modules === null) {
      fail(
        "TypeError",
        `ModuleDict.update should be called with an iterable of key/value pairs, but got ${typeName(modules)}`,
      );
    }
    const pairs = Symbol.iterator in modules ? [...(modules as Iterable<unknown>)] : Object.entries(modules);
    pairs.forEach((pair, i) => {
      if (!Array.isArray(pair)) {
        fail("TypeError", `ModuleDict update sequence element #${i} should be Iterable; is${typeName(pair)}`);
      }
      if (pair.length !== 2) {
        fail("ValueError", `ModuleDict update sequence element #${i} has length ${pair.length}; 2 is required`);
      }
      this.set(pair[0], pair[1]);
    });
  }

  /** How many modules there are. */
  get size(): number {
    return this.items.size;
  }

  /** Whether there is a module of that `name`. */
  has(name: string): boolean {
    return this.items.has(name);
  }

  /** The module of a name. */
  get<Name extends keyof Modules & string>(name: Name): Modules[Name] {
    const module = this.items.get(name);
    return (module ?? fail("KeyError", `'${shown(name)}'`)) as Modules[Name];
  }

  /** Puts a module under a name, in the place of the one that was there. */
  set<Name extends keyof Modules & string>(name: Name, module: Modules[Name]): this {
    checkName(name);
    if (!(module instanceof Module)) fail("TypeError", `${typeName(module)} is not a Module subclass`);
    this.items.set(name, module);
    return this;
  }

  /** Takes the module of a name out; whether there was one. */
  delete(name: string): boolean {
    return this.items.delete(name);
  }

  /** The names, in the order in which they came. */
  keys(): (keyof Modules & string)[] {
    return [...this.items.keys()];
  }

  /** The modules, in the order in which they came. */
  values(): Modules[keyof Modules & string][] {
    return [...this.items.values()] as Modules[keyof Modules & string][];
  }

  /** Names with their modules. */
  [Symbol.iterator](): Iterator<[keyof Modules & string, Modules[keyof Modules & string]]> {
    return [...this.items][Symbol.iterator]() as Iterator<[keyof Modules & string, Modules[keyof Modules & string]]>;
  }

  protected override fields(): [string, unknown][] {
    return [...this.items, ...super.fields()];
  }
}
