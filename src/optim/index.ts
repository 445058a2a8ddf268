/** torch.optim @packageDocumentation */

export { Adam, type AdamOptions, AdamW, type AdamWOptions } from "./adam.js";
export * as lrScheduler from "./lr_scheduler/index.js";
export { type GivenGroup, type Group, Optimizer, type Params, type Scheduled, type Settings } from "./optimizer.js";
export { RMSprop, type RMSpropOptions } from "./rmsprop.js";
export type { Rule, State } from "./rule.js";
export { SGD, type SGDOptions } from "./sgd.js";
export type { OptimizerState, SchedulerState, Setting } from "./state.js";
