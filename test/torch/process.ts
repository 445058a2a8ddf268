/** The Python process that answers: questions and answers are lines of JSON, tensors the base64 of their bytes. */

import { type ChildProcess, spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import type { Tensor } from "../../src/index.js";
import type { Result } from "./compare.js";

type Words = Float32Array | Float64Array | Int32Array | Uint8Array;

/** A tensor on its way. */
export interface Sent {
  dtype: string;
  shape: readonly number[];
  data: string;
}

const arrays = { float32: Float32Array, float64: Float64Array, int32: Int32Array, bool: Uint8Array } as const;

export function send(tensor: Tensor): Sent {
  const { buffer, byteOffset, byteLength } = tensor.toArray();
  const data = Buffer.from(buffer as ArrayBuffer, byteOffset, byteLength).toString("base64");
  return { dtype: tensor.dtype, shape: tensor.shape, data };
}

export function received({ dtype, shape, data }: Sent): { shape: readonly number[]; data: Words } {
  const bytes = Uint8Array.from(Buffer.from(data, "base64"));
  return { shape, data: new arrays[dtype as keyof typeof arrays](bytes.buffer) };
}

/** As `problems` takes it. */
export function resultOf(tensor: Tensor): Result {
  return { shape: tensor.shape, data: tensor.toArray() };
}

/** A record of tensors in an answer. */
export function receivedAll(record: Record<string, Sent>): Record<string, Result> {
  return Object.fromEntries(Object.entries(record).map(([name, sent]) => [name, received(sent)]));
}

/** Options under PyTorch's names. */
export function snakeCase(options: object): Record<string, unknown> {
  const snake = (name: string) => name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
  return Object.fromEntries(Object.entries(options).map(([name, value]) => [snake(name), value]));
}

export class Oracle {
  readonly #child: ChildProcess;
  readonly #waiting: ((line: string | null) => void)[] = [];
  #log = "";

  private constructor(python: string) {
    const script = fileURLToPath(new URL("./oracle.py", import.meta.url));
    this.#child = spawn(python, ["-W", "ignore", script], { stdio: ["pipe", "pipe", "pipe"] });
    const { stdout, stderr, stdin } = this.#child;
    if (stdout === null || stderr === null || stdin === null) throw new Error("the oracle has no pipes");
    createInterface({ input: stdout }).on("line", (line) => this.#waiting.shift()?.(line));
    stderr.on("data", (text) => {
      this.#log = (this.#log + text).slice(-2000);
    });
    stdin.on("error", () => {});
    const end = () => {
      for (const resolve of this.#waiting.splice(0)) resolve(null);
    };
    this.#child.on("error", end).on("close", end);
  }

  /** Starts Python and waits for PyTorch; null where either is missing. */
  static async start(python: string): Promise<{ oracle: Oracle; version: string } | null> {
    const oracle = new Oracle(python);
    const line = await oracle.#line();
    return line === null ? null : { oracle, version: JSON.parse(line).torch };
  }

  #line(): Promise<string | null> {
    return new Promise((resolve) => this.#waiting.push(resolve));
  }

  /** Asks at once; whoever awaits later lets Python compute meanwhile. */
  async ask<T>(question: string, details: object): Promise<T> {
    const line = this.#line();
    this.#child.stdin?.write(`${JSON.stringify({ question, ...details })}\n`);
    const text = await line;
    if (text === null) throw new Error(`the oracle ended: ${this.#log}`);
    const { answer, error } = JSON.parse(text);
    if (error !== undefined) throw new Error(`torch refuses: ${error}`);
    return answer;
  }

  close(): void {
    this.#child.stdin?.end();
  }
}
