/** Streams of whole nets beside the layers run over the whole sequence, on every device that runs here. */

import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { instantiate } from "../../src/device/wasm/module.js";
import {
  type DeviceName,
  manualSeed,
  nn,
  noGrad,
  randn,
  setDefaultDevice,
  type Tensor,
  tensor,
  zeros,
} from "../../src/index.js";
import type { Stream } from "../../src/stream/index.js";
import { kinds, makeNet } from "../support/nets.js";
import { expectError, wrong } from "../support/recurrent.js";
import { expectClose, float32 } from "../support/tolerance.js";

const devices = (["js", "wasm-plain", "wasm-relaxed"] satisfies DeviceName[]).filter(
  (name) => name === "js" || instantiate(name === "wasm-plain" ? "plain" : "relaxed") !== null,
);
const F = nn.functional;

function steps(stream: Stream, x: Tensor): Float32Array {
  const output = new Float32Array(x.size(0) * stream.batch * stream.outputSize);
  stream.run(x.contiguous().toArray() as Float32Array, output, x.size(0));
  return output;
}

afterEach(() => setDefaultDevice("js"));

describe.each(devices)("on %s", (device) => {
  beforeEach(() => {
    manualSeed(3);
    setDefaultDevice(device);
  });

  /** The stream of a net beside the net, from its start, and from the middle on in another stream and after a reset. */
  function check(
    { net, whole, named }: ReturnType<typeof makeNet>,
    T: number,
    N: number,
    C: number,
    label: string,
  ): void {
    const x = randn([T, N, C]);
    const want = noGrad(() => whole(x));
    const stream = net.stream({ batch: N });
    expect([stream.inputSize, stream.batch, want.length]).toEqual([C, N, T * N * stream.outputSize]);
    const half = Math.floor(T / 2);
    const [first, second] = [x.narrow(0, 0, half), x.narrow(0, half, T - half)];
    const output = steps(stream, first);
    const then = stream.getState();
    expectClose([...output, ...steps(stream, second)], want, float32, label);
    const other = net.stream({ batch: N });
    steps(other, randn([3, N, C]));
    other.setState(then);
    expect(other.getState()).toEqual(then);
    expectClose(steps(other, second), want.subarray(output.length), float32, `${label}, from the middle on`);
    stream.reset();
    expect([...steps(stream, first)], `${label}, again`).toEqual([...output]);
    const weights = named().stream({ batch: N });
    expect([...steps(weights, x)].slice(0, output.length), `${label}, from its state dict`).toEqual([...output]);
    expect(weights.getState()).toEqual(other.getState());
    for (const one of [stream, other, weights]) one.close();
  }

  it.each(Object.keys(kinds))("%s alone, or behind a layer that says how many features there are", (name) => {
    for (const [N, C, P] of [
      [1, 1, 3],
      [3, 6, 12],
      [2, 9, 2],
    ]) {
      const net = makeNet(["Linear", name, "Linear"], [C, C, P, 2]);
      check(net, 11, N, C, `${name} N=${N} C=${C} P=${P}`);
    }
  });

  it("the net of an audio effect", () => {
    const net = makeNet(["Conv1d", "relu", "GRU", "Linear"], [1, 16, 16, 32, 1]);
    check(net, 60, 1, 1, "audio");
  });

  it("nets drawn at random", () => {
    const names = Object.keys(kinds);
    const draw = (n: number) => Math.floor(noGrad(() => Number(randn([1]).abs().mul(1000).item())) % n);
    for (let i = 0; i < 40; i++) {
      const list = Array.from({ length: 1 + draw(6) }, () => names[draw(names.length)]);
      const widths = Array.from({ length: list.length + 2 }, () => 1 + draw(19));
      const N = 1 + draw(5);
      // A layer in front says how many features there are.
      check(makeNet(["Linear", ...list], widths), 9 + draw(20), N, widths[0], `${list.join(", ")} of ${widths}`);
    }
  });
});

describe("a stream of a net", () => {
  beforeEach(() => manualSeed(4));

  it("goes through sequences within, and slices", () => {
    const [a, b] = [new nn.Linear(3, 4), new nn.GRU(4, 2)];
    const x = randn([5, 1, 3]);
    const want = [...steps(new nn.Sequential(a, new nn.Tanh(), b).stream(), x)];
    const nested = new nn.Sequential(new nn.Sequential(a, new nn.Sequential(F.tanh)), new nn.Sequential(b));
    expect([...steps(nested.stream(), x)]).toEqual(want);
    expect([...steps(new nn.Sequential(new nn.ReLU(), a, F.tanh, b).slice(1).stream(), x)]).toEqual(want);
  });

  it("takes the weights as they are at refresh(), all of them or none, and keeps its states", () => {
    const [conv, linear] = [new nn.Conv1d(1, 1, 2, { bias: false }), new nn.Linear(1, 1, { bias: false })];
    const stream = new nn.Sequential(conv, linear).stream();
    const set = (layer: nn.Conv1d | nn.Linear, ...values: number[]) => {
      layer.weight = new nn.Parameter(tensor(values).reshape(layer.weight.shape));
    };
    set(conv, 10, 1);
    set(linear, 1);
    stream.refresh();
    const step = (x: number) => {
      const y = new Float32Array(1);
      stream.step(Float32Array.of(x), y);
      return y[0];
    };
    expect([step(1), step(2)]).toEqual([1, 12]);
    set(linear, 2);
    expect(step(3)).toBe(23);
    stream.refresh();
    expect(step(4)).toBe(68);
    set(conv, 100, 1);
    linear.weight = new nn.Parameter(zeros([2, 1]));
    const message = "Sequential.stream() expected weight of size [1, 1], got [2, 1]";
    expectError(() => stream.refresh(), "RuntimeError", message);
    expect(step(5)).toBe(90);
  });

  it("gives the past of a convolution as Conv1d takes it, the oldest first", () => {
    const net = new nn.Sequential(new nn.Conv1d(2, 1, 3, { dilation: 2 }), new nn.GRU(1, 1));
    const stream = net.stream({ batch: 2 });
    const x = randn([7, 2, 2]);
    steps(stream, x);
    const past = x.narrow(0, 3, 4).permute(1, 2, 0).contiguous();
    const states = stream.getState();
    expect([...states.subarray(0, 16)]).toEqual([...past.toArray()]);
    expect(states.length).toBe(16 + 2);
  });

  it("is inference: running statistics and no dropout, in training too", () => {
    const norm = new nn.BatchNorm1d(2);
    norm.forward(randn([20, 2]).mul(2).add(5));
    const net = new nn.Sequential(norm, new nn.Dropout(0.9));
    const x = randn([4, 3, 2]);
    const training = steps(net.stream({ batch: 3 }), x);
    net.eval();
    expectClose(training, net.forward(x.reshape(12, 2)).toArray(), float32);
    expect([...steps(net.stream({ batch: 3 }), x)]).toEqual([...training]);
  });
});

describe("refused", () => {
  const where = "Sequential.stream() expected";
  const refused = (
    steps: readonly unknown[],
    message: string,
    kind: "ValueError" | "RuntimeError" | "TypeError" = "ValueError",
  ) => expectError(() => new nn.Sequential(...(wrong(steps) as nn.Linear[])).stream(), kind, `${where} ${message}`);

  it("layers that have no step, by name", () => {
    const step = "layers that make a step of output of one of input and of the past, got:";
    refused([new nn.MaxPool1d(2)], `${step} MaxPool1d`);
    refused([new nn.Linear(2, 2), new nn.AdaptiveAvgPool1d(2)], `${step} AdaptiveAvgPool1d`);
    refused([new nn.Sequential(new nn.Flatten())], `${step} Flatten`);
    refused([new nn.MultiheadAttention(2, 1)], `${step} MultiheadAttention`);
    refused([new nn.Conv2d(1, 1, 1)], `${step} Conv2d`);
    refused([new nn.ConvTranspose1d(1, 1, 1)], `${step} ConvTranspose1d`);
    refused([new nn.BatchNorm2d(1)], `${step} BatchNorm2d`);
    refused([new nn.Embedding(3, 2)], `${step} Embedding`);
    class Own extends nn.Module {
      override forward(x: Tensor): Tensor {
        return x;
      }
    }
    refused([new Own()], `${step} Own`);
    const softmax = "layers that know nothing of dimensions, got: Softmax, whose dim may be time";
    refused([new nn.Softmax(-1)], softmax);
    refused([new nn.LogSoftmax(1)], softmax.replace("Softmax", "LogSoftmax"));
    const both = "a layer of one direction, got bidirectional=true, which needs the future";
    refused([new nn.GRU(2, 2, { bidirectional: true })], both);
  });

  it("a forward of one's own", () => {
    class Twice extends nn.Linear {
      override forward(x: Tensor): Tensor {
        return super.forward(super.forward(x));
      }
    }
    class Plain extends nn.Linear {}
    refused([new Twice(2, 2)], "layers of the library, got one with a forward of its own: Twice");
    const shadowed = Object.assign(new nn.ReLU(), { forward: (x: Tensor) => x });
    refused([new nn.Linear(2, 2), shadowed], "layers of the library, got one with a forward of its own: ReLU");
    class Net extends nn.Sequential {
      override forward(x: Tensor): Tensor {
        return x;
      }
    }
    refused([new Net(new nn.Linear(2, 2))], "layers of the library, got one with a forward of its own: Net");
    expect(new nn.Sequential(new Plain(2, 3)).stream().outputSize).toBe(3);
  });

  it("functions that nobody knows", () => {
    const known = "layers or activations of nn.functional, not what may do anything, got:";
    const double = (x: Tensor) => x.mul(2);
    refused([new nn.Linear(2, 2), double], `${known} double`);
    refused([(x: Tensor) => F.relu(x)], `${known} a function without a name`);
    refused([F.softmax], `${known} softmax`);
  });

  it("convolutions that know the future, or skip steps", () => {
    const padding = (span: number, came: string) =>
      `Conv1d with padding 0 or ${span} zeros, (kernel_size − 1)·dilation, since others need the future, got: ${came}`;
    const conv = (options: nn.ConvOptions<1>) => [new nn.Conv1d(1, 1, 3, options)];
    refused(conv({ padding: 1 }), padding(2, "padding=1, padding_mode=zeros"));
    refused(conv({ padding: "same" }), padding(2, "padding=same, padding_mode=zeros"));
    refused(conv({ padding: 2, dilation: 2 }), padding(4, "padding=2, padding_mode=zeros"));
    refused(conv({ padding: 2, paddingMode: "replicate" }), padding(2, "padding=2, padding_mode=replicate"));
    refused(conv({ stride: 2 }), "Conv1d with an output for each input, got: stride=2");
    refused([new nn.Conv1d(1, 1, 0)], "Conv1d with positive sizes, got: kernel_size=0, dilation=1");
    for (const options of [{ padding: "valid" }, { padding: 2 }, { paddingMode: "reflect" }] as nn.ConvOptions<1>[]) {
      expect(new nn.Sequential(...conv(options)).stream().outputSize).toBe(1);
    }
    expect(new nn.Sequential(new nn.Conv1d(1, 1, 1, { padding: "same" })).stream().outputSize).toBe(1);
  });

  it("normalisation that needs more than a step", () => {
    const reason = "BatchNorm1d with running statistics, without which it needs the whole batch";
    refused([new nn.BatchNorm1d(2, { trackRunningStats: false })], `${reason}, got: track_running_stats=False`);
    const shape = "LayerNorm over the features of a step, got normalized_shape=";
    refused([new nn.LayerNorm([3, 2])], `${shape}[3, 2]`);
  });

  it("sizes that do not fit, and none at all", () => {
    const takes = (C: number, came: number) =>
      `a layer that takes the ${C} features of the one before it, got one of ${came}`;
    refused([new nn.Linear(2, 3), new nn.Linear(4, 1)], takes(3, 4));
    refused([new nn.GRU(2, 3), new nn.ReLU(), new nn.LayerNorm(2)], takes(3, 2));
    refused([new nn.ReLU(), new nn.Linear(2, 3), new nn.Dropout(), new nn.LSTMCell(2, 3)], takes(3, 2));
    const none = "a layer that says how many features a step has, such as Linear, got none";
    refused([], none);
    refused([new nn.Dropout(), F.relu], none);
  });

  it("other dtypes, what is no tensor, and options that do not exist", () => {
    refused([new nn.Linear(2, 2, { dtype: "float64" })], "parameters of dtype float32, got: float64", "RuntimeError");
    const replaced = Object.assign(new nn.Linear(2, 2), { weight: wrong(null) });
    refused([replaced], "weight as a Tensor, got: null", "TypeError");
    const net = new nn.Sequential(new nn.Linear(2, 2));
    const unknown = "Sequential.stream() got an unexpected keyword argument 'size'";
    expectError(() => net.stream(wrong({ size: 1 })), "TypeError", unknown);
    expectError(() => net.stream({ batch: 0 }), "ValueError", `${where} batch as a whole number, at least 1, got: 0`);
  });
});
