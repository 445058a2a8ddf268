/**
 * The half of the benchmark that every JavaScript engine shares: questions and answers are lines of JSON, numbers are
 * files of float32. Plain JavaScript, so that every Node runs it.
 *
 * Each call is given the same input, which the engine has in its own form before the clock starts, and must have
 * finished its result when the clock stops. Training resets its gradients within the time.
 */

import { readFileSync, writeFileSync } from "node:fs";
import { createInterface } from "node:readline";

const gates = { LSTM: 4, GRU: 3, RNN: 1 };

/** The numbers of a case: input [T, N, C]; for each layer and direction [W_ih, W_hh, b_ih, b_hh] and their width C. */
function parts({ mode, T, N, C, H, L, D }, all) {
  let at = 0;
  const take = (length) => all.slice(at, (at += length));
  const GH = gates[mode] * H;
  const input = take(T * N * C);
  const layers = Array.from({ length: L * D }, (_, s) => {
    const width = s < D ? C : D * H;
    return { width, weights: [take(GH * width), take(GH * H), take(GH), take(GH)] };
  });
  return { GH, input, layers };
}

/** The numbers of a case of named inputs: an array each. */
export function arrays({ inputs }, all) {
  let at = 0;
  return inputs.map(({ shape }) => all.slice(at, (at += shape.reduce((product, length) => product * length, 1))));
}

/** [rows, columns] to [columns, rows]. */
export function transposed(array, rows, columns) {
  const out = new Float32Array(array.length);
  for (let i = 0; i < rows; i++) for (let j = 0; j < columns; j++) out[j * rows + i] = array[i * columns + j];
  return out;
}

/** The row blocks of a matrix, one a gate, in another order. */
export function reordered(array, order) {
  const block = array.length / order.length;
  const out = new Float32Array(array.length);
  for (const [to, from] of order.entries()) out.set(array.subarray(from * block, (from + 1) * block), to * block);
  return out;
}

async function repeat(run, calls) {
  const start = performance.now();
  const first = run();
  if (first instanceof Promise) {
    await first;
    for (let i = 1; i < calls; i++) await run();
  } else for (let i = 1; i < calls; i++) run();
  return ((performance.now() - start) * 1e3) / calls;
}

/** Runs until `ms` have passed; the time of a call in the last half of it, µs. */
async function warm(run, ms) {
  const start = performance.now();
  for (let calls = 1; ; calls *= 2) {
    const us = await repeat(run, calls);
    if (performance.now() - start >= ms) return us;
  }
}

/**
 * Answers until the questions end.
 * @param prepare of (case, pass, numbers, threads): `answer(steps)` gives what is compared, as float32 arrays (of a
 *   stream, that many steps), and `run()` is one call; both may give a promise. It throws, in a sentence, where the
 *   engine cannot.
 * @param read how `prepare` wants the numbers of a case.
 */
export function serve(prepare, read = parts) {
  console.log = console.error;
  let run = null;
  const answers = {
    async prepare({ case: one, pass, threads, steps, data, result }) {
      const { buffer, byteOffset, byteLength } = readFileSync(data);
      const numbers = new Float32Array(buffer.slice(byteOffset, byteOffset + byteLength));
      const prepared = await prepare(one, pass, read(one, numbers), threads);
      const start = performance.now();
      const found = await prepared.answer(steps);
      const us = (performance.now() - start) * 1e3;
      writeFileSync(result, Buffer.concat(found.map((a) => Buffer.from(a.buffer, a.byteOffset, a.byteLength))));
      run = prepared.run;
      return { us };
    },
    warm: async ({ ms }) => ({ us: await warm(run, ms) }),
    round: async ({ calls }) => ({ us: await repeat(run, calls) }),
  };
  const lines = createInterface({ input: process.stdin });
  lines.on("line", async (line) => {
    const question = JSON.parse(line);
    let answer;
    try {
      answer = await answers[question.ask](question);
    } catch (error) {
      answer = { refused: String(error?.message ?? error).split("\n")[0] };
    }
    process.stdout.write(`${JSON.stringify(answer)}\n`);
  });
  lines.on("close", () => process.exit(0));
}
