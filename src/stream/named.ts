/** Weights by PyTorch's names, and what has to be true of one. */

import { fail, shown, typeName } from "../base/errors.js";
import { isA } from "../base/realm.js";
import { listText, sameShape } from "../base/shape.js";
import type { Stage } from "../device/device.js";
import { openStream, type Stream, type StreamOptions } from "./stream.js";

/** A weight: a safetensors entry of dtype F32, or anything else that has a shape and as many floats, row-major. */
export interface NamedWeight {
  readonly shape: readonly number[];
  /** Row-major. */
  readonly data: Float32Array;
}

/** A tensor of float32, whose numbers are taken once, when the layer is made. */
export interface NamedTensor {
  readonly shape: readonly number[];
  /** The numbers, row-major. */
  toArray(): ArrayBufferView;
}

/** What else a checkpoint holds: whole numbers of 64 bits, objects, plain data. Nobody asks for it. */
type Beside =
  | { readonly dtype: string; readonly shape: readonly number[] }
  | { readonly name: string; readonly items: readonly unknown[] }
  | (number | bigint | string | boolean | null)
  | (Uint8Array | readonly unknown[] | ReadonlySet<unknown> | ReadonlyMap<unknown, unknown>);

/**
 * Weights under PyTorch's names: `weight_ih_l0`, `weight_hh_l0`, `bias_ih_l0`, …; of a cell `weight_ih`, … A map may be a
 * state dict, or what `load()` gave.
 */
export type NamedWeights =
  | ReadonlyMap<string, NamedWeight | NamedTensor | Beside>
  | Readonly<Record<string, NamedWeight | NamedTensor>>;

/** Options of every layer. */
export interface LayerOptions {
  /** What the names begin with, such as `encoder.lstm.`. Default nothing. */
  prefix?: string;
}

/** What all layers for inference have in common. */
export abstract class StreamLayer {
  /** @internal What a step goes through. */
  abstract stages(): readonly Stage[];

  /**
   * The layer at work, one step at a time. The arrays of the weights are read now, and again at `refresh()`.
   * @throws ValueError where `batch` is no whole number
   */
  stream(options?: StreamOptions): Stream {
    return openStream(`${this.constructor.name}.stream()`, this.stages(), options);
  }
}

/** The weights of one layer: those whose names begin with its prefix, under what follows it. */
export class Named {
  private readonly own = new Map<string, Partial<NamedWeight & NamedTensor> | undefined>();
  private readonly taken = new Map<string, Float32Array>();
  /** Some of all names, for errors. */
  private readonly some: string;

  constructor(
    private readonly layer: string,
    weights: NamedWeights,
    private readonly prefix = "",
  ) {
    if (typeof weights !== "object" || weights === null) {
      fail("TypeError", `${layer} expected weights by name, got: ${typeName(weights)}`);
    }
    if (typeof prefix !== "string") fail("TypeError", `prefix should be of type string, got: ${typeName(prefix)}`);
    const given = new Map<string, unknown>(isA(weights, "Map") ? (weights as never) : Object.entries(weights));
    for (const [name, weight] of given) {
      if (typeof name === "string" && name.startsWith(prefix))
        this.own.set(name.slice(prefix.length), weight as NamedWeight);
    }
    this.some = [...given.keys()].slice(0, 4).join(", ") || "none";
  }

  /** The names that nobody has taken. */
  get names(): string[] {
    return [...this.own.keys()].filter((name) => !this.taken.has(name));
  }

  /** A weight's name as it was given. */
  full(name: string): string {
    return this.prefix + name;
  }

  has(name: string): boolean {
    return this.own.has(name);
  }

  /** Refuses weights without that one. */
  needs(name: string, shown = name): void {
    if (!this.own.has(name)) this.refuse(`a weight named ${this.prefix}${shown}`, this.some);
  }

  /** @throws ElmanError saying of which layer what was expected and what came */
  refuse(expected: string, came: string | number): never {
    return fail("ValueError", `${this.layer}: expected ${expected}, got: ${came}`);
  }

  /** The sizes of a weight, which has as many floats. */
  shape(name: string): readonly number[] {
    return this.checked(name).shape;
  }

  /** The floats of a weight of that shape. */
  take(name: string, shape: readonly number[]): Float32Array {
    const weight = this.checked(name);
    if (!sameShape(weight.shape, shape)) {
      const came = listText(weight.shape);
      fail("ValueError", `${this.layer}: expected ${this.full(name)} of size ${listText(shape)}, got ${came}`);
    }
    this.taken.set(name, weight.data);
    return weight.data;
  }

  /** The same, or null where there is none. */
  takeIfAny(name: string, shape: readonly number[]): Float32Array | null {
    return this.own.has(name) ? this.take(name, shape) : null;
  }

  /** Refuses weights whose memory has gone elsewhere since they were taken. */
  checkPresent(): void {
    if ([...this.taken.values()].some((data) => data.length === 0)) {
      fail("RuntimeError", `${this.layer}: expected its weights, but their memory was transferred elsewhere`);
    }
  }

  /** A weight, of a tensor its numbers. */
  private floats(key: string): Partial<NamedWeight> | undefined {
    let weight = this.own.get(key);
    if (typeof weight?.toArray === "function") {
      weight = { shape: weight.shape ?? [], data: weight.toArray() as Float32Array };
      this.own.set(key, weight);
    }
    return weight;
  }

  private checked(key: string): NamedWeight {
    const [where, name, weight] = [`${this.layer}: `, this.full(key), this.floats(key)];
    if (!this.own.has(key)) fail("ValueError", `${where}expected a weight named ${name}, which is missing`);
    const { shape, data } = weight ?? {};
    if (!Array.isArray(shape) || !isA(data, "Float32Array")) {
      fail(
        "TypeError",
        `${where}expected ${name} as a shape and a Float32Array, got: ${shown(shape)} and ${typeName(data)}`,
      );
    }
    if (!shape.every((size) => Number.isInteger(size) && size >= 0)) {
      const came = shape.map(shown).join(", ");
      fail("ValueError", `${where}expected ${name} with a shape of whole numbers, at least 0, got: [${came}]`);
    }
    const count = shape.reduce((product: number, n: number) => product * n, 1);
    if (data.length !== count) {
      fail(
        "ValueError",
        `${where}expected ${name} of size ${listText(shape)} with ${count} floats, got: ${data.length}`,
      );
    }
    return weight as NamedWeight;
  }
}
