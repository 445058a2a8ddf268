/** What a `Recurrent` was made as: its cell, its options and its lines, how it prints, and what a step of its stream is. */

import { fail } from "../../../base/errors.js";
import { listText } from "../../../base/shape.js";
import type { Cell } from "../../../device/cell.js";
import type { Stage, Weights } from "../../../device/device.js";
import type { Tensor } from "../../../tensor/tensor.js";
import { pythonFloat } from "../../module.js";
import { stackOf } from "../stream.js";
import type { Line } from "./members.js";
import type { Settings } from "./options.js";

/** One layer in one direction. */
export interface MadeLine {
  /** The end of its parameters' names. */
  readonly suffix: string;
  /** What decides its parameters; null where a module is the cell. */
  readonly line: Line | null;
  /** The sizes of its states. */
  readonly states: readonly number[];
}

/** What never changes in a layer. A class, so that `clone()` leaves the record what it is. */
export class Made {
  constructor(
    readonly cell: Cell | null,
    readonly settings: Settings,
    readonly lines: readonly MadeLine[],
  ) {}
}

const letters = ["h", "c"];

/** The name of a learned initial state. */
export const initialName = (s: number, suffix: string): string => `${letters[s] ?? `state${s}`}_0${suffix}`;

/** The layer as stages of a stream. @throws ValueError for what needs the future, or more than a record */
export function stagesOf(
  where: string,
  { cell, settings, lines }: Made,
  weights: (line: MadeLine) => Weights<Tensor>,
): readonly Stage[] {
  const refuse = (came: string) =>
    fail("ValueError", `${where} expected a record as cell, in one direction, got ${came}`);
  if (cell === null) return refuse("a module");
  if (settings.bidirectional) return refuse("bidirectional=true, which needs the future");
  if (settings.residual) return refuse("residual=true");
  if (settings.initialState === "learned") return refuse("initialState=learned");
  if (settings.zoneout.h + settings.zoneout.c > 0) return refuse("zoneout");
  // Layers of one size are one stack, whose states stand as those of an LSTM's stream.
  const isOne = settings.sizes.every((H) => H === settings.sizes[0]);
  const stacks = isOne ? [lines] : lines.map((line) => [line]);
  return stacks.map((stack) => {
    const { inputSize, hiddenSize } = stack[0].line as Line;
    const sizes = { cell, numLayers: stack.length, inputSize, hiddenSize, outputSize: stack[0].states[0] };
    return stackOf(where, sizes, () => stack.map(weights));
  });
}

/** What stands between the brackets of the layer's line. */
export function described({ cell, settings }: Made, inputSize: number, dropout: number): string {
  const { h, c } = settings.zoneout;
  const shown = (name: string, value: number) => (value === 0 ? [] : [`${name}=${pythonFloat(value)}`]);
  const flag = (name: string, on: boolean) => (on ? [`${name}=True`] : []);
  const { sizes } = settings;
  return [
    ...(cell === null ? [] : [cell.name]),
    `${inputSize}, ${sizes.every((H) => H === sizes[0]) ? sizes[0] : listText(sizes)}`,
    ...(settings.projSize === 0 ? [] : [`proj_size=${settings.projSize}`]),
    ...(settings.numLayers === 1 ? [] : [`num_layers=${settings.numLayers}`]),
    ...(settings.bias ? [] : ["bias=False"]),
    ...flag("batch_first", settings.batchFirst),
    ...shown("dropout", dropout),
    ...flag("bidirectional", settings.bidirectional),
    ...shown("recurrent_dropout", settings.recurrentDropout),
    ...shown("input_dropout", settings.inputDropout),
    ...(h + c === 0 ? [] : [`zoneout=(${pythonFloat(h)}, ${pythonFloat(c)})`]),
    ...(settings.initialState === "zeros" ? [] : ["initial_state=learned"]),
    ...flag("state_batch_first", settings.stateBatchFirst),
    ...flag("residual", settings.residual),
    ...(settings.biasMode === "torch" ? [] : ["bias_mode=single"]),
  ].join(", ");
}
