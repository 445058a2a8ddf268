/** Threads of JavaScript load the module, compute, and leave, many times and several at once. */

import { fileURLToPath } from "node:url";
import { Worker } from "node:worker_threads";
import { expect, it } from "vitest";

const dist = fileURLToPath(new URL("../dist/index.js", import.meta.url));
/** Sums of products that threads would share, from an LSTM, a product and an op; then it says what came of it. */
const program = `
  const { parentPort } = require("node:worker_threads");
  import(${JSON.stringify(dist)}).then(async ({ native }) => {
    const { cells, fresh, wrap } = await import(${JSON.stringify(dist.replace(/native\/dist\/index\.js$/, "dist/device/index.js"))});
    const filled = (...shape) => {
      const count = shape.reduce((a, b) => a * b, 1);
      return wrap("float32", Float32Array.from({ length: count }, (_, i) => Math.sin(i)), shape);
    };
    const [a, b, out] = [filled(200, 100), filled(100, 120), fresh("float32", [200, 120])];
    native.gemm(a, b, out, false);
    const sum = native.reduce("sum", native.unary("tanh", out), [0, 1]);
    const weights = { ih: filled(256, 8), hh: filled(256, 64), biasIh: null, biasHh: null, hr: null };
    const sequence = { cell: cells.LSTM, steps: [4, 4, 4], reverse: false, input: filled(12, 8), initial: [filled(4, 64), filled(4, 64)], weights };
    const [run] = native.forward([sequence], false);
    parentPort.postMessage([sum.storage.data[0], native.reduce("sum", run.output, [0, 1]).storage.data[0]]);
  });
`;

it("a hundred workers load it and leave, and all find the same", async () => {
  const found = new Set<string>();
  const one = () =>
    new Promise<void>((resolve, reject) => {
      const worker = new Worker(program, { eval: true });
      worker.on("message", (sums) => found.add(String(sums)));
      worker.on("error", reject);
      worker.on("exit", () => resolve());
    });
  for (let i = 0; i < 100; i += 5) await Promise.all(Array.from({ length: 5 }, one));
  expect(found.size).toBe(1);
  expect([...found][0]).not.toContain("NaN");
});

it("those that are ended at work leave the others what they need", async () => {
  for (let i = 0; i < 10; i++) {
    const worker = new Worker(program.replace("native.gemm(", "for (;;) native.gemm("), { eval: true });
    await new Promise((resolve) => setTimeout(resolve, 100 + 10 * i));
    await worker.terminate();
  }
  const worker = new Worker(program, { eval: true });
  const sums = await new Promise<number[]>((resolve) => worker.on("message", resolve));
  expect(sums.every(Number.isFinite)).toBe(true);
});
