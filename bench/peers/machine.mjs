/**
 * What the machine does at this moment, under this Node: a question beside the engines' questions, so that the floor
 * and what is measured against it share the machine's fast and slow phases.
 */

import { createInterface } from "node:readline";

/** Each build of the loops that this Node takes. */
const builds = process.argv
  .slice(2)
  .map((loops) => Buffer.from(loops, "base64"))
  .filter((bytes) => WebAssembly.validate(bytes))
  .map((bytes) => new WebAssembly.Instance(new WebAssembly.Module(bytes), {}).exports);
/** Pages that nobody has written are all one page of zeros, which never leaves the nearest cache. */
for (const { memory } of builds) new Float32Array(memory.buffer).fill(1);

/** Work in a nanosecond of `call`, repeated for a millisecond. */
function rate(call, work) {
  const start = performance.now();
  let calls = 0;
  do {
    call();
    calls++;
  } while (performance.now() - start < 1);
  return (calls * work) / ((performance.now() - start) * 1e6);
}

const times = 2000;
const arithmetic = builds.flatMap(({ chains8, chains10, chains12, squares14, tile, row }) => [
  { call: () => chains8(times, 0.999, 0.001), flops: 64 },
  { call: () => chains10(times, 0.999, 0.001), flops: 80 },
  { call: () => chains12(times, 0.999, 0.001), flops: 96 },
  { call: () => squares14(times, -0.01), flops: 112 },
  { call: () => tile(times), flops: 64 },
  { call: () => row(times, 0.001), flops: 64 },
]);
const [{ read4, read8, read4x2 }] = builds;

function reading(bytes) {
  const times = Math.ceil(2 ** 19 / bytes);
  return Math.max(...[read4, read8, read4x2].map((read) => rate(() => read(bytes, times), bytes * times)));
}

const lines = createInterface({ input: process.stdin });
lines.on("line", (line) => {
  const peak = Math.max(...arithmetic.map(({ call, flops }) => rate(call, flops * times)));
  process.stdout.write(`${JSON.stringify({ peak, bandwidths: JSON.parse(line).sizes.map(reading) })}\n`);
});
lines.on("close", () => process.exit(0));
