/**
 * The fuzzer of checkpoints: mutants of good files, and files made to do harm.
 *
 * A case is a function of the run's seed and its number. Of each it is asked that it is refused with an ElmanError that
 * says what and where, or gives a checkpoint whose every number is there, and that is the same when it is saved and
 * loaded again; that its outline is refused, too, or says the same of its tensors; that loading takes less than a second;
 * that a refusal takes no more binary memory than four times the file and `floor`; and that the prototypes stay as they
 * were.
 */

// Before what it is to count.
import "./meter.js";

import {
  type Checkpoint,
  encodeTorch,
  fileDTypeOf,
  load,
  loadSafetensors,
  loadTorch,
} from "../../src/checkpoint/index.js";
import { loadOutline } from "../../src/checkpoint/load.js";
import { isTensor } from "../../src/checkpoint/numbers/wide.js";
import { ElmanError, Tensor } from "../../src/index.js";
import { plain } from "../checkpoint/fixtures.js";
import { wholeOf } from "../torch/checkpoint_values.js";
import { Chance } from "../torch/draw.js";
import { hostile } from "./hostile.js";
import { reset, taken } from "./meter.js";
import { kinds, type Material } from "./mutate.js";
import { type Bytes, seeds, vocabulary } from "./seeds.js";

/** Besides four times the file's size: buffers through which bytes pass on their way. */
export const floor = 1 << 16;
/** The same where something is inflated, of one buffer at a time: they come and go. */
export const inflatedFloor = 1 << 19;
const slowest = 1000;
/** Elements of a tensor that is looked at whole. */
const readable = 1 << 16;

export interface Case {
  readonly index: number;
  readonly kind: string;
  readonly bytes: Bytes;
  readonly door: typeof load;
  readonly options: { readonly int64: "int32" | "bigint"; readonly maxBytes?: number };
}

export interface Outcome {
  readonly checkpoint: Checkpoint | null;
  /** The sentence of a refusal. */
  readonly message: string;
  readonly milliseconds: number;
  /** What is wrong; empty if all is well. */
  readonly defects: readonly string[];
}

export async function material(): Promise<Material> {
  const all = await seeds();
  return {
    seeds: all,
    archives: all.filter(({ pickle }) => pickle !== null),
    headers: all.filter(({ name }) => name.endsWith(".safetensors")),
    hostile: hostile(),
    tokens: vocabulary(all),
  };
}

const names = Object.keys(kinds);

export function caseOf(from: Material, seed: number, index: number): Case {
  const chance = new Chance(seed, index);
  const kind = names[index % names.length];
  const bytes = kinds[kind](chance, from);
  const own = kind.startsWith("header") ? loadSafetensors : loadTorch;
  const maxBytes = chance.chance(0.1) ? { maxBytes: chance.whole(0, 20_000) } : {};
  return {
    ...{ index, kind, bytes },
    door: chance.chance(0.3) ? (own as typeof load) : load,
    options: { int64: chance.pick(["int32", "bigint"] as const), ...maxBytes },
  };
}

const prototypes = [Object, Array, Map, Set, Function, Promise, Uint8Array, Error].map(({ prototype }) => prototype);
const shape = (): string =>
  [...prototypes.map((one) => Reflect.ownKeys(one).length), Reflect.ownKeys(globalThis).length].join();

/** Whether the directory of an archive speaks of deflated members. */
function isDeflated(bytes: Bytes): boolean {
  for (let at = bytes.indexOf(0x50); at >= 0; at = bytes.indexOf(0x50, at + 1)) {
    if (bytes[at + 1] === 0x4b && bytes[at + 2] === 1 && bytes[at + 10] === 8) return true;
  }
  return false;
}

function wrongMemory(bytes: Bytes): string[] {
  const most = 4 * bytes.length + (isDeflated(bytes) ? inflatedFloor : floor);
  const cost = isDeflated(bytes) ? taken.largest : taken.total;
  return cost <= most ? [] : [`a refusal of ${bytes.length} bytes took ${cost} bytes of memory, more than ${most}`];
}

/** What is wrong with a refusal. */
export function wrongError(error: unknown): string[] {
  if (!(error instanceof ElmanError)) return [`threw ${error instanceof Error ? error.stack : String(error)}`];
  const { kind, message } = error;
  const isKind = ["ValueError", "RuntimeError", "TypeError", "IndexError", "NotImplementedError"].includes(kind);
  const saysWhere = message.startsWith("the given bytes");
  if (isKind && saysWhere && message.length > 30 && message.length < 1500) return [];
  return [
    `an error of ${message.length} characters that says too little or too much: ${kind}: ${message.slice(0, 200)}`,
  ];
}

/** Looks at every number, so that whatever is not there shows. */
function wrongTensors(value: unknown, seen = new Set<unknown>()): string[] {
  if (typeof value !== "object" || value === null || seen.has(value)) return [];
  seen.add(value);
  if (value instanceof Tensor) {
    const { offset, strides, storage } = value.value;
    const last = value.shape.reduce((sum, size, i) => sum + (size - 1) * strides[i], offset);
    const isThere = value.numel() === 0 || (offset >= 0 && last < storage.data.length);
    if (!isThere) return [`a tensor of shape [${value.shape}] reaches to ${last} of ${storage.data.length} elements`];
    if (value.numel() > readable) return [];
    return value.toArray().length === value.numel() ? [] : [`a tensor of shape [${value.shape}] without its numbers`];
  }
  if (value instanceof Map) return [...value.values()].flatMap((one) => wrongTensors(one, seen));
  if (value instanceof Set || Array.isArray(value)) return [...value].flatMap((one) => wrongTensors(one, seen));
  return [];
}

const written = (checkpoint: Checkpoint): string => JSON.stringify(plain(wholeOf(checkpoint)));

async function wrongAgain(checkpoint: Checkpoint, options: Case["options"]): Promise<string[]> {
  try {
    const again = await load(encodeTorch(checkpoint), { int64: options.int64 });
    return written(again) === written(checkpoint) ? [] : ["is another value when saved and loaded again"];
  } catch (error) {
    return [`cannot be saved and loaded again: ${error instanceof Error ? error.stack : String(error)}`];
  }
}

/** What is said of tensors, without their numbers. */
function described(value: unknown): unknown {
  if (isTensor(value)) return [value instanceof Tensor ? fileDTypeOf(value) : value.dtype, value.shape];
  if (value instanceof Map) return [...value].map(([key, one]) => [described(key), described(one)]);
  if (value instanceof Set || Array.isArray(value)) return [...value].map(described);
  return typeof value === "object" && value !== null ? "…" : String(value);
}

/** An outline is refused in a sentence, or says the same as what was loaded. */
async function wrongOutline(bytes: Bytes, checkpoint: Checkpoint | null, { maxBytes }: Case["options"]) {
  const said = (one: Checkpoint) => JSON.stringify(described(wholeOf(one)));
  try {
    const outline = await loadOutline(bytes, maxBytes === undefined ? {} : { maxBytes });
    return checkpoint === null || said(outline) === said(checkpoint) ? [] : ["has another outline than it has tensors"];
  } catch (error) {
    return checkpoint === null ? wrongError(error) : [`is loaded, but its outline is refused: ${String(error)}`];
  }
}

/** Loads a case and looks at what came of it. */
export async function outcomeOf({ bytes, door, options, index }: Case): Promise<Outcome> {
  const before = shape();
  const original = index % 8 === 0 ? bytes.slice() : null;
  reset();
  const begin = process.cpuUsage();
  let checkpoint: Checkpoint | null = null;
  let error: unknown = null;
  try {
    checkpoint = await door(bytes, options);
  } catch (thrown) {
    error = thrown;
  }
  // The processor's time: a machine that is busy with other things makes no file slow.
  const { user, system } = process.cpuUsage(begin);
  const milliseconds = (user + system) / 1000;
  const defects =
    checkpoint === null ? [...wrongError(error), ...wrongMemory(bytes)] : wrongTensors(wholeOf(checkpoint));
  if (milliseconds > slowest) defects.push(`took ${milliseconds.toFixed()} ms`);
  if (shape() !== before) defects.push("changed a prototype or the global object");
  if (original?.some((byte, i) => byte !== bytes[i])) defects.push("changed the bytes it was given");
  if (checkpoint !== null && index % 4 === 0) defects.push(...(await wrongAgain(checkpoint, options)));
  if (index % 8 === 1) defects.push(...(await wrongOutline(bytes, checkpoint, options)));
  return { checkpoint, message: String((error as Error | null)?.message ?? ""), milliseconds, defects };
}

/** How often a kind of mutants was refused and accepted. */
export type Counts = Map<string, { refused: number; accepted: number }>;

export interface Found {
  readonly counts: Counts;
  /** What is wrong, with the case's number. */
  readonly defects: readonly { index: number; kind: string; defect: string }[];
  readonly cases: number;
  readonly slowest: number;
}

/**
 * Runs cases number `first` and on.
 * @param until stops when this is true
 * @param accepted is shown every case that was accepted
 */
export async function fuzz(
  seed: number,
  first: number,
  count: number,
  until: () => boolean = () => false,
  accepted: (one: Case, outcome: Outcome) => Promise<string[]> = async () => [],
): Promise<Found> {
  const from = await material();
  const counts: Counts = new Map(names.map((name) => [name, { refused: 0, accepted: 0 }]));
  const defects: { index: number; kind: string; defect: string }[] = [];
  let [cases, slowestCase] = [0, 0];
  for (let index = first; index < first + count && !until(); index++) {
    const one = caseOf(from, seed, index);
    const outcome = await outcomeOf(one);
    const count = counts.get(one.kind) as { refused: number; accepted: number };
    count[outcome.checkpoint === null ? "refused" : "accepted"]++;
    const more = outcome.checkpoint === null ? [] : await accepted(one, outcome);
    for (const defect of [...outcome.defects, ...more]) defects.push({ index, kind: one.kind, defect });
    slowestCase = Math.max(slowestCase, outcome.milliseconds);
    cases++;
  }
  return { counts, defects, cases, slowest: slowestCase };
}

/** The counts as lines of a table. */
export function table(counts: Counts): string[] {
  const line = (name: string, refused: number | string, accepted: number | string) =>
    `${name.padEnd(22)}${String(refused).padStart(10)}${String(accepted).padStart(10)}`;
  const sum = (key: "refused" | "accepted") => [...counts.values()].reduce((total, count) => total + count[key], 0);
  return [
    line("mutants", "refused", "accepted"),
    ...[...counts].map(([name, { refused, accepted }]) => line(name, refused, accepted)),
    line("all", sum("refused"), sum("accepted")),
  ];
}
