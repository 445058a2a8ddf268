/**
 * Checkpoints against the oracle: PyTorch and safetensors write files of every format, dtype and structure, and elman
 * reads them, computes with them, and writes them again for PyTorch to go on with.
 */

import { encodeSafetensors, encodeTorch, load, Opaque, stateDictOf } from "../../src/checkpoint/index.js";
import { ElmanError, nn, optim, type Tensor } from "../../src/index.js";
import { difference, expectedOf, type PlainValue, wholeOf } from "./checkpoint_values.js";
import { elementProblem, problems } from "./compare.js";
import { Chance } from "./draw.js";
import { type Oracle, received, resultOf, type Sent, send, snakeCase } from "./process.js";
import { type FloatName, type Kind, type ModuleOptions, newModule, toTensor } from "./replay.js";

const PROTOCOLS = [2, 3, 4, 5];
export const FORMATS = [
  "zip",
  "zip, deflated",
  "zip, other prefix",
  "zip, ZIP64",
  "zip, big-endian",
  ...PROTOCOLS.map((protocol) => `zip, protocol ${protocol}`),
  ...PROTOCOLS.map((protocol) => `legacy, protocol ${protocol}`),
  "safetensors",
];
export const DTYPES = ["F64", "F32", "F16", "BF16", "I64", "I32", "I16", "I8", "U64", "U32", "U16", "U8", "BOOL"];
const STRUCTURES = ["flat", "ordered", "nested", "list", "training"];
/** dtypes without a class of storages: see checkpoint.py. */
const NEW = ["U64", "U32", "U16"];

/** Every format with every dtype that it has. */
export const PAIRS = FORMATS.flatMap((format) =>
  DTYPES.filter((dtype) => !NEW.includes(dtype) || !/legacy|big-endian/.test(format)).map((dtype) => ({
    format,
    dtype,
  })),
);

export interface Checked {
  title: string;
  problems: string[];
}

const bytesOf = (text: string): Uint8Array<ArrayBuffer> => Uint8Array.from(Buffer.from(text, "base64"));
const sent = (bytes: Uint8Array): string => Buffer.from(bytes).toString("base64");
const kindOf = (format: string): string => (format === "safetensors" ? format : "torch");

async function attempt(compute: () => Promise<(string | null)[]>): Promise<string[]> {
  try {
    return (await compute()).filter((problem) => problem !== null);
  } catch (error) {
    return [String((error as Error).stack)];
  }
}

interface Written {
  bytes: string;
  value: PlainValue;
  metadata: Record<string, string> | null;
}

/** A file of torch: what elman reads in it, and that what elman writes of it holds the same bits. */
export async function checkFile(
  oracle: Oracle,
  seed: number,
  index: number,
  pair: (typeof PAIRS)[0],
): Promise<Checked> {
  const chance = new Chance(seed, index);
  const structure = pair.format === "safetensors" ? "flat" : chance.pick(STRUCTURES);
  const asked = { ...pair, structure, seed: chance.seed() };
  const { bytes, value, metadata } = await oracle.ask<Written>("checkpoint_write", asked);
  const found = await attempt(async () => {
    const checkpoint = await load(bytesOf(bytes), { int64: "bigint" });
    const form = pair.format.startsWith("zip")
      ? "torch"
      : pair.format.startsWith("legacy")
        ? "torch-legacy"
        : pair.format;
    const read = difference(wholeOf(checkpoint), expectedOf(value, checkpoint), "");
    const wrongForm = checkpoint.format === form ? null : `${checkpoint.format} instead of ${form}`;
    const again = encodeTorch(checkpoint);
    const question = {
      one: bytes,
      other: sent(again),
      formats: [kindOf(pair.format), "torch"],
      ordered: pair.format !== "safetensors",
    };
    const same = oracle.ask<string | null>("checkpoint_same", question);
    const problems = [wrongForm, read, await same, ...(await wrongAsInt32(bytesOf(bytes), value))];
    if (
      metadata !== null &&
      JSON.stringify([...checkpoint.metadata].sort()) !== JSON.stringify(Object.entries(metadata).sort())
    )
      problems.push(`metadata ${JSON.stringify([...checkpoint.metadata])}`);
    if (structure === "flat" || structure === "ordered") problems.push(...(await roundTrip(oracle, again)));
    return problems;
  });
  return { title: JSON.stringify(asked), problems: found };
}

/** Loaded with int32 for whole numbers, the file gives the same or is refused for a number that is too large. */
async function wrongAsInt32(bytes: Uint8Array<ArrayBuffer>, value: PlainValue): Promise<(string | null)[]> {
  try {
    const checkpoint = await load(bytes);
    return [difference(wholeOf(checkpoint), expectedOf(value, checkpoint), "int32 ")];
  } catch (error) {
    const isSaid =
      error instanceof ElmanError &&
      error.message.includes('which int32 cannot hold; load it with { int64: "bigint" }');
    return [isSaid ? null : String((error as Error).stack)];
  }
}

/** .pt, elman, safetensors, elman, .pt: the same bits in the end, and on the way. */
async function roundTrip(oracle: Oracle, first: Uint8Array<ArrayBuffer>): Promise<(string | null)[]> {
  const options = { int64: "bigint" } as const;
  const tensors = await load(first, options);
  const between = encodeSafetensors(tensors);
  const last = encodeTorch(await load(between, options));
  const pairs = [
    { one: sent(first), other: sent(between), formats: ["torch", "safetensors"], ordered: false },
    { one: sent(first), other: sent(last), formats: ["torch", "torch"], ordered: false },
  ];
  const found = await Promise.all(pairs.map((pair) => oracle.ask<string | null>("checkpoint_same", pair)));
  return found.map((problem) => problem && `round trip: ${problem}`);
}

function drawnLayer(chance: Chance): { kind: Kind; options: ModuleOptions; dtype: FloatName } {
  const kind = chance.pick<Kind>(["RNN_TANH", "RNN_RELU", "LSTM", "GRU"]);
  const hiddenSize = chance.whole(2, 9);
  return {
    kind,
    dtype: chance.pick<FloatName>(["float32", "float64"]),
    options: {
      inputSize: chance.whole(1, 6),
      hiddenSize,
      numLayers: chance.whole(1, 2),
      bias: chance.chance(0.8),
      bidirectional: chance.chance(0.4),
      ...(kind === "LSTM" && chance.chance(0.3) && { projSize: chance.whole(1, hiddenSize - 1) }),
    },
  };
}

const FILE_DTYPE = { float32: "F32", float64: "F64" } as const;

type Layer = nn.Module & { forward(input: Tensor): [Tensor, unknown] };

interface Computed {
  bytes: string;
  exact: Sent;
  single: Sent;
}

/** A layer that torch saved, under a wrapper's prefix or in a checkpoint: it computes what torch's own does. */
export async function checkLayer(oracle: Oracle, seed: number, index: number): Promise<Checked> {
  const chance = new Chance(seed, index);
  const { kind, options, dtype } = drawnLayer(chance);
  const prefix = chance.pick(["", "module.", "_orig_mod.", "model.module."]);
  const input = toTensor(chance.normal([4, 3, options.inputSize], dtype), dtype);
  const asked = { kind, dtype: FILE_DTYPE[dtype], options: snakeCase(options), prefix, format: chance.pick(FORMATS) };
  const more = { nested: chance.chance(0.5), seed: chance.seed() };
  const answer = await oracle.ask<Computed>("checkpoint_module", { ...asked, ...more, input: send(input) });
  const found = await attempt(async () => {
    const layer = newModule(kind, false, options, dtype) as Layer;
    const { stateDict } = stateDictOf(await load(bytesOf(answer.bytes)), null, { strip: true });
    layer.loadStateDict(stateDict);
    const [output] = layer.forward(input);
    const expected = { exact: { output: received(answer.exact) }, single: { output: received(answer.single) } };
    return problems(dtype, new Map([["output", resultOf(output.detach())]]), expected);
  });
  return { title: JSON.stringify({ ...asked, ...more }), problems: found };
}

/** A layer that elman trains and saves: torch loads it strictly, and has the loss that elman has. */
export async function checkContinued(oracle: Oracle, seed: number, index: number): Promise<Checked> {
  const chance = new Chance(seed, index);
  const { kind, options, dtype } = drawnLayer(chance);
  const layer = newModule(kind, false, options, dtype) as Layer;
  const input = toTensor(chance.normal([4, 3, options.inputSize], dtype), dtype);
  const target = layer.forward(input)[0].detach().mul(0).add(chance.fraction());
  const optimizer = new optim.Adam(layer.parameters(), { lr: 0.01 });
  const lossNow = () => nn.functional.mseLoss(layer.forward(input)[0], target);
  for (let step = 0; step < 3; step++) {
    optimizer.zeroGrad();
    lossNow().backward();
    optimizer.step();
  }
  const format = chance.pick(["torch", "safetensors"]);
  const asked = { kind, dtype: FILE_DTYPE[dtype], options: snakeCase(options), format };
  const found = await attempt(async () => {
    const bytes =
      format === "torch" ? encodeTorch({ epoch: 3, model: layer.stateDict() }) : encodeSafetensors(layer.stateDict());
    const question = { ...asked, bytes: sent(bytes), input: send(input), target: send(target) };
    const loss = received(await oracle.ask<Sent>("checkpoint_continue", question));
    const off = dtype === "float64" ? 1e-12 : 2e-6;
    return [elementProblem("loss", resultOf(lossNow().detach()), loss, off, off)];
  });
  return { title: JSON.stringify(asked), problems: found };
}

/** Training that goes through elman ends where it would have ended: the optimiser's state included, bit by bit. */
export async function checkResumed(oracle: Oracle, seed: number, index: number): Promise<Checked> {
  const chance = new Chance(seed, index);
  const asked = { optimizer: chance.pick(["SGD", "Adam", "AdamW", "RMSprop", "Adagrad"]), seed: chance.seed() };
  const original = await oracle.ask<string>("checkpoint_resume", { ...asked, bytes: null, original: null });
  const found = await attempt(async () => {
    const bytes = encodeTorch(await load(bytesOf(original), { int64: "bigint" }));
    return [await oracle.ask<string | null>("checkpoint_resume", { ...asked, original, bytes: sent(bytes) })];
  });
  return { title: JSON.stringify(asked), problems: found };
}

/** What elman says of each program, besides its name; and how it names what is no tensor here. */
const PROGRAMS: Record<string, string> = {
  TorchScript: "is a TorchScript archive: a program, which is not run here",
  "builtins.eval": "builtins.eval",
  "builtins.eval ": "builtins.eval",
  "torch.nn.modules.linear.Linear": "torch.nn.modules.linear.Linear",
};
const STRANGE: Record<string, string> = { _rebuild_qtensor: "torch.qint8" };

/** Programs are refused by name, and tensors that elman has not are opaque under theirs. */
export async function checkUnread(oracle: Oracle): Promise<Checked[]> {
  const files = await oracle.ask<Record<string, string>>("checkpoint_unread", {});
  const checks = Object.entries(files).map(async ([name, bytes]): Promise<Checked> => {
    const isProgram = name in PROGRAMS;
    const wanted = isProgram ? PROGRAMS[name] : `opaque: ${STRANGE[name] ?? name}`;
    const said = await load(bytesOf(bytes)).then(
      (checkpoint) => {
        const x = checkpoint.get("x");
        if (!(x instanceof Opaque)) return "was loaded";
        return `opaque: ${x.state instanceof Map ? x.state.get("dtype") : x.name.replace("torch._utils.", "")}`;
      },
      (error) => (error instanceof ElmanError ? error.message : String(error)),
    );
    const isAsWanted = isProgram ? said.includes(wanted) : said === wanted;
    return { title: `unread: ${name}`, problems: isAsWanted ? [] : [`${said}, not ${wanted}`] };
  });
  return Promise.all(checks);
}
