/** A stream over a device that writes down what it is asked: what is passed on, what is refused, what is given back. */

import { describe, expect, it } from "vitest";
import { cells } from "../../src/device/cells/index.js";
import type { Affine, Net, Rows, Stack, Stage, Stepper } from "../../src/device/device.js";
import { batchOf, netOf, Stream } from "../../src/stream/stream.js";
import { expectError, wrong } from "../support/recurrent.js";

const stack: Stack = {
  ...{ kind: "stack", cell: cells.LSTM, numLayers: 3, inputSize: 4, hiddenSize: 6, outputSize: 5, take: () => [] },
};
const net: Net = { batch: 2, inputSize: 4, outputSize: 5, stages: [stack] };

/** A stream over a stepper of 66 states, and what that was asked. */
function recorded() {
  const asked: unknown[][] = [];
  const note =
    (name: string) =>
    (...given: unknown[]) =>
      asked.push([name, ...given]);
  const stepper = Object.fromEntries(["load", "step", "read", "write", "close"].map((name) => [name, note(name)]));
  const device = {
    stepper: (given: Net) => {
      asked.push(["stepper", given]);
      return { ...stepper, states: 66 } as unknown as Stepper;
    },
  };
  return { stream: new Stream(device, net), asked };
}

describe("a stream", () => {
  it("loads the weights when it is made and at refresh(), and says its sizes", () => {
    const { stream, asked } = recorded();
    expect(asked).toEqual([["stepper", net], ["load"]]);
    expect([stream.inputSize, stream.outputSize, stream.batch]).toEqual([4, 5, 2]);
    stream.refresh();
    expect(asked[2]).toEqual(["load"]);
  });

  it("gives its memory back if the weights cannot be taken", () => {
    let closed = 0;
    const load = () => {
      throw new Error("no weights");
    };
    const stepper = () => wrong({ states: 1, load, close: () => closed++ });
    expect(() => new Stream({ stepper }, net)).toThrow("no weights");
    expect(closed).toBe(1);
  });

  it("passes on a step, and the steps of a run one after the other", () => {
    const { stream, asked } = recorded();
    const [x, y] = [new Float32Array(8), new Float32Array(10)];
    stream.step(x, y);
    expect(asked.slice(2)).toEqual([["step", x, 0, y, 0]]);
    // The arrays themselves: a copy would be of no use, and cost a collection now and then.
    expect([asked[2][1] === x, asked[2][3] === y]).toEqual([true, true]);
    asked.length = 0;
    const [xs, ys] = [new Float32Array(24), new Float32Array(30)];
    stream.run(xs, ys, 3);
    expect(asked).toEqual([0, 1, 2].map((t) => ["step", xs, t * 8, ys, t * 10]));
    stream.run(new Float32Array(0), new Float32Array(0), 0);
    expect(asked.length).toBe(3);
  });

  it("reads and writes states of the stepper's length", () => {
    const { stream, asked } = recorded();
    expect(stream.getState()).toEqual(new Float32Array(66));
    expect(asked[2][0]).toBe("read");
    const states = new Float32Array(66).fill(3);
    stream.setState(states);
    stream.reset();
    expect(asked.slice(3)).toEqual([
      ["write", states],
      ["write", new Float32Array(66)],
    ]);
  });

  it("refuses arrays of another type or length", () => {
    const { stream, asked } = recorded();
    const [x, y] = [new Float32Array(8), new Float32Array(10)];
    const type = (call: () => void, message: string) => expectError(call, "TypeError", message);
    const length = (call: () => void, message: string) => expectError(call, "ValueError", message);
    type(() => stream.step(wrong([1]), y), "stream.step() expected input as a Float32Array, got: Array");
    type(
      () => stream.step(x, wrong(new Float64Array(10))),
      "stream.step() expected output as a Float32Array, got: Float64Array",
    );
    type(() => stream.step(wrong(undefined), y), "stream.step() expected input as a Float32Array, got: undefined");
    type(() => stream.step(x, wrong(null)), "stream.step() expected output as a Float32Array, got: null");
    length(() => stream.step(y, y), "stream.step() expected input of length 8, got: 10");
    length(() => stream.step(x, x), "stream.step() expected output of length 10, got: 8");
    type(() => stream.run(wrong("x"), y, 1), "stream.run() expected inputs as a Float32Array, got: string");
    type(() => stream.run(x, wrong({}), 1), "stream.run() expected outputs as a Float32Array, got: Object");
    length(() => stream.run(x, y, 2), "stream.run() expected inputs of length 16, got: 8");
    length(() => stream.run(new Float32Array(16), y, 2), "stream.run() expected outputs of length 20, got: 10");
    const steps = "stream.run() expected steps as a whole number, at least 0, got:";
    for (const [given, came] of [
      [-1, "-1"],
      [1.5, "1.5"],
      [Number.NaN, "NaN"],
      [wrong("1"), "1"],
      [wrong(undefined), "undefined"],
      [Number.POSITIVE_INFINITY, "Infinity"],
    ] as const) {
      length(() => stream.run(x, y, given), `${steps} ${came}`);
    }
    type(() => stream.setState(wrong([0])), "stream.setState() expected values as a Float32Array, got: Array");
    length(() => stream.setState(new Float32Array(65)), "stream.setState() expected values of length 66, got: 65");
    expect(asked.length).toBe(2);
  });

  it("gives its memory back once, and refuses everything afterwards", () => {
    const { stream, asked } = recorded();
    stream.close();
    stream.close();
    expect(asked.slice(2)).toEqual([["close"]]);
    const [x, y] = [new Float32Array(8), new Float32Array(10)];
    const calls: [string, () => unknown][] = [
      ["step", () => stream.step(x, y)],
      ["run", () => stream.run(x, y, 1)],
      ["reset", () => stream.reset()],
      ["getState", () => stream.getState()],
      ["setState", () => stream.setState(new Float32Array(66))],
      ["refresh", () => stream.refresh()],
    ];
    for (const [name, call] of calls) {
      const message = `stream.${name}() expected an open stream, but this one was closed`;
      expectError(call, "RuntimeError", message);
    }
    expect(asked.length).toBe(3);
  });
});

describe("stages in a row", () => {
  const rows = (inputSize: number | null): Rows => ({ kind: "rows", inputSize, take: () => () => {} });
  const affine = (inputSize: number, outputSize: number): Affine => ({
    ...{ kind: "affine", inputSize, outputSize, taps: 1, dilation: 1 },
    take: () => ({ weight: new Float32Array(inputSize * outputSize), bias: null }),
  });
  const sizes = (...stages: Stage[]) => {
    const net = netOf("f()", 3, stages);
    expect([net.batch, net.stages]).toEqual([3, stages]);
    return [net.inputSize, net.outputSize];
  };

  it("have the sizes of their ends, where functions take any number of features", () => {
    expect(sizes(affine(2, 5))).toEqual([2, 5]);
    expect(sizes(rows(null), affine(2, 5), rows(5), rows(null))).toEqual([2, 5]);
    expect(sizes(rows(4), stack)).toEqual([4, 5]);
  });

  it("must fit each other, and say how many features there are", () => {
    const fits = (width: number, came: number) =>
      `f() expected a layer that takes the ${width} features of the one before it, got one of ${came}`;
    expectError(() => sizes(affine(2, 5), rows(null), affine(4, 5)), "ValueError", fits(5, 4));
    expectError(() => sizes(rows(4), rows(3)), "ValueError", fits(4, 3));
    const none = "f() expected a layer that says how many features a step has, such as Linear, got none";
    expectError(() => sizes(rows(null)), "ValueError", none);
    expectError(() => sizes(), "ValueError", none);
  });
});

describe("the batch", () => {
  it("is one unless options say another", () => {
    expect([batchOf("f()", undefined), batchOf("f()", {}), batchOf("f()", { batch: 7 })]).toEqual([1, 1, 7]);
  });

  it("is a whole number, at least 1", () => {
    for (const [batch, came] of [
      [null, "null"],
      [0, "0"],
      [-1, "-1"],
      [2.5, "2.5"],
      [Number.NaN, "NaN"],
      ["2", "2"],
      [true, "true"],
      [[2], "Array"],
    ] as const) {
      const message = `f() expected batch as a whole number, at least 1, got: ${came}`;
      expectError(() => batchOf("f()", { batch: wrong(batch) }), "ValueError", message);
    }
    expectError(
      () => batchOf("f()", wrong(2)),
      "TypeError",
      "f() expected its options as an object such as { batch: 2 }, got: number",
    );
    expectError(() => batchOf("f()", wrong(null)), "TypeError", "f() expected its options as an object, got: null");
    expectError(() => batchOf("f()", wrong({ size: 2 })), "TypeError", "f() got an unexpected keyword argument 'size'");
  });
});
