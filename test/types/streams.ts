/** Streams as they must and must not compile: checked by `tsc -p tsconfig.json`. Nothing here is ever run. */

import { nn, type Stream, type StreamOptions } from "elman-nn";
import {
  Conv1d,
  GRU,
  Linear,
  LSTM,
  type NamedWeights,
  ReLU,
  RNN,
  Sequential,
  Stream as Streaming,
} from "elman-nn/stream";

declare const floats: Float32Array;
declare const weights: NamedWeights;

const options: StreamOptions = { batch: 2 };
export const streams: Stream[] = [
  new nn.RNN(3, 4).stream(),
  new nn.GRU(3, 4).stream({ batch: 2 }),
  new nn.LSTM(3, 4).stream(options),
  new nn.RNNCell(3, 4).stream({}),
  new nn.GRUCell(3, 4).stream(options),
  new nn.LSTMCell(3, 4).stream(),
  new LSTM(weights).stream(options),
  new nn.Sequential(new nn.Conv1d(1, 8, 3), nn.functional.relu, new nn.GRU(8, 4), new nn.LSTMCell(4, 2)).stream(
    options,
  ),
  new Sequential(new Conv1d(weights, { prefix: "conv.", dilation: 2 }), new ReLU(), new GRU(weights)).stream(),
];
const [stream] = streams;
export const state: Float32Array = stream.getState();
export const sizes: number = stream.inputSize + stream.outputSize + stream.batch;
// @ts-expect-error an unknown option
new nn.LSTM(3, 4).stream({ batchFirst: true });
// @ts-expect-error a batch is a number
new nn.LSTM(3, 4).stream({ batch: "2" });
// @ts-expect-error the batch is an option
new nn.LSTM(3, 4).stream(2);
// @ts-expect-error a base has no equation, so no step
new nn.RNNCellBase(3, 4, true, 1).stream();
// @ts-expect-error an output to write into is missing
stream.step(floats);
// @ts-expect-error plain numbers are no array of floats
stream.step([1, 2, 3], floats);
// @ts-expect-error float64 is another array
stream.setState(new Float64Array(4));
// @ts-expect-error the number of steps is missing
stream.run(floats, floats);
// @ts-expect-error sizes do not change
stream.batch = 2;
// @ts-expect-error streams are synchronous
stream.step(floats, floats).then();
// @ts-expect-error streams are made by layers
new Streaming();

// ---- from weights alone

new RNN({ weight_ih_l0: { shape: [4, 3], data: floats } }, { nonlinearity: "relu" });
new GRU(new Map([["encoder.weight_ih", { shape: [12, 3], data: floats, dtype: "F32" }]]), { prefix: "encoder." });
// @ts-expect-error only an RNN has a nonlinearity
new GRU(weights, { nonlinearity: "relu" });
// @ts-expect-error another nonlinearity
new RNN(weights, { nonlinearity: "sigmoid" });
// @ts-expect-error weights say how many layers there are
new LSTM(weights, { numLayers: 2 });
// @ts-expect-error weights of another dtype
new LSTM({ weight_ih_l0: { shape: [4, 3], data: new Float64Array(12) } });
// @ts-expect-error weights without their shape
new LSTM({ weight_ih_l0: floats });
// @ts-expect-error layers of nn are no layers of elman-nn/stream
new Sequential(new nn.Linear(3, 4));
// @ts-expect-error weights say how many features there are
new Linear(3, 4);
// @ts-expect-error a stream's convolution is causal: there is no padding
new Conv1d(weights, { padding: 2 });
// @ts-expect-error an unknown option
new nn.Sequential(new nn.Linear(3, 4)).stream({ batchFirst: true });
