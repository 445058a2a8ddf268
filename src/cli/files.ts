/** Files as the command reads and writes them: with progress, and so that it can be stopped; `-` is a pipe. */

import { stat } from "node:fs/promises";
import { basename, dirname, extname } from "node:path";
import { writeFile } from "../checkpoint/bytes/file.js";
import { type Bytes, type Source, withSource } from "../checkpoint/bytes/source.js";
import { type Checkpoint, type LoadOptions, load } from "../checkpoint/index.js";
import { loadOutline } from "../checkpoint/load.js";
import { needsLong } from "../checkpoint/numbers/decode.js";
import type { Job } from "./job.js";
import { looksLikeOnnx, onnxCheckpoint } from "./onnx.js";
import { CommandError } from "./terminal.js";

/** What stands for stdin where a file is read, and for stdout where one is written. */
export const pipe = "-";

/** What errors call a file that is read. */
export const nameOf = (path: string): string => (path === pipe ? "stdin" : path);

/** How files are read. */
export interface ReadOptions {
  /** The most bytes that what is read may take; undefined where the command line has none. */
  maxBytes?: number;
}

function whole(file: Bytes, { maxBytes = Infinity }: ReadOptions): Promise<Uint8Array<ArrayBuffer>> {
  if (file.size <= maxBytes) return file.read(0, file.size);
  throw new CommandError(`${file.name} has ${file.size} bytes, and --max-bytes allows ${maxBytes}`);
}

/** A whole file in memory. */
export function readBytes(path: string, job: Job, options: ReadOptions = {}): Promise<Uint8Array<ArrayBuffer>> {
  if (path === pipe) return job.piped(options.maxBytes);
  return withSource("readBytes()", path, job.watch(`reading ${basename(path)}`), async (file) => whole(file, options));
}

/** An ONNX model, which memory holds whole. */
const readOnnx = (name: string, source: Source, options: LoadOptions): Promise<Checkpoint> =>
  withSource("load()", source, options, async (file) =>
    onnxCheckpoint(name, await whole(file, options), options.maxBytes),
  );

/** Reads a checkpoint of any format, those that are no ONNX model by `read`. What is no plain data is opaque. */
const reading =
  (read: (source: Source, options: LoadOptions) => Promise<Checkpoint>) =>
  async (path: string, { maxBytes }: ReadOptions, job: Job): Promise<Checkpoint> => {
    const watched = { ...job.watch(`reading ${basename(path)}`), unknown: "opaque" as const };
    const options = { ...watched, ...(maxBytes !== undefined && { maxBytes }) };
    const bytes = path === pipe ? await job.piped(maxBytes) : null;
    const source = bytes === null ? path : new File([bytes], nameOf(path));
    const isOnnx = bytes === null ? extname(path).toLowerCase() === ".onnx" : looksLikeOnnx(bytes);
    return isOnnx ? readOnnx(nameOf(path), source, options) : read(source, options);
  };

/** A checkpoint. Its whole numbers are int32 tensors, or {@link WideTensor}s where any is too large for that. */
export const readCheckpoint = reading((source, options) =>
  load(source, options).catch((error: Error) => {
    if (!error.message.endsWith(needsLong)) throw error;
    return load(source, { ...options, int64: "bigint" });
  }),
);

/** A checkpoint whose tensors have their names, dtypes and shapes, and no numbers. */
export const readOutline = reading(loadOutline);

/** What {@link writeFile} takes where the command writes. */
export const writing = (path: string, job: Job) => job.watch(`writing ${basename(path)}`);

/** Writes a file, whole or not at all. */
export function writeParts(path: string, parts: readonly Uint8Array[], job: Job): Promise<void> {
  const size = parts.reduce((sum, part) => sum + part.length, 0);
  return writeFile("writeParts()", path, Object.assign([...parts], { size }), writing(path, job));
}

const statusOf = (path: string) => stat(path).catch(() => null);

/**
 * Refuses, before any work is done, to write over what is read, under whatever name, and where no file can be.
 * @param inputs what is read
 */
export async function checkOutput(output: string, inputs: readonly string[]): Promise<void> {
  const to = await statusOf(output);
  for (const from of await Promise.all(inputs.filter((path) => path !== pipe).map(statusOf))) {
    if (from === null || to === null || from.ino !== to.ino || from.dev !== to.dev) continue;
    throw new CommandError(`'${output}' is the input, which is never written over: name another file`, 2);
  }
  const folder = dirname(output);
  const isThere = (await statusOf(folder))?.isDirectory() ?? false;
  if (!isThere) throw new CommandError(`cannot write '${output}': there is no folder '${folder}'`);
}

/** Refuses to write over what was there before. */
export async function refuseExisting(output: string): Promise<void> {
  if ((await statusOf(output)) === null) return;
  throw new CommandError(`'${output}' is there already, and is written over with --force only`);
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
