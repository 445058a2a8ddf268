/** Files as the command reads and writes them: with progress, and so that it can be stopped. */

import { stat } from "node:fs/promises";
import { basename, extname } from "node:path";
import { writeFile } from "../checkpoint/bytes/file.js";
import { withSource } from "../checkpoint/bytes/source.js";
import { type Checkpoint, load } from "../checkpoint/index.js";
import { needsLong } from "../checkpoint/numbers/decode.js";
import type { Job } from "./job.js";
import { CommandError } from "./terminal.js";

/** A whole file in memory. */
export function readBytes(path: string, job: Job): Promise<Uint8Array<ArrayBuffer>> {
  return withSource("readBytes()", path, job.watch(`reading ${basename(path)}`), (bytes) => bytes.read(0, bytes.size));
}

/**
 * A checkpoint. Its whole numbers are int32 tensors, or {@link WideTensor}s where any is too large for that; what is no
 * plain data is opaque.
 */
export async function readCheckpoint(path: string, job: Job): Promise<Checkpoint> {
  const options = { ...job.watch(`reading ${basename(path)}`), unknown: "opaque" } as const;
  try {
    return await load(path, options);
  } catch (error) {
    if (!(error as Error).message.endsWith(needsLong)) throw error;
    return load(path, { ...options, int64: "bigint" });
  }
}

/** What {@link writeFile} takes where the command writes. */
export const writing = (path: string, job: Job) => job.watch(`writing ${basename(path)}`);

/** Writes a file, whole or not at all. */
export function writeParts(path: string, parts: readonly Uint8Array[], job: Job): Promise<void> {
  const size = parts.reduce((sum, part) => sum + part.length, 0);
  return writeFile("writeParts()", path, Object.assign([...parts], { size }), writing(path, job));
}

/** Refuses to write over what is read, under whatever name. */
export async function refuseSame(input: string, output: string): Promise<void> {
  const [from, to] = await Promise.all([input, output].map((path) => stat(path).catch(() => null)));
  if (from !== null && to !== null && from.ino === to.ino && from.dev === to.dev) {
    throw new CommandError(`'${output}' is the input, which is never written over: name another file`, 2);
  }
}

/** What `extensions` says of a path. */
export function byExtension<T>(path: string, extensions: Readonly<Record<string, T>>): T {
  const extension = extname(path).toLowerCase();
  if (Object.hasOwn(extensions, extension)) return extensions[extension];
  const known = Object.keys(extensions).join(", ");
  throw new CommandError(
    `the format of '${path}' is told by its extension, which is expected to be one of ${known}`,
    2,
  );
}
