/**
 * The parameters of one layer and direction of a `Recurrent`: PyTorch's names where PyTorch has them, the cell's own beside
 * them, and how each begins.
 */

import type { Shape } from "../../../base/shape.js";
import type { Cell } from "../../../device/cell.js";
import type { Weights } from "../../../device/device.js";
import { type LineSizes, lineOf, weightsOf } from "../../../device/parameters.js";
import type { FloatDType } from "../../../device/value.js";
import { noGrad } from "../../../tensor/autograd.js";
import { zeros } from "../../../tensor/create.js";
import type { Tensor } from "../../../tensor/tensor.js";
import { constant_, orthogonal_, uniform_, xavierUniform_ } from "../../init.js";

/** What decides the parameters of a layer in one direction. */
export interface Line extends LineSizes {
  readonly cell: Cell;
}

/** One parameter. */
export interface Member {
  /** What it is called without layer and direction. */
  readonly name: string;
  readonly shape: Shape;
}

/** The shapes of a cell's own parameters, in the record's order. */
const ownOf = ({ cell: { own }, hiddenSize }: Line): readonly (readonly [name: string, shape: Shape])[] =>
  Object.entries(own?.(hiddenSize) ?? {});

/** The parameters in their order: PyTorch's, then the cell's own. */
export function membersOf(line: Line): Member[] {
  const plain = lineOf(line);
  const others = ownOf(line).filter(([name]) => name !== "bias_ih" && name !== "bias_hh");
  return [...plain, ...others.map(([name, shape]) => ({ name, shape }))];
}

/** The weights as the device takes them; `take` gives a parameter. Own biases that are not there are zeros. */
export function lineWeights(line: Line, dtype: FloatDType, take: (member: Member) => Tensor): Weights<Tensor> {
  const found = new Map(membersOf(line).map((member) => [member.name, take(member)]));
  const own = ownOf(line).map(([name, shape]) => [name, found.get(name) ?? zeros(shape, { dtype })] as const);
  for (const [name] of own) found.delete(name);
  return { ...weightsOf(lineOf(line), ({ name }) => found.get(name) ?? null), own: Object.fromEntries(own) };
}

/** How parameters begin. */
export type Init = "torch" | "keras" | "orthogonal";

/**
 * Draws a layer's parameters in one direction. `torch`: U(−k, k), k = 1/√H. `keras`: Glorot's uniform for W_ih, orthogonal
 * W_hh, biases of 0. `orthogonal`: each gate's W_hh orthogonal, the rest as torch. A cell may say how its own begin.
 * @param forgetBias added to the forget gate's share of b_ih
 */
export function drawMembers(line: Line, tensors: ReadonlyMap<string, Tensor>, init: Init, forgetBias: number): void {
  const { cell, hiddenSize: H } = line;
  const own = new Set(ownOf(line).map(([name]) => name));
  const k = 1 / Math.sqrt(H);
  for (const [name, tensor] of tensors) {
    const begin = cell.begin?.[name];
    if (begin !== undefined && own.has(name)) constant_(tensor, begin);
    else if (init === "keras" && name.startsWith("bias_")) constant_(tensor, 0);
    else if (init === "keras" && name === "weight_ih") xavierUniform_(tensor);
    else if (init === "keras" && name === "weight_hh" && tensor.ndim === 2) orthogonal_(tensor);
    else if (init === "orthogonal" && name === "weight_hh") {
      for (let gate = 0; gate < cell.gates; gate++) orthogonal_(tensor.detach().narrow(0, gate * H, H));
    } else uniform_(tensor, -k, k);
  }
  const bias = tensors.get("bias_ih");
  if (forgetBias === 0 || cell.forget === undefined || bias === undefined) return;
  const share = bias.detach().narrow(0, cell.forget * H, H);
  noGrad(() => share.add_(forgetBias));
}
