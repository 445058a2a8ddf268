/** elman-nn/train: the training loop, and runs that are interrupted. Names only. @packageDocumentation */

export { type Batches, evaluate, type Measured } from "./evaluate.js";
export { type EpochEvent, Fit, type FitOptions, fit, type StepEvent, type Trained } from "./fit.js";
export { accuracy, editDistance, errorRate, type F1Options, f1, type Metric, perplexity } from "./metrics.js";
export type { Progress } from "./progress.js";
export { loadRun, type Run, type Stateful, saveRun } from "./run.js";
