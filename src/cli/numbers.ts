/** Tensors as files of numbers: .npy, or .json with nested arrays, by extension; from a pipe by the first byte. */

import { ElmanError, type Tensor, tensor } from "../index.js";
import { byExtension, nameOf, pipe, type ReadOptions, readBytes, writeParts } from "./files.js";
import type { Job } from "./job.js";
import { decodeNpy, encodeNpy, magic } from "./npy.js";
import { sentence } from "./sentences.js";
import { CommandError } from "./terminal.js";

/** More dimensions than anything here has. */
const deepest = 8;

/** @throws CommandError for what is no nested array of numbers */
function decodeJson(name: string, bytes: Uint8Array): Tensor {
  let data: unknown;
  try {
    data = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes));
  } catch (error) {
    throw new CommandError(`${name} is no JSON: ${(error as Error).message}`);
  }
  let depth = 0;
  for (let level = data; Array.isArray(level); level = level[0]) depth++;
  if (depth > deepest) throw new CommandError(`${name} has arrays nested deeper than ${deepest}`);
  try {
    return tensor(data as number[]);
  } catch (error) {
    if (!(error instanceof ElmanError)) throw error;
    throw new CommandError(`${name}: ${sentence(error.message)}`);
  }
}

/** A float32 in as few digits as tell it from its neighbours; nine always do. */
function shortest(x: number): string {
  for (let digits = 6; digits < 9; digits++) {
    const text = x.toPrecision(digits);
    if (Math.fround(Number(text)) === x) return String(Number(text));
  }
  return String(Number(x.toPrecision(9)));
}

/**
 * Nested arrays as JSON, a line a row; floats with the digits that they need to be read back as they are.
 * @throws CommandError for NaN and infinity
 */
export function jsonText(tensor: Tensor): string {
  if (!tensor.toArray().every(Number.isFinite)) {
    throw new CommandError("JSON has no NaN and no infinity, which the output holds: write it as .npy, with --output");
  }
  const text = tensor.dtype === "float32" ? shortest : String;
  const row = (level: ReturnType<Tensor["toNested"]>, depth: number): string => {
    if (!Array.isArray(level)) return text(Number(level));
    return `[${level.map((one) => row(one, depth - 1)).join(depth > 1 ? ",\n" : ",")}]`;
  };
  return `${row(tensor.toNested(), tensor.ndim)}\n`;
}

type Format = "npy" | "json";

const formats: Readonly<Record<string, Format>> = { ".npy": "npy", ".json": "json" };

/**
 * The format of a file of numbers.
 * @throws CommandError for an extension that is none
 */
export const numbersFormat = (path: string): Format => byExtension(path, formats);

/** The numbers in a file. */
export async function readNumbers(path: string, job: Job, options: ReadOptions = {}): Promise<Tensor> {
  const format = path === pipe ? null : numbersFormat(path);
  const bytes = await readBytes(path, job, options);
  const isNpy = format === "npy" || (format === null && bytes[0] === magic[0]);
  return (isNpy ? decodeNpy : decodeJson)(nameOf(path), bytes);
}

/** Writes numbers, of one dimension at least, to a file. */
export async function writeNumbers(path: string, tensor: Tensor, job: Job): Promise<void> {
  const isJson = numbersFormat(path) === "json";
  await writeParts(path, isJson ? [new TextEncoder().encode(jsonText(tensor))] : encodeNpy(tensor), job);
}
