/**
 * Recurrent layers as an ONNX model, with Linear, Embedding, LayerNorm and Dropout around them.
 *
 * The model computes what `eval()` would: dropout does nothing. Batch and length are left open, initial states are
 * inputs and final states outputs, all in PyTorch's shapes. Modules are written one after the other as they are given:
 * what a module of the user's own does in its `forward` cannot be seen, and is refused.
 * Source: https://onnx.ai/onnx/repo-docs/IR.html
 */

import { checkOptions, fail, typeName } from "../../base/errors.js";
import { type FloatDType, isFloat } from "../../device/value.js";
import * as nn from "../../nn/index.js";
import { noGrad } from "../../tensor/autograd.js";
import { type Dimension, GraphBuilder } from "./builder.js";
import { encodeModel } from "./proto.js";
import { type Output, type Step, stepOf } from "./steps.js";

/** How a model is written. */
export interface ExportOnnxOptions {
  /**
   * Whether there is an input `lengths` (int32 `[N]`): the number of real steps of each sequence, 1 … T. Default false.
   * (Of a sequence without steps ONNX Runtime sets the final states to 0; ours keeps the initial ones.)
   */
  lengths?: boolean;
}

/** A module and its place: `""`, or `"1."` in a list. */
interface Placed {
  readonly module: nn.Module;
  readonly path: string;
}

const where = "exportOnnx()";

/**
 * Writes an ONNX model (opset 17) of one recurrent layer or cell, or of modules that run one after the other, each on the
 * output of the one before: `exportOnnx([embedding, lstm, linear])`.
 *
 * Inputs: `input` `[T, N, C]` (`[N, T, C]` with batchFirst, `[N, C]` for cells; int32 and without C before an Embedding);
 * `h0` and, for an LSTM, `c0`, in the shapes of `hx`; `lengths`, if asked for. Outputs: `output`, `hn`, `cn`. Where there
 * are several recurrent modules, their states are named after their places: `1.h0`. Batches of sequences only.
 * @returns the contents of an .onnx file, in the dtype of the parameters (ONNX Runtime runs these operators in float32 only)
 * @throws NotImplementedError for a module that ONNX has no operator for, an LSTM with a projection among them;
 *   ValueError for modules that do not fit together
 */
export function exportOnnx(module: nn.Module | readonly nn.Module[], options: ExportOnnxOptions = {}): Uint8Array {
  checkOptions(where, options, ["lengths"]);
  const { lengths = false } = options;
  if (typeof lengths !== "boolean")
    fail("TypeError", `${where} expected lengths as a boolean, got: ${typeName(lengths)}`);
  const modules = flat(module, "").filter((one) => !(one.module instanceof nn.Dropout));
  const steps = modules.map((placed) => ({ ...placed, ...stepOf(placed.module, placed.path) }));
  const { cell, batchFirst } = together(steps);
  if (lengths && cell) fail("ValueError", `${where} expected layers with the option lengths, got: cells`);

  const graph = new GraphBuilder(dtypeOf(modules));
  const dims = cell ? ["batch"] : batchFirst ? ["batch", "sequence"] : ["sequence", "batch"];
  const { takes } = steps[0];
  let value = takes === null ? graph.input("input", dims, "int32") : graph.input("input", [...dims, takes]);
  const swapped = (rank: number) => ({ perm: { ints: [1, 0, 2].slice(0, rank) } });
  if (batchFirst) [value] = graph.node("Transpose", "time_first", [value], swapped(takes === null ? 2 : 3));
  const lengthsInput = lengths ? graph.input("lengths", ["batch"], "int32") : "";
  const several = steps.filter(({ recurrent }) => recurrent !== null).length > 1;
  const finals: Output[] = [];
  for (const { path, write } of steps) {
    const written = noGrad(() => write(graph, value, several ? path : "", lengthsInput));
    value = written.value;
    finals.push(...written.finals);
  }
  if (batchFirst) [value] = graph.node("Transpose", "batch_first", [value], swapped(3));
  const features: Dimension = steps[steps.length - 1].gives;
  graph.output("output", value, [...dims, features]);
  for (const final of finals) graph.output(...final);
  return encodeModel({
    irVersion: 8,
    producerName: "elman-nn",
    opsetImport: [{ domain: "", version: 17 }],
    graph: graph.finish("elman"),
  });
}

/** The modules that run, in their order: those of lists and of containers in their places. */
function flat(module: unknown, path: string): Placed[] {
  const runsItsItems = module instanceof nn.Sequential && module.forward === nn.Sequential.prototype.forward;
  const isList = Array.isArray(module) || runsItsItems || module instanceof nn.ModuleList;
  if (isList) return Array.from(module as Iterable<unknown>, (one, i) => flat(one, `${path}${i}.`)).flat();
  if (!(module instanceof nn.Module))
    fail("TypeError", `${where} expected a module or a list of them, got: ${typeName(module)}`);
  return [{ module, path }];
}

/** Checks that each step can read what the one before gives; says what the recurrent ones agree on. */
function together(steps: readonly (Step & Placed)[]): { cell: boolean; batchFirst: boolean } {
  const [first, ...more] = steps.map(({ recurrent }) => recurrent).filter((one) => one !== null);
  if (first === undefined)
    fail("ValueError", `${where} expected a recurrent layer or cell among the modules, got none`);
  if (more.some(({ cell }) => cell !== first.cell)) fail("ValueError", `${where} expected layers or cells, got both`);
  if (more.some(({ batchFirst }) => batchFirst !== first.batchFirst)) {
    fail("ValueError", `${where} expected layers of one batchFirst, got both`);
  }
  steps.forEach(({ takes, path, module }, i) => {
    if (i === 0 || takes === steps[i - 1].gives) return;
    const [name, before] = [module, steps[i - 1].module].map((one) => one.constructor.name);
    const gives = `the ${steps[i - 1].gives} features of the ${before} before it`;
    fail(
      "ValueError",
      `${where} expected the ${name} at ${path.slice(0, -1)} to take ${gives}, got: ${takes ?? "whole numbers"}`,
    );
  });
  return first;
}

/** The one dtype of all parameters. */
function dtypeOf(modules: readonly Placed[]): FloatDType {
  const dtypes = new Set(modules.flatMap(({ module }) => module.parameters()).map(({ dtype }) => dtype));
  const [dtype] = dtypes;
  if (dtypes.size === 1 && isFloat(dtype)) return dtype;
  return fail("ValueError", `${where} expected parameters of one dtype, got: ${[...dtypes].join(" and ")}`);
}
