/** elman-nn/watch: what a model is made of and what a training does, to look at. For Node. Names only. @packageDocumentation */

export { activity, activitySvg, type GateCurves, type LayerActivity } from "./gates.js";
export { type ProgressOptions, progress, type Screen } from "./progress.js";
export { type Summary, type SummaryRow, summary } from "./summary.js";
export { curves, type Panel, type Points, svg } from "./svg.js";
export { SummaryWriter } from "./tensorboard.js";
