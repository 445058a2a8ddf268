/**
 * The parameters of a recurrent layer or cell: PyTorch's names, their order and their shapes, and what a name says.
 *
 * Layers make their parameters by it, files and streams are recognised by it.
 * Source: https://docs.pytorch.org/docs/stable/generated/torch.nn.LSTM.html, under "Variables"
 */

import type { Shape } from "../base/shape.js";
import type { Weights } from "./device.js";

/** What decides the parameters. */
export interface Sizes {
  /** G */
  readonly gates: number;
  /** C */
  readonly inputSize: number;
  /** H */
  readonly hiddenSize: number;
  /** The size of the projection; 0 for none. */
  readonly projSize: number;
  /** null for a cell, whose names have no number. */
  readonly numLayers: number | null;
  readonly bidirectional: boolean;
  readonly bias: boolean;
}

/** What a parameter does in its layer. */
type Role = Exclude<keyof Weights, "own">;

const stems = {
  ih: "weight_ih",
  hh: "weight_hh",
  biasIh: "bias_ih",
  biasHh: "bias_hh",
  hr: "weight_hr",
} as const satisfies Record<Role, string>;

/** The name of a layer's parameter. */
export type WeightName = `${(typeof stems)[Role]}_l${number}${"" | "_reverse"}`;

/** One parameter. */
export interface Parameter {
  readonly role: Role;
  readonly name: string;
  readonly shape: Shape;
}

/** The parameters of each layer and direction, in PyTorch's order. */
export function parametersOf(sizes: Sizes): Parameter[][] {
  const { gates, inputSize, hiddenSize: H, projSize, numLayers, bidirectional, bias } = sizes;
  const GH = gates * H;
  const P = projSize || H;
  const directions = bidirectional ? 2 : 1;
  return Array.from({ length: (numLayers ?? 1) * directions }, (_, s) => {
    const layer = Math.floor(s / directions);
    const suffix = numLayers === null ? "" : `_l${layer}${s % directions === 1 ? "_reverse" : ""}`;
    const parameter = (role: Role, shape: Shape) => ({ role, name: stems[role] + suffix, shape });
    return [
      parameter("ih", [GH, layer === 0 ? inputSize : directions * P]),
      parameter("hh", [GH, P]),
      ...(bias ? [parameter("biasIh", [GH]), parameter("biasHh", [GH])] : []),
      ...(projSize > 0 ? [parameter("hr", [P, H])] : []),
    ];
  });
}

/** Parameters, and the sizes that they follow from. */
export interface Plan {
  readonly sizes: Sizes;
  readonly parameters: readonly (readonly Parameter[])[];
}

/** The plan for some sizes: `before`, where they are the same. */
export function planOf(sizes: Sizes, before?: Plan): Plan {
  const had = before?.sizes;
  const same =
    had !== undefined &&
    had.gates === sizes.gates &&
    had.inputSize === sizes.inputSize &&
    had.hiddenSize === sizes.hiddenSize &&
    had.projSize === sizes.projSize &&
    had.numLayers === sizes.numLayers &&
    had.bidirectional === sizes.bidirectional &&
    had.bias === sizes.bias;
  return before !== undefined && same ? before : { sizes, parameters: parametersOf(sizes) };
}

/** The weights of one layer and direction by what they do; `take` gives null for a bias that is not there. */
export function weightsOf<V>(parameters: readonly Parameter[], take: (parameter: Parameter) => V | null): Weights<V> {
  const weights: Partial<Record<Role, V | null>> = {};
  for (const parameter of parameters) weights[parameter.role] = take(parameter);
  const { ih, hh, biasIh = null, biasHh = null, hr = null } = weights as Weights<V>;
  return { ih, hh, biasIh, biasHh, hr };
}

/** What the names of a layer or cell say of it. */
export type Outline = Pick<Sizes, "numLayers" | "bidirectional" | "bias"> & { readonly projected: boolean };

const pattern = /^(?:(?:weight|bias)_(?:ih|hh)|weight_hr(?=_))(?:_l(\d+)(_reverse)?)?$/;

/** Whether a name is one of a layer's or of a cell's parameters; null for any other. */
export function ownerOf(name: string): "layer" | "cell" | null {
  const match = pattern.exec(name);
  return match && (match[1] === undefined ? "cell" : "layer");
}

/** Layers are counted, not taken from the greatest number: a name may have any. */
export function outlineOf(names: readonly string[]): Outline {
  const matches = names.map((name) => pattern.exec(name)).filter((match) => match !== null);
  const isCell = matches.some(([, number]) => number === undefined);
  return {
    numLayers: isCell ? null : new Set(matches.map(([, number]) => number)).size,
    bidirectional: matches.some(([, , reverse]) => reverse !== undefined),
    bias: matches.some(([name]) => name.startsWith("bias")),
    projected: matches.some(([name]) => name.startsWith(stems.hr)),
  };
}
