/**
 * What elman computes for one layer or cell in one form of input: outputs, final states and every gradient, under the
 * names that reference.py gives them. The live oracle and the fixtures share it.
 */

import { cat, fullLike, type Generator, manualSeed, nn, type Tensor, tensor } from "../../src/index.js";

export type FloatName = "float32" | "float64";
export type Kind = "RNN_TANH" | "RNN_RELU" | "LSTM" | "GRU";
export type Form = "dense" | "unbatched" | "packed" | "lengths" | "batched";
export type View = "contiguous" | "transposed" | "narrowed";

/** Elements in row-major order. */
export interface Numbers {
  shape: number[];
  data: ArrayLike<number>;
}

export interface ModuleOptions {
  inputSize: number;
  hiddenSize: number;
  bias?: boolean;
  numLayers?: number;
  batchFirst?: boolean;
  dropout?: number;
  bidirectional?: boolean;
  projSize?: number;
}

/** As described in reference.py. */
export interface ModuleCase {
  dtype: FloatName;
  kind: Kind;
  isCell: boolean;
  options: ModuleOptions;
  seed: number;
  form: Form;
  input: Numbers;
  states: Numbers[] | null;
  lengths: number[] | null;
  enforceSorted: boolean;
  training: boolean;
  dropoutSeed: number;
  view: View;
  loss: Numbers[];
}

/** The classes of nn as they all can be called. */
interface AnyModule extends nn.Module {
  forward(input: unknown, hx: unknown, options?: object): unknown;
}

/** A new layer or cell; its parameters are drawn. */
export function newModule(kind: Kind, isCell: boolean, options: ModuleOptions, dtype: FloatName): nn.Module {
  const [name, nonlinearity] = kind.split("_");
  const classes = isCell ? [nn.RNNCell, nn.LSTMCell, nn.GRUCell] : [nn.RNN, nn.LSTM, nn.GRU];
  const Class = classes[["RNN", "LSTM", "GRU"].indexOf(name)] as new (i: number, h: number, o: object) => nn.Module;
  const { inputSize, hiddenSize, ...rest } = options;
  const chosen = nonlinearity === undefined ? rest : { ...rest, nonlinearity: nonlinearity.toLowerCase() };
  return new Class(inputSize, hiddenSize, { ...chosen, dtype });
}

export function build({ kind, isCell, options, dtype, seed }: ModuleCase): nn.Module {
  manualSeed(seed);
  return newModule(kind, isCell, options, dtype);
}

export function toTensor({ shape, data }: Numbers, dtype: FloatName): Tensor {
  return tensor(dtype === "float32" ? Float32Array.from(data) : Float64Array.from(data), shape);
}

/** The same numbers, not side by side in memory. */
function laidOut(x: Tensor, view: View): Tensor {
  if (view === "transposed" && x.ndim > 1) return x.transpose(0, 1).contiguous().transpose(0, 1);
  if (view !== "narrowed") return x;
  const margin = fullLike(x.narrow(-1, 0, 1), 1e3);
  return cat([margin, x, margin], -1).narrow(-1, 1, x.size(-1));
}

/** Lets dropout draw numbers that keep, or drop, as the masks say, whatever the probability. */
function replayMasks(generator: Generator, masks: readonly ArrayLike<number>[]): void {
  const draws = masks.flatMap((mask) => Array.from(mask, (kept) => (kept ? 0 : 1)));
  let next = 0;
  generator.random53 = () => {
    if (next === draws.length) throw new Error("more masks were drawn than PyTorch draws");
    return draws[next++];
  };
}

/**
 * Every result by name: `output`, `h_n`, `c_n`, `d input`, `d h0`, `d c0`, `d weight_ih_l0` …
 * @param masks the dropout masks to use instead of drawing them.
 */
export function results(
  asked: ModuleCase,
  module = build(asked),
  masks: readonly ArrayLike<number>[] | null = null,
): Map<string, Tensor> {
  const { form, isCell, view, dtype, lengths, enforceSorted } = asked;
  const leaf = (numbers: Numbers) => laidOut(toTensor(numbers, dtype), view).requiresGrad_();
  const batchFirst = asked.options.batchFirst ?? false;
  const input = leaf(asked.input);
  const states = asked.states?.map(leaf) ?? null;
  const hx = states && (asked.kind === "LSTM" ? states : states[0]);
  const layer = module.train(asked.training) as AnyModule;
  const listed = (final: unknown) => (Array.isArray(final) ? final : [final]) as Tensor[];

  const run = (): [Tensor[], Tensor[]] => {
    if (isCell) return [[], listed(layer.forward(input, hx))];
    if (form === "packed") {
      const { packPaddedSequence, padPackedSequence } = nn.utils.rnn;
      const packed = packPaddedSequence(input, lengths ?? [], { batchFirst, enforceSorted });
      const [output, final] = layer.forward(packed, hx) as [nn.utils.rnn.PackedSequence, unknown];
      return [
        [padPackedSequence(output, { batchFirst, totalLength: input.size(batchFirst ? 1 : 0) })[0]],
        listed(final),
      ];
    }
    const [output, final] = layer.forward(input, hx, form === "lengths" ? { lengths } : {}) as [Tensor, unknown];
    return [[output], listed(final)];
  };
  const generator = manualSeed(asked.dropoutSeed);
  if (masks !== null) replayMasks(generator, masks);
  const [output, final] = run();
  Reflect.deleteProperty(generator, "random53");

  const given = [...output, ...final];
  const names = [...(isCell ? [] : ["output"]), "h_n", "c_n"];
  const found = new Map(given.map((value, i) => [names[i], value.detach()]));
  const terms = given.map((value, i) => value.mul(toTensor(asked.loss[i], dtype)).sum());
  const loss = terms.reduce((sum, term) => sum.add(term));
  if (loss.requiresGrad) loss.backward();
  const leaves: [string, Tensor][] = [["input", input], ...(states ?? []).map(named), ...module.namedParameters()];
  for (const [name, { grad, shape }] of leaves) {
    found.set(
      `d ${name}`,
      grad ?? toTensor({ shape, data: new Float64Array(shape.reduce((a, b) => a * b, 1)) }, dtype),
    );
  }
  return found;
}

function named(state: Tensor, i: number): [string, Tensor] {
  return [["h0", "c0"][i], state];
}
