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

/** A file in the making. Who begins one ends it: with `finish`, or with `discard`, which leaves all as it was. */
class NewFile {
  private readonly fs: FileSystem;
  private readonly target: string;
  private readonly temporary: string;
  /** Of the file that is replaced. */
  private readonly mode: number | undefined;
  private handle: number | null;

  /** @throws RuntimeError where there is no Node, and for a path where no file can be written; TypeError for no path */
  constructor(
    private readonly where: string,
    private readonly path: string,
  ) {
    if (typeof path !== "string") fail("TypeError", `${where} expected a path, got: ${typeName(path)}`);
    const node = nodeProcess<Modules>();
    if (node === undefined) {
      fail("RuntimeError", `${where} writes files in Node only; elsewhere take the bytes that encode gives`);
    }
    this.fs = node.getBuiltinModule("node:fs");
    this.target = this.attempt(() => this.endOf(path, node.getBuiltinModule("node:path").resolve));
    const replaced = this.attempt(() => this.fs.statSync(this.target, { throwIfNoEntry: false }));
    if (replaced?.isFile() === false)
      fail("RuntimeError", `${where} cannot write '${path}': it is a folder or a device`);
    this.mode = replaced && replaced.mode & 0o7777;
    this.temporary = `${this.target}.${node.pid}-${count++}.tmp`;
    this.handle = this.attempt(() => this.fs.openSync(this.temporary, "wx", this.mode ?? 0o666));
  }

  private attempt<T>(work: () => T): T {
    try {
      return work();
    } catch (error) {
      return fail("RuntimeError", `${this.where} cannot write '${this.path}': ${reasonOf(error)}`);
    }
  }

  /** Where a path leads: through links, also to what is not there yet. */
  private endOf(path: string, resolve: (...parts: string[]) => string): string {
    try {
      return this.fs.realpathSync(path);
    } catch (error) {
      if ((error as { code?: string }).code !== "ENOENT") throw error;
    }
    let link: string;
    try {
      link = this.fs.readlinkSync(path);
    } catch {
      return path;
    }
    return this.endOf(resolve(path, "..", link), resolve);
  }

  write(part: Uint8Array): void {
    const handle = this.handle as number;
    for (let at = 0; at < part.length; ) {
      at += this.attempt(() => this.fs.writeSync(handle, part, at, part.length - at));
    }
  }

  /** Puts what was written in its place. */
  finish(): void {
    const handle = this.handle as number;
    this.attempt(() => {
      if (this.mode !== undefined) this.fs.fchmodSync(handle, this.mode);
      this.fs.fsyncSync(handle);
      this.close();
      this.fs.renameSync(this.temporary, this.target);
    });
  }

  discard(): void {
    this.close();
    this.fs.rmSync(this.temporary, { force: true });
  }

  private close(): void {
    const { handle } = this;
    this.handle = null;
    if (handle !== null) this.fs.closeSync(handle);
  }
}

/**
 * Writes the parts, one after the other, to a file. Without a signal and without onProgress it does so at once, so that
 * what is saved is what was there at the moment of the call; with either it pauses between portions.
 * @throws RuntimeError where there is no Node, and where the file cannot be written; the signal's reason
 */
export async function writeFile(
  where: string,
  path: string,
  parts: Parts,
  options: ProgressOptions = {},
): Promise<void> {
  throwIfAborted(options);
  const isWatched = options.signal !== undefined || options.onProgress !== undefined;
  const progress = new Progress(parts.size, options);
  const file = new NewFile(where, path);
  try {
    let unheard = 0;
    for (const part of parts) {
      for (let at = 0; at < part.length; at += portion) {
        const some = part.subarray(at, at + portion);
        file.write(some);
        unheard += some.length;
        if (!isWatched || unheard < portion) continue;
        await pause();
        progress.add(unheard);
        unheard = 0;
      }
    }
    if (isWatched) await pause();
    progress.finish();
    file.finish();
  } catch (error) {
    file.discard();
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
