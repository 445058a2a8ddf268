/** Layers with windows beside PyTorch's: print, parameters, first numbers, and what they refuse. */

import { expect, it } from "vitest";
import { manualSeed, nn, type Tensor, zeros } from "../../src/index.js";
import { conv } from "./conv_fixture.js";
import { expected, refuses } from "./nn_fixture.js";
import { exact, expectClose } from "./tolerance.js";

type Layer = nn.Module & { forward(input: Tensor, outputSize?: readonly number[]): unknown };

/** A layer of a name, of arguments and options as PyTorch's had. */
export function made(name: string, args: readonly unknown[], options: object): Layer {
  const Class = (nn as unknown as Record<string, new (...args: unknown[]) => Layer>)[name];
  return new Class(...args, options);
}

/** Compares the layers whose names match. */
export function layersAgree(names: RegExp): void {
  it.each(conv.layers.filter(({ name }) => names.test(name)))("$repr is PyTorch's", (layer) => {
    manualSeed(layer.seed);
    const found = made(layer.name, layer.args, layer.options);
    expect(String(found)).toBe(layer.repr);
    const state = found.stateDict();
    expect([...state.keys()]).toEqual(Object.keys(layer.state));
    for (const [name, x] of state) expectClose(x, expected(layer.state[name], "float32"), exact, name);
    const other = made(layer.name, layer.args, layer.options);
    other.loadStateDict(state);
    for (const [name, x] of other.stateDict()) expectClose(x, state.get(name) as Tensor, exact, name);
    expect(found.clone()).toBeInstanceOf(Object.getPrototypeOf(found).constructor);
  });

  it.each(conv.refusedLayers.filter(({ name }) => names.test(name)))(
    "$name $args $options $with: $error.message",
    ({ name, args, options, input, with: given, error }) => {
      refuses(() => {
        const layer = made(name, args, options);
        if (input !== undefined) layer.forward(zeros(input), given?.outputSize);
      }, error);
    },
  );
}
