/** `npm run startup`: the CPU time that `import "elman-nn"` takes beyond a bare Node, the median of 15 processes. */

import { execFileSync } from "node:child_process";

const code = `
const before = process.cpuUsage();
import(process.argv[1]).then(() => {
  const { user, system } = process.cpuUsage(before);
  console.log((user + system) / 1000);
});`;
const entry = new URL("../dist/index.js", import.meta.url).href;
const once = () => Number(execFileSync(process.execPath, ["-e", code, entry], { encoding: "utf8" }));
const times = Array.from({ length: 15 }, once).sort((a, b) => a - b);
console.log(`import "elman-nn": ${times[7].toFixed(0)} ms of CPU, Node ${process.versions.node}`);
