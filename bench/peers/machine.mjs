/**
 * What the machine does at this moment, under this Node: a question beside the engines' questions, so that the floor
 * and what is measured against it share the machine's fast and slow phases.
 */

import { createInterface } from "node:readline";

const [loops, ...sizes] = process.argv.slice(2);
const module = new WebAssembly.Module(Buffer.from(loops, "base64"));
const { arithmetic, read4, read8, memory } = new WebAssembly.Instance(module, {}).exports;
/** Pages that nobody has written are all one page of zeros, which never leaves the nearest cache. */
new Float32Array(memory.buffer).fill(1);

/** Work in a nanosecond of `call`, repeated for 2 ms. */
function rate(call, work) {
  const start = performance.now();
  let calls = 0;
  do {
    call();
    calls++;
  } while (performance.now() - start < 2);
  return (calls * work) / ((performance.now() - start) * 1e6);
}

function reading(bytes) {
  const times = Math.ceil(2 ** 20 / bytes);
  return Math.max(
    rate(() => read4(bytes, times), bytes * times),
    rate(() => read8(bytes, times), bytes * times),
  );
}

const lines = createInterface({ input: process.stdin });
lines.on("line", () => {
  const peak = rate(() => arithmetic(2000, 0.999, 0.001), 96 * 2000);
  process.stdout.write(`${JSON.stringify({ peak, bandwidths: sizes.map((bytes) => reading(Number(bytes))) })}\n`);
});
lines.on("close", () => process.exit(0));
