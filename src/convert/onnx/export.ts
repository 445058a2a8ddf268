/**
 * Modules as an ONNX model: recurrent layers, and what stands around them.
 *
 * The model computes what `eval()` would: dropout does nothing. Batch and length are left open, initial states are
 * inputs and final states outputs, all in PyTorch's shapes. Modules are written one after the other as they are given:
 * what a module of the user's own does in its `forward` cannot be seen, and is refused.
 * Source: https://onnx.ai/onnx/repo-docs/IR.html
 */

import { checkOptions, fail, typeName } from "../../base/errors.js";
import { listText } from "../../base/shape.js";
import { type FloatDType, isFloat } from "../../device/value.js";
import * as nn from "../../nn/index.js";
import { noGrad } from "../../tensor/autograd.js";
import { type Dimension, GraphBuilder } from "./builder.js";
import { encodeModel } from "./proto.js";
import type { Output, Shaped, Step } from "./step.js";
import { is, stepOf } from "./steps.js";

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

/** What eval() makes do nothing. */
const passing: readonly { new (...given: never[]): nn.Module; prototype: nn.Module }[] = [
  nn.Dropout,
  nn.Dropout1d,
  nn.Dropout2d,
  nn.Identity,
];

/**
 * Writes an ONNX model (opset 17) of one module, or of modules that run one after the other, each on the output of the one
 * before: `exportOnnx([embedding, lstm, linear])`. It knows RNN, LSTM, GRU and their cells, a Recurrent of PyTorch's cells,
 * of `peepholeLSTM` and `gruResetBefore`, Linear, Embedding, LayerNorm, BatchNorm, convolutions, pools, activations, Flatten,
 * Unflatten, Dropout and Sequential.
 *
 * Inputs: `input` `[T, N, C]` (`[N, T, C]` with batchFirst, `[N, C]` for cells and nets without layers of time or space,
 * `[N, C, L]` and `[N, C, H, W]` for those of space; int32 and without C before an Embedding); `h0` and, for an LSTM, `c0`,
 * in the shapes of `hx`; `lengths`, if asked for. Outputs: `output`, `hn`, `cn`. Where there are several recurrent modules,
 * their states are named after their places: `1.h0`. Batches only.
 *
 * An LSTM with a projection is written as one of hiddenSize + projSize units, and a MatMul.
 * @returns the contents of an .onnx file, in the dtype of the parameters (ONNX Runtime runs these operators in float32 only)
 * @throws NotImplementedError for a module that ONNX has no operator for; ValueError for modules that do not fit together
 */
export function exportOnnx(module: nn.Module | readonly nn.Module[], options: ExportOnnxOptions = {}): Uint8Array {
  checkOptions(where, options, ["lengths"]);
  const { lengths = false } = options;
  if (typeof lengths !== "boolean")
    fail("TypeError", `${where} expected lengths as a boolean, got: ${typeName(lengths)}`);
  const modules = flat(module, "").filter(({ module }) => !passing.some((one) => is(module, one)));
  if (modules.length === 0) fail("ValueError", `${where} expected modules that compute something, got none`);
  const steps = modules.map((placed) => ({ ...placed, ...stepOf(placed.module, placed.path) }));
  const recurrent = together(steps);
  if (lengths && recurrent?.cell !== false) {
    fail(
      "ValueError",
      `${where} expected layers with the option lengths, got: ${recurrent === null ? "none" : "cells"}`,
    );
  }

  const graph = new GraphBuilder(dtypeOf(modules));
  const dims = inputDims(steps, recurrent);
  let shaped: Shaped = { value: graph.input("input", dims, steps[0].looksUp ? "int32" : graph.dtype), dims };
  const lengthsInput = lengths ? graph.input("lengths", ["batch"], "int32") : "";
  const several = steps.filter(({ recurrent }) => recurrent !== null).length > 1;
  const finals: Output[] = [];
  steps.forEach((step, i) => {
    checkFit(step, shaped.dims, i === 0 ? null : steps[i - 1].module);
    const written = noGrad(() => step.write(graph, shaped, several ? step.path : "", lengthsInput));
    shaped = written;
    finals.push(...written.finals);
  });
  graph.output("output", shaped.value, shaped.dims);
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

/** What the recurrent ones agree on; null where there are none. */
function together(steps: readonly Step[]): Step["recurrent"] {
  const [first = null, ...more] = steps.map(({ recurrent }) => recurrent).filter((one) => one !== null);
  if (more.some(({ cell }) => cell !== first?.cell)) fail("ValueError", `${where} expected layers or cells, got both`);
  if (more.some(({ batchFirst }) => batchFirst !== first?.batchFirst)) {
    fail("ValueError", `${where} expected layers of one batchFirst, got both`);
  }
  return first;
}

/** The shape of the input: what the modules have to be called with; those behind an Unflatten read another. */
function inputDims(all: readonly (Step & Placed)[], recurrent: Step["recurrent"]): Dimension[] {
  const last = all.findIndex(({ module }) => module instanceof nn.Unflatten);
  const steps = last === -1 ? all : all.slice(0, last + 1);
  const space = steps.find((step) => step.space !== undefined)?.space;
  const sized = steps.find(({ takes }) => takes !== null)?.takes;
  const size = sized?.size ?? "channels";
  let lead: Dimension[] = ["batch"];
  if (recurrent?.cell === false) lead = recurrent.batchFirst ? ["batch", "sequence"] : ["sequence", "batch"];
  if (steps[0].looksUp) return recurrent === null ? ["batch", "sequence"] : lead;
  // What has space has the channels before it; a Linear reads the last of these dimensions.
  if (recurrent !== null || space === undefined) return [...lead, size];
  const places = space === 1 ? ["length"] : ["height", "width"];
  return sized?.axis === -1 ? ["batch", "channels", ...places.slice(1), size] : ["batch", size, ...places];
}

/** Checks that a step can read what the one before gives. */
function checkFit(
  { takes, looksUp, space, module, path }: Step & Placed,
  dims: readonly Dimension[],
  before: nn.Module | null,
): void {
  if (before === null) return;
  const { name } = module.constructor;
  const gives = `the ${dims.at(-1)} features of the ${before.constructor.name} before it`;
  const at = `${where} expected the ${name} at ${path.slice(0, -1)} to take`;
  if (looksUp) fail("ValueError", `${at} ${gives}, got: whole numbers`);
  const shape = listText(dims);
  if (space !== undefined && dims.length !== space + 2) {
    const expected = space === 1 ? "[N, C, L]" : "[N, C, H, W]";
    fail("ValueError", `${at} what the ${before.constructor.name} before it gives, ${shape}, got: ${expected}`);
  }
  const size = takes === null ? undefined : dims.at(takes.axis);
  // A size that only the input tells may be the right one at the end of what was flattened.
  if (takes === null || size === takes.size || (takes.axis === -1 && typeof size === "string")) return;
  fail("ValueError", `${at} ${takes.axis === -1 ? gives : `the channels of ${shape}`}, got: ${takes.size}`);
}

/** The one dtype of all parameters. */
function dtypeOf(modules: readonly Placed[]): FloatDType {
  const dtypes = new Set(modules.flatMap(({ module }) => module.parameters()).map(({ dtype }) => dtype));
  const [dtype = "float32"] = dtypes;
  if (dtypes.size <= 1 && isFloat(dtype)) return dtype;
  return fail("ValueError", `${where} expected parameters of one dtype, got: ${[...dtypes].join(" and ")}`);
}
