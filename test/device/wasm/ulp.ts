/**
 * sigmoid and tanh over all of float32, in both builds that the engine runs.
 * Usage: npm run test:ulp
 */

import { instantiate } from "../../../src/device/wasm/module.js";
import { functions, worst } from "./activations.js";

for (const build of ["plain", "relaxed"] as const) {
  const kernels = instantiate(build);
  if (kernels === null) {
    console.log(`wasm-${build}: this engine cannot run it`);
    continue;
  }
  for (const which of [0, 1] as const) {
    let most = { error: 0, at: 0 };
    for (let high = 0; high < 65536; high++) {
      const found = worst(
        kernels,
        which,
        Uint32Array.from({ length: 65536 }, (_, i) => high * 65536 + i),
      );
      if (found.error > most.error) most = found;
    }
    console.log(
      `wasm-${build} ${functions[which].name}: ${most.error.toFixed(2)} units of the last place at ${most.at}`,
    );
    if (most.error > 5) process.exitCode = 1;
  }
}
