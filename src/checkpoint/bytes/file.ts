/**
 * Writes files whole or not at all: into a temporary file beside the target, which then takes its place, its mode, and,
 * where the path is a link, its name at the link's end. In Node only.
 */

import { fail, typeName } from "../../base/errors.js";
import { Progress, type ProgressOptions, portion, throwIfAborted } from "./progress.js";
import { nodeProcess, pause, reasonOf } from "./system.js";

/** What is used of Node. */
interface FileSystem {
  realpathSync(path: string): string;
  readlinkSync(path: string): string;
  statSync(path: string, options: { throwIfNoEntry: false }): { mode: number; isFile(): boolean } | undefined;
  openSync(path: string, flags: string, mode: number): number;
  writeSync(file: number, bytes: Uint8Array, offset: number, length: number): number;
  fchmodSync(file: number, mode: number): void;
  fsyncSync(file: number): void;
  closeSync(file: number): void;
  renameSync(from: string, to: string): void;
  rmSync(path: string, options: { force: boolean }): void;
}
interface Modules {
  "node:fs": FileSystem;
  "node:path": { resolve(...parts: string[]): string };
}

let count = 0;

/** A file part by part, to be gone through once. */
export interface Parts extends Iterable<Uint8Array> {
  /** Bytes of all parts, known before the first is made; where it is a guess, so is the progress. */
  readonly size: number;
}

/** Where a path leads: through links, also to what is not there yet. */
function endOf(fs: FileSystem, path: string, resolve: (...parts: string[]) => string): string {
  try {
    return fs.realpathSync(path);
  } catch (error) {
    if ((error as { code?: string }).code !== "ENOENT") throw error;
  }
  let link: string;
  try {
    link = fs.readlinkSync(path);
  } catch {
    return path;
  }
  return endOf(fs, resolve(path, "..", link), resolve);
}

/**
 * Writes the parts, one after the other, to a file. Without a signal and without onProgress it does so at once, so that
 * what is saved is what was there at the moment of the call; with either it pauses between portions.
 * @throws RuntimeError where there is no Node, and where the file cannot be written; TypeError for no path; the signal's
 *   reason
 */
export async function writeFile(
  where: string,
  path: string,
  parts: Parts,
  options: ProgressOptions = {},
): Promise<void> {
  throwIfAborted(options);
  if (typeof path !== "string") fail("TypeError", `${where} expected a path, got: ${typeName(path)}`);
  const node = nodeProcess<Modules>();
  if (node === undefined) {
    fail("RuntimeError", `${where} writes files in Node only; elsewhere take the bytes that encode gives`);
  }
  const fs = node.getBuiltinModule("node:fs");
  const attempt = <T>(work: () => T): T => {
    try {
      return work();
    } catch (error) {
      return fail("RuntimeError", `${where} cannot write '${path}': ${reasonOf(error)}`);
    }
  };
  const target = attempt(() => endOf(fs, path, node.getBuiltinModule("node:path").resolve));
  const replaced = attempt(() => fs.statSync(target, { throwIfNoEntry: false }));
  if (replaced?.isFile() === false) fail("RuntimeError", `${where} cannot write '${path}': it is a folder or a device`);
  const mode = replaced && replaced.mode & 0o7777;
  const temporary = `${target}.${node.pid}-${count++}.tmp`;
  const handle = attempt(() => fs.openSync(temporary, "wx", mode ?? 0o666));
  const isWatched = options.signal !== undefined || options.onProgress !== undefined;
  const progress = new Progress(parts.size, options);
  try {
    try {
      for (const part of parts) {
        for (let at = 0; at < part.length; ) {
          const written = attempt(() => fs.writeSync(handle, part, at, Math.min(portion, part.length - at)));
          at += written;
          if (isWatched) await pause();
          progress.add(written);
        }
      }
      progress.finish();
      attempt(() => {
        if (mode !== undefined) fs.fchmodSync(handle, mode);
        fs.fsyncSync(handle);
      });
    } finally {
      fs.closeSync(handle);
    }
    attempt(() => fs.renameSync(temporary, target));
  } catch (error) {
    fs.rmSync(temporary, { force: true });
    throw error;
  }
}

/** The parts as one. */
export function joined(parts: Iterable<Uint8Array>): Uint8Array<ArrayBuffer> {
  const list = [...parts];
  const whole = new Uint8Array(list.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of list) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}
