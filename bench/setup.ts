/**
 * `npm run bench:setup`: installs the peers and the Nodes into bench/peers, and PyTorch into the user's cache unless a
 * Python with it is found.
 */

import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { TORCH_VERSION, torchEnvironment, torchPython } from "../test/support/torch_python.js";
import { here } from "./engines.js";

function must(command: string, ...args: string[]): void {
  console.log(`${command} ${args.join(" ")}`);
  const { status } = spawnSync(command, args, { stdio: "inherit", shell: process.platform === "win32" });
  if (status !== 0) process.exit(1);
}

must("npm", "install", "--prefix", here("peers"), "--no-audit", "--no-fund");
if (torchPython() === null) {
  const home = torchEnvironment();
  must(process.platform === "win32" ? "python" : "python3", "-m", "venv", home);
  const pip = process.platform === "win32" ? join(home, "Scripts", "pip") : join(home, "bin", "pip");
  must(pip, "install", "--quiet", `torch==${TORCH_VERSION}`);
}
console.log(`PyTorch: ${torchPython()}`);
