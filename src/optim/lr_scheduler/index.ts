/** torch.optim.lr_scheduler @packageDocumentation */

export {
  CosineAnnealingLR,
  type CosineAnnealingLROptions,
  CosineAnnealingWarmRestarts,
  type WarmRestartsOptions,
} from "./cosine.js";
export {
  ExponentialLR,
  LambdaLR,
  LinearLR,
  type LinearLROptions,
  type LRLambda,
  MultiStepLR,
  StepLR,
} from "./decay.js";
export { OneCycleLR, type OneCycleLROptions } from "./onecycle.js";
export { ReduceLROnPlateau, type ReduceLROnPlateauOptions } from "./plateau.js";
export { ChainableLR, LRScheduler } from "./scheduler.js";
export { SequentialLR } from "./sequential.js";
