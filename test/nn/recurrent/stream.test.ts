/** Streams of layers and cells beside their forward over the whole sequence, on every device that runs here. */

import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { instantiate } from "../../../src/device/wasm/module.js";
import {
  type DeviceName,
  Generator,
  manualSeed,
  nn,
  noGrad,
  optim,
  randn,
  setDefaultDevice,
  stack,
  type Tensor,
  tensor,
  zeros,
} from "../../../src/index.js";
import { cellKinds, expectError, layerKinds, replace, run, stateCount, step, wrong } from "../../support/recurrent.js";
import { expectClose, float32 } from "../../support/tolerance.js";

const generator = new Generator(5);
const draw = (shape: number[]) => randn(shape, { generator });
const floats = (x: Tensor) => x.toArray() as Float32Array;
const devices = (["js", "wasm-plain", "wasm-relaxed"] satisfies DeviceName[]).filter(
  (name) => name === "js" || instantiate(name === "wasm-plain" ? "plain" : "relaxed") !== null,
);

/** The output of every step of x [T, N, C]. */
function steps(stream: ReturnType<nn.LSTM["stream"]>, x: Tensor): Float32Array {
  const [T, N] = x.shape;
  const output = new Float32Array(T * N * stream.outputSize);
  const [from, to] = [N * stream.inputSize, N * stream.outputSize];
  for (let t = 0; t < T; t++) {
    stream.step(floats(x).subarray(t * from, (t + 1) * from), output.subarray(t * to, (t + 1) * to));
  }
  return output;
}

afterEach(() => setDefaultDevice("js"));

describe.each(devices)("on %s", (name) => {
  beforeEach(() => {
    manualSeed(1);
    setDefaultDevice(name);
  });

  describe.each(layerKinds)("$name", ({ make }) => {
    it.each([
      { numLayers: 1, N: 1, C: 3, H: 5 },
      { numLayers: 2, N: 3, C: 5, H: 8, bias: false },
      { numLayers: 3, N: 4, C: 1, H: 3, batchFirst: true, dropout: 0.5 },
    ])("steps as forward runs: %o", ({ N, C, H, ...options }) => {
      const layer = make(C, H, options);
      const x = draw([6, N, C]);
      const given = layer.batchFirst ? x.transpose(0, 1) : x;
      layer.eval();
      const want = noGrad(() => run(layer, given));
      // Dropout plays no part, trained or not.
      layer.train();
      const stream = layer.stream({ batch: N });
      const output = steps(stream, x);
      expectClose(output, floats(layer.batchFirst ? want.output.transpose(0, 1).contiguous() : want.output), float32);
      // h of every layer, then c of every layer: as forward gives them, one after the other.
      const states = want.states.flatMap((state) => [...floats(state)]);
      expectClose(stream.getState(), states, float32);

      const more = draw([5, N, C]);
      layer.eval();
      const next = noGrad(() => run(layer, layer.batchFirst ? more.transpose(0, 1) : more, want.states));
      const written = layer.stream({ batch: N });
      written.setState(Float32Array.from(states));
      const from = new Float32Array(5 * N * stream.outputSize);
      written.run(floats(more), from, 5);
      expectClose(from, floats(layer.batchFirst ? next.output.transpose(0, 1).contiguous() : next.output), float32);
      expectClose(steps(stream, more), from, float32);
      stream.reset();
      expect([...stream.getState()]).toEqual(states.map(() => 0));
      expect([...steps(stream, x)]).toEqual([...output]);
      stream.close();
    });
  });

  it.each(cellKinds)("$name steps as its forward, biases or not", ({ make }) => {
    for (const bias of [true, false]) {
      const cell = make(3, 5, { bias });
      const x = draw([4, 2, 3]);
      let states: Tensor[] | null = null;
      const outputs: Tensor[] = [];
      noGrad(() => {
        for (const at of x.unbind(0)) outputs.push((states = step(cell, at, states))[0]);
      });
      const stream = cell.stream({ batch: 2 });
      expect([stream.inputSize, stream.outputSize, stream.batch]).toEqual([3, 5, 2]);
      expectClose(steps(stream, x), floats(stack(outputs)), float32);
      expectClose(
        stream.getState(),
        (states as Tensor[] | null)?.flatMap((state) => [...floats(state)]) ?? [],
        float32,
      );
      expect(stream.getState().length).toBe(stateCount(cell) * 10);
    }
  });

  it.each(layerKinds)("$name has the weights of its making until refresh(), and keeps its states", ({ make }) => {
    const layer = make(3, 4, { numLayers: 2 });
    const x = draw([5, 2, 3]);
    const forward = (states: Tensor[] | null) => noGrad(() => run(layer, x, states));
    const before = forward(null);
    const stream = layer.stream({ batch: 2 });
    const sgd = new optim.SGD(layer.parameters(), { lr: 0.1 });
    // Outputs grow, so that a unit of relu does not fall silent.
    run(layer, x).output.sum().neg().backward();
    sgd.step();
    expectClose(steps(stream, x), floats(before.output), float32);
    stream.refresh();
    const after = forward(before.states);
    expectClose(steps(stream, x), floats(after.output), float32);
    expect(floats(after.output)).not.toEqual(floats(forward(null).output));
    // A stream that is made now begins with the new weights.
    expectClose(steps(layer.stream({ batch: 2 }), x), floats(forward(null).output), float32);
  });

  it("reads weights that are views", () => {
    const lstm = new nn.LSTM(4, 3);
    lstm.weight_ih_l0 = new nn.Parameter(draw([4, 12]).transpose(0, 1));
    const x = draw([3, 1, 4]);
    expectClose(steps(lstm.stream(), x), floats(noGrad(() => lstm.forward(x)[0])), float32);
  });

  it("takes a bias that has been taken away", () => {
    const cell = new nn.GRUCell(2, 3);
    const stream = cell.stream();
    cell.bias_ih = null;
    stream.refresh();
    const x = draw([1, 1, 2]);
    expectClose(steps(stream, x), floats(noGrad(() => cell.forward(x.select(0, 0)))), float32);
  });
});

describe("refused", () => {
  const fresh = () => new nn.LSTM(3, 4);

  it("two directions, whichever way they are named", () => {
    for (const Type of [nn.RNN, nn.GRU, nn.LSTM]) {
      const message = `${Type.name}.stream() expected a layer of one direction, got bidirectional=true, which needs the future`;
      expectError(() => new Type(3, 4, { bidirectional: true }).stream(), "ValueError", message);
    }
  });

  it("other dtypes than float32", () => {
    const message = (name: string) => `${name}.stream() expected parameters of dtype float32, got: float64`;
    expectError(() => fresh().to("float64").stream(), "RuntimeError", message("LSTM"));
    const cell = new nn.RNNCell(3, 4, { dtype: "float64" });
    expectError(() => cell.stream(), "RuntimeError", message("RNNCell"));
    // Also at refresh(), after which the stream runs on with the weights it had.
    const gru = new nn.GRU(3, 4);
    const x = draw([4, 1, 3]);
    const [stream, other] = [gru.stream(), gru.stream()];
    gru.to("float64");
    expectError(() => stream.refresh(), "RuntimeError", message("GRU"));
    expect(steps(stream, x)).toEqual(steps(other, x));
  });

  it("batches and options that make no sense", () => {
    const batch = "LSTM.stream() expected batch as a whole number, at least 1, got: 0";
    expectError(() => fresh().stream({ batch: 0 }), "ValueError", batch);
    const option = "GRUCell.stream() got an unexpected keyword argument 'batchFirst'";
    expectError(() => new nn.GRUCell(3, 4).stream(wrong({ batchFirst: true })), "TypeError", option);
  });

  it("weights that do not fit, in the words of forward", () => {
    const lstm = fresh();
    lstm.weight_hh_l0 = new nn.Parameter(zeros([16, 5]));
    const message = "LSTM: Expected weight_hh_l0 of size [16, 4], got [16, 5]";
    expectError(() => lstm.stream(), "RuntimeError", message);
    expectError(() => lstm.forward(zeros([1, 3])), "RuntimeError", message);
    const cell = new nn.GRUCell(3, 4);
    replace(cell, "bias_hh", tensor([1]));
    const plain = "cannot assign 'Tensor' as parameter 'bias_hh' (torch.nn.Parameter or None expected)";
    expectError(() => cell.stream(), "TypeError", plain);
  });
});

it("draws no chance and leaves no gradient", () => {
  const lstm = new nn.LSTM(2, 3, { numLayers: 2, dropout: 0.5 });
  const x = draw([3, 1, 2]);
  const outputs = [lstm.stream(), lstm.stream()].map((stream) => [...steps(stream, x)]);
  expect(outputs[0]).toEqual(outputs[1]);
  expect([...lstm.parameters()].map((p) => p.grad)).toEqual(Array(8).fill(null));
});
