/** torch.nn.utils.rnn, and what it lacks. Every public name, by name; nothing else. @packageDocumentation */

export {
  invertPermutation,
  type Lengths,
  PackedSequence,
  type PackOptions,
  type PadOptions,
  packPaddedSequence,
  packSequence,
  padPackedSequence,
  padSequence,
  type UnpackOptions,
  unpackSequence,
  unpadSequence,
} from "./packed.js";
export { type Directions, type LayerState, splitDirections, splitStates } from "./split.js";
