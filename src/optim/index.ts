/** torch.optim */

export { Adam, type AdamOptions } from "./adam.js";
export { type Group, Optimizer, type Params } from "./optimizer.js";
export { SGD, type SGDOptions } from "./sgd.js";
