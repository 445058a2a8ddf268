/** Each kind of module as ONNX nodes. Source: https://onnx.ai/onnx/operators/ */

import { fail } from "../../base/errors.js";
import { listText, tupleText } from "../../base/shape.js";
import * as nn from "../../nn/index.js";
import { ones, zeros } from "../../tensor/create.js";
import { activation } from "./activations.js";
import type { Dimension, GraphBuilder } from "./builder.js";
import { cell, layer, recurrentLayer } from "./recurrent.js";
import { channels, features, type Shaped, type Step, stateless, withFeatures } from "./step.js";
import { adaptivePool, avgPool, convolution, maxPool, transposed } from "./windows.js";

/** Whether a module is of a class and computes what that does: a subclass may compute anything. */
export function is<M extends nn.Module>(
  module: nn.Module,
  one: { new (...given: never[]): M; prototype: M },
): module is M {
  return module instanceof one && module.forward === one.prototype.forward;
}

/**
 * The step that computes what a module does.
 * @param path where it stands: `""`, or `"1."` in a list
 */
export function stepOf(module: nn.Module, path: string): Step {
  if (is(module, nn.Linear)) return linear(module, path);
  if (is(module, nn.Embedding)) return embedding(module, path);
  if (is(module, nn.LayerNorm)) return layerNorm(module, path);
  if (is(module, nn.BatchNorm1d) || is(module, nn.BatchNorm2d)) return batchNorm(module, path);
  if (is(module, nn.Flatten)) return flatten(module, path);
  if (is(module, nn.Unflatten)) return unflatten(module, path);
  if (is(module, nn.RNN) || is(module, nn.LSTM) || is(module, nn.GRU)) return layer(module, path);
  if (is(module, nn.Recurrent)) return layer(recurrentLayer(module), path);
  if (is(module, nn.RNNCell) || is(module, nn.LSTMCell) || is(module, nn.GRUCell)) return cell(module, path);
  if (is(module, nn.Conv1d) || is(module, nn.Conv2d)) return convolution(module, path);
  if (is(module, nn.ConvTranspose1d) || is(module, nn.ConvTranspose2d)) return transposed(module, path);
  if (is(module, nn.MaxPool1d) || is(module, nn.MaxPool2d)) return maxPool(module, path);
  if (is(module, nn.AvgPool1d) || is(module, nn.AvgPool2d)) return avgPool(module, path);
  if (is(module, nn.AdaptiveAvgPool1d) || is(module, nn.AdaptiveAvgPool2d)) return adaptivePool(module, path);
  if (is(module, nn.AdaptiveMaxPool1d) || is(module, nn.AdaptiveMaxPool2d)) return adaptivePool(module, path);
  return (
    activation(module, path, is) ??
    fail(
      "NotImplementedError",
      `exportOnnx() does not know what ${module.constructor.name} computes: give it the layers that run, as a list`,
    )
  );
}

function linear({ weight, bias, inFeatures, outFeatures }: nn.Linear, path: string): Step {
  return stateless(features(inFeatures), (graph, value, dims) => {
    // Stored as PyTorch has it, so that whoever reads the file finds a Linear; engines turn it once.
    const [turned] = graph.node("Transpose", `${path}Transpose`, [graph.stored(`${path}weight`, weight)]);
    let [result] = graph.node("MatMul", `${path}MatMul`, [value, turned]);
    if (bias !== null) [result] = graph.node("Add", `${path}Add`, [result, graph.stored(`${path}bias`, bias)]);
    return { value: result, dims: withFeatures(dims, outFeatures) };
  });
}

function embedding({ weight, embeddingDim }: nn.Embedding, path: string): Step {
  const write: Parameters<typeof stateless>[1] = (graph, value, dims) => {
    const inputs = [graph.stored(`${path}weight`, weight), value];
    const [result] = graph.node("Gather", `${path}Gather`, inputs, { axis: { i: 0 } });
    return { value: result, dims: [...dims, embeddingDim] };
  };
  return stateless(null, write, { looksUp: true });
}

function layerNorm({ weight, bias, eps, normalizedShape }: nn.LayerNorm, path: string): Step {
  if (normalizedShape.length !== 1) {
    fail(
      "NotImplementedError",
      `exportOnnx() expected a LayerNorm over the last dimension alone, got one over ${tupleText(normalizedShape)}`,
    );
  }
  const [size] = normalizedShape;
  return stateless(features(size), (graph, value) => {
    const scale = graph.stored(`${path}weight`, weight ?? ones([size], { dtype: graph.dtype }));
    const inputs = [value, scale, ...(bias === null ? [] : [graph.stored(`${path}bias`, bias)])];
    const attributes = { axis: { i: -1 }, epsilon: { f: eps } };
    return graph.node("LayerNormalization", `${path}LayerNormalization`, inputs, attributes)[0];
  });
}

function batchNorm(module: nn.BatchNorm1d | nn.BatchNorm2d, path: string): Step {
  const { weight, bias, running_mean: mean, running_var: variance, eps, numFeatures } = module;
  if (mean === null || variance === null) {
    const came = `${module.constructor.name} with track_running_stats=False, which needs the whole batch`;
    return fail("NotImplementedError", `exportOnnx() expected running statistics, got: ${came}`);
  }
  return stateless(
    channels(numFeatures),
    (graph, value) => {
      const named = {
        ...{ weight: weight ?? ones([numFeatures], { dtype: graph.dtype }) },
        ...{ bias: bias ?? zeros([numFeatures], { dtype: graph.dtype }), mean, variance },
      };
      const inputs = Object.entries(named).map(([name, tensor]) => graph.stored(`${path}${name}`, tensor));
      const attributes = { epsilon: { f: eps } };
      return graph.node("BatchNormalization", `${path}BatchNormalization`, [value, ...inputs], attributes)[0];
    },
    module instanceof nn.BatchNorm2d ? { space: 2 } : {},
  );
}

function flatten({ startDim, endDim }: nn.Flatten, path: string): Step {
  return stateless(null, (graph, value, dims) => {
    const [start, end] = [startDim, endDim].map((dim) => (dim < 0 ? dim + dims.length : dim));
    const joined = dims.slice(start, end + 1);
    const known = joined.every((size) => typeof size === "number");
    const size = known ? joined.reduce<number>((a, b) => a * Number(b), 1) : `${path}flat`;
    return reshaped(graph, path, { value, dims }, start, end, [size]);
  });
}

function unflatten({ dim, unflattenedSize }: nn.Unflatten, path: string): Step {
  const count = unflattenedSize.reduce((a, b) => a * b, 1);
  const takes = count > 0 && (dim === 1 || dim === -1) ? ({ axis: dim, size: count } as const) : null;
  return stateless(takes, (graph, value, dims) => {
    const at = dim < 0 ? dim + dims.length : dim;
    const open = typeof dims[at] === "number" ? dims[at] / -count : `${path}rest`;
    const sizes = unflattenedSize.map((size) => (size === -1 ? open : size));
    return reshaped(graph, path, { value, dims }, at, at, sizes);
  });
}

/** Other dimensions in place of those from `start` to `end`: those before stay as they are, and one behind may be open. */
function reshaped(
  graph: GraphBuilder,
  path: string,
  { value, dims }: Shaped,
  start: number,
  end: number,
  sizes: readonly Dimension[],
): Shaped {
  if (!(start >= 0 && start <= end && end < dims.length)) {
    const came = `${start} to ${end} of ${listText(dims)}`;
    fail("ValueError", `exportOnnx() expected a Flatten or an Unflatten of dimensions that are there, got: ${came}`);
  }
  const [before, others] = [dims.slice(0, start), [...sizes, ...dims.slice(end + 1)]];
  const isOpen = (size: Dimension) => typeof size === "string";
  if (others.filter(isOpen).length > 1 || !others.every((size) => isOpen(size) || Number.isInteger(size))) {
    const joins = "the dimensions that a Flatten joins or an Unflatten splits";
    const came = `${listText(dims)} to ${listText([...before, ...others])}`;
    fail("NotImplementedError", `exportOnnx() expected known sizes behind ${joins}, got: ${came}`);
  }
  const rest = Math.max(0, others.findIndex(isOpen));
  const whole = graph.whole([...before.map(() => 0), ...others.map((size, i) => (i === rest ? -1 : Number(size)))]);
  const [result] = graph.node("Reshape", `${path}Reshape`, [value, whole]);
  return { value: result, dims: [...before, ...others] };
}
