/** torch.optim */

export { Adam, type AdamOptions } from "./adam.js";
export { type Group, Optimizer, type Params } from "./optimizer.js";
export type { Rule, State } from "./rule.js";
export { SGD, type SGDOptions } from "./sgd.js";
