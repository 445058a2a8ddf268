/**
 * What goes on in a recurrent layer: how open its gates are, how many units are stuck, and how far back gradients reach.
 * The layer is written out in operations on tensors, a step at a time, so that everything between can be seen.
 */

import { fail, mistyped, typeName } from "../base/errors.js";
import { cat, nn, noGrad, stack, Tensor, zeros } from "../index.js";
import { gates, opened } from "./opened.js";
import { type Panel, svg } from "./svg.js";

/** One gate over the steps of a sequence. */
export interface GateCurves {
  /** The mean over sequences and units. */
  readonly mean: readonly number[];
  /** The share of units that are stuck: a sigmoid below 0.1 or above 0.9, a tanh beyond ±0.9, a relu at 0. */
  readonly saturation: readonly number[];
}

/** One layer and direction. */
export interface LayerActivity {
  /** As in the names of weights: `l0`, `l0_reverse`. */
  readonly name: string;
  /** LSTM: i f g o; GRU: r z n; RNN: h. */
  readonly gates: Readonly<Record<string, GateCurves>>;
  /** The norm of the loss's gradient with respect to the state after each step. */
  readonly gradient: readonly number[];
}

const stuck = {
  sigmoid: (x: Tensor) => x.sub(0.5).abs().gt(0.4),
  tanh: (x: Tensor) => x.abs().gt(0.9),
  relu: (x: Tensor) => x.eq(0),
};

/** One direction of one layer over `[T, N, C]`: its outputs in the order of time, states and gates in the order of steps. */
function run(layer: nn.RNNBase, suffix: string, input: Tensor) {
  const kinds = gates[layer.mode];
  const weight = (name: string) => (layer as object as Record<string, Tensor | undefined>)[`${name}_${suffix}`];
  const linear = (x: Tensor, name: string) =>
    nn.functional.linear(x, weight(`weight_${name}`) as Tensor, weight(`bias_${name}`) ?? null);
  const T = input.size(0);
  const order = Array.from({ length: T }, (_, t) => (suffix.endsWith("reverse") ? T - 1 - t : t));
  const blank = (width: number) => zeros([input.size(1), width], { dtype: input.dtype });
  let [h, c] = [blank(layer.projSize || layer.hiddenSize), blank(layer.hiddenSize)];
  const [states, all]: [Tensor[], Record<string, Tensor>[]] = [[], []];
  for (const t of order) {
    const open = opened(layer.mode, linear(input.at(t), "ih"), linear(h, "hh"));
    if (layer.mode === "LSTM") {
      c = open.f.mul(c).add(open.i.mul(open.g));
      h = open.o.mul(c.tanh());
      const hr = weight("weight_hr");
      if (hr !== undefined) h = nn.functional.linear(h, hr);
    } else h = layer.mode === "GRU" ? open.n.add(open.z.mul(h.sub(open.n))) : open.h;
    h.retainGrad();
    states.push(h);
    all.push(open);
  }
  return { kinds, states, all, output: stack(order.map((_, t) => states[order[t]])) };
}

/**
 * Runs a layer over a batch, in evaluation mode, and looks into it; the layer's gradients stay as they are.
 * @param layer an RNN, LSTM or GRU
 * @param input `[T, N, C]`, or `[N, T, C]` with batchFirst
 * @param loss of the output, which is laid out like the input. Default: the sum of the last step's outputs
 */
export function activity(
  layer: nn.RNNBase,
  input: Tensor,
  loss?: (output: Tensor) => Tensor,
): { layers: LayerActivity[]; output: Tensor } {
  if (!(layer instanceof nn.RNNBase)) mistyped("activity() expected an RNN, LSTM or GRU", layer);
  if (
    !(input instanceof Tensor) ||
    input.ndim !== 3 ||
    input.size(2) !== layer.inputSize ||
    input.size(0) * input.size(1) === 0
  ) {
    const came = input instanceof Tensor ? `[${input.shape.join(", ")}]` : typeName(input);
    fail("ValueError", `activity() expected a batch of three dimensions, the last of ${layer.inputSize}, got: ${came}`);
  }
  const parameters = layer.parameters();
  const kept = parameters.map(({ grad }) => grad);
  layer.zeroGrad();
  const swapped = (x: Tensor) => (layer.batchFirst ? x.transpose(0, 1) : x);
  let sequence = swapped(input);
  const runs: [string, ReturnType<typeof run>][] = [];
  for (let k = 0; k < layer.numLayers; k++) {
    const suffixes = [`l${k}`, ...(layer.bidirectional ? [`l${k}_reverse`] : [])];
    const both = suffixes.map((suffix): [string, ReturnType<typeof run>] => [suffix, run(layer, suffix, sequence)]);
    runs.push(...both);
    sequence = cat(
      both.map(([, { output }]) => output),
      2,
    );
  }
  const output = swapped(sequence);
  const value = loss === undefined ? sequence.at(-1).sum() : loss(output);
  if (!(value instanceof Tensor)) mistyped("activity() expected a Tensor of loss()", value);
  value.backward();
  parameters.forEach((parameter, i) => {
    parameter.grad = kept[i];
  });
  const layers = noGrad(() =>
    runs.map(([name, { kinds, states, all }]): LayerActivity => {
      const curves = Object.entries(kinds).map(([gate, kind]): [string, GateCurves] => [
        gate,
        {
          mean: all.map((open) => open[gate].mean().item()),
          saturation: all.map((open) => stuck[kind](open[gate]).to("float64").mean().item()),
        },
      ]);
      // A square of a small float32 is none: in float64 it is.
      const gradient = states.map(({ grad }) => grad?.to("float64").norm().item() ?? 0);
      return { name, gates: Object.fromEntries(curves), gradient };
    }),
  );
  return { layers, output: output.detach() };
}

/**
 * The picture of it, as the text of an SVG file: a row a layer and direction, and gradients against steps back in time.
 * @param layers what `activity` gave
 */
export function activitySvg(layers: readonly LayerActivity[]): string {
  const panels = layers.flatMap(({ name, gates }): Panel[] => [
    { title: `${name}: mean of gates`, x: "step", curves: each(gates, "mean") },
    { title: `${name}: share of stuck units`, x: "step", curves: each(gates, "saturation") },
  ]);
  const back = layers.map(({ name, gradient }) => [name, [...gradient].reverse()] as const);
  return svg([
    ...panels,
    { title: "norm of the gradient", x: "steps back in time", curves: Object.fromEntries(back), log: true },
  ]);
}

const each = (all: LayerActivity["gates"], key: keyof GateCurves) =>
  Object.fromEntries(Object.entries(all).map(([name, curves]) => [name, curves[key]]));
