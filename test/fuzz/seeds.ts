/**
 * The good files that mutants are made of: small, one of every kind that is read.
 *
 * Archives are also kept as their members, so that a mutant of a member can have a checksum that is right.
 */

import { readdirSync, readFileSync } from "node:fs";
import { zipSync } from "fflate";
import { readZip, unpack } from "../../src/checkpoint/bytes/unzip.js";
import { archive, bytesOf, little, memory } from "../checkpoint/archives.js";
import { pathOf } from "../checkpoint/fixtures.js";
import { tokens } from "./opcodes.js";

export type Bytes = Uint8Array<ArrayBuffer>;

export interface Seed {
  readonly name: string;
  readonly bytes: Bytes;
  /** Of an archive its members in order. */
  readonly members: ReadonlyMap<string, Bytes> | null;
  /** The name of the member that is the pickle. */
  readonly pickle: string | null;
}

/** A header and its length, and the buffer after it. */
export function safetensors(header: string, buffer: Uint8Array | number = 0, length?: bigint): Bytes {
  const text = new TextEncoder().encode(header);
  return bytesOf(little(length ?? BigInt(text.length), 8), text, new Uint8Array(buffer as number));
}

async function members(bytes: Bytes): Promise<Map<string, Bytes> | null> {
  if (bytes[0] !== 0x50) return null;
  const file = memory(bytes);
  const found = new Map<string, Bytes>();
  for (const [name, member] of await readZip(file)) found.set(name, await unpack(file, member));
  return found;
}

async function seed(name: string, bytes: Bytes): Promise<Seed> {
  const parts = await members(bytes);
  const pickle = [...(parts?.keys() ?? [])].find((part) => part.endsWith("data.pkl")) ?? null;
  return { name, bytes, members: parts, pickle };
}

/** The archive of these members; the one who asks says whether they are to be deflated. */
export function packed(parts: ReadonlyMap<string, Bytes>, isDeflated = false): Bytes {
  const record = Object.fromEntries(parts);
  return isDeflated ? (zipSync(record, { level: 6 }) as Bytes) : archive(record);
}

/** Four dtypes, a matrix, a scalar, nothing, and metadata. */
const small = safetensors(
  '{"__metadata__":{"format":"pt"},"w":{"dtype":"F32","shape":[2,2],"data_offsets":[0,16]},' +
    '"h":{"dtype":"BF16","shape":[3],"data_offsets":[16,22]},"i":{"dtype":"I64","shape":[],"data_offsets":[22,30]},' +
    '"e":{"dtype":"U8","shape":[0,4],"data_offsets":[30,30]},"b":{"dtype":"BOOL","shape":[2],"data_offsets":[30,32]}}',
  32,
);

/** All fixtures of this size or less, and a few made here. */
const largest = 8000;

export async function seeds(): Promise<Seed[]> {
  const found = readdirSync(pathOf("."), { recursive: true, encoding: "utf8" });
  const files = found.filter((file) => /\.(pt|safetensors)$/.test(file));
  const read = files.sort().map((file): [string, Bytes] => [file, Uint8Array.from(readFileSync(pathOf(file)))]);
  const all = await Promise.all(
    [...read, ["small.safetensors", small] as const]
      .filter(([, bytes]) => bytes.length <= largest)
      .map(([name, bytes]) => seed(name, bytes)),
  );
  const views = all.find(({ name }) => name === "views.pt") as Seed;
  return [...all, await seed("views, deflated", packed(views.members as ReadonlyMap<string, Bytes>, true))];
}

/** Every token of every pickle of the seeds, for mutants to borrow. */
export function vocabulary(all: readonly Seed[]): Bytes[] {
  const found = new Map<string, Bytes>();
  for (const { members: parts, pickle } of all) {
    if (parts === null || pickle === null) continue;
    for (const token of tokens(parts.get(pickle) as Bytes)) found.set(token.join(), token);
  }
  return [...found.values()];
}
