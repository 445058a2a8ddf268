/**
 * A checkpoint in several files, as Hugging Face's tools write it: an index of names, each with the file that has it.
 * Source: https://huggingface.co/docs/safetensors/metadata_parsing, huggingface_hub/serialization
 */

import { fail } from "../base/errors.js";
import type { Bytes } from "./bytes/source.js";
import { decodeText, refuse } from "./bytes/text.js";

/** Whether a path is that of an index: `model.safetensors.index.json`, `pytorch_model.bin.index.json`. */
export const isIndex = (path: string): boolean => /\.index\.json$/i.test(path);

/** As of a header of safetensors. */
const longest = 100_000_000;

/**
 * The names of the tensors, each with the name of its file.
 * @throws RuntimeError for what is no index, and for files that do not lie beside it
 */
export async function readIndex(file: Bytes): Promise<Map<string, string>> {
  if (file.size > longest) refuse(file.name, `is no index of shards: it has ${file.size} bytes`);
  const text = decodeText(`${file.name}: the index`, await file.read(0, file.size));
  let index: { weight_map?: unknown } | null;
  try {
    index = JSON.parse(text);
  } catch (error) {
    return refuse(file.name, `the index is no JSON: ${(error as Error).message}`);
  }
  const map = index?.weight_map;
  if (typeof map !== "object" || map === null || Array.isArray(map)) {
    fail("RuntimeError", `${file.name} is no index of shards: it has no weight_map`);
  }
  const places = Object.entries(map as Record<string, unknown>);
  return new Map(
    places.map(([name, shard]) => {
      const isBeside = typeof shard === "string" && /^[^/\\]+$/.test(shard) && !/^\.+$/.test(shard);
      if (!isBeside) refuse(file.name, `'${name}' is expected in a file beside the index, got: ${String(shard)}`);
      return [name, shard];
    }),
  );
}

/** The path of a file beside an index. */
export function besideIndex(path: string, name: string): string {
  const isUrl = /^file:\/\//i.test(path);
  const end = Math.max(path.lastIndexOf("/"), isUrl ? -1 : path.lastIndexOf("\\"));
  return path.slice(0, end + 1) + (isUrl ? encodeURIComponent(name) : name);
}
