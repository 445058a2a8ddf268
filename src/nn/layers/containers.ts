/**
 * Modules in a row, and modules in a list.
 * Sources: https://docs.pytorch.org/docs/stable/generated/torch.nn.Sequential.html, …ModuleList.html
 */

import { fail, isIterable, shown, typeName } from "../../base/errors.js";
import type { Tensor } from "../../tensor/tensor.js";
import { Module } from "../module.js";

/** Modules under their numbers. */
class Numbered<M extends Module> extends Module implements Iterable<M> {
  protected readonly items: M[] = [];

  protected add(module: M): void {
    if (!(module instanceof Module)) fail("TypeError", `${typeName(module)} is not a Module subclass`);
    this.items.push(module);
  }

  [Symbol.iterator](): Iterator<M> {
    return this.items[Symbol.iterator]();
  }

  protected override fields(): [string, unknown][] {
    return [...this.items.map((module, i): [string, unknown] => [String(i), module]), ...super.fields()];
  }
}

/** A list of modules; each is found under its number. */
export class ModuleList<M extends Module = Module> extends Numbered<M> {
  constructor(modules: Iterable<M> = []) {
    super();
    if (!isIterable(modules)) {
      fail("TypeError", `ModuleList.extend should be called with an iterable, but got ${typeName(modules)}`);
    }
    for (const module of modules) this.add(module);
  }

  /** Puts a module at the end. */
  push(module: M): this {
    this.add(module);
    return this;
  }

  /** How many modules there are. */
  get length(): number {
    return this.items.length;
  }

  /** The module at a place; negative counts from the back. */
  at(index: number): M {
    const n = this.items.length;
    if (!Number.isInteger(index) || index < -n || index >= n) {
      fail("IndexError", `index ${shown(index)} is out of range`);
    }
    return this.items[index < 0 ? index + n : index];
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

/** Runs modules one after the other, each on what the one before gave. */
export class Sequential extends Numbered<Layer> {
  constructor(...layers: Layer[]) {
    super();
    for (const layer of layers) this.add(layer);
  }

  override forward(input: Tensor): Tensor {
    return this.items.reduce((x, layer) => layer.forward(x), input);
  }
}
