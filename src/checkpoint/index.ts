/** elman-nn/checkpoint: files to named tensors and back. */

export {
  Checkpoint,
  type CheckpointFormat,
  type CheckpointKey,
  type CheckpointValue,
  fileDTypeOf,
  OrderedDict,
  type WideTensor,
} from "./checkpoint.js";
export type { FileDType, WideDType } from "./dtypes.js";
export { load } from "./load.js";
export type { LoadOptions } from "./options.js";
export { loadSafetensors, type SafetensorsOptions } from "./safetensors.js";
export type { BlobLike, ResponseLike, Source } from "./source.js";
export { type FoundStateDict, type StateDictOptions, stateDictOf } from "./state_dict.js";
export { loadTorch } from "./torch.js";
