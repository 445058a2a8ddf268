/** torch.nn.utils */

export { type ClipOptions, clipGradNorm_, clipGradValue_ } from "./clip.js";
export * as rnn from "./recurrent/packed.js";
export { skipInit } from "./skip.js";
