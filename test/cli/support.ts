/** The command called in this process, files of its own for each test file, and a net to look into. */

import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Readable } from "node:stream";
import { afterAll } from "vitest";
import { saveTorch } from "../../src/checkpoint/index.js";
import { command } from "../../src/cli/command.js";
import { Job } from "../../src/cli/job.js";
import { decodeNpy } from "../../src/cli/npy.js";
import { nn, type Tensor } from "../../src/index.js";

const folder = mkdtempSync(join(tmpdir(), "elman-cli-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** A path that this file's tests alone use. */
export const temporary = (name: string): string => join(folder, name);

/** Where temporary paths are. */
export const temporaryFolder = folder;

/** What a screen was told, and what bytes went into a pipe. */
export class Recorded {
  text = "";
  bytes = Buffer.alloc(0);
  constructor(readonly isTTY = false) {}
  write(data: string | Uint8Array): void {
    if (typeof data === "string") this.text += data;
    else this.bytes = Buffer.concat([this.bytes, data]);
  }
  hasColors(): boolean {
    return this.isTTY;
  }
}

/** What a command line gives. */
export interface Outcome {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

/** Bytes as they come through a pipe. */
export const stdinOf = (bytes: Uint8Array): Readable => Readable.from([bytes.subarray(0, 100), bytes.subarray(100)]);

/** A job whose stdin has nothing. */
export const jobOn = (screen = new Recorded(), signal = new AbortController().signal): Job =>
  new Job(screen, signal, stdinOf(new Uint8Array()));

/** Runs a command line with something in the pipe before it; also what it writes into the one after it. */
export async function piped(bytes: Uint8Array, ...args: string[]): Promise<Outcome & { bytes: Buffer }> {
  const [out, err] = [new Recorded(), new Recorded()];
  const signal = new AbortController().signal;
  const code = await command(args, { stdin: stdinOf(bytes), out, err, signal, debug: false });
  return { code, out: out.text, err: err.text, bytes: out.bytes };
}

/** Runs a command line. */
export async function elman(...args: string[]): Promise<Outcome> {
  const { code, out, err } = await piped(new Uint8Array(), ...args);
  return { code, out, err };
}

/** Runs a command line that succeeds, with --json; what it prints. */
export async function elmanJson<T = Record<string, unknown>>(...args: string[]): Promise<T> {
  const { code, out, err } = await elman(...args, "--json");
  if (code !== 0) throw new Error(err);
  return JSON.parse(out) as T;
}

/** Layers of several kinds. */
export class Net extends nn.Module {
  readonly embedding = new nn.Embedding(7, 3);
  readonly lstm = new nn.LSTM(3, 4, { numLayers: 2 });
  readonly cell = new nn.GRUCell(3, 4);
  readonly norm = new nn.LayerNorm(4);
  readonly head = new nn.Linear(4, 2);
}

/** A net, and the file with its state dict. */
export async function savedNet(name = "net.pt"): Promise<{ net: Net; path: string }> {
  const net = new Net();
  const path = temporary(name);
  await saveTorch(net.stateDict(), path);
  return { net, path };
}

/** The tensor in a .npy file. */
export const readNpy = (path: string): Tensor => decodeNpy(path, readFileSync(path));
