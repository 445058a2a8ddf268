/** What the conformance suite does not say of every device: how exact the specification is, and what closing leaves. */

import { describe, expect, it } from "vitest";
import { rnnRelu } from "../../../src/device/cells/rnn.js";
import { stepper } from "../../../src/device/js/stepper.js";
import { stackStepper } from "../steppers.js";

/** One unit of an Elman network with relu: h' = max(0, w·x + b + u·h). */
const unit = { cell: rnnRelu, batch: 1, numLayers: 1, inputSize: 3, hiddenSize: 1, outputSize: 1 };
const one = Float32Array.of(1);

describe("the js stepper", () => {
  it("sums in double precision and rounds once", () => {
    const stream = stackStepper(stepper, unit);
    // In float32 the small ones would be lost, one after the other.
    stream.load([{ ih: Float32Array.of(1, 2 ** -24, 2 ** -24), hh: one, biasIh: null, biasHh: null, hr: null }]);
    const output = new Float32Array(1);
    stream.step(Float32Array.of(1, 1, 1), 0, output, 0);
    expect(output[0]).toBe(1 + 2 ** -23);
  });

  it("keeps the state between steps, reads it and writes it", () => {
    const stream = stackStepper(stepper, unit);
    stream.load([{ ih: Float32Array.of(1, 0, 0), hh: one, biasIh: one, biasHh: one, hr: null }]);
    const [output, state] = [new Float32Array(1), new Float32Array(1)];
    const step = (x: number) => {
      stream.step(Float32Array.of(x, 0, 0), 0, output, 0);
      return output[0];
    };
    expect([step(1), step(1), step(-9)]).toEqual([3, 6, 0]);
    stream.write(Float32Array.of(40));
    expect(step(0)).toBe(42);
    stream.read(state);
    expect(state[0]).toBe(42);
  });

  it("lets go of everything when it is closed", () => {
    const stream = stackStepper(stepper, unit);
    stream.load([{ ih: new Float32Array(3), hh: one, biasIh: null, biasHh: null, hr: null }]);
    stream.close();
    const states = Float32Array.of(5);
    stream.read(states);
    expect(states[0]).toBe(5);
  });
});
