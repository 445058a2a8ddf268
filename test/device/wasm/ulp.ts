/**
 * The cells' sigmoid and tanh over all of float32, in both builds that the engine runs, and the ops that compute.
 * Usage: npm run test:ulp
 */

import type { Device, Unary } from "../../../src/device/device.js";
import { createWasm } from "../../../src/device/wasm/index.js";
import { instantiate } from "../../../src/device/wasm/module.js";
import { withOps } from "../../../src/device/wasm/ops.js";
import { functions, unaries, worst, worstOp } from "./activations.js";

function all(name: string, over: (bits: Uint32Array) => { error: number; at: number }): void {
  let most = { error: 0, at: 0 };
  for (let high = 0; high < 65536; high++) {
    const found = over(Uint32Array.from({ length: 65536 }, (_, i) => high * 65536 + i));
    if (found.error > most.error) most = found;
  }
  console.log(`${name}: ${most.error.toFixed(2)} units of the last place at ${most.at}`);
  if (most.error > 5) process.exitCode = 1;
}

for (const build of ["plain", "relaxed"] as const) {
  const kernels = instantiate(build);
  if (kernels === null) console.log(`wasm-${build}: this engine cannot run it`);
  else
    for (const which of [0, 1] as const)
      all(`wasm-${build} ${functions[which].name}`, (bits) => worst(kernels, which, bits));
}
const device = withOps(createWasm("plain") as Device);
for (const op of Object.keys(unaries) as Unary[]) all(op, (bits) => worstOp(device, op, bits));
