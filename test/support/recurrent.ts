/** Recurrent layers and cells under one roof: states as a list, of one for RNN and GRU, whatever the layer. */

import { readFileSync } from "node:fs";
import { expect } from "vitest";
import { cat, ElmanError, type ErrorKind, nn, stack, type Tensor, tensor, zeros } from "../../src/index.js";
import { expectClose, float64 } from "./tolerance.js";

export type Layer = nn.RNN | nn.GRU | nn.LSTM;
export type Cell = nn.RNNCell | nn.GRUCell | nn.LSTMCell;
type Packed = nn.utils.rnn.PackedSequence;
type Forward<In, Out> = (input: In, hx?: Tensor | readonly Tensor[] | null, options?: nn.ForwardOptions) => Out;

export interface LayerKind {
  readonly name: string;
  /** The size of the projection, or 0. */
  readonly P: number;
  make(C: number, H: number, options?: nn.RNNBaseOptions): Layer;
}

/** Every equation a layer may follow. */
export const layerKinds: readonly LayerKind[] = [
  { name: "RNN tanh", P: 0, make: (C, H, options) => new nn.RNN(C, H, options) },
  { name: "RNN relu", P: 0, make: (C, H, options) => new nn.RNN(C, H, { ...options, nonlinearity: "relu" }) },
  { name: "GRU", P: 0, make: (C, H, options) => new nn.GRU(C, H, options) },
  { name: "LSTM", P: 0, make: (C, H, options) => new nn.LSTM(C, H, options) },
  { name: "LSTM projected", P: 2, make: (C, H, options) => new nn.LSTM(C, H, { ...options, projSize: 2 }) },
];

export interface CellKind {
  readonly name: string;
  make(C: number, H: number, options?: nn.CellOptions): Cell;
}

/** Every cell, beside the layer of the same place in `layerKinds`. */
export const cellKinds: readonly CellKind[] = [
  { name: "RNNCell tanh", make: (C, H, options) => new nn.RNNCell(C, H, options) },
  { name: "RNNCell relu", make: (C, H, options) => new nn.RNNCell(C, H, { ...options, nonlinearity: "relu" }) },
  { name: "GRUCell", make: (C, H, options) => new nn.GRUCell(C, H, options) },
  { name: "LSTMCell", make: (C, H, options) => new nn.LSTMCell(C, H, options) },
];

/** A layer of PyTorch's. @throws for any other module */
export function plainLayer(module: nn.Module): Layer {
  if (module instanceof nn.RNN || module instanceof nn.GRU || module instanceof nn.LSTM) return module;
  throw new Error(`expected an RNN, GRU or LSTM, got ${module}`);
}

/** How many states pass from step to step. */
export function stateCount(module: Layer | Cell): number {
  return module instanceof nn.LSTM || module instanceof nn.LSTMCell ? 2 : 1;
}

/** What a layer takes as `hx`. */
function asHx(module: Layer | Cell, states: readonly Tensor[] | null): Tensor | readonly Tensor[] | null {
  return states && (stateCount(module) === 2 ? states : states[0]);
}

const listed = (states: Tensor | Tensor[]): Tensor[] => (Array.isArray(states) ? states : [states]);

/** The shapes of the states of a batch of N, or of one sequence where N is null. */
export function stateShapes(layer: Layer, N: number | null): number[][] {
  const S = layer.numLayers * (layer.bidirectional ? 2 : 1);
  const lead = N === null ? [S] : [S, N];
  const first = [...lead, layer.projSize || layer.hiddenSize];
  return stateCount(layer) === 2 ? [first, [...lead, layer.hiddenSize]] : [first];
}

/** One forward. */
export function run<In extends Tensor | Packed>(
  layer: Layer,
  input: In,
  states: readonly Tensor[] | null = null,
  options: nn.ForwardOptions = {},
): { output: In; states: Tensor[] } {
  const forward = layer.forward.bind(layer) as Forward<In, [In, Tensor | Tensor[]]>;
  const [output, final] = forward(input, asHx(layer, states), options);
  return { output, states: listed(final) };
}

/** `module.forward` with arguments that TypeScript would refuse. */
export function forwardAnyhow(module: Layer | Cell, ...given: unknown[]): unknown {
  return (module.forward as (...given: unknown[]) => unknown).apply(module, given);
}

/** One step. */
export function step(cell: Cell, input: Tensor, states: readonly Tensor[] | null = null): Tensor[] {
  const forward = cell.forward.bind(cell) as Forward<Tensor, Tensor | Tensor[]>;
  return listed(forward(input, asHx(cell, states)));
}

/** Numbers without pattern, one for each element. */
export function weightsFor({ shape, dtype }: Tensor): Tensor {
  const count = shape.reduce((a, b) => a * b, 1);
  return tensor(
    Float64Array.from({ length: count }, (_, i) => Math.cos(7.77 * (i + 1)) + 0.3),
    shape,
    { dtype },
  );
}

/** All outputs as one number, each element with a weight of its own. */
export function lossOf(outputs: readonly Tensor[]): Tensor {
  return stack(outputs.map((y) => y.mul(weightsFor(y)).sum())).sum();
}

/** The gradients of named tensors; zeros for one that nothing reached. Forgets them afterwards. */
export function gradients(named: Iterable<readonly [string, Tensor]>): Map<string, Tensor> {
  const found = new Map<string, Tensor>();
  for (const [name, leaf] of named) {
    found.set(name, leaf.grad?.clone() ?? leaf.detach().mul(0));
    leaf.grad = null;
  }
  return found;
}

/** A leaf of its own with the numbers of `x`. */
export const leaf = (x: Tensor): Tensor => x.detach().clone().requiresGrad_();

/** Expects an ElmanError of one kind with exactly one message. */
export function expectError(body: () => unknown, kind: ErrorKind, message: string): void {
  let thrown: unknown = null;
  try {
    body();
  } catch (error) {
    thrown = error;
  }
  expect(thrown, `expected ${kind}: ${message}`).toBeInstanceOf(ElmanError);
  const { kind: came, message: text } = thrown as ElmanError;
  expect(`${came}: ${text}`).toBe(`${kind}: ${message}`);
}

/** A value where TypeScript would refuse it. */
export const wrong = (value: unknown): never => value as never;

/** Puts a value into a field where TypeScript would refuse it, or takes the field away. */
export function replace(module: nn.Module, field: string, ...value: unknown[]): void {
  if (value.length === 0) delete (module as unknown as Record<string, unknown>)[field];
  else (module as unknown as Record<string, unknown>)[field] = value[0];
}

/** A file of test/fixtures. */
export function fixture<T>(name: string): T {
  return JSON.parse(readFileSync(new URL(`../fixtures/${name}`, import.meta.url), "utf8"));
}

/**
 * Each sequence of a padded batch `[T, N, C]` run alone, without its padding; the outputs padded with zeros and the
 * states side by side again. A sequence of no steps keeps its initial states.
 */
export function oneByOne(
  layer: Layer,
  input: Tensor,
  given: readonly Tensor[] | null,
  lengths: readonly number[],
): { output: Tensor; states: Tensor[] } {
  const { dtype } = input;
  const [T] = input.shape;
  const width = stateShapes(layer, null)[0][1] * (layer.bidirectional ? 2 : 1);
  const initial = given ?? stateShapes(layer, lengths.length).map((shape) => zeros(shape, { dtype }));
  const alone = lengths.map((length, n) => {
    const states = initial.map((state) => state.select(1, n));
    const padding = zeros([T - length, width], { dtype });
    if (length === 0) return { output: padding, states };
    const results = run(layer, input.select(1, n).slice(0, 0, length), states);
    return { output: cat([results.output, padding]), states: results.states };
  });
  return {
    output: stack(
      alone.map(({ output }) => output),
      1,
    ),
    states: initial.map((_, i) =>
      stack(
        alone.map(({ states }) => states[i]),
        1,
      ),
    ),
  };
}

/** What a forward gives and, from the same loss, every gradient it leaves: of input, states and parameters. */
export function everything(
  layer: Layer,
  input: Tensor,
  states: readonly Tensor[] | null,
  forward: (input: Tensor, states: Tensor[] | null) => { output: Tensor; states: Tensor[] },
): Map<string, Tensor> {
  const x = leaf(input);
  const initial = states?.map(leaf) ?? null;
  const results = forward(x, initial);
  const loss = lossOf([results.output, ...results.states]);
  if (loss.requiresGrad) loss.backward();
  const outcome = [results.output, ...results.states].map((y, i) => [["output", "h_n", "c_n"][i], y.detach()] as const);
  const given = initial?.map((state, i) => [["d h_0", "d c_0"][i], state] as const) ?? [];
  return new Map([...outcome, ...gradients([["d input", x], ...given, ...layer.namedParameters()])]);
}

/** Expects the same names with nearly the same numbers. */
export function expectSame(actual: Map<string, Tensor>, expected: Map<string, Tensor>, tolerance = float64): void {
  expect([...actual.keys()]).toEqual([...expected.keys()]);
  for (const [name, value] of expected) expectClose(actual.get(name) as Tensor, value, tolerance, name);
}
