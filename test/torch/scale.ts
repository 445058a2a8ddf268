/**
 * `npm run test:scale`: a training that begins here, goes on under torchrun in two processes, and ends here, beside
 * PyTorch alone. In float64 all weights and the optimiser's state must agree within a millionth.
 */

import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { manualSeed, Tensor } from "elman-nn";
import { type CheckpointValue, loadTorch, saveTorch } from "elman-nn/checkpoint";
import { loadRun, saveRun } from "elman-nn/train";
import { loadNames } from "../../examples/names/data.js";
import { NameClassifier } from "../../examples/names/model.js";
import { training } from "../../examples/names/train.js";
import { howToInstallTorch, torchPython } from "../support/torch_python.js";

const relative = 1e-6;
/** For numbers that are nothing but rounding. */
const absolute = 1e-12;
const [STEPS, PROCESSES] = [20, 2];

const python = torchPython();
if (python === null) {
  console.error(howToInstallTorch());
  process.exit(1);
}
const env = { ...process.env, PYTHONWARNINGS: "ignore", OMP_NUM_THREADS: "1" };
const run = (...args: string[]) => execFileSync(python, args, { encoding: "utf8", env });
const path = (name: string) => fileURLToPath(new URL(name, import.meta.url));

/** The run as every part of it makes it: the same net, data and settings. */
function fresh() {
  const { training: examples, test } = loadNames();
  const model = new NameClassifier("gru", 64).to("float64");
  return { model, fit: training(model, examples, test, { epochs: 1, batch: 32, lr: 0.01 }) };
}

/** Takes steps of a training. */
async function steps(fit: ReturnType<typeof training>): Promise<void> {
  let count = 0;
  for await (const _ of fit) if (++count === STEPS) return;
}

/** Numbers of a value by their names. */
function* numbers(value: CheckpointValue, name: string): Generator<[string, number]> {
  if (typeof value === "number") yield [name, value];
  else if (value instanceof Tensor) {
    for (const [i, x] of value.toArray().entries()) yield [`${name}[${i}]`, Number(x)];
  } else if (value instanceof Map) {
    for (const [key, one] of value) yield* numbers(one as CheckpointValue, `${name}.${key}`);
  } else if (Array.isArray(value)) {
    for (const [i, one] of value.entries()) yield* numbers(one, `${name}.${i}`);
  }
}

const folder = mkdtempSync(join(tmpdir(), "elman-scale-"));
const file = (name: string) => join(folder, name);
try {
  manualSeed(1);
  const begun = fresh();
  await saveTorch({ model: begun.model.stateDict() }, file("start.pt"));
  await steps(begun.fit);
  await saveRun(file("run.pt"), begun.fit.parts);

  const torchrun = ["-m", "torch.distributed.run", "--standalone", "--nproc-per-node", String(PROCESSES)];
  const train = path("../../examples/names/train.py");
  process.stdout.write(run(...torchrun, train, "--resume", file("run.pt"), "--steps", String(STEPS)));

  manualSeed(2);
  const resumed = fresh();
  await loadRun(file("run.pt"), resumed.fit.parts);
  await steps(resumed.fit);
  await saveRun(file("ours.pt"), resumed.fit.parts);
  if (resumed.fit.stateDict().steps !== 3 * STEPS) throw new Error(`expected ${3 * STEPS} steps in the run`);

  run(path("scale.py"), file("start.pt"), file("run.pt"), String(3 * STEPS), file("alone.pt"));
  const [ours, alone] = [await loadTorch(file("ours.pt")), await loadTorch(file("alone.pt"))];
  let [compared, worst] = [0, 0];
  for (const part of ["model", "optimizer"]) {
    const wanted = [...numbers(alone.get(part) as CheckpointValue, part)];
    const found = new Map(numbers(ours.get(part) as CheckpointValue, part));
    for (const [name, x] of wanted) {
      const got = found.get(name) ?? Number.NaN;
      if (!(Math.abs(got - x) <= absolute + relative * Math.abs(x)))
        throw new Error(`${name} is ${got}, expected ${x} as PyTorch alone has it`);
      worst = Math.max(worst, Math.abs(got - x));
      compared++;
    }
    if (wanted.length === 0) throw new Error(`expected numbers in '${part}'`);
  }
  console.log(
    `${STEPS} steps here, ${STEPS} by ${PROCESSES} processes of torchrun, ${STEPS} here: ${compared} numbers as PyTorch ` +
      `alone has them, within ${relative} of each; the greatest difference is ${worst.toExponential(1)}.`,
  );
} finally {
  rmSync(folder, { recursive: true });
}
