/** elman-nn/checkpoint: files to named tensors and back. @packageDocumentation */

export type { AbortSignalLike, ProgressOptions } from "./bytes/progress.js";
export type { BlobLike, ResponseLike, Source } from "./bytes/source.js";
export { load, loadSafetensors, loadTorch } from "./load.js";
export { type FileDType, fileDTypeOf, type WideDType } from "./numbers/dtypes.js";
export type { WideTensor } from "./numbers/wide.js";
export type { EncodeOptions, LoadOptions, SafetensorsOptions, SaveOptions } from "./options.js";
export {
  Checkpoint,
  type CheckpointFormat,
  type CheckpointKey,
  type CheckpointValue,
  Opaque,
  OrderedDict,
  type Savable,
} from "./pickle/values.js";
export {
  encodeSafetensors,
  encodeTorch,
  type MetadataOptions,
  type NamedTensors,
  type SaveSafetensorsOptions,
  saveSafetensors,
  saveTorch,
} from "./save.js";
export { type FoundStateDict, type StateDictOptions, stateDictOf } from "./state_dict.js";
