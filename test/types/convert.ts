/** Layers out of files: what is known of them when nobody has said which they are. */

import { nn, type Tensor } from "elman-nn";
import { fromOnnx } from "elman-nn/convert";

declare const bytes: Uint8Array;
declare const x: Tensor;

const [{ name, layer, hx }] = fromOnnx(bytes, { externalData: (location: string) => new Uint8Array(location.length) });
const [output]: [Tensor, Tensor | nn.LSTMState] = layer.forward(x);
const [again] = layer.forward(output, hx);
fromOnnx(bytes)[0].layer.forward(again);
if (layer instanceof nn.LSTM) {
  const [h, c]: nn.LSTMState = layer.forward(x)[1];
  layer.forward(x, [h, c], { lengths: [1] });
}
const text: string = name;
void text;
