/** elman-nn/convert: named tensors to layers, and layers from and to other formats. Names only. @packageDocumentation */

export { type FromStateDictOptions, fromStateDict, type NotStored } from "./build.js";
export {
  type Candidate,
  type CellSizes,
  type EmbeddingSizes,
  type FileStateDict,
  type FoundLayer,
  type InferredLayers,
  inferLayers,
  type LayerKind,
  type LayerNormSizes,
  type LayerSizes,
  type LinearSizes,
  type LSTMSizes,
  type RecurrentSizes,
  type UnplacedNames,
  type WideNumbers,
} from "./infer.js";
export {
  fromKerasGRU,
  fromKerasLSTM,
  fromKerasPeepholeLSTM,
  fromKerasSimpleRNN,
  type KerasGRUOptions,
  type KerasList,
  type KerasLSTMOptions,
  type KerasOptions,
  type KerasPeepholeWeights,
  type KerasWeight,
  type KerasWeights,
} from "./keras.js";
export { type ExportOnnxOptions, exportOnnx } from "./onnx/export.js";
export { fromOnnx, type OnnxLayer } from "./onnx/import.js";
export { onnxTensors } from "./onnx/stored.js";
export type { OnnxOptions } from "./onnx/tensors.js";
