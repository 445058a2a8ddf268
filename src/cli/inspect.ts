/**
 * `inspect`: the tensors in a file, and the layers they belong to. It changes nothing and builds nothing. Numbers are
 * read only with --values, so that a file of gigabytes takes no longer than a small one.
 */

import {
  type Checkpoint,
  type CheckpointValue,
  type FileDType,
  fileDTypeOf,
  Opaque,
  stateDictOf,
  type WideTensor,
} from "../checkpoint/index.js";
import { fileDTypes } from "../checkpoint/numbers/dtypes.js";
import { isTensor } from "../checkpoint/numbers/wide.js";
import { at, beside } from "../checkpoint/state_dict.js";
import { inferLayers } from "../convert/index.js";
import { ElmanError, Tensor } from "../index.js";
import { nameOf, type ReadOptions, readCheckpoint, readOutline } from "./files.js";
import type { Job } from "./job.js";
import { placeText, reprOf } from "./layers.js";
import { OnnxCheckpoint } from "./onnx.js";
import { sentence } from "./sentences.js";
import { bytesText, counted, printable, shapeText, type Terminal, table } from "./terminal.js";

/** As on the command line. */
export interface InspectOptions extends ReadOptions {
  key?: string;
  values?: boolean;
}

/** Numbers that are looked at between two looks at what the user wants. */
const portion = 2 ** 20;

const countOf = (shape: readonly number[]): number => shape.reduce((product, length) => product * length, 1);

/** What numbers are like: of the finite ones; null where there is none. */
interface Range {
  readonly min: number | null;
  readonly mean: number | null;
  readonly max: number | null;
  readonly nonFinite: number;
}

/** @param look called after each portion, with the numbers that were looked at so far */
async function rangeOf(tensor: Tensor | WideTensor, look: (done: number) => Promise<void>): Promise<Range> {
  let [min, max, sum, count] = [Infinity, -Infinity, 0, 0];
  const size = countOf(tensor.shape);
  const flat = tensor instanceof Tensor ? tensor.reshape([size]) : tensor.data;
  for (let begin = 0; begin < size; begin += portion) {
    const end = Math.min(size, begin + portion);
    const part = flat instanceof Tensor ? flat.narrow(0, begin, end - begin).toArray() : flat.subarray(begin, end);
    for (let i = 0; i < part.length; i++) {
      const x = Number(part[i]);
      if (!Number.isFinite(x)) continue;
      if (x < min) min = x;
      if (x > max) max = x;
      sum += x;
      count++;
    }
    await look(end);
  }
  const nonFinite = size - count;
  return count === 0 ? { min: null, mean: null, max: null, nonFinite } : { min, mean: sum / count, max, nonFinite };
}

/** One line of the table. */
interface Row extends Partial<Range> {
  readonly name: string;
  readonly dtype: FileDType;
  readonly shape: readonly number[];
  readonly bytes: number;
}

function rowOf(name: string, tensor: Tensor | WideTensor): Row {
  const dtype = tensor instanceof Tensor ? fileDTypeOf(tensor) : tensor.dtype;
  return { name, dtype, shape: [...tensor.shape], bytes: countOf(tensor.shape) * fileDTypes[dtype].size };
}

/** The lines, with what the numbers of each tensor are like. */
async function withRanges(rows: readonly Row[], tensors: readonly Named[], job: Job): Promise<Row[]> {
  const all = tensors.reduce((sum, [, { shape }]) => sum + countOf(shape), 0);
  const ranged: Row[] = [];
  let before = 0;
  for (const [i, [, tensor]] of tensors.entries()) {
    const range = await rangeOf(tensor, (done) => job.at("looking at tensors", (before + done) / all));
    ranged.push({ ...rows[i], ...range });
    before += countOf(tensor.shape);
  }
  return ranged;
}

type Named = [name: string, tensor: Tensor | WideTensor];

/** Every tensor and opaque object in a value, under the way to it; of these the outermost, what they hold being their own. */
function* partsIn(value: CheckpointValue, path: string): Generator<[path: string, part: Named[1] | Opaque]> {
  if (typeof value !== "object" || value === null || value instanceof Uint8Array) return;
  if (isTensor(value) || value instanceof Opaque) yield [path, value];
  else {
    const entries: Iterable<[unknown, CheckpointValue]> = value instanceof Map ? value : [...(value as [])].entries();
    for (const [key, one] of entries) yield* partsIn(one, path === "" ? String(key) : `${path}.${String(key)}`);
  }
}

const tensorsIn = (value: CheckpointValue): Named[] =>
  [...partsIn(value, "")].flatMap(([path, part]): Named[] => (part instanceof Opaque ? [] : [[path, part]]));

/** What of an opaque object fits on a line: `argparse.Namespace(lr, name)`. */
function opaqueText({ name, state }: Opaque): string {
  if (!(state instanceof Map)) return name;
  const isTensor = name === "torch.Tensor";
  const parts = [...state].map(([key, one]) => (isTensor ? `${String(key)} ${String(one)}` : String(key)));
  return `${name}(${parts.slice(0, 8).join(", ")}${parts.length > 8 ? ", …" : ""})`;
}

/**
 * What of a file is shown: its state dict, of which `key` says where it stands (null: the file itself), or else every
 * tensor there is, and why there are no layers.
 */
function contentsOf(checkpoint: Checkpoint, asked: string | undefined) {
  try {
    const { key, stateDict } = stateDictOf(checkpoint, asked ?? null);
    const holder = key === null ? (checkpoint.root ?? checkpoint) : at(checkpoint, key);
    const all: [string, CheckpointValue][] = [...(holder instanceof Map ? holder : stateDict)];
    const tensors = all.filter((one): one is Named => isTensor(one[1]));
    const strays = all.filter(([, one]) => !isTensor(one)).map(([name]) => (key === null ? name : `${key}.${name}`));
    const others = [...strays, ...beside(checkpoint, key)];
    return { key, tensors, inferred: inferLayers(new Map(tensors)), others, problem: undefined };
  } catch (error) {
    if (!(error instanceof ElmanError) || asked !== undefined) throw error;
    const tensors = tensorsIn(checkpoint.root ?? checkpoint);
    return { key: null, tensors, inferred: inferLayers(new Map()), others: [], problem: sentence(error.message) };
  }
}

/** A number in a column: seven characters at most, for what weights are. */
function numberText(x: number | null = null): string {
  if (x === null) return "-";
  return Number.isInteger(x) && Math.abs(x) < 1e7 ? String(x) : x.toPrecision(4);
}

/** Prints what a file holds. */
export async function inspect(path: string, options: InspectOptions, terminal: Terminal, job: Job) {
  const { key: asked, values = false } = options;
  const checkpoint = await (values ? readCheckpoint : readOutline)(path, options, job);
  const { key, tensors, inferred, others, problem } = contentsOf(checkpoint, asked);
  const outlines = tensors.map(([name, tensor]) => rowOf(name, tensor));
  const rows = values ? await withRanges(outlines, tensors, job) : outlines;
  const totals = {
    tensors: rows.length,
    elements: rows.reduce((sum, { shape }) => sum + countOf(shape), 0),
    bytes: rows.reduce((sum, { bytes }) => sum + bytes, 0),
  };
  const layers = inferred.layers.map(({ prefix, candidates, names, notes }) => ({
    layer: prefix,
    candidates: candidates.map((one) => ({ kind: one.kind, repr: reprOf(one), options: one.options })),
    names,
    notes,
  }));
  const opaque = [...partsIn(checkpoint.root ?? checkpoint, "")].flatMap(([way, part]) =>
    part instanceof Opaque ? [{ name: way, object: opaqueText(part) }] : [],
  );
  job.clear();

  const format = checkpoint instanceof OnnxCheckpoint ? "onnx" : checkpoint.format;
  const rest = others.filter((other) => !opaque.some(({ name }) => name === other));
  const from = key === null ? "" : `, state dict under '${printable(key)}'`;
  const head = ["name", "dtype", "shape", "bytes", ...(values ? ["min", "mean", "max", ""] : [])];
  const cells = rows.map(({ name, dtype, shape, bytes, min, mean, max, nonFinite = 0 }) => [
    ...[printable(name), dtype, shapeText(shape), String(bytes)],
    ...(values ? [...[min, mean, max].map(numberText), nonFinite > 0 ? `${nonFinite} not finite` : ""] : []),
  ]);
  const [first, ...lines] = table([head, ...cells], [3, 4, 5, 6]);
  const section = (title: string, texts: readonly string[]) =>
    texts.length === 0 ? [] : ["", terminal.heading(title), ...texts];
  const total = `${counted(totals.tensors, "tensor")}, ${counted(totals.elements, "number")}, ${bytesText(totals.bytes)}`;
  terminal.result(
    [
      `${printable(nameOf(path))}: ${format}${from}`,
      ...section(first, lines),
      total,
      ...section(
        "layers",
        layers.flatMap(({ layer, candidates, notes }) => [
          `${placeText(layer)}: ${candidates.map(({ repr }) => repr).join(" or ")}`,
          ...notes.map((note) => terminal.aside(`  ${note}`)),
        ]),
      ),
      ...section(
        "in no layer known here",
        inferred.unplaced.map(({ names, reason }) => printable(`${names.join(", ")}: ${reason}`)),
      ),
      ...section("no layers", problem === undefined ? [] : [printable(problem)]),
      ...section(
        "no plain data, and not run",
        opaque.map(({ name, object }) => printable(`${name === "" ? "(root)" : name}: ${object}`)),
      ),
      ...section("also in the file", rest.length === 0 ? [] : [rest.map(printable).join(", ")]),
    ],
    { file: path, format, key, tensors: rows, totals, layers, unplaced: inferred.unplaced, others, opaque, problem },
  );
}
