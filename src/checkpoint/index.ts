/** elman-nn/checkpoint: files to named tensors and back. */

export type { BlobLike, ResponseLike, Source } from "./bytes/source.js";
export {
  Checkpoint,
  type CheckpointFormat,
  type CheckpointKey,
  type CheckpointValue,
  fileDTypeOf,
  OrderedDict,
  type WideTensor,
} from "./checkpoint.js";
export { load } from "./load.js";
export type { FileDType, WideDType } from "./numbers/dtypes.js";
export type { LoadOptions } from "./options.js";
export { loadSafetensors, type SafetensorsOptions } from "./safetensors/safetensors.js";
export {
  encodeSafetensors,
  type NamedTensors,
  type SaveSafetensorsOptions,
  saveSafetensors,
} from "./safetensors/safetensors_writer.js";
export type { Savable, SaveOptions } from "./saving.js";
export { type FoundStateDict, type StateDictOptions, stateDictOf } from "./state_dict.js";
export { loadTorch } from "./torch/torch.js";
export { encodeTorch, saveTorch } from "./torch/torch_writer.js";
