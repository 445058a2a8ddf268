/** What of elman-nn/convert, and from files to streams, must compile: checked by `tsc -p tsconfig.json`. Nothing here is ever run. */

import { nn, type Tensor } from "elman-nn";
import { load, loadSafetensors, stateDictOf } from "elman-nn/checkpoint";
import { fromKerasGRU, fromKerasPeepholeLSTM, fromOnnx, fromStateDict, type LayerKind } from "elman-nn/convert";
import type { Cell } from "elman-nn/device";
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
if (layer instanceof nn.Recurrent) {
  const cell: string = layer.cell?.name ?? "";
  void cell;
}
// Not every layer of a model is one of PyTorch's.
// @ts-expect-error a Recurrent has no mode
void fromOnnx(bytes)[0].layer.mode;
const text: string = name;
void text;

// What a GRU of Keras's is decides whether it resets before the product.
declare const weights: Tensor[];
declare const resetAfter: boolean;
const said = { activation: "tanh", recurrentActivation: "sigmoid" };
export const after: nn.GRU = fromKerasGRU(weights, said);
export const before: [Tensor, Tensor] = fromKerasGRU(weights, { ...said, resetAfter: false }).forward(x);
export const pair: [Tensor, [Tensor, Tensor]] = fromKerasPeepholeLSTM(weights, said).forward(x);
export const either: nn.GRU | nn.Recurrent<Cell<1>> = fromKerasGRU(weights, { ...said, resetAfter });
// @ts-expect-error nobody has said that it is one of PyTorch's
export const unsure: nn.GRU = fromKerasGRU(weights, { ...said, resetAfter });
