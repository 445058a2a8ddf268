/** What the cell of a `Recurrent` may be: a record, a module, or what makes modules. */

import { fail, mistyped, shown, typeName } from "../../../base/errors.js";
import { listText } from "../../../base/shape.js";
import type { Cell } from "../../../device/cell.js";
import { Tensor } from "../../../tensor/tensor.js";
import { Module } from "../../module.js";
import { checkRecord } from "./check_record.js";
import type { OneStep } from "./scan.js";

/**
 * A cell that is a module: `forward(x, state)` takes an input `[n, C]` and the state `[n, H]` (a list of them where it has
 * several), and gives the new state or states, of which the first is the output. It is written in tensors, and must treat
 * each row by itself.
 */
export interface CellModule extends Module {
  /** The sizes of its states. Default: one of `hiddenSize`. */
  readonly stateSizes?: readonly number[];
  /** The new state, or states, from an `input` `[n, C]` and the `state`, or states, `[n, size]`. */
  forward(input: Tensor, state: never): Tensor | readonly Tensor[];
}

/** A class of such modules, or a function that makes one: called for each layer and direction. */
export type MakesCell =
  | (new (
      inputSize: number,
      hiddenSize: number,
    ) => CellModule)
  | ((inputSize: number, hiddenSize: number) => CellModule);

/** What `Recurrent` takes as its cell. A module itself is the cell of one layer in one direction. */
export type AnyCell = Cell | CellModule | MakesCell;

/** One state of all layers and directions: `[S, N, H]`, or, where `hiddenSize` is a list, S tensors `[N, H]`. */
export type Joined<H> = H extends number ? Tensor : Tensor[];

type ModuleOf<C> = C extends new (...given: never[]) => infer M ? M : C extends (...given: never[]) => infer M ? M : C;
type Several<R, One> = R extends Tensor ? One : R extends readonly [Tensor, Tensor] ? [One, One] : One | One[];

/** What a cell's state is in `forward`: one, or a list of them. */
export type StateOf<C, H> =
  C extends Cell<infer S>
    ? S extends 1
      ? Joined<H>
      : S extends 2
        ? [Joined<H>, Joined<H>]
        : Joined<H> | Joined<H>[]
    : ModuleOf<C> extends { forward(input: Tensor, state: never): infer R }
      ? Several<R, Joined<H>>
      : Joined<H> | Joined<H>[];

/** Records whose facts were found true. */
const known = new WeakSet<object>();

/** The record, or null for what is or makes a module. */
export function recordOf(cell: unknown): Cell | null {
  if (cell instanceof Module || typeof cell === "function") return null;
  if (typeof cell !== "object" || cell === null) {
    mistyped("Recurrent expected a cell: a record of nn.recurrentCells or of your own, or a module", cell);
  }
  const record = cell as Cell;
  if (!known.has(record)) {
    checkFacts(record);
    checkRecord(record);
    known.add(record);
  }
  return record;
}

const weights: readonly string[] = ["weight_ih", "weight_hh", "weight_hr"];

/** Refuses a record whose facts cannot be true. */
function checkFacts(cell: Cell): void {
  const { name, gates, states, recurrent, keep, second } = cell;
  const refuse: (fact: string, expected: string, came: unknown) => never = (fact, expected, came) =>
    fail("ValueError", `the cell ${String(name)} expected ${fact} as ${expected}, got: ${String(came)}`);
  const whole = (fact: string, value: unknown, least: number) => {
    if (!Number.isInteger(value) || (value as number) < least) refuse(fact, `a whole number, at least ${least}`, value);
  };
  if (typeof name !== "string") mistyped("a cell expected name as a string", name);
  whole("gates", gates, 1);
  whole("states", states, 1);
  whole("keep", keep, 0);
  if (!["dense", "vector", "none"].includes(recurrent)) refuse("recurrent", "dense, vector or none", recurrent);
  if (typeof cell.sharedGates !== "boolean") refuse("sharedGates", "a boolean", cell.sharedGates);
  if (cell.forget !== undefined && !(Number.isInteger(cell.forget) && cell.forget >= 0 && cell.forget < gates)) {
    refuse("forget", `the number of one of its ${gates} gates`, cell.forget);
  }
  if (second !== undefined && (recurrent === "none" || !(second?.gates >= 1 && second.gates < gates))) {
    refuse(
      "second",
      `a product of some of its ${gates} gates with a recurrent weight`,
      `${second?.gates} gates, ${recurrent}`,
    );
  }
  const missing = [cell.forward, cell.backward, second?.forward ?? cell.forward, second?.backward ?? cell.backward];
  if (missing.some((one) => typeof one !== "function")) refuse("forward and backward", "functions", "none");
  const shapes: unknown = typeof cell.own === "function" ? cell.own(2) : (cell.own ?? {});
  if (typeof shapes !== "object" || shapes === null) refuse("own", "a function that gives shapes", shapes);
  for (const [stem, shape] of Object.entries(shapes) as [string, unknown][]) {
    if (weights.includes(stem)) refuse("own", "parameters beside PyTorch's weights", stem);
    if (!Array.isArray(shape) || !shape.every(Number.isInteger)) refuse(`own.${stem}`, "a shape", shape);
  }
  const unknown = Object.keys(cell.begin ?? {}).find((stem) => !(stem in shapes));
  if (unknown !== undefined) refuse("begin", `numbers for ${Object.keys(shapes).join(", ") || "none"}`, unknown);
}

/** The module of one layer in one direction. */
export function moduleOf(
  cell: CellModule | MakesCell,
  only: boolean,
  inputSize: number,
  hiddenSize: number,
): CellModule {
  if (cell instanceof Module) {
    if (only) return cell;
    return fail(
      "ValueError",
      `Recurrent expected a class or a function that makes a module for each layer and direction, got one ${cell.constructor.name}`,
    );
  }
  // A class says so by a prototype that is not to be replaced.
  const isClass = Object.getOwnPropertyDescriptor(cell, "prototype")?.writable === false;
  if (isClass && !(cell.prototype instanceof Module)) mistyped("Recurrent expected a class that extends Module", cell);
  const made: unknown = isClass
    ? new (cell as new (C: number, H: number) => CellModule)(inputSize, hiddenSize)
    : (cell as (C: number, H: number) => CellModule)(inputSize, hiddenSize);
  if (!(made instanceof Module)) mistyped("Recurrent expected a Module of what makes the cell", made);
  return made as CellModule;
}

/** The sizes of a module's states. */
export function stateSizesOf(module: CellModule, hiddenSize: number): readonly number[] {
  const sizes: unknown = module.stateSizes ?? [hiddenSize];
  const fit = Array.isArray(sizes) && sizes.length > 0 && sizes.every((size) => Number.isInteger(size) && size > 0);
  if (fit) return sizes;
  const came = Array.isArray(sizes) ? listText(sizes) : shown(sizes);
  return fail(
    "ValueError",
    `${module.constructor.name}: Expected stateSizes as a list of one size a state, got: ${came}`,
  );
}

/** A step of a module, whose states are checked. */
export function stepOf(module: CellModule, sizes: readonly number[]): OneStep {
  const { name } = module.constructor;
  const forward = module.forward as unknown as (input: Tensor, state: unknown) => unknown;
  return (input, states) => {
    const came = forward.call(module, input, states.length === 1 ? states[0] : states);
    const next: unknown[] = Array.isArray(came) ? came : [came];
    if (next.length !== sizes.length) {
      fail(
        "ValueError",
        `${name}: Expected ${sizes.length} of forward's states, as stateSizes says, got ${next.length}`,
      );
    }
    next.forEach((state, s) => {
      if (!(state instanceof Tensor)) {
        fail("TypeError", `${name}: Expected a Tensor as state ${s} of forward, got: ${typeName(state)}`);
      }
      const expected = [input.size(0), sizes[s]];
      if (String(state.shape) !== String(expected)) {
        fail(
          "RuntimeError",
          `${name}: Expected state ${s} of size ${listText(expected)}, got ${listText(state.shape)}`,
        );
      }
    });
    return next as Tensor[];
  };
}
