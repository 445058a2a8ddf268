/**
 * The engines, and the child process in which each computes. A question is a line of JSON, numbers go through files; a
 * child that does not answer in time, or ends, is refused, and so are one that says it cannot and one that is not there.
 */

import { type ChildProcess, spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { torchPython } from "../test/support/torch_python.js";
import type { Pass } from "./cases.js";

export type EngineName = "elman" | "native" | "ort-web" | "ort-node" | "tfjs" | "jax-js" | "torch";

interface Engine {
  /** As tables and charts name it. */
  readonly title: string;
  /** The script and its arguments. */
  readonly script: readonly string[];
  /** How many threads it can be told to use. */
  readonly threads: readonly number[];
  readonly passes: readonly Pass[];
}

const sequences: readonly Pass[] = ["step", "forward"];
const all: readonly Pass[] = ["step", "forward", "train"];

export const engines: Record<EngineName, Engine> = {
  elman: { title: "elman", script: ["elman.mjs"], threads: [1], passes: all },
  native: { title: "elman native", script: ["elman.mjs"], threads: [1, 2], passes: all },
  "ort-web": {
    title: "onnxruntime-web",
    script: ["peers/ort.mjs", "onnxruntime-web"],
    threads: [1, 2],
    passes: sequences,
  },
  "ort-node": {
    title: "onnxruntime-node",
    script: ["peers/ort.mjs", "onnxruntime-node"],
    threads: [1, 2],
    passes: sequences,
  },
  tfjs: { title: "TensorFlow.js", script: ["peers/tfjs.mjs"], threads: [1], passes: all },
  "jax-js": { title: "jax-js", script: ["peers/jax.mjs"], threads: [1], passes: all },
  torch: { title: "PyTorch", script: ["peers/pytorch.py"], threads: [1, 2], passes: all },
};

export const here = (path: string) => fileURLToPath(new URL(path, import.meta.url));

/** The Node of a major version that `npm run bench:setup` installed; else the one that runs, null where it is another. */
export function nodeBinary(version: string): string | null {
  const installed = here(`peers/node_modules/node-${version}/bin/node`);
  if (existsSync(installed)) return installed;
  return process.versions.node.split(".")[0] === version ? process.execPath : null;
}

/** Said by a child, or of it: why there is no number. */
export class Refusal extends Error {}

/** A process that computes. */
export class Child {
  readonly #process: ChildProcess;
  #answer: ((line: string | null) => void) | null = null;
  #log = "";

  constructor(command: string, script: readonly string[], environment: Record<string, string> = {}) {
    const [file, ...rest] = script;
    this.#process = spawn(command, [here(file), ...rest], {
      stdio: ["pipe", "pipe", "pipe"],
      env: { ...process.env, ...environment },
    });
    const { stdout, stderr, stdin } = this.#process;
    if (!stdout || !stderr || !stdin) throw new Error(`${file} has no pipes`);
    createInterface({ input: stdout }).on("line", (line) => {
      if (line.startsWith("{")) this.#told(line);
    });
    stderr.on("data", (text) => {
      this.#log = (this.#log + text).slice(-500);
    });
    stdin.on("error", () => {});
    this.#process.on("error", () => this.#told(null)).on("close", () => this.#told(null));
  }

  #told(line: string | null): void {
    this.#answer?.(line);
    this.#answer = null;
  }

  /** @throws Refusal where the child cannot, ends, or says nothing for so many seconds */
  async ask<T>(question: string, details: object, seconds = 600): Promise<T> {
    let timer: NodeJS.Timeout | undefined;
    const line = await new Promise<string | null>((resolve) => {
      this.#answer = resolve;
      timer = setTimeout(() => {
        this.#process.kill("SIGKILL");
        this.#answer = null;
        resolve(JSON.stringify({ refused: `over ${seconds} s` }));
      }, seconds * 1e3);
      if (this.#process.exitCode !== null) resolve(null);
      else this.#process.stdin?.write(`${JSON.stringify({ ask: question, ...details })}\n`);
    });
    clearTimeout(timer);
    if (line === null) throw new Refusal(`ended: ${this.#log.trim().split("\n").slice(-1)[0] ?? "no message"}`);
    const answer = JSON.parse(line);
    if (answer.refused !== undefined) throw new Refusal(answer.refused);
    return answer;
  }

  close(): void {
    this.#process.stdin?.end();
    this.#process.kill("SIGKILL");
  }
}

/** What can be asked. */
export type Askable = Pick<Child, "ask" | "close">;

/** In the place of an engine that the machine does not have. */
const absent: Askable = {
  ask: () => Promise.reject(new Refusal("not installed: npm run bench:setup")),
  close() {},
};

/** Starts an engine under a Node, with its program for the layers unless another is named. */
export function start(name: EngineName, node: string, threads: number, script = engines[name].script): Askable {
  if (name === "torch") {
    const python = torchPython();
    const count = String(threads);
    if (python === null) return absent;
    return new Child(python, script, { OMP_NUM_THREADS: count, MKL_NUM_THREADS: count });
  }
  if (name === "native") return new Child(node, script, { ELMAN_DEVICE: "native" });
  if (name === "elman") return new Child(node, script, { ELMAN_DEVICE: "wasm" });
  return existsSync(here("peers/node_modules")) ? new Child(node, script) : absent;
}
