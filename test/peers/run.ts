/**
 * Exported models in ONNX Runtime: outputs and final states within 1e-5 of ours, for several lengths and batches of one
 * model, so that what is left open is open. `npm run test:peers`; the runtime is a package of this folder alone, installed
 * without its scripts (they fetch GPU libraries) when it is missing.
 */

import { execFileSync } from "node:child_process";
import { existsSync } from "node:fs";
import { createRequire } from "node:module";
import { fileURLToPath } from "node:url";
import { exportOnnx } from "../../src/convert/index.js";
import { manualSeed, nn, randint, randn, type Tensor } from "../../src/index.js";

/** The part of onnxruntime-node that is used. */
interface Runtime {
  Tensor: new (type: string, data: unknown, dims: readonly number[]) => RuntimeTensor;
  InferenceSession: { create(bytes: Uint8Array, options: object): Promise<Session> };
}
interface RuntimeTensor {
  readonly data: ArrayLike<number>;
  readonly dims: readonly number[];
}
interface Session {
  readonly inputNames: readonly string[];
  readonly outputNames: readonly string[];
  run(feeds: Record<string, RuntimeTensor>): Promise<Record<string, RuntimeTensor>>;
}

const tolerance = 1e-5;

function runtime(): Runtime {
  const here = fileURLToPath(new URL(".", import.meta.url));
  if (!existsSync(`${here}node_modules/onnxruntime-node/package.json`)) {
    execFileSync("npm", ["ci", "--ignore-scripts"], {
      cwd: here,
      stdio: "inherit",
      shell: process.platform === "win32",
    });
  }
  return createRequire(import.meta.url)("onnxruntime-node");
}

type Recurrent = nn.RNN | nn.LSTM | nn.GRU | nn.RNNCell | nn.LSTMCell | nn.GRUCell;

/** Modules that run one after the other, and what they are called with. */
interface Case {
  readonly name: string;
  readonly modules: readonly nn.Module[];
  readonly lengths?: boolean;
}

const isLayer = (module: nn.Module): module is nn.RNN | nn.LSTM | nn.GRU => module instanceof nn.RNNBase;
const isRecurrent = (module: nn.Module): module is Recurrent => isLayer(module) || module instanceof nn.RNNCellBase;

function cases(): Case[] {
  const list: Case[] = [];
  const kinds = {
    tanh: (C: number, H: number, options: nn.RNNBaseOptions) => new nn.RNN(C, H, options),
    relu: (C: number, H: number, options: nn.RNNBaseOptions) => new nn.RNN(C, H, { ...options, nonlinearity: "relu" }),
    LSTM: (C: number, H: number, options: nn.RNNBaseOptions) => new nn.LSTM(C, H, options),
    GRU: (C: number, H: number, options: nn.RNNBaseOptions) => new nn.GRU(C, H, options),
  };
  for (const [kind, make] of Object.entries(kinds)) {
    for (const numLayers of [1, 2, 3]) {
      for (const bidirectional of [false, true]) {
        for (const batchFirst of [false, true]) {
          for (const bias of [false, true]) {
            const options = { numLayers, bidirectional, batchFirst, bias };
            list.push({ name: `${kind} ${JSON.stringify(options)}`, modules: [make(5, 7, options)] });
            if (bias)
              list.push({
                name: `${kind} lengths ${JSON.stringify(options)}`,
                modules: [make(5, 7, options)],
                lengths: true,
              });
          }
        }
      }
    }
  }
  for (const bias of [false, true]) {
    const made = [
      new nn.RNNCell(5, 7, { bias }),
      new nn.RNNCell(5, 7, { bias, nonlinearity: "relu" }),
      new nn.LSTMCell(5, 7, { bias }),
      new nn.GRUCell(5, 7, { bias }),
    ];
    for (const cell of made) list.push({ name: String(cell), modules: [cell] });
  }
  const batchFirst = true;
  list.push(
    { name: "embedding, LSTM, linear", modules: [new nn.Embedding(9, 4), new nn.LSTM(4, 6), new nn.Linear(6, 3)] },
    {
      name: "a stack of everything",
      modules: [
        new nn.Embedding(9, 4),
        new nn.Dropout(0.5),
        new nn.Linear(4, 5),
        new nn.LSTM(5, 6, { batchFirst, bidirectional: true, numLayers: 2, dropout: 0.5 }),
        new nn.LayerNorm(12),
        new nn.GRU(12, 4, { batchFirst }),
        new nn.LayerNorm(4, { elementwiseAffine: false, eps: 0.1 }),
        new nn.Sequential(new nn.Linear(4, 8, { bias: false }), new nn.Dropout(), new nn.Linear(8, 2)),
      ],
      lengths: true,
    },
    {
      name: "cells",
      modules: [new nn.Embedding(9, 4), new nn.LSTMCell(4, 6), new nn.GRUCell(6, 5), new nn.Linear(5, 3)],
    },
  );
  return list;
}

/** What our modules give, and what the model is to be fed with. */
function ours(one: Case, T: number, N: number) {
  const { modules, lengths: withLengths = false } = one;
  const recurrent = modules.filter(isRecurrent);
  const cells = recurrent.some((module) => !isLayer(module));
  const batchFirst = recurrent.some((module) => isLayer(module) && module.batchFirst);
  const lead = cells ? [N] : batchFirst ? [N, T] : [T, N];
  const [first] = modules;
  const feeds = new Map<string, Tensor>();
  const wanted = new Map<string, Tensor>();
  const input =
    first instanceof nn.Embedding ? randint(first.numEmbeddings, lead) : randn([...lead, (first as nn.RNN).inputSize]);
  feeds.set("input", input);
  const lengths = withLengths ? randint(1, T + 1, [N]) : null;
  if (lengths !== null) feeds.set("lengths", lengths);
  let x = input;
  modules.forEach((module, i) => {
    if (!isRecurrent(module)) {
      x = (module as nn.Layer).forward(x);
      return;
    }
    const states = isLayer(module) ? [module.numLayers * (module.bidirectional ? 2 : 1), N] : [N];
    const given = module instanceof nn.LSTM || module instanceof nn.LSTMCell ? ["h", "c"] : ["h"];
    const initial = given.map(() => randn([...states, module.hiddenSize]));
    const forward = module.forward.bind(module) as (...given: unknown[]) => unknown;
    const results = forward(x, initial.length === 2 ? initial : initial[0], ...(isLayer(module) ? [{ lengths }] : []));
    const [output, ...final] = isLayer(module) ? [results].flat(2) : [[results].flat()[0], ...[results].flat()];
    x = output as Tensor;
    const prefix = recurrent.length > 1 ? `${i}.` : "";
    given.forEach((letter, k) => {
      feeds.set(`${prefix}${letter}0`, initial[k]);
      wanted.set(`${prefix}${letter}n`, final[k] as Tensor);
    });
  });
  return { feeds, wanted: new Map([["output", x], ...wanted]) };
}

const { Tensor: RuntimeTensor, InferenceSession } = runtime();
const seed = Number(process.env.ELMAN_SEED ?? Date.now() % 1_000_000);
console.log(`ONNX Runtime beside elman, seed ${seed} (ELMAN_SEED=${seed} draws the same)`);
manualSeed(seed);
let worst = 0;
let compared = 0;
for (const one of cases()) {
  for (const module of one.modules) module.eval();
  const bytes = exportOnnx(one.modules.length === 1 ? one.modules[0] : one.modules, { lengths: one.lengths ?? false });
  const session = await InferenceSession.create(bytes, { logSeverityLevel: 3, intraOpNumThreads: 1 });
  for (const [T, N] of [
    [6, 3],
    [1, 1],
    [11, 2],
  ]) {
    const { feeds, wanted } = ours(one, T, N);
    const names = `${[...feeds.keys()].sort()} → ${[...wanted.keys()]}`;
    const own = `${[...session.inputNames].sort()} → ${session.outputNames}`;
    if (names !== own) throw new Error(`${one.name}: the model has ${own}, expected ${names}`);
    const given = [...feeds].map(([name, x]) => [name, new RuntimeTensor(x.dtype, x.toArray(), x.shape)] as const);
    const results = await session.run(Object.fromEntries(given));
    for (const [name, tensor] of wanted) {
      const { data, dims } = results[name];
      if (String(dims) !== String(tensor.shape))
        throw new Error(`${one.name}: ${name} is [${dims}], expected [${tensor.shape}]`);
      tensor.toArray().forEach((x, i) => {
        const difference = Math.abs(x - data[i]);
        if (!(difference <= tolerance))
          throw new Error(`${one.name}, T ${T}, N ${N}: ${name}[${i}] is ${data[i]}, expected ${x}`);
        worst = Math.max(worst, difference);
        compared++;
      });
    }
  }
}
console.log(
  `${cases().length} models, ${compared} numbers within ${tolerance}; the greatest difference is ${worst.toExponential(1)}.`,
);
