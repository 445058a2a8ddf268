/**
 * The JSON at the beginning of a safetensors file, read as strictly as the format asks.
 *
 * Not with JSON.parse: that forgets duplicate keys and the order of numeric ones, and nests without end. What is
 * accepted is an object of objects of strings, whole numbers and lists of these: all that the format has.
 */

import { fail } from "../../base/errors.js";
import type { Budget } from "../bytes/budget.js";
import { isText } from "../bytes/text.js";

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

type Json = string | number | Json[] | Map<string, Json>;

const isDigit = (character: string): boolean => character >= "0" && character <= "9";

class Reader {
  private at = 0;

  constructor(
    private readonly where: string,
    private readonly text: string,
    private readonly budget: Budget,
  ) {}

  private refuse(): never {
    return fail("RuntimeError", `${this.where}: the header is no JSON as safetensors has it, at character ${this.at}`);
  }

  private skipSpace(): void {
    while (this.at < this.text.length && " \t\n\r".includes(this.text[this.at])) this.at++;
  }

  /** A mark as it is, a string with its quotes, a number as its digits; `""` at the end. */
  private next(): string {
    this.skipSpace();
    const begin = this.at++;
    const first = this.text[begin] ?? "";
    if (first === '"') {
      while (this.at < this.text.length && this.text[this.at] !== '"') this.at += this.text[this.at] === "\\" ? 2 : 1;
      this.at++;
    } else if (isDigit(first)) {
      while (isDigit(this.text[this.at] ?? "")) this.at++;
    }
    return this.text.slice(begin, this.at);
  }

  /** The whole text: one value, and spaces after it. */
  whole(): Json {
    const value = this.value(0, this.next());
    this.skipSpace();
    if (this.at < this.text.length) this.refuse();
    return value;
  }

  private string(written: string): string {
    if (!written.startsWith('"')) this.refuse();
    let text: string;
    try {
      text = JSON.parse(written) as string;
    } catch {
      return this.refuse();
    }
    return isText(text) ? text : this.refuse();
  }

  private value(depth: number, first: string): Json {
    // What a value weighs in memory, roughly.
    this.budget.spend(64, "the header");
    if (depth > 4) this.refuse();
    if (first === "{") return this.object(depth);
    if (first === "[") return this.list(depth);
    if (!isDigit(first[0] ?? "")) return this.string(first);
    if (first.length > 1 && first[0] === "0") this.refuse();
    return Number(first);
  }

  private object(depth: number): Map<string, Json> {
    const map = new Map<string, Json>();
    let mark = this.next();
    if (mark === "}") return map;
    for (;;) {
      const key = this.string(mark);
      if (map.has(key)) fail("RuntimeError", `${this.where}: the header has the key '${key}' twice`);
      if (this.next() !== ":") this.refuse();
      map.set(key, this.value(depth + 1, this.next()));
      mark = this.next();
      if (mark === "}") return map;
      if (mark !== ",") this.refuse();
      mark = this.next();
    }
  }

  private list(depth: number): Json[] {
    const list: Json[] = [];
    let mark = this.next();
    if (mark === "]") return list;
    for (;;) {
      list.push(this.value(depth + 1, mark));
      mark = this.next();
      if (mark === "]") return list;
      if (mark !== ",") this.refuse();
      mark = this.next();
    }
  }
}

function isCounts(value: Json | undefined): value is number[] {
  return Array.isArray(value) && value.every((size) => typeof size === "number" && Number.isSafeInteger(size));
}

/** @throws RuntimeError for what is no header of safetensors */
export function parseHeader(where: string, text: string, budget: Budget): Header {
  const whole = new Reader(where, text, budget).whole();
  if (!(whole instanceof Map)) fail("RuntimeError", `${where}: the header is no JSON object`);
  const metadata = new Map<string, string>();
  const entries = new Map<string, HeaderEntry>();
  for (const [name, about] of whole) {
    if (!(about instanceof Map)) fail("RuntimeError", `${where}: the header's '${name}' is no JSON object`);
    if (name === "__metadata__") {
      for (const [key, value] of about) {
        if (typeof value !== "string") fail("RuntimeError", `${where}: __metadata__ '${key}' is no string`);
        metadata.set(key, value);
      }
      continue;
    }
    const [dtype, shape, offsets] = ["dtype", "shape", "data_offsets"].map((key) => about.get(key));
    if (
      about.size !== 3 ||
      typeof dtype !== "string" ||
      !isCounts(shape) ||
      !isCounts(offsets) ||
      offsets.length !== 2
    ) {
      fail("RuntimeError", `${where}: tensor '${name}' needs a dtype, a shape and two data_offsets, and nothing else`);
    }
    entries.set(name, { dtype, shape, begin: offsets[0], end: offsets[1] });
  }
  return { entries, metadata };
}
