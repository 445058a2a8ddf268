/**
 * `npm run bench:cells`: each cell beyond PyTorch's beside the layer of PyTorch's that it varies, in turn, on this machine and
 * this Node: the median of ratios. `--docs` writes docs/cells_bench.md; `--tiny` does all of it at sizes and times that say
 * nothing.
 */

import { writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { defaultDevice, nn, noGrad, randn, type Tensor } from "elman-nn";
import { short, table } from "./report.js";
import { median } from "./statistics.js";

type Name = keyof typeof nn.recurrentCells;

/** The plain layer of each cell, and one of PyTorch's beside itself: what the class costs. */
const pairs: readonly [cell: Name, plain: "LSTM" | "GRU"][] = [
  ["lstm", "LSTM"],
  ["layerNormLSTM", "LSTM"],
  ["peepholeLSTM", "LSTM"],
  ["minLSTM", "LSTM"],
  ["gru", "GRU"],
  ["layerNormGRU", "GRU"],
  ["gruResetBefore", "GRU"],
  ["mgu", "GRU"],
  ["minGRU", "GRU"],
];

const isTiny = process.argv.includes("--tiny");
const sizes = isTiny
  ? [[2, 3, 5]]
  : ([
      [1, 128, 100],
      [32, 128, 100],
    ] as const);
const [rounds, least] = isTiny ? [1, 0] : [15, 20_000];

type Run = () => unknown;

/** Microseconds of a call, over at least so many. */
function sample(run: Run): number {
  const start = performance.now();
  let count = 0;
  do {
    run();
    count++;
  } while ((performance.now() - start) * 1000 < least);
  return ((performance.now() - start) * 1000) / count;
}

/** Forward, and forward with all gradients. */
function runs(layer: nn.Module, x: Tensor): Run[] {
  const forward = layer.forward.bind(layer) as unknown as (x: Tensor) => [Tensor, unknown];
  const train = () => {
    layer.zeroGrad();
    forward(x)[0].sum().backward();
  };
  return [() => noGrad(() => forward(x)), train];
}

const rows: string[][] = [];
for (const [N, H, T] of sizes) {
  const x = randn([T, N, H]);
  for (const [cell, kind] of pairs) {
    const layer = new nn.Recurrent(nn.recurrentCells[cell] as typeof nn.recurrentCells.gru, H, H);
    const [mine, plain] = [runs(layer, x), runs(new nn[kind](H, H), x)];
    const cells = [0, 1].flatMap((pass) => {
      const times = Array.from({ length: rounds + 1 }, () => [sample(mine[pass]), sample(plain[pass])]).slice(1);
      const ratio = median(times.map(([a, b]) => a / b));
      return [short(median(times.map(([a]) => a))), `${ratio.toFixed(2)}×`];
    });
    rows.push([`${cell}-b${N}-h${H}-t${T}`, kind, ...cells]);
  }
}
const text = table(["", "beside", "forward, µs", "of its time", "training, µs", "of its time"], rows);
process.stdout.write(`Node ${process.versions.node}, ${defaultDevice()}\n${text}\n`);
if (process.argv.includes("--docs")) {
  const file = fileURLToPath(new URL("../docs/cells_bench.md", import.meta.url));
  const intro = `# Cells beside their plain layers

\`npm run bench:cells -- --docs\`: microseconds of a call, one thread, Node ${process.versions.node}, ${defaultDevice()}; b sequences,
h units and as many features, t steps. Behind each the median of its ratios to the plain layer's, timed in turn. Cells without
compiled kernels run in the common loop.
`;
  writeFileSync(file, `${intro}\n${text}\n`);
}
