/**
 * The operations around the layers: what is measured, the numbers that every engine is given, and what is to be reached.
 *
 * What computes is an op whose arithmetic takes the time; what moves only reads and writes, so that its floor is a fresh
 * array and the copies of what goes in and comes out; a loop is a graph of many small ops, where the bookkeeping counts;
 * a step is one of training, of an example: forward, loss, backward, clipping and the optimiser (steps.ts).
 */

import type { EngineName } from "./engines.js";

export const contestants = ["elman", "native", "torch", "tfjs", "jax-js"] as const satisfies readonly EngineName[];
export type Contestant = (typeof contestants)[number];

/** Uniform from −scale to scale, or whole numbers from 0 up to `below`. */
export interface Input {
  readonly shape: readonly number[];
  readonly scale?: number;
  readonly below?: number;
}

export interface OpCase {
  readonly name: string;
  /** Which program of an engine computes it. */
  readonly op: string;
  readonly kind: "computes" | "moves" | "loop" | "step";
  readonly inputs: readonly Input[];
  /** How long each array is that an engine answers with. */
  readonly answers: readonly number[];
  /** Multiplications and additions, of what is a product of matrices at heart. */
  readonly flops?: number;
  /** How much sound it goes through. */
  readonly seconds?: number;
}

/** As a share of the greatest magnitude of an array: 80 roundings of float32. */
export const TOLERANCE = 1e-5;
/** Of a step: of the greatest loss, or of the greatest gradient of a parameter. */
export const STEP_TOLERANCE = 1e-4;

const size = ({ shape }: Input) => shape.reduce((product, length) => product * length, 1);

function rows(count: number, width: number): OpCase[] {
  const shape = [count, width];
  const n = count * width;
  const one = (op: string, kind: OpCase["kind"], inputs: Input[], answers: number[]): OpCase => ({
    name: `${op}-${count}x${width}`,
    ...{ op, kind, inputs, answers },
  });
  const x = { shape };
  return [
    ...["tanh", "exp", "sigmoid", "softmax", "logSoftmax"].map((op) => one(op, "computes", [x], [n])),
    one("logsumexp", "computes", [x], [count]),
    one("sumOfRows", "computes", [x], [count]),
    one("sumOfColumns", "computes", [x], [width]),
    one("layerNorm", "computes", [x, { shape: [width] }, { shape: [width] }, x], [n, n, width, width]),
    one("mulByNumber", "moves", [x], [n]),
    one("add", "moves", [x, x], [n]),
    one("relu", "moves", [x], [n]),
    one("where", "moves", [{ shape, below: 2 }, x, x], [n]),
  ];
}

const crossEntropy = (N: number, classes: number): OpCase => ({
  name: `crossEntropy-${N}x${classes}`,
  op: "crossEntropy",
  kind: "computes",
  inputs: [{ shape: [N, classes] }, { shape: [N], below: classes }],
  answers: [1, N * classes],
});

/** Steps of an optimiser: parameters and their gradient. */
const update = (op: string, count: number): OpCase => ({
  name: `${op}-${count}`,
  op,
  kind: "computes",
  inputs: [{ shape: [count] }, { shape: [count] }],
  answers: [count],
});

/** An embedding looked up again and again, a few numbers each time. */
const lookups = (steps: number, words: number, width: number): OpCase => ({
  name: `embedding-loop-${steps}`,
  op: "embeddingLoop",
  kind: "loop",
  inputs: [{ shape: [words, width] }, { shape: [steps, 8], below: words }],
  answers: [words * width],
});

/** An LSTM's output read step by step: input [T, 1, H], W_ih, W_hh [4·H, H], b_ih, b_hh [4·H]. */
const steps = (T: number, H: number): OpCase => ({
  name: `at-loop-${T}`,
  op: "atLoop",
  kind: "loop",
  inputs: [
    { shape: [T, 1, H] },
    ...[[4 * H, H], [4 * H, H], [4 * H], [4 * H]].map((shape) => ({ shape, scale: 1 / Math.sqrt(H) })),
  ],
  answers: [4 * H * H, 4 * H * H, 4 * H, 4 * H],
});

/** A convolution of one dimension that keeps its length: x [N, C, T], w [C, C, K], b [C], and the gradient that arrives. */
function convolution(N: number, C: number, T: number, K: number): OpCase[] {
  const inputs = [[N, C, T], [C, C, K], [C], [N, C, T]].map((shape) => ({
    shape,
    scale: shape.length === 3 ? 1 : 0.1,
  }));
  const name = `conv1d-n${N}-c${C}-t${T}-k${K}`;
  const [n, flops] = [N * C * T, 2 * N * C * C * T * K];
  return [
    { name, op: "conv1d", kind: "computes", inputs: inputs.slice(0, 3), answers: [n], flops },
    {
      ...{ name: `${name}-train`, op: "conv1dTrain", kind: "computes", inputs },
      ...{ answers: [n, n, C * C * K, C], flops: 3 * flops },
    },
  ];
}

/**
 * A net of an audio effect, sample by sample, beside the whole sequence at once: a causal Conv1d(1, C, 3), a GRU of H and a
 * Linear over x [T, 1, 1], their weights as PyTorch orders them.
 */
function net(T: number, C: number, H: number): OpCase {
  const weights = [[C, 1, 3], [C], [3 * H, C], [3 * H, H], [3 * H], [3 * H], [1, H], [1]];
  return {
    ...{ name: `net-stream-48khz-t${T}`, op: "netStream", kind: "computes", answers: [T], seconds: T / 48_000 },
    inputs: [{ shape: [T, 1, 1] }, ...weights.map((shape) => ({ shape, scale: 1 / Math.sqrt(H) }))],
  };
}

/** Whole steps of the examples, which bring their own inputs. */
const examples = ["tagger", "forecast", "text"].map((op): OpCase => {
  return { name: `${op}-step`, op, kind: "step", inputs: [], answers: [] };
});

/** Every case, or every case at sizes that take no time: odd numbers on purpose. */
export function opsGrid(tiny = false): OpCase[] {
  if (tiny) {
    return [
      ...rows(3, 37),
      crossEntropy(5, 11),
      lookups(7, 9, 5),
      update("adam", 101),
      update("sgd", 101),
      steps(7, 5),
      ...convolution(3, 5, 37, 5),
      net(23, 5, 7),
      ...examples,
    ];
  }
  return [
    ...rows(100, 1000),
    ...rows(1000, 1000),
    crossEntropy(64, 50),
    crossEntropy(512, 20_000),
    update("adam", 1_000_000),
    update("sgd", 1_000_000),
    lookups(1000, 5000, 64),
    ...[1000, 2000, 4000].map((T) => steps(T, 32)),
    ...convolution(32, 64, 256, 5),
    net(4800, 16, 32),
    ...examples,
  ];
}

/** The inputs of a case, one after the other, the same on every machine: Lehmer's generator, 48271 mod 2³¹ − 1. */
export function inputNumbers({ inputs }: OpCase): Float32Array {
  const all = new Float32Array(inputs.reduce((sum, input) => sum + size(input), 0));
  let [state, at] = [20_130_000, 0];
  for (const input of inputs) {
    const { scale = 2, below } = input;
    for (const end = at + size(input); at < end; at++) {
      state = (state * 48_271) % 2_147_483_647;
      const share = state / 2_147_483_647;
      all[at] = below === undefined ? (2 * share - 1) * scale : Math.floor(share * below);
    }
  }
  return all;
}

/** What cannot be beaten: copying alone, and arithmetic at the peak of 128-bit SIMD. */
export type Limit = "copies" | "peak";

/** The ratio to reach: the other's time over elman's, and the share that a limit has of elman's; or null. */
export function asked(against: Contestant | Limit, { kind, flops }: OpCase): number | null {
  if (kind === "step" || against === "native") return null;
  if (against === "peak") return flops === undefined ? null : 0.6;
  if (kind === "moves") return against === "copies" ? 0.6 : null;
  if (against === "torch") return kind === "loop" ? 0.5 : 0.25;
  return kind === "computes" && against !== "copies" ? 1 : null;
}
