/**
 * Files as the command reads and writes them: as checkpoints are, and in portions, between which it can be stopped. What
 * is written appears whole or not at all.
 */

import { stat } from "node:fs/promises";
import { basename, extname } from "node:path";
import { NewFile } from "../checkpoint/bytes/file.js";
import { read, withSource } from "../checkpoint/bytes/source.js";
import { type BlobLike, type Checkpoint, load } from "../checkpoint/index.js";
import type { Job } from "./job.js";
import { CommandError } from "./terminal.js";

/** Opens a file, hands it to `use` as something to read by range, and closes it. */
function withFile<T>(path: string, job: Job, use: (file: BlobLike) => Promise<T>): Promise<T> {
  return withSource("withFile()", path, (bytes) => {
    let done = 0;
    const slice = (begin: number, end: number) => ({
      async arrayBuffer() {
        const part = await read(bytes, begin, end);
        done += part.length;
        await job.at(`reading ${basename(path)}`, Math.min(1, done / bytes.size));
        return part.buffer;
      },
    });
    const file = { name: path, size: bytes.size, slice };
    return use(file);
  });
}

/** A whole file in memory. */
export function readBytes(path: string, job: Job): Promise<Uint8Array<ArrayBuffer>> {
  return withFile(path, job, (file) => withSource("readBytes()", file, (bytes) => read(bytes, 0, bytes.size)));
}

/** A checkpoint. Its whole numbers are int32 tensors, or {@link WideTensor}s where any is too large for that. */
export function readCheckpoint(path: string, job: Job): Promise<Checkpoint> {
  return withFile(path, job, (file) =>
    load(file).catch((error: Error) => {
      if (!error.message.includes("which int32 cannot hold")) throw error;
      return load(file, { int64: "bigint" });
    }),
  );
}

/** Bytes written at once. */
const portion = 1 << 24;

/**
 * Writes a file beside its place, then puts it there.
 * @param parts made while they are written
 * @param size of all of them, roughly
 * @returns how many bytes it has
 */
export async function writeParts(path: string, parts: Iterable<Uint8Array>, size: number, job: Job): Promise<number> {
  const file = new NewFile("writeParts()", path);
  try {
    let done = 0;
    for (const part of parts) {
      for (let at = 0; at < part.length; at += portion) {
        file.write(part.subarray(at, at + portion));
        done += Math.min(portion, part.length - at);
        await job.at(`writing ${basename(path)}`, Math.min(1, done / size));
      }
    }
    await job.look();
    file.finish();
    return done;
  } catch (error) {
    file.discard();
    throw error;
  }
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
