/** `inspect`: the tensors in a file, and the layers they belong to. It changes nothing and builds nothing. */

import {
  type Checkpoint,
  type CheckpointValue,
  fileDTypeOf,
  Opaque,
  stateDictOf,
  type WideTensor,
} from "../checkpoint/index.js";
import { fileDTypes } from "../checkpoint/numbers/dtypes.js";
import { isTensor } from "../checkpoint/numbers/wide.js";
import { beside } from "../checkpoint/state_dict.js";
import { type InferredLayers, inferLayers } from "../convert/index.js";
import { ElmanError, Tensor } from "../index.js";
import { readCheckpoint } from "./files.js";
import type { Job } from "./job.js";
import { placeText, reprOf } from "./layers.js";
import { bytesText, counted, printable, sentenceFor, shapeText, type Terminal, table } from "./terminal.js";

/** What numbers are like: of the finite ones; null where there is none. */
function rangeOf(numbers: ArrayLike<number | bigint>) {
  let [min, max, sum, count] = [Infinity, -Infinity, 0, 0];
  for (let i = 0; i < numbers.length; i++) {
    const x = Number(numbers[i]);
    if (!Number.isFinite(x)) continue;
    if (x < min) min = x;
    if (x > max) max = x;
    sum += x;
    count++;
  }
  const nonFinite = numbers.length - count;
  return count === 0 ? { min: null, mean: null, max: null, nonFinite } : { min, mean: sum / count, max, nonFinite };
}

/** One line of the table. */
function rowOf(name: string, tensor: Tensor | WideTensor) {
  const dtype = tensor instanceof Tensor ? fileDTypeOf(tensor) : tensor.dtype;
  const numbers = tensor instanceof Tensor ? tensor.toArray() : tensor.data;
  const bytes = numbers.length * fileDTypes[dtype].size;
  return { name, dtype, shape: [...tensor.shape], bytes, ...rangeOf(numbers) };
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
    return { key, tensors: [...stateDict] as Named[], inferred: inferLayers(stateDict), problem: undefined };
  } catch (error) {
    if (!(error instanceof ElmanError) || asked !== undefined) throw error;
    const inferred: InferredLayers = { layers: [], unplaced: [] };
    return { key: null, tensors: tensorsIn(checkpoint.root ?? checkpoint), inferred, problem: sentenceFor(error) };
  }
}

/** A number in a column: seven characters at most, for what weights are. */
function numberText(x: number | null): string {
  if (x === null) return "-";
  return Number.isInteger(x) && Math.abs(x) < 1e7 ? String(x) : x.toPrecision(4);
}

/** Prints what a file holds. */
export async function inspect(path: string, { key: asked }: { key?: string }, terminal: Terminal, job: Job) {
  const checkpoint = await readCheckpoint(path, job);
  const { key, tensors, inferred, problem } = contentsOf(checkpoint, asked);
  const rows: ReturnType<typeof rowOf>[] = [];
  for (const [i, [name, tensor]] of tensors.entries()) {
    rows.push(rowOf(name, tensor));
    await job.at("looking at tensors", i / tensors.length);
  }
  const totals = {
    tensors: rows.length,
    elements: rows.reduce((sum, { bytes, dtype }) => sum + bytes / fileDTypes[dtype].size, 0),
    bytes: rows.reduce((sum, { bytes }) => sum + bytes, 0),
  };
  const layers = inferred.layers.map(({ prefix, candidates, names, notes }) => ({
    layer: prefix,
    candidates: candidates.map((one) => ({ kind: one.kind, repr: reprOf(one), options: one.options })),
    names,
    notes,
  }));
  const others = beside(checkpoint, key);
  const opaque = [...partsIn(checkpoint.root ?? checkpoint, "")].flatMap(([way, part]) =>
    part instanceof Opaque ? [{ name: way, object: opaqueText(part) }] : [],
  );
  job.clear();

  const { format } = checkpoint;
  const found = { key, tensors: rows, totals, layers, unplaced: inferred.unplaced, others, opaque };
  const from = key === null ? "" : `, state dict under '${printable(key)}'`;
  const head = ["name", "dtype", "shape", "bytes", "min", "mean", "max"];
  const cells = rows.map(({ name, dtype, shape, bytes, min, mean, max, nonFinite }) => [
    ...[printable(name), dtype, shapeText(shape), String(bytes), ...[min, mean, max].map(numberText)],
    ...[nonFinite > 0 ? `${nonFinite} not finite` : ""],
  ]);
  const [first, ...lines] = table([[...head, ""], ...cells], [3, 4, 5, 6]);
  const section = (title: string, texts: readonly string[]) =>
    texts.length === 0 ? [] : ["", terminal.heading(title), ...texts];
  const total = `${counted(totals.tensors, "tensor")}, ${counted(totals.elements, "number")}, ${bytesText(totals.bytes)}`;
  terminal.result(
    [
      `${printable(path)}: ${format}${from}`,
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
      ...section("also in the file", others.length === 0 ? [] : [others.map(printable).join(", ")]),
    ],
    { file: path, format, ...found, problem },
  );
}
