/**
 * The parameters of one layer and direction of a `Recurrent`: PyTorch's names where PyTorch has them, the cell's own beside
 * them, and how each begins.
 */

import type { Shape } from "../../../base/shape.js";
import type { Cell } from "../../../device/cell.js";
import type { Weights } from "../../../device/device.js";
import type { FloatDType } from "../../../device/value.js";
import { noGrad } from "../../../tensor/autograd.js";
import { zeros } from "../../../tensor/create.js";
import type { Tensor } from "../../../tensor/tensor.js";
import { constant_, orthogonal_, uniform_, xavierUniform_ } from "../../init.js";

/** What decides the parameters of a layer in one direction. */
export interface Line {
  readonly cell: Cell;
  /** C */
  readonly inputSize: number;
  /** H */
  readonly hiddenSize: number;
  /** The size of the projection; 0 for none. */
  readonly projSize: number;
  /** Two biases, b_ih alone, or none. */
  readonly biases: 0 | 1 | 2;
}

/** One parameter. */
export interface Member {
  /** What it is called without layer and direction: the first part of its name. */
  readonly stem: string;
  readonly shape: Shape;
}

const roles = { weight_ih: "ih", weight_hh: "hh", bias_ih: "biasIh", bias_hh: "biasHh", weight_hr: "hr" } as const;

/** The names of a cell's own parameters, in the record's order. */
const ownNames = ({ own }: Cell): string[] => (own === undefined ? [] : Object.keys(own(1)));
const isOwn = (cell: Cell, stem: string): boolean => ownNames(cell).includes(stem);

/** The parameters in their order: PyTorch's, then the cell's own. */
export function membersOf({ cell, inputSize, hiddenSize: H, projSize, biases }: Line): Member[] {
  const { gates, recurrent, own } = cell;
  const [GH, P] = [gates * H, projSize || H];
  const isBias = (stem: string) => stem === "bias_ih" || stem === "bias_hh";
  return [
    { stem: "weight_ih", shape: [GH, inputSize] },
    ...(recurrent === "none" ? [] : [{ stem: "weight_hh", shape: recurrent === "dense" ? [GH, P] : [GH] }]),
    ...(biases > 0 ? [{ stem: "bias_ih", shape: [GH] }] : []),
    // Without a recurrent weight there is nothing that a second bias would belong to.
    ...(biases > 1 && recurrent !== "none" ? [{ stem: "bias_hh", shape: [GH] }] : []),
    ...(projSize > 0 ? [{ stem: "weight_hr", shape: [P, H] }] : []),
    ...Object.entries(own?.(H) ?? {}).flatMap(([stem, shape]) => (isBias(stem) ? [] : [{ stem, shape }])),
  ];
}

/** The weights as the device takes them; `take` gives the parameter of a stem. Own biases that are not there are zeros. */
export function weightsOf(line: Line, dtype: FloatDType, take: (member: Member) => Tensor): Weights<Tensor> {
  const { cell, hiddenSize } = line;
  const found = new Map(membersOf(line).map((member) => [member.stem, take(member)]));
  const shapes = cell.own?.(hiddenSize) ?? {};
  const own = ownNames(cell).map((stem) => [stem, found.get(stem) ?? zeros(shapes[stem], { dtype })] as const);
  const weights = Object.entries(roles).map(([stem, role]) => [
    role,
    isOwn(cell, stem) ? null : (found.get(stem) ?? null),
  ]);
  return { ...Object.fromEntries(weights), own: Object.fromEntries(own) };
}

/** How parameters begin. */
export type Init = "torch" | "keras" | "orthogonal";

/**
 * Draws a layer's parameters in one direction. `torch`: U(−k, k), k = 1/√H. `keras`: Glorot's uniform for W_ih, orthogonal
 * W_hh, biases of 0. `orthogonal`: each gate's W_hh orthogonal, the rest as torch. A cell may say how its own begin.
 * @param forgetBias added to the forget gate's share of b_ih
 */
export function drawMembers(
  { cell, hiddenSize: H }: Line,
  tensors: ReadonlyMap<string, Tensor>,
  init: Init,
  forgetBias: number,
): void {
  const k = 1 / Math.sqrt(H);
  for (const [stem, tensor] of tensors) {
    const begin = cell.begin?.[stem];
    if (begin !== undefined && isOwn(cell, stem)) constant_(tensor, begin);
    else if (init === "keras" && stem.startsWith("bias_")) constant_(tensor, 0);
    else if (init === "keras" && stem === "weight_ih") xavierUniform_(tensor);
    else if (init === "keras" && stem === "weight_hh" && tensor.ndim === 2) orthogonal_(tensor);
    else if (init === "orthogonal" && stem === "weight_hh") {
      for (let gate = 0; gate < cell.gates; gate++) orthogonal_(tensor.detach().narrow(0, gate * H, H));
    } else uniform_(tensor, -k, k);
  }
  const bias = tensors.get("bias_ih");
  if (forgetBias === 0 || cell.forget === undefined || bias === undefined) return;
  const share = bias.detach().narrow(0, cell.forget * H, H);
  noGrad(() => share.add_(forgetBias));
}
