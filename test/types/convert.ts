/** What of elman-nn/convert, and from files to streams, must compile: checked by `tsc -p tsconfig.json`. Nothing here is ever run. */

import { nn, type Tensor } from "elman-nn";
import { load, loadSafetensors, stateDictOf } from "elman-nn/checkpoint";
import { fromOnnx, fromStateDict, type LayerKind } from "elman-nn/convert";
import { LSTM } from "elman-nn/stream";

declare const x: Tensor;
declare const bytes: Uint8Array;
declare const stateDict: Map<string, Tensor>;
declare const kind: "LSTM" | "GRU" | "RNN";
declare const any: LayerKind;

// A layer whose kind only the state dict knows: what it gives is a tensor, or a pair that begins with one.
export const output: Tensor | readonly [Tensor, unknown] = fromStateDict(stateDict, "x").forward(x);
export const [sequence]: readonly [Tensor, unknown] = new nn[kind](4, 8).forward(x);
export const chosen: Tensor | readonly [Tensor, unknown] = fromStateDict(stateDict, "x", { kind: any }).forward(x);

// From a file to a stream, in one line.
export const streams = [
  new LSTM(await load("lstm.safetensors")).stream(),
  new LSTM(await loadSafetensors("lstm.safetensors"), { prefix: "rnn." }).stream(),
  new LSTM(stateDictOf(await load("lstm.pt")).stateDict).stream(),
];

// Layers out of files: what is known of them when nobody has said which they are.
const [{ name, layer, hx }] = fromOnnx(bytes, { externalData: (location: string) => new Uint8Array(location.length) });
const [read]: [Tensor, Tensor | nn.LSTMState] = layer.forward(x);
const [again] = layer.forward(read, hx);
fromOnnx(bytes)[0].layer.forward(again);
if (layer instanceof nn.LSTM) {
  const [h, c]: nn.LSTMState = layer.forward(x)[1];
  layer.forward(x, [h, c], { lengths: [1] });
}
const text: string = name;
void text;
