/**
 * What the names of a graph stand for: numbers that are fixed in the file, or the reason why they are not. Only what is
 * asked for is read and computed. A graph within a node sees the names around it; a function sees its inputs alone.
 */

import { ElmanError, fail } from "../../base/errors.js";
import { tensor } from "../../tensor/create.js";
import type { Tensor } from "../../tensor/tensor.js";
import { Attributes } from "./attributes.js";
import { operations, sizesOf } from "./operations.js";
import type { OnnxNode, OnnxTensor, OnnxValueInfo } from "./proto.js";
import { type ExternalData, tensorOf } from "./tensors.js";

/** Why a value is not fixed. */
export class Missing {
  constructor(
    /** What follows the name of the value in a sentence. */
    readonly why: string,
    /** Whether it depends on what the caller of the model gives, or may do so. */
    readonly isGiven: boolean,
  ) {}
}

/** A chain of nodes that is longer is not followed. */
const longest = 500;

/** How many numbers may be computed: a file can ask for more than there is memory for. */
export class Room {
  private left: number;

  constructor(
    private readonly name: string,
    count: number,
  ) {
    this.left = count;
  }

  readonly take = (count: number): void => {
    this.left -= count;
    this.check();
  };

  check(): void {
    if (this.left >= 0) return;
    fail("ValueError", `${this.name} expected weights of the size of the file, but it makes too many of them`);
  }
}

/** What all scopes of a model share. */
export interface Surroundings {
  readonly room: Room;
  readonly files: ExternalData;
  /** The names of the initialisers and constants that were read. */
  readonly used: Set<string>;
}

type Source = () => Tensor | Missing;

export class Scope {
  private readonly sources = new Map<string, Source>();
  private readonly known = new Map<string, Tensor | Missing>();
  private readonly inputShapes = new Map<string, readonly number[]>();
  private static depth = 0;

  constructor(
    readonly surroundings: Surroundings,
    private readonly outer: Scope | null,
  ) {}

  /** An initialiser. */
  stored(name: string, from: OnnxTensor): void {
    this.sources.set(name, () => {
      this.surroundings.used.add(name);
      return tensorOf(`'${name}'`, from, this.surroundings.files);
    });
  }

  /** What the caller of the model, or the loop around a graph, gives. */
  given({ name = "", type }: OnnxValueInfo): void {
    if (this.sources.has(name)) return;
    const dims = type?.tensorType?.shape?.dim;
    if (dims !== undefined)
      this.inputShapes.set(
        name,
        dims.map(({ value }) => value ?? Number.NaN),
      );
    this.sources.set(name, () => new Missing("is an input, whose numbers are not in the file", true));
  }

  /** The outputs of a node. */
  computed(node: OnnxNode): void {
    let results: readonly (Tensor | Missing)[] | null = null;
    for (const [i, name] of (node.output ?? []).entries()) {
      if (name === "") continue;
      this.sources.set(name, () => {
        results ??= this.compute(node);
        return results[Math.min(i, results.length - 1)];
      });
    }
  }

  /** Another name for a value of another scope, the input or output of a function say. */
  alias(name: string, scope: Scope, there: string): void {
    this.sources.set(name, () => scope.get(there));
  }

  /** The numbers that a name stands for. */
  get(name: string): Tensor | Missing {
    const found = this.known.get(name);
    if (found !== undefined) return found;
    const source = this.sources.get(name);
    if (source === undefined) return this.outer?.get(name) ?? new Missing("stands nowhere in the file", false);
    if (Scope.depth >= longest) return new Missing(`is computed by more than ${longest} nodes`, false);
    Scope.depth++;
    try {
      const value = source();
      this.known.set(name, value);
      return value;
    } finally {
      Scope.depth--;
    }
  }

  private compute(node: OnnxNode): (Tensor | Missing)[] {
    const { opType = "", input = [], domain = "" } = node;
    const attributes = new Attributes(node, (from) => tensorOf(`'${opType}'`, from, this.surroundings.files));
    const isPlain = domain === "" || domain === "ai.onnx";
    if (isPlain && opType === "Constant") {
      this.surroundings.used.add(node.output?.[0] ?? "");
      return [constant(attributes)];
    }
    const shape = isPlain && opType === "Shape" ? this.shapeOf(input[0] ?? "") : undefined;
    if (shape !== undefined) return [sizesOf(shape, attributes)];
    const inputs = input.map((name) => (name === "" ? null : this.get(name)));
    // Wherever a graph stands within a node, anything may flow in.
    const hasGraph = attributes.all.some(({ g }) => g !== undefined);
    const missing = inputs.filter((one) => one instanceof Missing);
    const isGiven = hasGraph || missing.some((one) => one.isGiven);
    if (isPlain && opType === "Expand" && !(inputs[0] instanceof Missing) && missing.length > 0) {
      const stretched = unsized(inputs[0]);
      if (stretched !== null) return [stretched];
    }
    if (!isPlain || !Object.hasOwn(operations, opType)) return [new Missing(`is computed by a ${opType}`, isGiven)];
    const [first] = missing;
    if (first !== undefined)
      return [first.isGiven ? new Missing(`is computed by a ${opType} of what is given`, true) : first];
    try {
      const made = operations[opType](inputs as (Tensor | null)[], attributes, this.surroundings.room.take);
      const results = Array.isArray(made) ? (made as Tensor[]) : [made as Tensor];
      for (const one of results) this.surroundings.room.take(one.numel());
      return results;
    } catch (error) {
      this.surroundings.room.check();
      if (!(error instanceof ElmanError)) throw error;
      return [new Missing(`is computed by a ${opType} that cannot be followed: ${error.message}`, false)];
    }
  }

  /** The sizes of a value before the model runs, NaN where they are open. */
  private shapeOf(name: string): readonly number[] | undefined {
    if (this.sources.has(name) || this.outer === null) return this.inputShapes.get(name);
    return this.outer.shapeOf(name);
  }
}

function constant(attributes: Attributes): Tensor | Missing {
  const value = attributes.tensor("value");
  if (value !== null) return value;
  for (const { name, f, i, floats, ints } of attributes.all) {
    if (name === "value_float") return tensor(f ?? 0);
    if (name === "value_int") return tensor(Float64Array.of(i ?? 0), []);
    if (name === "value_floats") return tensor(Float32Array.from(floats ?? []));
    if (name === "value_ints") return tensor(Float64Array.from(ints ?? []));
  }
  return new Missing("is a Constant of no numbers", false);
}

/** What is stretched to sizes that are not known: all alike, or a state, whose batch is stretched. */
function unsized(from: Tensor | null | undefined): Tensor | null {
  if (!from) return null;
  const numbers = from.toArray();
  if (numbers.every((x) => x === numbers[0]) && numbers.length > 0) return from.reshape([-1]).select(0, 0);
  return from.ndim === 3 ? from : null;
}
