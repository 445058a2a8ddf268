/** A cell proved: its facts, its shapes, its states, its gradient by differences, and one device against another. */

import { fail } from "../../../base/errors.js";
import { Generator } from "../../../base/random.js";
import { device, setDefaultDevice } from "../../../device/default.js";
import type { FloatDType } from "../../../device/value.js";
import { noGrad } from "../../../tensor/autograd.js";
import { defaultGenerator } from "../../../tensor/chance.js";
import { randn } from "../../../tensor/create.js";
import type { Tensor } from "../../../tensor/tensor.js";
import { Module } from "../../module.js";
import { type AnyCell, recordOf } from "./kinds.js";
import { Recurrent } from "./recurrent.js";

const [T, C, H] = [4, 3, 3];
/** Sequences that end at different times, one of them before it begins. */
const lengths = [4, 2, 3, 0];
/** Of central differences in double precision, and of float32 against it: absolute, and of the number itself. */
const [step, near, nearInSingle] = [1e-5, 1e-6, 2e-5];

type Named = readonly (readonly [name: string, tensor: Tensor])[];

/**
 * Proves a cell: that a record's facts are those by which it reads and writes; that outputs and states have their shapes;
 * that a sequence gives the same alone and beside others; that every gradient is its central difference, in float64; and
 * that the device in use gives in float32 what plain JavaScript gives. A module is checked as `eval()` leaves it, since what
 * it draws in training is never the same twice. Takes a moment, and draws nothing from the default generator.
 * @throws ElmanError with one sentence about what is wrong first
 */
export function checkCell(cell: AnyCell): void {
  const generator = defaultGenerator();
  const before = generator.getState();
  const chosen = device();
  try {
    const subject = new Subject(cell);
    subject.checkAlone();
    subject.checkGradients();
    const here = subject.results("float32");
    setDefaultDevice("js");
    const there = subject.results("float32");
    compare(subject.name, `on ${chosen.name}`, here, "on js", there, nearInSingle);
  } finally {
    setDefaultDevice(chosen);
    generator.setState(before);
  }
}

/** A layer of the cell, and what goes into it. */
class Subject {
  readonly name: string;
  private readonly layer: Recurrent;
  private readonly input: Tensor;

  constructor(cell: AnyCell) {
    const record = recordOf(cell);
    const draw = new Generator(1);
    // Its parameters are about to be overwritten.
    const own = cell instanceof Module ? cell.clone() : cell;
    this.layer = new Recurrent(own, C, H, { initialState: "learned", ...(record && { dtype: "float64" as const }) });
    this.layer.to("float64").eval();
    this.name = record?.name ?? this.layer.children()[0].constructor.name;
    noGrad(() => {
      for (const one of this.layer.parameters()) {
        one.copy_(one.add(randn(one.shape, { dtype: "float64", generator: draw }).mul(0.4)));
      }
    });
    this.input = randn([T, lengths.length, C], { dtype: "float64", generator: draw });
  }

  /** Output and final states. */
  private forward(input: Tensor, lengths: readonly number[]): Named {
    const [output, final] = this.layer.forward(input, null, { lengths });
    return [["the output", output], ...[final].flat().map((state, s) => [`final state ${s}`, state] as const)];
  }

  /** All of it as one number, each element with a weight of its own. */
  private loss(input: Tensor): Tensor {
    const parts = this.forward(input, lengths).map(([, one]) => {
      const draw = new Generator(one.numel());
      return one.mul(randn(one.shape, { dtype: one.dtype as FloatDType, generator: draw })).sum();
    });
    return parts.reduce((a, b) => a.add(b));
  }

  checkAlone(): void {
    const together = noGrad(() => this.forward(this.input, lengths));
    for (const [n, length] of lengths.entries()) {
      if (length === 0) continue;
      const alone = noGrad(() => this.forward(this.input.narrow(1, n, 1), [length]));
      const among = together.map(([label, one]) => [label, one.narrow(1, n, 1)] as const);
      compare(this.name, `of sequence ${n} among others`, among, "alone", alone, near);
    }
  }

  /** What goes in, by name. */
  private leaves(input: Tensor): [string, Tensor][] {
    return [["the input", input], ...this.layer.namedParameters()];
  }

  checkGradients(): void {
    const input = this.input.clone().requiresGrad_();
    this.layer.zeroGrad();
    this.loss(input).backward();
    for (const [label, leaf] of this.leaves(input)) {
      const found = leaf.grad?.toArray();
      const flat = leaf.detach().reshape([leaf.numel()]);
      for (let i = 0; i < leaf.numel(); i++) {
        const one = flat.at(i);
        const before = one.item();
        const at = (shift: number): number => {
          one.fill_(before + shift);
          return noGrad(() => this.loss(input.detach()).item());
        };
        const slope = (at(step) - at(-step)) / (2 * step);
        one.fill_(before);
        const came = found?.[i] ?? 0;
        if (Math.abs(came - slope) <= near * (1 + Math.abs(slope))) continue;
        const place = `gradient of ${label}, element ${i}`;
        fail("ValueError", `the cell ${this.name} has a wrong ${place}: ${came}, by differences ${slope}`);
      }
    }
    this.layer.zeroGrad();
  }

  /** What comes out and every gradient, in a dtype, on the device that computes. */
  results(dtype: FloatDType): Named {
    this.layer.to(dtype);
    const input = this.input.to(dtype).detach().requiresGrad_();
    const given = noGrad(() => this.forward(input, lengths));
    this.layer.zeroGrad();
    this.loss(input).backward();
    const gradients = this.leaves(input).flatMap(([label, leaf]) =>
      leaf.grad === null ? [] : [[`the gradient of ${label}`, leaf.grad] as const],
    );
    return [...given, ...gradients];
  }
}

function compare(name: string, here: string, some: Named, there: string, others: Named, room: number): void {
  for (const [k, [label, one]] of some.entries()) {
    const [a, b] = [one.toArray(), others[k][1].toArray()];
    const i = a.findIndex((value, i) => !(Math.abs(value - b[i]) <= room * (1 + Math.abs(b[i]))));
    if (i < 0) continue;
    fail("ValueError", `the cell ${name} gives element ${i} of ${label} ${here} as ${a[i]}, ${there} as ${b[i]}`);
  }
}
