/** What an ONNX file has to watch. Loaded when one is opened. */

import { fromOnnx } from "elman-nn/convert";
import type { Found } from "./models.js";

export function ofOnnx(bytes: Uint8Array): Found {
  return { layers: fromOnnx(bytes).map(({ name, layer }) => ({ name, layer })), embeddings: [], others: [] };
}
