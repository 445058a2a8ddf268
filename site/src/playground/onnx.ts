/** What an ONNX file has to watch. Loaded when one is opened. */

import { nn } from "elman-nn";
import { fromOnnx } from "elman-nn/convert";
import type { Found } from "./models.js";

export function ofOnnx(bytes: Uint8Array): Found {
  const layers: Found["layers"][number][] = [];
  const others: string[] = [];
  for (const { name, layer } of fromOnnx(bytes)) {
    // Of PyTorch's layers it is known what to draw.
    if (layer instanceof nn.Recurrent) others.push(`Recurrent '${name}'`);
    else layers.push({ name, layer });
  }
  return { layers, embeddings: [], others };
}
