/**
 * A layer or a net at work on a signal that never ends: one step at a time, synchronously, without allocating. Inference
 * only: no gradients, no dropout. It owns its states and a copy of its weights, and knows neither tensors nor modules.
 */

import { checkOptions, fail, shown, typeName } from "../base/errors.js";
import { isA } from "../base/realm.js";
import { device } from "../device/default.js";
import type { Device, Net, Stage, Stepper } from "../device/device.js";
import { allocate } from "../device/value.js";

/** Options of `stream()`. */
export interface StreamOptions {
  /** N, how many sequences move side by side. Default 1. */
  batch?: number;
}

/** @internal The batch that options ask for. */
export function batchOf(where: string, options: StreamOptions | undefined): number {
  checkOptions(where, options, ["batch"]);
  const { batch = 1 } = options ?? {};
  if (!Number.isInteger(batch) || batch < 1) {
    fail("ValueError", `${where} expected batch as a whole number, at least 1, got: ${shown(batch)}`);
  }
  return batch;
}

/**
 * @internal Stages in a row as a net: its sizes follow from those that have some.
 * @throws ValueError where two do not fit, or none says how many features a step has
 */
export function netOf(where: string, batch: number, stages: readonly Stage[]): Net {
  const sized = stages.find((stage) => stage.inputSize !== null)?.inputSize ?? null;
  if (sized === null) {
    fail("ValueError", `${where} expected a layer that says how many features a step has, such as Linear, got none`);
  }
  let width = sized;
  for (const stage of stages) {
    if (stage.inputSize !== null && stage.inputSize !== width) {
      const expected = `a layer that takes the ${width} features of the one before it`;
      fail("ValueError", `${where} expected ${expected}, got one of ${stage.inputSize}`);
    }
    if (stage.kind !== "rows") width = stage.outputSize;
  }
  return { batch, inputSize: sized, outputSize: width, stages };
}

/** @internal A stream of stages, on the device that the library has chosen. */
export function openStream(where: string, stages: readonly Stage[], options: StreamOptions | undefined): Stream {
  return new Stream(device(), netOf(where, batchOf(where, options), stages));
}

/**
 * What `stream({ batch })` of a layer or a net gives. All numbers are float32; rows of several sequences stand one after
 * the other (row-major). States begin as zeros.
 */
export class Stream {
  /** Features of a step, C. */
  readonly inputSize: number;
  /** Features of the output: of a recurrent layer H, or the projection's size. */
  readonly outputSize: number;
  /** N, how many sequences move side by side. */
  readonly batch: number;
  private readonly zeros: Float32Array;
  private stepper: Stepper | null;

  /**
   * Called by what layers call `stream()`, never by a user.
   * @param device what runs it
   * @param net the stages
   */
  constructor(device: Pick<Device, "stepper">, net: Net) {
    this.inputSize = net.inputSize;
    this.outputSize = net.outputSize;
    this.batch = net.batch;
    const stepper = device.stepper(net);
    this.stepper = stepper;
    try {
      this.zeros = allocate("float32", stepper.states) as Float32Array;
      stepper.load();
    } catch (error) {
      stepper.close();
      throw error;
    }
  }

  /**
   * One step.
   * @param input `[N, C]`: read
   * @param output `[N, outputSize]`: written
   * @throws TypeError, ValueError where one is no Float32Array of that length; RuntimeError after `close()`
   */
  step(input: Float32Array, output: Float32Array): void {
    this.check("step", "input", input, this.batch * this.inputSize);
    this.check("step", "output", output, this.batch * this.outputSize);
    this.open("step").step(input, 0, output, 0);
  }

  /**
   * Several steps.
   * @param inputs `[steps, N, C]`: read
   * @param outputs `[steps, N, outputSize]`: written; may be `inputs` itself, but must not overlap them otherwise
   */
  run(inputs: Float32Array, outputs: Float32Array, steps: number): void {
    if (!Number.isInteger(steps) || steps < 0) {
      fail("ValueError", `stream.run() expected steps as a whole number, at least 0, got: ${shown(steps)}`);
    }
    const [read, written] = [this.batch * this.inputSize, this.batch * this.outputSize];
    this.check("run", "inputs", inputs, steps * read);
    this.check("run", "outputs", outputs, steps * written);
    const stepper = this.open("run");
    for (let t = 0; t < steps; t++) stepper.step(inputs, t * read, outputs, t * written);
  }

  /** Sets every state to zero. */
  reset(): void {
    this.open("reset").write(this.zeros);
  }

  /**
   * A copy of the states, layer by layer. Of a recurrent one h `[numLayers, N, outputSize]`, and of an LSTM then c
   * `[numLayers, N, H]`; of a convolution its past inputs `[N, C, (K − 1)·dilation]`, the oldest first; others have none.
   */
  getState(): Float32Array {
    const states = new Float32Array(this.zeros.length);
    this.open("getState").read(states);
    return states;
  }

  /**
   * Sets the states, in the order of `getState()`.
   * @param values as many as `getState()` gives
   */
  setState(values: Float32Array): void {
    this.check("setState", "values", values, this.zeros.length);
    this.open("setState").write(values);
  }

  /** Takes the weights again, which may have been trained since. The states stay. */
  refresh(): void {
    this.open("refresh").load();
  }

  /** Gives the stream's memory back. Nothing can be asked of it afterwards but `close()`. */
  close(): void {
    this.stepper?.close();
    this.stepper = null;
  }

  private open(where: string): Stepper {
    return this.stepper ?? fail("RuntimeError", `stream.${where}() expected an open stream, but this one was closed`);
  }

  private check(where: string, name: string, array: Float32Array, length: number): void {
    // An array of this realm is known at once: 30 ns less, of which a step may have 400.
    if (!(array instanceof Float32Array || isA(array, "Float32Array"))) {
      fail("TypeError", `stream.${where}() expected ${name} as a Float32Array, got: ${typeName(array)}`);
    }
    if (array.length !== length) {
      fail("ValueError", `stream.${where}() expected ${name} of length ${length}, got: ${array.length}`);
    }
  }
}
