/**
 * The JSON at the beginning of a safetensors file, read as strictly as the reference of 0.8.0 does: of a name or a key of
 * metadata that comes again the last counts, and a field that is asked for may come once.
 *
 * JSON.parse alone forgets duplicate keys, the order of numeric ones, and that 4.0 is no whole number. So every key gets a
 * running number in front first, and loses it afterwards; and what has a sign, a fraction or an exponent becomes null.
 */

import { ElmanError } from "../../base/errors.js";
import type { Budget } from "../bytes/budget.js";
import { isText, refuse } from "../bytes/text.js";

/** One tensor as the header describes it: the names are the format's. */
export interface HeaderEntry {
  readonly dtype: string;
  readonly shape: readonly number[];
  readonly begin: number;
  readonly end: number;
}

export interface Header {
  readonly entries: Map<string, HeaderEntry>;
  readonly metadata: Map<string, string>;
}

/** A string with its quotes, and the colon behind one that is a key; or a number that is none of the format's. */
const strings = /("[^"\\]*(?:\\.[^"\\]*)*")(\s*:)?|-[\d.eE+-]+|\d+[.eE][\d.eE+-]*/gs;

const noJson = "the header is no JSON as safetensors has it";

/** The text's value, with numbered keys; counted first, since brackets take far more memory than they are long. */
function parsed(where: string, text: string, budget: Budget): unknown {
  try {
    let keys = 0;
    const numbered = text.replace(strings, (found, string, colon) => {
      if (string === undefined) return "null";
      if (string.includes("\\u") && !isText(JSON.parse(string)))
        refuse(where, `${noJson}: half a character stands in ${string}`);
      return colon ? `"${keys++} ${found.slice(1)}` : found;
    });
    const marks = text.replace(strings, "");
    let values = keys;
    for (let i = 0; i < marks.length; i++) if (marks[i] === "," || marks[i] === "[" || marks[i] === "{") values++;
    // What a value weighs in memory, roughly.
    budget.spend(64 * values, "the header");
    JSON.parse(text);
    return JSON.parse(numbered);
  } catch (error) {
    if (error instanceof ElmanError) throw error;
    return refuse(where, noJson);
  }
}

/** The keys and values of a parsed object, each as often as it stands there; null for what is none. */
function pairsOf(value: unknown): [string, unknown][] | null {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return null;
  return Object.entries(value).map(([numbered, one]) => [numbered.slice(numbered.indexOf(" ") + 1), one]);
}

const isCounts = (value: unknown): value is number[] => Array.isArray(value) && value.every(Number.isSafeInteger);

/** @throws RuntimeError for what is no header of safetensors */
export function parseHeader(where: string, text: string, budget: Budget): Header {
  const whole = pairsOf(parsed(where, text, budget));
  if (whole === null) refuse(where, "the header is no JSON object");
  /** The value of a field, which may stand among the others once. */
  const field = (pairs: readonly [string, unknown][], name: string): unknown => {
    const [found, again] = pairs.filter(([key]) => key === name);
    if (again !== undefined) refuse(where, `the header has the key '${name}' twice`);
    return found?.[1];
  };
  const about = field(whole, "__metadata__") ?? {};
  const metadata = new Map<string, string>();
  for (const [key, text] of pairsOf(about) ?? refuse(where, "the header's '__metadata__' is no JSON object")) {
    if (typeof text !== "string") refuse(where, `__metadata__ '${key}' is no string`);
    metadata.set(key, text);
  }
  const entries = new Map<string, HeaderEntry>();
  for (const [name, value] of whole) {
    if (name === "__metadata__") continue;
    const pairs = pairsOf(value) ?? refuse(where, `the header's '${name}' is no JSON object`);
    const [dtype, shape, offsets] = ["dtype", "shape", "data_offsets"].map((key) => field(pairs, key));
    const isWhole = typeof dtype === "string" && isCounts(shape) && isCounts(offsets);
    if (!isWhole || offsets.length !== 2) {
      refuse(where, `tensor '${name}' needs a dtype, a shape and two data_offsets`);
    }
    entries.set(name, { dtype, shape, begin: offsets[0], end: offsets[1] });
  }
  return { entries, metadata };
}
