/** The files in test/fixtures/checkpoint, and how their values are written in expected.json. */

import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { type CheckpointValue, fileDTypeOf, Opaque, OrderedDict } from "../../src/checkpoint/index.js";
import { fileDTypes } from "../../src/checkpoint/numbers/dtypes.js";
import { Tensor } from "../../src/index.js";

const folder = new URL("../fixtures/checkpoint/", import.meta.url);

export const pathOf = (name: string): string => fileURLToPath(new URL(name, folder));

const written: Record<string, unknown> = JSON.parse(readFileSync(new URL("expected.json", folder), "utf8"));

/** What each file holds; some hold the same. */
export const expected: Record<string, unknown> = {
  ...written,
  ...Object.fromEntries([3, 4, 5].map((protocol) => [`protocol${protocol}.pt`, written["training.pt"]])),
  "deflated.pt": written["lstm.pt"],
  "big.pt": written["lstm.pt"],
};

const number = (x: number) => (Number.isFinite(x) ? x : String(x).replace("Infinity", "inf").replace("NaN", "nan"));

/** A value as make_checkpoint.py writes it; that a tuple is one, and of tensors the dtype in the file, included. */
export function plain(value: CheckpointValue | undefined): unknown {
  // What it holds may hold it.
  if (value instanceof Opaque) return { opaque: value.name };
  if (value instanceof Tensor) {
    const numbers = [...value.toArray()];
    const values = value.dtype === "bool" ? numbers.map((x) => x !== 0) : numbers.map(number);
    return { tensor: values, dtype: fileDTypes[fileDTypeOf(value)].torch, shape: value.shape };
  }
  if (value instanceof Map) {
    const dict = [...value].map(([key, one]) => [key, plain(one)]);
    const metadata = value instanceof OrderedDict ? value.attributes.get("_metadata") : undefined;
    return metadata === undefined ? { dict } : { dict, metadata: plain(metadata) };
  }
  if (value instanceof Set) return { set: [...value].map(plain) };
  if (value instanceof Uint8Array) return { bytes: [...value] };
  if (Array.isArray(value)) return { [Object.isFrozen(value) ? "tuple" : "list"]: value.map(plain) };
  if (typeof value === "bigint") return { bigint: String(value) };
  if (typeof value === "object" && value !== null && "data" in value) {
    const { data, dtype, shape } = value;
    const wide = Array.from(data, (x) => (x > 2n ** 53n || x < -(2n ** 53n) ? String(x) : Number(x)));
    return { tensor: wide, dtype: fileDTypes[dtype].torch, shape };
  }
  return typeof value === "number" ? number(value) : value;
}
