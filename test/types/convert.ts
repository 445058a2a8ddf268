/** What of elman-nn/convert, and from files to streams, must compile: checked by `tsc -p tsconfig.json`. Nothing here is ever run. */

import { nn, type Tensor } from "elman-nn";
import { load, loadSafetensors, stateDictOf } from "elman-nn/checkpoint";
import { fromStateDict, type LayerKind } from "elman-nn/convert";
import { LSTM } from "elman-nn/stream";

declare const x: Tensor;
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
