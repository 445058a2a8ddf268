/**
 * Exported models in ONNX Runtime: outputs and final states within 1e-5 of ours, for several lengths and batches of one
 * model, so that what is left open is open; and the example that hears voices, chunk by chunk. `npm run test:peers`.
 */

import { exportOnnx } from "../../src/convert/index.js";
import { manualSeed, nn, randint, randn, type Tensor } from "../../src/index.js";
import { type Case, cases } from "./cases.js";
import { runtime } from "./runtime.js";
import { compareVoice } from "./voice.js";

const tolerance = 1e-5;

type Layer = nn.RNN | nn.LSTM | nn.GRU | nn.Recurrent;
type Recurrent = Layer | nn.RNNCell | nn.LSTMCell | nn.GRUCell;

const isLayer = (module: nn.Module): module is Layer => module instanceof nn.RNNBase || module instanceof nn.Recurrent;
const isRecurrent = (module: nn.Module): module is Recurrent => isLayer(module) || module instanceof nn.RNNCellBase;

/** The sizes of a module's states, by their letters. */
function widthsOf(module: Recurrent): [letter: string, size: number][] {
  const { hiddenSize: H } = module;
  const isLSTM = module instanceof nn.LSTM || module instanceof nn.LSTMCell;
  const count = module instanceof nn.Recurrent ? module.cell?.states : isLSTM ? 2 : 1;
  const { projSize: P } = module instanceof nn.Recurrent ? module.settings : { projSize: 0, ...module };
  return [["h", P || H] as [string, number], ["c", H] as [string, number]].slice(0, count);
}

/** What our modules give, and what the model is to be fed with. */
function ours(one: Case, T: number, N: number) {
  const { modules, lengths: withLengths = false, shape } = one;
  const recurrent = modules.filter(isRecurrent);
  const cells = recurrent.some((module) => !isLayer(module));
  const batchFirst = recurrent.some((module) => isLayer(module) && module.batchFirst);
  const lead = cells ? [N] : batchFirst ? [N, T] : [T, N];
  const [first] = modules;
  const feeds = new Map<string, Tensor>();
  const wanted = new Map<string, Tensor>();
  const input = shape
    ? randn([N, ...shape(T)])
    : first instanceof nn.Embedding
      ? randint(first.numEmbeddings, lead)
      : randn([...lead, (first as nn.RNN).inputSize]);
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
    const given = widthsOf(module);
    const initial = given.map(([, width]) => randn([...states, width]));
    const forward = module.forward.bind(module) as (...given: unknown[]) => unknown;
    const results = forward(x, initial.length === 2 ? initial : initial[0], ...(isLayer(module) ? [{ lengths }] : []));
    const [output, ...final] = isLayer(module) ? [results].flat(2) : [[results].flat()[0], ...[results].flat()];
    x = output as Tensor;
    const prefix = recurrent.length > 1 ? `${i}.` : "";
    given.forEach(([letter], k) => {
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
console.log(await compareVoice(tolerance));
