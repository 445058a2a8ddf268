/**
 * `npm run fuzz`: mutants of checkpoints, and how many of each kind were refused and accepted.
 *
 *   --seed S           draw the same again; the seed of every run is printed
 *   --cases N          how many (default 20,000)
 *   --minutes M        for how long, instead of how many
 *   --only I           of the run number I alone, and what becomes of it
 *   --against-python   everything that is accepted is read by PyTorch and safetensors, too
 */

// Before what it is to count.
import "./meter.js";

import { parseArgs } from "node:util";
import { howToInstallTorch, torchPython } from "../support/torch_python.js";
import { Oracle } from "../torch/process.js";
import { fuzz, table } from "./fuzz.js";
import { type Agreement, againstPython } from "./python.js";

const print = (text: string) => process.stdout.write(`${text}\n`);

async function main(): Promise<number> {
  const { values } = parseArgs({
    options: {
      seed: { type: "string" },
      cases: { type: "string" },
      minutes: { type: "string" },
      only: { type: "string" },
      "against-python": { type: "boolean" },
    },
  });
  const { "against-python": isCompared = false, ...numbers } = values;
  const wrong = Object.entries(numbers).find(([, text]) => !/^\d+(\.\d+)?$/.test(text));
  if (wrong !== undefined) {
    print(`--${wrong[0]} expects a number, got: ${wrong[1]}`);
    return 1;
  }
  const seed = Number(values.seed ?? Math.floor(Math.random() * 2 ** 31));
  const first = Number(values.only ?? 0);
  const most = values.minutes === undefined ? 20_000 : Number.POSITIVE_INFINITY;
  const cases = values.only === undefined ? Number(values.cases ?? most) : 1;
  const end = performance.now() + 60_000 * Number(values.minutes ?? Number.POSITIVE_INFINITY);
  print(`--seed ${seed} --cases ${cases}`);

  const python = isCompared ? torchPython() : null;
  const started = python === null ? null : await Oracle.start(python);
  if (isCompared && started === null) {
    print(howToInstallTorch());
    return 1;
  }
  const agreement: Agreement = { same: 0, cleaned: 0, stricter: new Map() };
  try {
    const begin = performance.now();
    const found = await fuzz(
      seed,
      first,
      cases,
      () => performance.now() > end,
      async (one, outcome) => (started === null ? [] : againstPython(started.oracle, agreement, one, outcome)),
    );
    table(found.counts).forEach(print);
    if (started !== null) {
      print(`of those accepted, torch ${started.version} and safetensors read ${agreement.same} the same`);
      print(`  and ${agreement.cleaned} the same when Python's zipfile had packed them anew`);
      for (const [why, times] of agreement.stricter) print(`  and refused ${times}: ${why}`);
    }
    for (const { index, kind, defect } of found.defects.slice(0, 50)) {
      print(`DEFECT --seed ${seed} --only ${index} (${kind}): ${defect}`);
    }
    const seconds = ((performance.now() - begin) / 1000).toFixed(1);
    print(
      `${found.cases} cases in ${seconds} s, the slowest ${found.slowest.toFixed()} ms, ${found.defects.length} defects`,
    );
    return found.defects.length === 0 ? 0 : 1;
  } finally {
    started?.oracle.close();
  }
}

process.exitCode = await main();
