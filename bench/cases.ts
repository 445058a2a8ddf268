/**
 * The grid: what is measured, and the numbers that every engine is given. No timing here, and no engine.
 *
 * T steps, N sequences, C input features, H hidden, G gates, L layers, D directions. FLOPs count a multiplication and
 * an addition each: 2·R·G·H·(C + H) a layer and direction, R the rows that exist (T·N, or the sum of the lengths);
 * training counts three times that, as is the custom, though nobody asks for the gradient of the input here.
 */

export type Mode = "LSTM" | "GRU" | "RNN";
/** `step`: one step of a stream, state kept. `train`: forward and the gradients of all weights of the output's sum. */
export type Pass = "step" | "forward" | "train";

export const gates: Record<Mode, number> = { LSTM: 4, GRU: 3, RNN: 1 };

/** How many steps of a stream are compared with the js device's. */
export const checkedSteps = 4;

/** One layer to run. */
export interface Case {
  readonly name: string;
  readonly passes: readonly Pass[];
  readonly mode: Mode;
  readonly T: number;
  readonly N: number;
  readonly C: number;
  readonly H: number;
  readonly L: number;
  readonly D: number;
  /** One length a sequence, longest first; null where all are T. */
  readonly lengths: readonly number[] | null;
  /** Numbers that die away: the loss reads the last step's output alone; or a stream without input or biases, from ones. */
  readonly dying: "last" | "silence" | null;
}

type Sizes = Partial<Pick<Case, "T" | "N" | "C" | "L" | "D" | "lengths">> & { H: number };

function sequence(mode: Mode, kind: string, sizes: Sizes): Case {
  const { T = 100, N = 1, H, C = H, L = 1, D = 1, lengths = null } = sizes;
  return {
    name: `${mode.toLowerCase()}-${kind}`,
    passes: ["forward", "train"],
    mode,
    T,
    N,
    C,
    H,
    L,
    D,
    lengths,
    dying: null,
  };
}

const step = (mode: Mode, H: number): Case => ({
  ...sequence(mode, `h${H}-step`, { T: 1, H }),
  passes: ["step"],
});

const dense = (mode: Mode, N: number, H: number, T: number) => sequence(mode, `b${N}-h${H}-t${T}`, { N, H, T });

/** N lengths spread evenly from T down to 1. */
export function spreadLengths(N: number, T: number): number[] {
  return Array.from({ length: N }, (_, i) => Math.round(T - (i * (T - 1)) / (N - 1)));
}

/** Every case, or every case with the same options at sizes that take no time. */
export function grid(tiny = false): Case[] {
  const cases = (["LSTM", "GRU", "RNN"] as const).flatMap((mode) => {
    return [
      ...[16, 64, 128, 256].map((H) => step(mode, H)),
      ...[64, 128, 256, 512].map((H) => dense(mode, 1, H, 100)),
      ...[128, 256].map((H) => dense(mode, 32, H, 100)),
      dense(mode, 64, 512, 50),
      sequence(mode, "2layer-bi-b16-h256-t64", { T: 64, N: 16, C: 64, H: 256, L: 2, D: 2 }),
      sequence(mode, "ragged-b32-h128-t100", { N: 32, H: 128, lengths: spreadLengths(32, 100) }),
    ];
  });
  const last = dense("LSTM", 32, 128, 300);
  cases.push({ ...last, name: `${last.name}-last`, passes: ["train"], dying: "last" });
  cases.push({ ...step("GRU", 128), name: "gru-h128-silence", dying: "silence" });
  return tiny ? cases.map(shrunk) : cases;
}

/** The same case at a sixteenth of its width, at most 7 steps and 5 sequences: odd numbers on purpose. */
function shrunk(big: Case): Case {
  const T = Math.min(big.T, 7);
  const N = Math.min(big.N, 5);
  const C = Math.ceil(big.C / 16) + 1;
  const H = Math.ceil(big.H / 16) + 1;
  return { ...big, T, N, C, H, lengths: big.lengths && spreadLengths(N, T) };
}

/** How many sequences are alive at each time. */
export function alive({ T, N, lengths }: Case): number[] {
  return Array.from({ length: T }, (_, t) => lengths?.filter((length) => length > t).length ?? N);
}

/** The width of what each layer and direction reads, in PyTorch's order. */
export function inputWidths({ C, H, L, D }: Case): number[] {
  return Array.from({ length: L * D }, (_, s) => (s < D ? C : D * H));
}

/** Arithmetic of one pass. */
export function flops(one: Case, pass: Pass): number {
  const rows = alive(one).reduce((sum, n) => sum + n, 0);
  const forward = inputWidths(one).reduce((sum, C) => sum + 2 * rows * gates[one.mode] * one.H * (C + one.H), 0);
  return pass === "train" ? 3 * forward : forward;
}

/**
 * Input and weights, one after the other: the input [T, N, C] from −1 to 1, then for each layer and direction W_ih
 * [G·H, C], W_hh [G·H, H], b_ih and b_hh [G·H] from −1/√H to 1/√H, as PyTorch draws and orders them. Padding is zero.
 * The same on every machine: a multiplicative congruential generator (Lehmer, 48271 mod 2³¹ − 1). Silence is zeros.
 */
export function numbers(one: Case): Float32Array {
  const { mode, T, N, C, H, lengths, dying } = one;
  const GH = gates[mode] * H;
  const weights = inputWidths(one).reduce((sum, width) => sum + GH * (width + H + 2), 0);
  const all = new Float32Array(T * N * C + weights);
  let state = 20_130_000 + T + N + H;
  for (let i = 0; i < all.length; i++) {
    state = (state * 48_271) % 2_147_483_647;
    const uniform = (state / 2_147_483_647) * 2 - 1;
    all[i] = i < T * N * C ? uniform : uniform / Math.sqrt(H);
  }
  if (dying === "silence") all.fill(0, 0, T * N * C);
  lengths?.forEach((length, n) => {
    for (let t = length; t < T; t++) all.fill(0, (t * N + n) * C, (t * N + n + 1) * C);
  });
  return all;
}

/** How long the arrays are that an engine answers with: outputs, or the gradient of each weight. */
export function answerLengths(one: Case, pass: Pass): number[] {
  const { mode, T, N, H, D } = one;
  if (pass === "step") return Array<number>(checkedSteps).fill(H);
  if (pass === "forward") return [T * N * D * H];
  const GH = gates[mode] * H;
  return inputWidths(one).flatMap((width) => [GH * width, GH * H, GH, GH]);
}
