/** torch.nn.utils @packageDocumentation */

export { type ClipOptions, clipGradNorm_, clipGradValue_ } from "./clip.js";
export { parametrizations, parametrize, type RemoveOptions, type WeightNormOptions } from "./parametrize.js";
export * as rnn from "./recurrent/utils.js";
export { skipInit } from "./skip.js";
