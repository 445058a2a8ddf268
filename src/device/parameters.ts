/**
 * The parameters of a recurrent layer or cell: PyTorch's names, their order and their shapes, and what a name says. One
 * layer in one direction is a line.
 *
 * Layers make their parameters by it, files and streams are recognised by it.
 * Source: https://docs.pytorch.org/docs/stable/generated/torch.nn.LSTM.html, under "Variables"
 */

import type { Shape } from "../base/shape.js";
import type { Cell } from "./cell.js";
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

/** What decides the parameters of a line. */
export interface LineSizes extends Pick<Sizes, "inputSize" | "hiddenSize" | "projSize"> {
  readonly cell: Pick<Cell, "gates" | "recurrent">;
  /** Two biases, b_ih alone, or none. */
  readonly biases: 0 | 1 | 2;
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

/** The parameters of a line in PyTorch's order; their names are without layer and direction. */
export function lineOf({ cell, inputSize, hiddenSize: H, projSize, biases }: LineSizes): Parameter[] {
  const { gates, recurrent } = cell;
  const [GH, P] = [gates * H, projSize || H];
  const parameter = (role: Role, shape: Shape): Parameter => ({ role, name: stems[role], shape });
  const hasWeight = recurrent !== "none";
  return [
    parameter("ih", [GH, inputSize]),
    ...(hasWeight ? [parameter("hh", recurrent === "dense" ? [GH, P] : [GH])] : []),
    ...(biases > 0 ? [parameter("biasIh", [GH])] : []),
    // Without a recurrent weight there is nothing that a second bias would belong to.
    ...(biases > 1 && hasWeight ? [parameter("biasHh", [GH])] : []),
    ...(projSize > 0 ? [parameter("hr", [P, H])] : []),
  ];
}

/** The parameters of each layer and direction, in PyTorch's order. */
export function parametersOf(sizes: Sizes): Parameter[][] {
  const { gates, inputSize, hiddenSize, projSize, numLayers, bidirectional, bias } = sizes;
  const directions = bidirectional ? 2 : 1;
  return Array.from({ length: (numLayers ?? 1) * directions }, (_, s) => {
    const layer = Math.floor(s / directions);
    const suffix = numLayers === null ? "" : `_l${layer}${s % directions === 1 ? "_reverse" : ""}`;
    const width = layer === 0 ? inputSize : directions * (projSize || hiddenSize);
    const cell = { gates, recurrent: "dense" } as const;
    const line = lineOf({ cell, inputSize: width, hiddenSize, projSize, biases: bias ? 2 : 0 });
    return line.map((one) => ({ ...one, name: one.name + suffix }));
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

/** The weights of a line by what they do; `take` gives null for one that is not there. */
export function weightsOf<V>(parameters: readonly Parameter[], take: (parameter: Parameter) => V | null): Weights<V> {
  const weights: Partial<Record<Role, V | null>> = {};
  for (const parameter of parameters) weights[parameter.role] = take(parameter);
  const { ih, hh = null, biasIh = null, biasHh = null, hr = null } = weights as Weights<V>;
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
