/** torch.nn.utils */

export { clipGradNorm_, clipGradValue_ } from "./clip.js";
export * as rnn from "./packed.js";
