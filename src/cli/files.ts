/**
 * Files as the command reads and writes them: in portions, between which it can be stopped, and with one sentence for
 * whatever the system refuses. What is written appears whole or not at all.
 */

import { open, rename, rm, stat } from "node:fs/promises";
import { basename, extname } from "node:path";
import { getSystemErrorMap } from "node:util";
import { type BlobLike, type Checkpoint, load } from "../checkpoint/index.js";
import type { Job } from "./job.js";
import { CommandError } from "./terminal.js";

/** The system's reason as words: `no such file or directory`. */
function reason(error: unknown): string {
  const { errno, message } = error as NodeJS.ErrnoException;
  return getSystemErrorMap().get(errno ?? 0)?.[1] ?? message;
}

const isSystems = (error: unknown): boolean => typeof (error as NodeJS.ErrnoException).errno === "number";

async function attempt<T>(what: string, work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (error) {
    if (!isSystems(error)) throw error;
    throw new CommandError(`cannot ${what}: ${reason(error)}`);
  }
}

/** Opens a file, hands it to `use` as something to read by range, and closes it. */
async function withFile<T>(path: string, job: Job, use: (file: BlobLike) => Promise<T>): Promise<T> {
  const handle = await attempt(`read '${path}'`, open(path, "r"));
  try {
    const status = await handle.stat();
    if (!status.isFile()) throw new CommandError(`cannot read '${path}': it is no file`);
    let done = 0;
    const read = async (begin: number, end: number): Promise<ArrayBuffer> => {
      const bytes = new Uint8Array(end - begin);
      for (let at = 0; at < bytes.length; ) {
        const left = bytes.length - at;
        const { bytesRead } = await attempt(`read '${path}'`, handle.read(bytes, at, left, begin + at));
        if (bytesRead === 0) throw new CommandError(`cannot read '${path}': it became shorter`);
        at += bytesRead;
      }
      done += bytes.length;
      await job.at(`reading ${basename(path)}`, Math.min(1, done / status.size));
      return bytes.buffer;
    };
    const file = {
      name: path,
      size: status.size,
      slice: (begin: number, end: number) => ({ arrayBuffer: () => read(begin, end) }),
    };
    return await use(file);
  } finally {
    await handle.close();
  }
}

/** Bytes read at once. */
const portion = 1 << 24;

/** A whole file in memory. */
export function readBytes(path: string, job: Job): Promise<Uint8Array<ArrayBuffer>> {
  return withFile(path, job, async (file) => {
    const bytes = new Uint8Array(file.size);
    for (let at = 0; at < bytes.length; at += portion) {
      const part = file.slice(at, Math.min(at + portion, bytes.length));
      bytes.set(new Uint8Array(await part.arrayBuffer()), at);
    }
    return bytes;
  });
}

/** A checkpoint. Its whole numbers are int32 tensors, or {@link WideTensor}s where any is too large for that. */
export function readCheckpoint(path: string, job: Job): Promise<Checkpoint> {
  return withFile(path, job, (file) => load(file).catch(() => load(file, { int64: "bigint" })));
}

/**
 * Writes a file beside its place, then puts it there.
 * @param parts made while they are written
 */
export async function writeParts(path: string, parts: Iterable<Uint8Array>, size: number, job: Job): Promise<void> {
  const temporary = `${path}.${process.pid}.tmp`;
  const what = `write '${path}'`;
  const handle = await attempt(what, open(temporary, "wx"));
  try {
    try {
      let done = 0;
      for (const part of parts) {
        for (let at = 0; at < part.length; at += portion) {
          await attempt(what, handle.writeFile(part.subarray(at, at + portion)));
          done += Math.min(portion, part.length - at);
          await job.at(`writing ${basename(path)}`, Math.min(1, done / size));
        }
      }
      await attempt(what, handle.sync());
    } finally {
      await handle.close();
    }
    await job.look();
    await attempt(what, rename(temporary, path));
  } catch (error) {
    await rm(temporary, { force: true });
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
