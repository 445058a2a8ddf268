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
export {
  encodeSafetensors,
  type NamedTensors,
  type SaveSafetensorsOptions,
  saveSafetensors,
} from "./safetensors_writer.js";
export type { Savable, SaveOptions } from "./saving.js";
export type { BlobLike, ResponseLike, Source } from "./source.js";
export { type FoundStateDict, type StateDictOptions, stateDictOf } from "./state_dict.js";
export { loadTorch } from "./torch.js";
export { encodeTorch, saveTorch } from "./torch_writer.js";
