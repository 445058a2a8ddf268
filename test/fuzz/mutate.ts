/**
 * The kinds of mutants: each a function of chance alone, and of the seeds.
 *
 * Half of them know nothing of formats. The other half knows enough to come past checksums and lengths.
 */

import { bytesOf, little } from "../checkpoint/archives.js";
import type { Chance } from "../torch/draw.js";
import { drawFile, drawHeader, drawLegacy, drawProgram } from "./draw.js";
import type { Hostile } from "./hostile.js";
import { tokens } from "./opcodes.js";
import { type Bytes, packed, type Seed, safetensors } from "./seeds.js";
import { edges } from "./write.js";

export interface Material {
  readonly seeds: readonly Seed[];
  readonly archives: readonly Seed[];
  readonly headers: readonly Seed[];
  readonly hostile: readonly Hostile[];
  /** Tokens of pickles. */
  readonly tokens: readonly Bytes[];
}

type Kind = (chance: Chance, material: Material) => Bytes;

const anywhere = (chance: Chance, bytes: Uint8Array): number => chance.whole(0, Math.max(0, bytes.length - 1));

function overwritten(bytes: Bytes, at: number, more: ArrayLike<number>): Bytes {
  const copy = bytes.slice();
  for (let i = 0; i < more.length && at + i < copy.length; i++) copy[at + i] = more[i];
  return copy;
}

/** Instead of the bytes from `begin` to `end`, others. */
const replaced = (bytes: Bytes, begin: number, end: number, others: ArrayLike<number>): Bytes =>
  bytesOf(bytes.subarray(0, begin), others, bytes.subarray(end));

function flipped(chance: Chance, bytes: Bytes): Bytes {
  const copy = bytes.slice();
  for (let i = chance.whole(1, 8); i > 0; i--) copy[anywhere(chance, copy)] ^= 1 << chance.whole(0, 7);
  return copy;
}

function edge(chance: Chance, bytes: Bytes): bigint {
  const own = [BigInt(bytes.length), BigInt(bytes.length) - 1n, BigInt(bytes.length) + 1n, BigInt(bytes.length) / 2n];
  return chance.pick([...edges, ...own]);
}

function numbered(chance: Chance, bytes: Bytes, at: number): Bytes {
  const size = chance.pick([1, 2, 4, 8]);
  return overwritten(bytes, at, little(BigInt.asUintN(8 * size, edge(chance, bytes)), size));
}

/** A piece of one file in the place of, or between, pieces of another. */
function spliced(chance: Chance, bytes: Bytes, other: Bytes): Bytes {
  const [a, b] = [anywhere(chance, other), anywhere(chance, other)].sort((x, y) => x - y);
  const begin = anywhere(chance, bytes);
  const end = chance.chance(0.5) ? begin : Math.min(bytes.length, begin + b - a);
  return replaced(bytes, begin, end, other.subarray(a, b));
}

function repeated(chance: Chance, bytes: Bytes): Bytes {
  const [a, b] = [anywhere(chance, bytes), anywhere(chance, bytes)].sort((x, y) => x - y);
  if (chance.chance(0.5)) return replaced(bytes, a, b, []);
  return replaced(bytes, b, b, bytes.subarray(a, b));
}

/** Any of the above. */
function broken(chance: Chance, bytes: Bytes): Bytes {
  const way = chance.whole(0, 3);
  if (way === 0) return flipped(chance, bytes);
  if (way === 1) return numbered(chance, bytes, anywhere(chance, bytes));
  if (way === 2) return repeated(chance, bytes);
  return bytes.slice(0, anywhere(chance, bytes));
}

/** Where a zip has its records. */
function records(bytes: Bytes): number[] {
  const found: number[] = [];
  for (let at = bytes.indexOf(0x50); at >= 0; at = bytes.indexOf(0x50, at + 1)) {
    if (bytes[at + 1] === 0x4b && bytes[at + 2] < 9) found.push(at);
  }
  return found;
}

/** A pickle with its tokens dropped, doubled, exchanged, or taken from elsewhere. */
function rewritten(chance: Chance, pickle: Bytes, vocabulary: readonly Bytes[]): Bytes {
  const list = tokens(pickle);
  for (let i = chance.whole(1, 3); i > 0; i--) {
    const at = chance.whole(0, list.length - 1);
    const way = chance.whole(0, 5);
    if (way === 0) list.splice(at, 1);
    else if (way === 1) list.splice(at, 0, list[at]);
    else if (way === 2) list.splice(at, 0, chance.pick(vocabulary));
    else if (way === 3) list[at] = chance.pick(vocabulary);
    else if (way === 4) list[at] = broken(chance, list[at]);
    else list[at] = renamed(chance, list[at]);
  }
  return bytesOf(...list);
}

const names = ["__proto__", "constructor", "toString", "__class__", "", "length", "os", "a\nb", "é"];

/** A name or text in a token, changed for one that means something somewhere. */
function renamed(chance: Chance, token: Bytes): Bytes {
  const name = new TextEncoder().encode(chance.pick(names));
  if (token[0] === 0x58) return bytesOf("X", little(name.length, 4), name);
  if (token[0] === 0x63) return bytesOf("c", chance.pick(names), "\n", chance.pick(names), "\n");
  return bytesOf("X", little(name.length, 4), name);
}

function exchanged(seed: Seed, name: string, bytes: Bytes, isDeflated = false): Bytes {
  return packed(
    new Map([...(seed.members ?? [])].map(([part, own]) => [part, part === name ? bytes : own])),
    isDeflated,
  );
}

const values = [
  ...["-1", "1.5", "1e3", "NaN", "null", "true", "00", '"1"', "[]", "{}", "[[0]]", "", ",", ":"],
  ...[
    '"__proto__"',
    '"__metadata__"',
    '"F64"',
    '"F8_E4M3"',
    '"\\ud800"',
    '"shape"',
    '"data_offsets"',
    "18446744073709551615",
  ],
];

/** The JSON of a header with one of its parts changed, and a length that is right. */
function rewordedHeader(chance: Chance, { bytes }: Seed): Bytes {
  const length = Number(new DataView(bytes.buffer).getBigUint64(0, true));
  let text = new TextDecoder().decode(bytes.subarray(8, 8 + length)).trimEnd();
  for (let i = chance.whole(1, 2); i > 0; i--) {
    const parts = [...text.matchAll(/"[^"]*"|\d+|[{}[\],:]/g)];
    if (parts.length === 0) break;
    const part = chance.pick(parts);
    const near = /\d/.test(part[0][0])
      ? [String(Number(part[0]) + chance.whole(-2, 2)), String(chance.pick(edges))]
      : [];
    const other = chance.pick([chance.pick(parts)[0], chance.pick(values), ...near]);
    text = text.slice(0, part.index) + other + text.slice(part.index + part[0].length);
  }
  return safetensors(text, bytes.slice(8 + length));
}

export const kinds: Readonly<Record<string, Kind>> = {
  "bit flips": (chance, { seeds }) => flipped(chance, chance.pick(seeds).bytes),
  truncations: (chance, { seeds }) => {
    const { bytes } = chance.pick(seeds);
    return bytes.slice(0, anywhere(chance, bytes));
  },
  "numbers at the edge": (chance, { seeds }) => {
    const { bytes } = chance.pick(seeds);
    return numbered(chance, bytes, anywhere(chance, bytes));
  },
  splices: (chance, { seeds }) => spliced(chance, chance.pick(seeds).bytes, chance.pick(seeds).bytes),
  "repeats and gaps": (chance, { seeds }) => repeated(chance, chance.pick(seeds).bytes),
  "zip records": (chance, { archives }) => {
    let { bytes } = chance.pick(archives);
    const places = records(bytes);
    for (let i = chance.whole(1, 2); i > 0; i--)
      bytes = numbered(chance, bytes, chance.pick(places) + chance.whole(4, 54));
    return bytes;
  },
  "zip members": (chance, { archives }) => {
    const seed = chance.pick(archives);
    const name = chance.pick([...(seed.members?.keys() ?? [])]);
    return exchanged(seed, name, broken(chance, seed.members?.get(name) as Bytes), chance.chance(0.3));
  },
  "pickle opcodes": (chance, { archives, tokens: vocabulary }) => {
    const seed = chance.pick(archives);
    const pickle = seed.members?.get(seed.pickle ?? "") as Bytes;
    return exchanged(seed, seed.pickle ?? "", rewritten(chance, pickle, vocabulary), chance.chance(0.1));
  },
  "pickle bytes": (chance, { archives }) => {
    const seed = chance.pick(archives);
    return exchanged(seed, seed.pickle ?? "", flipped(chance, seed.members?.get(seed.pickle ?? "") as Bytes));
  },
  "values drawn": (chance) => drawProgram(chance),
  "tensors drawn": (chance) => drawFile(chance),
  "legacy drawn": (chance) => (chance.chance(0.5) ? drawLegacy(chance) : broken(chance, drawLegacy(chance))),
  "headers drawn": (chance) => drawHeader(chance),
  "headers reworded": (chance, { headers }) => rewordedHeader(chance, chance.pick(headers)),
  "header lengths": (chance, { headers }) => {
    const { bytes } = chance.pick(headers);
    return overwritten(bytes, 0, little(BigInt.asUintN(64, edge(chance, bytes)), 8));
  },
  hostile: (chance, { hostile }) =>
    broken(chance, chance.pick(hostile.filter(({ bytes }) => bytes.length < 4000)).bytes),
};
