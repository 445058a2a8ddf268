/**
 * Writes files whole or not at all: into a temporary file beside the target, which then takes its place.
 *
 * Written at once and without a pause, so that what is saved is what was there at the moment of the call. In Node only.
 */

import { fail, typeName } from "../base/errors.js";

/** What is used of Node. */
interface FileSystem {
  openSync(path: string, flags: string): number;
  writeSync(file: number, bytes: Uint8Array, offset: number, length: number): number;
  fsyncSync(file: number): void;
  closeSync(file: number): void;
  renameSync(from: string, to: string): void;
  rmSync(path: string, options: { force: boolean }): void;
}
interface Node {
  readonly pid: number;
  getBuiltinModule?(name: "node:fs"): FileSystem;
}

let count = 0;
const portion = 1 << 26;

/**
 * Writes the parts, one after the other, to a file.
 * @throws RuntimeError where there is no Node; whatever the file system says where it cannot be written
 */
export function writeFile(where: string, path: string, parts: Iterable<Uint8Array>): void {
  if (typeof path !== "string") fail("TypeError", `${where} expected a path, got: ${typeName(path)}`);
  const { process } = globalThis as { process?: Node };
  const fs = process?.getBuiltinModule?.("node:fs");
  if (process === undefined || fs === undefined) {
    fail("RuntimeError", `${where} writes files in Node only; elsewhere take the bytes that encode gives`);
  }
  const temporary = `${path}.${process.pid}-${count++}.tmp`;
  const file = open(where, fs, temporary, path);
  try {
    try {
      for (const part of parts) write(fs, file, part);
      fs.fsyncSync(file);
    } finally {
      fs.closeSync(file);
    }
    fs.renameSync(temporary, path);
  } catch (error) {
    fs.rmSync(temporary, { force: true });
    throw error;
  }
}

function open(where: string, fs: FileSystem, temporary: string, path: string): number {
  try {
    return fs.openSync(temporary, "wx");
  } catch (error) {
    return fail("RuntimeError", `${where} cannot write '${path}': ${(error as Error).message}`);
  }
}

function write(fs: FileSystem, file: number, part: Uint8Array): void {
  for (let at = 0; at < part.length; ) at += fs.writeSync(file, part, at, Math.min(portion, part.length - at));
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
